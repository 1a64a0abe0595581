"""One segment file: records appended at its end, found again by sequence number, offset or time.

A record is one send as it came, a batch or a single event, behind a fixed head. The in-memory index has one
entry for about every 256 KiB, so that it stays small whatever the events' size. What a segment belongs to,
and when it goes, is `partition_log`'s business; what is inside a record is `messages`'.

A file that is opened again is read whole and checked. Only what a killed process leaves behind is cut off: a last
record that ends early. Everything else that is wrong is told and stays in the file: events whose bytes have
changed but can still be told apart are kept, and what cannot be read is passed over, as a hole.
"""

import logging
import os
import struct
import zlib
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from paysim.localhub.amqp import messages
from paysim.localhub.amqp.encoding import DecodeError
from paysim.localhub.amqp.messages import BATCH_FORMAT, Send

_LOG = logging.getLogger(__name__)
# mark, flags, payload bytes, events, first sequence number, time, last event, checksum of the payload, of this head
_HEAD = struct.Struct(">4sIIIqqqQI")
_MARK, _EARLIER_MARK = b"PSR2", b"PSR1"
_BATCH = 1
_STRIDE = 262_144
_LEAST_EVENT = 5  # bytes of the shortest data section
_SMALL = 16_384  # bytes up to which a payload's checksum is a CRC, which is slower for more

HEAD_SIZE = _HEAD.size
_U32 = struct.Struct(">I")
_SUMMED = HEAD_SIZE - _U32.size  # bytes of a head that its own checksum covers


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
    checksum: int

    @property
    def last_offset(self) -> int:
        return self.offset + self.last_at


def _checksum(payload: bytes) -> int:
    """A CRC of a small payload; of a large one the sum of its 64-bit words, and a CRC of the rest."""
    if len(payload) < _SMALL:
        return zlib.crc32(payload)
    words = len(payload) // 8
    return (int(np.add.reduce(np.frombuffer(payload, "<u8", words))) + zlib.crc32(payload[8 * words :])) % (1 << 64)


