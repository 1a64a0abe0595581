"""One segment file: records appended at its end, found again by sequence number, offset or time.

A record is one send as it came, a batch or a single event, behind a fixed head. The in-memory index has one
entry for about every 256 KiB, so that it stays small whatever the events' size. What a segment belongs to,
and when it goes, is `partition_log`'s business; what is inside a record is `messages`'.
"""

import os
import struct
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from paysim.localhub.messages import Send

_HEAD = struct.Struct(">4sIIIqqq")  # mark, flags, payload bytes, events, first sequence number, time, last event
_MARK = b"PSR1"
_BATCH = 1
_STRIDE = 262_144

HEAD_SIZE = _HEAD.size


@dataclass(slots=True)
class Record:
    """One send as it was stored. `offset` is that of its first payload byte in the partition."""

    offset: int
    sequence: int
    events: int
    enqueued_ms: int
    is_batch: bool
    last_at: int  # where the last event begins in the payload
    payload: bytes

    @property
    def last_offset(self) -> int:
        return self.offset + self.last_at


class Segment:
    """An append-only file of records. `base` is the offset of its first byte in the partition."""

    def __init__(self, path: Path, base: int, sequence: int) -> None:
        """Open or create the file. Records of an earlier run are found again; a torn last one is cut off."""
        self.path = path
        self.base = base
        self.first_sequence = self.next_sequence = sequence
        self.size = 0
        self.last: Record | None = None  # without its payload
        self._index: list[tuple[int, int, int]] = []  # (sequence, time, position) of about every _STRIDE bytes
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._recover()

    def _recover(self) -> None:
        length, at = os.fstat(self._file).st_size, 0
        while (found := self._head(at)) is not None:
            record, size = found
            if at + HEAD_SIZE + size > length:
                break
            self._note(record, at, HEAD_SIZE + size)
            at = self.size
        if at < length:
            os.ftruncate(self._file, at)

    def append(self, send: Send, enqueued_ms: int) -> Record:
        """Store one send. Raises OSError, and stores nothing, when the disk is full."""
        payload, flags = send.payload, _BATCH if send.is_batch else 0
        head = _HEAD.pack(_MARK, flags, len(payload), send.events, self.next_sequence, enqueued_ms, send.last_at)
        at, whole = self.size, HEAD_SIZE + len(payload)
        try:
            written = os.pwritev(self._file, [head, payload], at)
            while written < whole:  # a signal, or the last free block
                rest = (head + payload)[written:]
                written += os.pwrite(self._file, rest, at + written)
        except OSError:
            os.ftruncate(self._file, at)
            raise
        offset = self.base + at + HEAD_SIZE
        record = Record(offset, self.next_sequence, send.events, enqueued_ms, send.is_batch, send.last_at, b"")
        self._note(record, at, whole)
        return record

    def _note(self, record: Record, at: int, size: int) -> None:
        if not self._index or at - self._index[-1][2] >= _STRIDE:
            self._index.append((record.sequence, record.enqueued_ms, at))
        self.size = at + size
        self.next_sequence = record.sequence + record.events
        self.last = record

    @property
    def oldest_ms(self) -> int:
        """When the first record was stored; 0 in an empty segment."""
        return self._index[0][1] if self._index else 0

    def _head(self, at: int) -> tuple[Record, int] | None:
        """The record at `at` without its payload, and the payload's size; None at the end."""
        head = os.pread(self._file, HEAD_SIZE, at)
        if len(head) < HEAD_SIZE:
            return None
        mark, flags, size, events, sequence, time_ms, last_at = _HEAD.unpack(head)
        if mark != _MARK:
            return None
        offset = self.base + at + HEAD_SIZE
        return Record(offset, sequence, events, time_ms, bool(flags & _BATCH), last_at, b""), size

    def read(self, at: int) -> tuple[Record, int] | None:
        """The record at position `at` with its payload, and where the next one begins; None at the end."""
        if at >= self.size:
            return None
        found = self._head(at)
        assert found is not None, "the index and the file disagree"
        record, size = found
        record.payload = os.pread(self._file, size, at + HEAD_SIZE)
        return record, at + HEAD_SIZE + size

    def find(self, index_key: Callable[[tuple[int, int, int]], int], value: int) -> int:
        """A position at or before the first record whose key reaches `value`, at most a stride before."""
        at = bisect_right(self._index, value - 1, key=index_key) - 1
        return self._index[max(at, 0)][2] if self._index else 0

    def skip(self, at: int, passed: Callable[[Record], bool]) -> int:
        """From `at` on, where the first record begins that `passed` does not hold for."""
        while at < self.size:
            found = self._head(at)
            assert found is not None, "the index and the file disagree"
            record, size = found
            if not passed(record):
                break
            at += HEAD_SIZE + size
        return at

    def close(self) -> None:
        os.close(self._file)

    def delete(self) -> None:
        """Remove the file. A reader that holds the segment must look for another."""
        self.close()
        self.path.unlink(missing_ok=True)
