"""One stage as the matcher knows it: what belongs there, how much has come, how late, how far it got. No I/O."""

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

    arrived: transactions of the run that came, each counted once. expected: those that belong here. right: those that
    belong here and came. foreign: ids of others. copies: producer and sequence as one number → how often it came again.
    wrong: the numbers of those that came and do not belong here.
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
    """The latencies of those whose intended time is after the warm-up."""
    hop: Histogram = field(default_factory=Histogram)
    fastest_us: float = math.inf
    """The least latency since somebody last read it, in microseconds."""
    marks: dict[int, int] = field(default_factory=dict)
    """Partition of the source hub → the highest place in it of which the transaction has come here."""
    recent_marks: deque[tuple[float, dict[int, int]]] = field(default_factory=deque)
    old_marks: dict[int, int] = field(default_factory=dict)

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
        """Note how far the stage is now. now: in seconds of any clock that does not go back."""
        self.recent_marks.append((now, dict(self.marks)))
        while self.recent_marks and self.recent_marks[0][0] <= now - OVERTAKEN_SECONDS:
            self.old_marks = self.recent_marks.popleft()[1]

    def overtaken(self, chunk: Chunk) -> np.ndarray:
        """Which lie before one that has been here for a while, in their partition of the source hub."""
        overtaken = np.zeros(len(chunk), bool)
        for partition, place in self.old_marks.items():
            overtaken |= (chunk.partition == partition) & (chunk.place < place)
        return overtaken


def _are(state: np.ndarray, wanted: int, mask: int) -> np.ndarray:
    found: np.ndarray = (state & mask) == wanted
    return found


@dataclass(frozen=True, slots=True)
class StageCount:
    """Counts of one stage, in transactions.

    missing: expected, not there, and overtaken (or the pipeline has passed the end of the run). under_way: expected and
    not there otherwise. oldest_us: the intended time of the oldest of these, in Unix microseconds.
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
