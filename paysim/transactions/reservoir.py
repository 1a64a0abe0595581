"""Payments of one method drawn ahead, so that handing out a single one is cheap and each draw is short."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from .drawing import Drawer, Drawn

CHUNK = 256  # payments a draw: about 0.4 ms


@dataclass(frozen=True, slots=True)
class Mark:
    """One that takes more than a stamp. position: in `drawn`; kind: refund, refundable or a violation's name."""

    kind: str
    drawn: Drawn
    position: int


@dataclass(slots=True)
class Taken:
    """Payments on their way out. marks: position among them → what is to be done."""

    rests: list[bytes] = field(default_factory=list)
    marks: dict[int, Mark] = field(default_factory=dict)
    keys: list[str] | None = None


class Reservoir:
    """Refunds and refundable payments are chosen here, when a payment is drawn."""

    def __init__(self, drawer: Drawer, refunds: float, rng: np.random.Generator) -> None:
        self.drawer = drawer
        self._rng = rng
        self._refunds = refunds
        # Twice as many are remembered as will be refunded: some refunds are partial, some payments are forgotten.
        self._refundable = min(1.0, 3.0 * refunds)
        self._drawn: Drawn | None = None
        self._marks: list[Mark] = []
        self._position = self._next_mark = 0

    def take(self, count: int, hour: bytes) -> Taken:
        taken = Taken()
        for drawn, start, stop in self._pieces(count, hour):
            base = len(taken.rests) - start
            taken.rests += drawn.rests[start:stop]
            if drawn.keys is not None:
                taken.keys = (taken.keys or []) + drawn.keys[start:stop]
            while self._next_mark < len(self._marks) and self._marks[self._next_mark].position < stop:
                mark = self._marks[self._next_mark]
                taken.marks[base + mark.position] = mark
                self._next_mark += 1
        return taken

    def _pieces(self, count: int, hour: bytes) -> Iterator[tuple[Drawn, int, int]]:
        while count:
            if self._drawn is None or self._position == self._drawn.count:
                self._fill(hour)
            assert self._drawn is not None
            start = self._position
            self._position = min(start + count, self._drawn.count)
            count -= self._position - start
            yield self._drawn, start, self._position

    def _fill(self, hour: bytes) -> None:
        drawn = self._drawn = self.drawer.draw(CHUNK, hour)
        self._position = self._next_mark = 0
        chance = self._rng.random((2, drawn.count))
        refunds = chance[0] < self._refunds
        refundable = ~refunds & (chance[1] < self._refundable) & self.drawer.outcomes.completed[drawn.picks["outcome"]]
        kinds = np.where(refunds, "refund", "refundable")
        self._marks = [Mark(str(kinds[at]), drawn, at) for at in np.flatnonzero(refunds | refundable).tolist()]
