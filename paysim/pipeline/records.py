"""What senders tell the matcher: one row for each send, or part of a send, once its outcome is known.

A row is six whole numbers: kind, producer, first sequence number, how many, intended time, time of the outcome. Times
are Unix microseconds by the sender's clock. However many transactions a send has, it costs one row, unless there are
gaps between their sequence numbers. The kinds:

ACKED      stored in the hub
UNKNOWN    the outcome was lost: it may come out or not
BAD        carries the label of a scenario that breaks the contract: a pipeline is expected to refuse it
EITHER     carries a label, but its body does not show what is wrong: a pipeline may refuse it or not
AGAIN      was sent once more on purpose, so it may come out once more
RESENT     was tried again by the sender, so the hub may hold it more than once, and it may come out more than once
DROPPED    so many have no row, because nobody took the rows in time: of these nothing is measured
"""

from array import array
from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np

from paysim.contract.identity import sequence_of
from paysim.contract.labels import SCENARIOS, repeats
from paysim.transactions.batch import Batch

ACKED, UNKNOWN, BAD, EITHER, AGAIN, RESENT, DROPPED = range(1, 8)
COLUMNS: Final = 6
MOST_KEPT = 500_000
"""At most so many rows wait to be taken (24 MB). What is sent beyond that is only counted, as DROPPED."""


class Records:
    """The rows of one producer that nobody has taken yet."""

    def __init__(self, producer: int) -> None:
        self._producer = producer
        self._rows = array("q")
        self._kinds: dict[str, int] = {}
        self._dropped = 0

    def note_outcome(self, part: Batch, intended: float, ended: float, *, unknown: bool, maybe_twice: bool) -> None:
        """A part of a batch was acknowledged, or its outcome is unknown; what failed is not noted.

        intended: when it should have gone; ended: when its outcome was known; both in Unix seconds. unknown: the
        answer of the hub was lost. maybe_twice: the hub may hold it more than once.
        """
        if len(self._rows) > MOST_KEPT * COLUMNS:
            self._dropped += len(part.ids)
            return
        ids = part.ids
        if part.labels:
            self._note_labels(part)
            ids = [each for at, each in enumerate(ids) if not repeats(part.labels.get(at))]
            if not ids:
                return
        ranges = _ranges(ids)
        intended_us, ended_us = int(intended * 1e6), int(ended * 1e6)
        kind = UNKNOWN if unknown else ACKED
        for first, count in ranges:
            self._rows.extend((kind, self._producer, first, count, intended_us, ended_us))
            if maybe_twice or unknown:
                self._rows.extend((RESENT, self._producer, first, count, 0, 0))

    def _note_labels(self, part: Batch) -> None:
        for at, label in part.labels.items():
            kind = self._kinds.get(label)
            if kind is None:
                kind = self._kinds[label] = kind_of(label)
            if kind:
                self._rows.extend((kind, self._producer, sequence_of(part.ids[at]), 1, 0, 0))

    def take(self) -> bytes:
        """All rows since the last call, as bytes that `rows` reads."""
        taken, self._rows = self._rows, array("q")
        if self._dropped:
            taken.extend((DROPPED, self._producer, 0, self._dropped, 0, 0))
            self._dropped = 0
        return taken.tobytes()


def kind_of(label: str) -> int:
    """The kind of row that a label asks for: AGAIN, BAD or EITHER; 0 where the transaction is as good as any."""
    scenario = SCENARIOS.get(label)
    if scenario is None:
        return EITHER
    if scenario.repeats:
        return AGAIN
    if scenario.breaks_contract:
        return BAD
    return 0 if scenario.good_alone or scenario.is_good else EITHER


def _ranges(ids: Sequence[bytes]) -> Iterable[tuple[int, int]]:
    """The sequence numbers of these ids as ranges without gaps: first number, and how many."""
    first, last = sequence_of(ids[0]), sequence_of(ids[-1])
    if last - first == len(ids) - 1 and (len(ids) < 3 or ids == sorted(ids)):  # nearly always
        return ((first, len(ids)),)
    numbers = np.unique(np.fromiter(map(sequence_of, ids), np.int64, len(ids)))
    starts = np.flatnonzero(np.concatenate(([True], np.diff(numbers) > 1)))
    counts = np.diff(np.concatenate((starts, [len(numbers)])))
    return list(zip(numbers[starts].tolist(), counts.tolist(), strict=True))


def rows(taken: bytes) -> np.ndarray:
    """The rows that `Records.take` gave, as n × 6 int64. The byte order is that of the machine that made them."""
    return np.frombuffer(taken, np.int64).reshape(-1, COLUMNS)
