"""What senders tell the matcher: one row a send, or a part of one, that has an outcome.

A row is six whole numbers: kind, producer, first sequence, how many, intended and acknowledged time. Times are Unix
microseconds by the sender's clock. A send costs one row, however many transactions are in it, unless its numbers have
gaps.

ACKED      stored in the hub
UNKNOWN    the outcome was lost: it may come out or not
BAD        carries the label of a scenario that breaks the contract: a pipeline refuses it
EITHER     carries a label whose body does not show what is wrong: a pipeline may refuse it or not
AGAIN      was sent once more on purpose, so it may come out once more
RESENT     perhaps stored more than once by the sender's doing, so it may come out more than once
"""

from array import array
from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np

from paysim.contract.identity import sequence_of
from paysim.contract.labels import SCENARIOS, repeats
from paysim.transactions.batch import Batch

ACKED, UNKNOWN, BAD, EITHER, AGAIN, RESENT = range(1, 7)
COLUMNS: Final = 6
MOST_KEPT = 500_000
"""Rows that wait to be taken at the most: 24 MB. Beyond it the run is not measured behind the hub."""


class Records:
    """The rows of one producer that were not taken yet."""

    def __init__(self, producer: int) -> None:
        self._producer = producer
        self._rows = array("q")
        self._kinds: dict[str, int] = {}
        self.dropped = 0
        """Rows that were given up because nobody took them."""

    def settled(self, part: Batch, intended: float, settled: float, *, unknown: bool, maybe_twice: bool) -> None:
        """A part of a batch has its outcome. intended, settled: Unix seconds; intended is when it should have gone."""
        if len(self._rows) > MOST_KEPT * COLUMNS:
            self.dropped += 1
            return
        ids = part.ids
        if part.labels:
            self._note_labels(part)
            ids = [each for at, each in enumerate(ids) if not repeats(part.labels.get(at))]
            if not ids:
                return
        runs = _runs(ids)
        begun, ended = int(intended * 1e6), int(settled * 1e6)
        kind = UNKNOWN if unknown else ACKED
        for first, count in runs:
            self._rows.extend((kind, self._producer, first, count, begun, ended))
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
        """Every row since the last time; `rows` reads them."""
        taken, self._rows = self._rows, array("q")
        return taken.tobytes()


def kind_of(label: str) -> int:
    """What a label means to a pipeline; 0: the transaction is as good as any."""
    scenario = SCENARIOS.get(label)
    if scenario is None:
        return EITHER
    if scenario.repeats:
        return AGAIN
    if scenario.breaks_contract:
        return BAD
    return 0 if scenario.good_alone or scenario.is_good else EITHER


def _runs(ids: Sequence[bytes]) -> Iterable[tuple[int, int]]:
    """The sequences of ids that ascend, as first number and how many."""
    first, last = sequence_of(ids[0]), sequence_of(ids[-1])
    if last - first == len(ids) - 1 and (len(ids) < 3 or ids == sorted(ids)):  # nearly always
        return ((first, len(ids)),)
    numbers = np.unique(np.fromiter(map(sequence_of, ids), np.int64, len(ids)))
    starts = np.flatnonzero(np.concatenate(([True], np.diff(numbers) > 1)))
    counts = np.diff(np.concatenate((starts, [len(numbers)])))
    return list(zip(numbers[starts].tolist(), counts.tolist(), strict=True))


def rows(taken: bytes) -> np.ndarray:
    """n × 6 int64, as `Records` made them on a machine of the same byte order."""
    return np.frombuffer(taken, np.int64).reshape(-1, COLUMNS)
