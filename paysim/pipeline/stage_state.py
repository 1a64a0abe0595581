"""One stage as the matcher knows it: what belongs there, how much has come, how late, and how far it is. No I/O."""

import math
from collections import Counter, deque
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from .histogram import Histogram
from .under_way import BAD, EITHER, RECORDED, REPEATED, UNCERTAIN, Chunk

OVERTAKEN_SECONDS = 10.0
"""A transaction counts as overtaken once a later one has been there for so long."""

Expects = Literal["good", "bad", "all"]
_BELONGS: dict[Expects | None, tuple[int, int]] = {
    "good": (RECORDED, RECORDED | UNCERTAIN | BAD | EITHER),
    "bad": (RECORDED | BAD, RECORDED | UNCERTAIN | BAD | EITHER),
    "all": (RECORDED, RECORDED | UNCERTAIN),
    None: (RECORDED, RECORDED | UNCERTAIN),
}
"""What a stage expects → the states that surely belong there, and the bits that tell."""
_NEVER = (255, 255)
_DOES_NOT_BELONG: dict[Expects | None, tuple[int, int]] = {
    "good": (RECORDED | BAD, RECORDED | BAD | EITHER),
    "bad": (RECORDED, RECORDED | BAD | EITHER | REPEATED),
    "all": _NEVER,
    None: _NEVER,
}


@dataclass
class StageState:
    """What came to one stage.

    arrived: transactions of the run, each once. right: of those, the ones that were expected there. copies: (producer,
    sequence) as one number → how often it came again.
    """

    name: str
    expects: Expects | None
    arrived: int = 0
    expected: int = 0
    right: int = 0
    foreign: int = 0
    copies: Counter[int] = field(default_factory=Counter)
    wrong: set[int] = field(default_factory=set)
    end_to_end: Histogram = field(default_factory=Histogram)
    judged: Histogram = field(default_factory=Histogram)
    """The same of those that were intended after the warm-up."""
    hop: Histogram = field(default_factory=Histogram)
    fastest_us: float = math.inf
    """The least that came out so far, before whoever reads it sets it back."""
    marks: dict[int, int] = field(default_factory=dict)
    """Partition of the source hub → the highest place in it of which the transaction has come here."""
    earlier_marks: deque[tuple[float, dict[int, int]]] = field(default_factory=deque)
    settled_marks: dict[int, int] = field(default_factory=dict)

    def belongs(self, state: np.ndarray) -> np.ndarray:
        """Which of these surely belong here."""
        return _are(state, *_BELONGS[self.expects])

    def strays(self, state: np.ndarray) -> np.ndarray:
        """Which of these surely do not belong here."""
        return _are(state, *_DOES_NOT_BELONG[self.expects])

    def mark(self, partitions: np.ndarray, places: np.ndarray) -> None:
        """Transactions of these places in the source hub have come."""
        for partition in np.unique(partitions).tolist():
            furthest = int(places[partitions == partition].max())
            self.marks[partition] = max(furthest, self.marks.get(partition, -1))

    def look(self, now: float) -> None:
        """Time goes on, in seconds of any clock: note how far it is."""
        self.earlier_marks.append((now, dict(self.marks)))
        while self.earlier_marks and self.earlier_marks[0][0] <= now - OVERTAKEN_SECONDS:
            self.settled_marks = self.earlier_marks.popleft()[1]

    def overtaken(self, chunk: Chunk) -> np.ndarray:
        """Which lie before one that has been here for a while, in their partition of the source hub."""
        overtaken = np.zeros(len(chunk), bool)
        for partition, place in self.settled_marks.items():
            overtaken |= (chunk.partition == partition) & (chunk.place < place)
        return overtaken


def _are(state: np.ndarray, wanted: int, mask: int) -> np.ndarray:
    found: np.ndarray = (state & mask) == wanted
    return found


@dataclass(frozen=True, slots=True)
class StageCount:
    """missing: overtaken, or the pipeline has passed the end of the run. under_way: the rest of what is expected.

    oldest_us: when the first of these was intended, in Unix microseconds.
    """

    expected: int
    arrived: int
    right: int
    missing: int
    under_way: int
    duplicates: int
    misjudged: int
    foreign: int
    oldest_us: int | None
