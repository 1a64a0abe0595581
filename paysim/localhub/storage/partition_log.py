"""A partition: its events in order, in segment files, and cursors that read them.

Sequence numbers and offsets grow without gaps or returns for as long as the data lives. Batches are split
here, when they are read, and not before. Who may read, and how fast, is decided by the links.
"""

import logging
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from paysim.localhub.amqp import messages
from paysim.localhub.amqp.filters import Position
from paysim.localhub.amqp.messages import Send
from paysim.localhub.storage.segments import Record, Segment

_LOG = logging.getLogger(__name__)
_NAME = re.compile(r"^(\d{20})-(\d{20})\.events$")


@dataclass(slots=True)
class StoredEvent:
    """One event as a receiver is to get it, encoded."""

    sequence: int
    offset: int
    enqueued_ms: int
    message: bytes


class PartitionLog:
    """The events of one partition of one hub."""

    def __init__(self, folder: Path, segment_bytes: int, *, is_kept: bool = True) -> None:
        """Open the partition, with what an earlier run left in the folder. Raises OSError.

        `is_kept`: a later run may find the folder again.
        """
        self._folder, self._is_kept = folder, is_kept
        self._segment_bytes = segment_bytes
        self._listeners: set[Callable[[], None]] = set()
        folder.mkdir(parents=True, exist_ok=True)
        self.segments: list[Segment] = []
        found = []
        for path in sorted(folder.iterdir()):
            if match := _NAME.match(path.name):
                found.append((path, match))
            else:
                _LOG.warning("%s is no segment of a partition; it is left alone", path)
        for path, match in found:
            base, sequence, is_last = int(match[2]), int(match[1]), path == found[-1][0]
            self._take_up(Segment(path, base, sequence, is_last=is_last))
        if not self.segments:
            self._roll(0, 0)
        self.last: Record | None = next((s.last for s in reversed(self.segments) if s.last), None)

    def _take_up(self, segment: Segment) -> None:
        """Add a segment that an earlier run left. Raises OSError where it does not go with the one before."""
        if self.segments:
            before = self.segments[-1]
            if segment.first_sequence < before.next_sequence or segment.base < before.base + before.size:
                raise OSError(0, f"{segment.path.name} and {before.path.name} in {self._folder} overlap")
            if segment.first_sequence > before.next_sequence:
                last = segment.first_sequence - 1
                _LOG.warning("%s: events %d to %d are missing", self._folder, before.next_sequence, last)
        self.segments.append(segment)

    def _roll(self, base: int, sequence: int) -> None:
        path = self._folder / f"{sequence:020}-{base:020}.events"
        self.segments.append(Segment(path, base, sequence, is_kept=self._is_kept))

    @property
    def begin_sequence(self) -> int:
        """The sequence number of the oldest event that is still there, or of the next when there is none."""
        return self.segments[0].first_sequence

    @property
    def next_sequence(self) -> int:
        return self.segments[-1].next_sequence

    @property
    def size(self) -> int:
        """Bytes on disk."""
        return sum(segment.size for segment in self.segments)

    def append(self, send: Send) -> int:
        """Store one send and wake who waits for it. Returns its bytes on disk. Raises OSError: disk full."""
        segment = self.segments[-1]
        if segment.size and segment.size + len(send.payload) > self._segment_bytes:
            self._roll(segment.base + segment.size, segment.next_sequence)
            segment = self.segments[-1]
        now = max(time.time_ns() // 1_000_000, self.last.enqueued_ms if self.last else 0)
        before = segment.size
        self.last = segment.append(send, now)
        for wake in list(self._listeners):
            wake()
        return segment.size - before

    def drop_oldest(self) -> int:
        """Delete the oldest segment, if it is not the one being written. Returns the bytes set free."""
        if len(self.segments) < 2:
            return 0
        segment = self.segments.pop(0)
        segment.delete()
        return segment.size

    def listen(self, wake: Callable[[], None]) -> None:
        """Call `wake` after every append, until `unlisten`."""
        self._listeners.add(wake)

    def unlisten(self, wake: Callable[[], None]) -> None:
        self._listeners.discard(wake)

    def locate(self, start: Position) -> int:
        """The offset of the first record that holds an event at or after the position."""
        if start.latest:
            return self.segments[-1].base + self.segments[-1].size
        for segment in self.segments:
            if segment.last is None or _passed(segment.last, start):
                continue
            if start.kind == "offset":
                near = segment.find(lambda entry: entry[2], start.value - segment.base)
            else:
                near = segment.find(lambda entry: entry[0 if start.kind == "sequence" else 1], start.value)
            return segment.base + segment.skip(near, lambda record: _passed(record, start))
        return self.segments[-1].base + self.segments[-1].size

    def read(self, offset: int) -> tuple[Record, int] | None:
        """The record at an offset from `locate`, or the oldest after it, and the next one's offset."""
        for segment in self.segments:
            if offset < segment.base + segment.size:
                found = segment.read(max(0, offset - segment.base))
                if found is not None:
                    return found[0], segment.base + found[1]
        return None

    def close(self) -> None:
        for segment in self.segments:
            segment.close()


class Cursor:
    """Reads a partition event by event from a position on."""

    def __init__(self, log: PartitionLog, start: Position) -> None:
        self._log = log
        self._start: Position | None = None if start.latest else start
        self._at = log.locate(start)
        self.delivery_annotations = b""  # a section that the next events get
        self._record: Record | None = None
        self._key: str | None = None
        self._inside = 0  # position in the record's payload
        self._sequence = 0

    def next(self) -> StoredEvent | None:
        """The next event, or None when there is none yet."""
        while True:
            if self._record is None and not self._load():
                return None
            event = self._take()
            if self._start is None or _reached(event, self._start):
                self._start = None
                return event

    def _load(self) -> bool:
        found = self._log.read(self._at)
        if found is None:
            return False
        self._record, self._at = found
        self._sequence = self._record.sequence
        self._key, self._inside = None, 0
        if self._record.is_batch:
            outer = messages.envelope(self._record.payload)
            self._key = outer.partition_key
            self._inside = messages.first_event(self._record.payload, outer.bare)
        return True

    def _take(self) -> StoredEvent:
        record = self._record
        assert record is not None
        at, begin, end = self._inside, 0, len(record.payload)
        if record.is_batch:
            begin, end = messages.event_at(record.payload, at)
        offset = record.offset + at
        raw, when = record.payload[begin:end], record.enqueued_ms
        message = messages.delivered(raw, self._sequence, offset, when, self._key, self.delivery_annotations)
        event = StoredEvent(self._sequence, offset, record.enqueued_ms, message)
        self._sequence += 1
        self._inside = end
        if at >= record.last_at:  # a footer may follow
            self._record = None
        return event


def _passed(record: Record, start: Position) -> bool:
    """Whether all of a record lies before a position."""
    if start.kind == "sequence":
        return record.sequence + record.events <= start.value
    if start.kind == "offset":
        return record.last_offset < start.value
    return record.enqueued_ms < start.value


def _reached(event: StoredEvent, start: Position) -> bool:
    if start.kind == "sequence":
        return event.sequence >= start.value
    if start.kind == "offset":
        return event.offset >= start.value
    return event.enqueued_ms >= start.value
