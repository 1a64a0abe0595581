"""What goes out once more, minutes after it was sent: copies that wait until they are due.

They wait in memory, so their number and their bytes are bounded: nothing more is copied while a bound is reached. The
generator says what time it is: the clock's where transactions are sent, their own in a data set.
"""

from dataclasses import dataclass
from heapq import heapify, heappop, heappush

import numpy as np

from paysim.contract.identity import sequence_of
from paysim.contract.labels import EpisodePart

MOST_WAITING = 20_000
MOST_BYTES = 32 << 20
"""Of one payment method."""
DELAYS = (60_000, 300_000)
"""Milliseconds from a transaction to its copy, from and to."""
_OF_A_RUN = 3
"""The longest delay is no more than this part of a run or data set whose end is known, so that most copies go out."""

LastSent = tuple[bytes, bytes, str, bytes, int]  # body, id, key, properties, time in replay


@dataclass(frozen=True, slots=True)
class Copy:
    """sent: what goes out. part: its episode. document: what it is made of when it goes out, as JSON, where it gets an
    id of its own then; decimals: of its currency. due: when it goes out, Unix milliseconds."""

    sent: LastSent
    part: EpisodePart
    due: int
    document: bytes = b""
    decimals: int = 0

    @property
    def size(self) -> int:
        body, _, _, properties, _ = self.sent
        return len(body) + len(properties) + len(self.document)


def delays(seconds: float | None) -> tuple[int, int]:
    """How long copies wait in a run or data set of so many seconds; None where its end is not known."""
    least, most = DELAYS
    if seconds is None:
        return DELAYS
    longest = min(most, max(1, int(seconds * 1000 / _OF_A_RUN)))
    return longest * least // most, longest


class WaitingCopies:
    """The copies of one payment method's transactions that wait, by scenario."""

    def __init__(self) -> None:
        self.delays = DELAYS
        self._waiting: dict[str, list[tuple[int, int, Copy]]] = {}
        self._count = self._bytes = self._number = 0
        self._latest = -1  # highest sequence of what may be waiting

    def __len__(self) -> int:
        return self._count

    @property
    def is_full(self) -> bool:
        return self._count >= MOST_WAITING or self._bytes >= MOST_BYTES

    def due(self, sent: int, rng: np.random.Generator) -> int:
        """When a copy goes out of what was sent at this time (Unix milliseconds)."""
        return sent + int(rng.integers(self.delays[0], self.delays[1], endpoint=True))

    def add(self, scenario: str, copy: Copy) -> None:
        self._number += 1
        self._latest = max(self._latest, sequence_of(copy.sent[1]))
        heappush(self._waiting.setdefault(scenario, []), (copy.due, self._number, copy))
        self._count += 1
        self._bytes += copy.size

    def take(self, scenario: str, before: int, since: int = 0) -> Copy | None:
        """The first that is due before this time (Unix milliseconds).

        since: copies that were due before this are dropped.
        """
        waiting = self._waiting.get(scenario)
        while waiting and waiting[0][0] < before:
            copy = heappop(waiting)[2]
            self._count -= 1
            self._bytes -= copy.size
            if copy.due >= since:
                return copy
        return None

    def forget(self, sequence: int) -> None:
        """Transactions from this number on did not go out, so no copy does. Cheap where nothing of them is kept."""
        if self._latest < sequence:
            return
        self._latest = sequence - 1
        for scenario, waiting in self._waiting.items():
            kept = [each for each in waiting if sequence_of(each[2].sent[1]) < sequence]
            if len(kept) < len(waiting):
                heapify(kept)
                self._waiting[scenario] = kept
        left = [each[2] for waiting in self._waiting.values() for each in waiting]
        self._count, self._bytes = len(left), sum(copy.size for copy in left)