class Segment:
    """An append-only file of records. `base` is the offset of its first byte in the partition."""

    def __init__(self, path: Path, base: int, sequence: int, *, is_last: bool = True, is_kept: bool = True) -> None:
        """Open or create the file. Records of an earlier run are found again; see the module for broken ones.

        `sequence`: of its first event, if it has none. `is_last`: of its partition, and so may have a torn end.
        `is_kept`: may be opened again; otherwise records get no checksums, which nobody would ask for. Raises OSError.
        """
        self.path = path
        self.base = base
        self._is_kept = is_kept
        self.next_sequence = sequence
        self.size = 0
        self.last: Record | None = None  # without its payload
        self._index: list[tuple[int, int, int]] = []  # (sequence, time, position) of about every _STRIDE bytes
        self._holes: dict[int, int] = {}  # where nothing can be read: beginning and end
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._recover(is_last)
        self.first_sequence = self._index[0][0] if self._index else self.next_sequence

    def _recover(self, is_last: bool) -> None:
        length = os.fstat(self._file).st_size
        if os.pread(self._file, len(_MARK), 0) == _EARLIER_MARK:
            raise OSError(0, f"{self.path.name} was written by an earlier version of the local hub")
        while self.size < length:
            at = self.size
            found = self._intact(at, length)
            if found is not None and self._is_readable(*found, at):
                self._note(found[0], at, HEAD_SIZE + found[1])
                continue
            end = self._next_head(at + 1, length)
            if end == length and found is None and is_last and self._is_torn(at, length):
                os.ftruncate(self._file, at)
                return
            self._leave_out(at, end, found[0] if found is not None else None)
            if end == length and found is None and is_last:  # no record behind says how many events they were
                self.next_sequence += self._most_events(at + HEAD_SIZE, end)

    def _intact(self, at: int, length: int) -> tuple[Record, int] | None:
        """The record at `at` and its payload's size, if its head is one and its payload ends in the file."""
        found = self._head(at)
        if found is None or at + HEAD_SIZE + found[1] > length:
            return None
        return None if self._index and found[0].sequence < self.next_sequence else found

    def _is_readable(self, record: Record, size: int, at: int) -> bool:
        """Whether a record's events can be told apart; tells where its bytes have changed."""
        payload = os.pread(self._file, size, at + HEAD_SIZE)
        if _checksum(payload) == record.checksum:
            return True
        try:
            send = messages.read_send(BATCH_FORMAT if record.is_batch else 0, payload)
        except DecodeError:
            return False
        if (send.events, send.last_at) != (record.events, record.last_at):
            return False
        what = _named(record.sequence, record.sequence + record.events - 1)
        _LOG.warning("%s: bytes of %s have changed; they are kept as they are", self.path, what)
        return True

    def _next_head(self, at: int, length: int) -> int:
        """Where the next record that is intact begins, or the file ends."""
        data = b""
        while at < length:
            data = os.pread(self._file, 1 << 20, at)
            place = data.find(_MARK)
            while place >= 0:
                if self._intact(at + place, length) is not None:
                    return at + place
                place = data.find(_MARK, place + 1)
            at += max(1, len(data) - len(_MARK) + 1)
        return length

    def _is_torn(self, at: int, length: int) -> bool:
        """Whether what stands at the end is the beginning of a record whose rest was never written."""
        start = os.pread(self._file, HEAD_SIZE, at)
        if len(start) < HEAD_SIZE:
            return _MARK.startswith(start[: len(_MARK)])
        return self._head(at) is not None or not os.pread(self._file, length - at, at).strip(b"\0")

    def _leave_out(self, at: int, end: int, record: Record | None) -> None:
        """Pass over what cannot be read, and over the numbers of its events where they are known."""
        self._holes[at] = self.size = end
        if record is not None:
            self.next_sequence = record.sequence + record.events
            what = _named(record.sequence, self.next_sequence - 1)
        else:
            behind = self._head(end)
            what = (
                _named(self.next_sequence, behind[0].sequence - 1) if behind else f"events from {self.next_sequence} on"
            )
        _LOG.warning("%s: %s cannot be read (%d bytes at %d); they are left out", self.path, what, end - at, at)

    def _most_events(self, at: int, end: int) -> int:
        """How many events a record had whose head is lost: by its payload, or at most."""
        payload = os.pread(self._file, max(0, end - at), at)
        try:
            return messages.read_send(BATCH_FORMAT, payload).events
        except DecodeError:
            return 1 + len(payload) // _LEAST_EVENT

    def append(self, send: Send, enqueued_ms: int) -> Record:
        """Store one send. Raises OSError, and stores nothing, when the disk is full."""
        payload, flags = send.payload, _BATCH if send.is_batch else 0
        record = Record(0, self.next_sequence, send.events, enqueued_ms, send.is_batch, send.last_at, b"", 0)
        checksum, size = _checksum(payload) if self._is_kept else 0, len(payload)
        head = _HEAD.pack(_MARK, flags, size, send.events, record.sequence, enqueued_ms, send.last_at, checksum, 0)
        if self._is_kept:
            head = head[:_SUMMED] + _U32.pack(zlib.crc32(head[:_SUMMED]))
        at, whole = self.size, HEAD_SIZE + len(payload)
        try:
            written = os.pwritev(self._file, [head, payload], at)
            while written < whole:  # a signal, or the last free block
                rest = (head + payload)[written:]
                written += os.pwrite(self._file, rest, at + written)
        except OSError:
            os.ftruncate(self._file, at)
            raise
        record.offset = self.base + at + HEAD_SIZE
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
        """The record at `at` without its payload, and the payload's size; None where there is no whole head."""
        head = os.pread(self._file, HEAD_SIZE, at)
        if len(head) < HEAD_SIZE:
            return None
        mark, flags, size, events, sequence, time_ms, last_at, checksum, summed = _HEAD.unpack(head)
        if mark != _MARK or (self._is_kept and zlib.crc32(head[:_SUMMED]) != summed):
            return None
        offset = self.base + at + HEAD_SIZE
        return Record(offset, sequence, events, time_ms, bool(flags & _BATCH), last_at, b"", checksum), size

    def read(self, at: int) -> tuple[Record, int] | None:
        """The record at position `at` with its payload, and where the next one begins; None at the end."""
        at = self._behind_holes(at)
        if at >= self.size:
            return None
        found = self._head(at)
        assert found is not None, "the index and the file disagree"
        record, size = found
        record.payload = os.pread(self._file, size, at + HEAD_SIZE)
        return record, at + HEAD_SIZE + size

    def _behind_holes(self, at: int) -> int:
        while at in self._holes:
            at = self._holes[at]
        return at

    def find(self, index_key: Callable[[tuple[int, int, int]], int], value: int) -> int:
        """A position at or before the first record whose key reaches `value`, at most a stride before."""
        at = bisect_right(self._index, value - 1, key=index_key) - 1
        return self._index[max(at, 0)][2] if self._index else 0

    def skip(self, at: int, passed: Callable[[Record], bool]) -> int:
        """From `at` on, where the first record begins that `passed` does not hold for."""
        while (at := self._behind_holes(at)) < self.size:
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


def _named(first: int, last: int) -> str:
    return f"event {last}" if first == last else f"events {first} to {last}"
