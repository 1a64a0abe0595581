"""What really is in the hub, read from the files of its data folder: a second opinion beside `verify`.

No link, no SDK, no ledger: the records as the hub wrote them, each event's message id and label and no more. May read
while the hub writes, and across its restarts. Events of others are known by what they lack: paysim's head.
"""

import os
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from paysim.contract.identity import MAX_RUNS, MAX_SEQUENCE
from paysim.localhub.amqp import messages
from paysim.localhub.storage.segments import _HEAD, _MARK, HEAD_SIZE

_OURS = re.compile(rb"\x00Ss(?:\xc0..|\xd0.{8})\x98(?P<id>.{16}).{1,60}?\x0apaysim-run\xa1.\d{8}T\d{6}Z-", re.DOTALL)
"""Properties that begin with a message id that is a uuid (AMQP 1.0 part 3, section 3.2.4), then the run."""
_COPY = re.compile(rb"\x10paysim-violation\xa1.(?:duplicate|redelivery|reused_id)(?=\xa1|\x00)", re.DOTALL)
"""What says of itself that another has its id."""


class Arrivals:
    """How often each sequence number of a producer is stored. Those that say they are copies stand apart."""

    def __init__(self) -> None:
        # By whether they say that they are copies.
        self._counts: dict[bool, defaultdict[int, np.ndarray]] = {
            label: defaultdict(lambda: np.zeros(1 << 16, np.uint8)) for label in (False, True)
        }
        self.total = 0
        self.duplicates = 0  # of scenarios
        self.foreign = 0
        self.runs: set[int] = set()

    def add(self, message_id: bytes, *, duplicate: bool = False) -> None:
        low = int.from_bytes(message_id[8:], "big")
        producer = int.from_bytes(message_id[6:8], "big") & 0xFFF
        sequence = low & (MAX_SEQUENCE - 1)
        counts = self._counts[duplicate][producer]
        if sequence >= len(counts):
            counts = np.pad(counts, (0, max(len(counts), sequence + 1 - len(counts))))
            self._counts[duplicate][producer] = counts
        counts[sequence] = min(counts[sequence] + 1, 255)
        self.total += not duplicate
        self.duplicates += duplicate
        self.runs.add((low >> 40) & (MAX_RUNS - 1))

    @property
    def producers(self) -> list[int]:
        return sorted(self._counts[False].keys() | self._counts[True].keys())

    def of(self, producer: int, least: int, *, duplicate: bool = False) -> np.ndarray:
        """Arrivals by sequence number, for at least so many numbers."""
        counts = self._counts[duplicate][producer]
        return counts if len(counts) >= least else np.pad(counts, (0, least - len(counts)))


class DataFolder:
    """Reads on from where it was, as long as the hub writes: one event hub, or all."""

    def __init__(self, folder: Path, hub: str = "*") -> None:
        self._folder, self._hub = folder, hub
        self._at: dict[Path, int] = {}
        self.arrivals = Arrivals()

    def read(self) -> int:
        """Take in what came since; how many events of runs there are now."""
        for path in sorted(self._folder.glob(f"{self._hub}/*/*.events")):
            at = self._at.get(path, 0)
            with path.open("rb") as file:
                size = os.fstat(file.fileno()).st_size
                while at < size:
                    file.seek(at)
                    head = file.read(HEAD_SIZE)
                    if len(head) < HEAD_SIZE:
                        break
                    mark, is_batch, length, *_ = _HEAD.unpack(head)
                    if mark != _MARK or at + HEAD_SIZE + length > size:
                        break
                    self._take(file.read(length), is_batch)
                    at += HEAD_SIZE + length
            self._at[path] = at
        return self.arrivals.total + self.arrivals.duplicates

    def _take(self, payload: bytes, is_batch: int) -> None:
        for event in _events(payload) if is_batch else [payload]:
            if (ours := _OURS.match(event)) is None:
                self.arrivals.foreign += 1
            else:
                self.arrivals.add(ours["id"], duplicate=_COPY.search(event, ours.end(), ours.end() + 100) is not None)


def _events(payload: bytes) -> Iterator[bytes]:
    at = messages.envelope(payload).bare
    while at < len(payload):
        begin, at = messages.event_at(payload, at)
        yield payload[begin:at]
