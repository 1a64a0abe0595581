"""Arrivals: transaction ids as they come out of a hub or a database, many at a time, as columns."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from paysim.contract.identity import MAX_PRODUCERS, MAX_RUNS, MAX_SEQUENCE

_VERSION, _VARIANT = np.uint64(0x8), np.uint64(0b10)


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Ids of one run, taken apart into columns of one length.

    positions: where each stood among the ids they were taken from.
    """

    positions: np.ndarray
    milliseconds: np.ndarray
    producers: np.ndarray
    sequences: np.ndarray

    def __len__(self) -> int:
        return len(self.sequences)

    def within(self, made: Mapping[int, tuple[float, float]]) -> "Arrivals":
        """Those whose time lies between the first and the last millisecond of their producer.

        made: producer → these two; for a producer that is not in it those of all producers together.
        """
        earliest, latest = min(first for first, _ in made.values()), max(last for _, last in made.values())
        right = (self.milliseconds >= earliest) & (self.milliseconds <= latest)
        for producer, (first, last) in made.items():
            outside = (self.milliseconds < first) | (self.milliseconds > last)
            right &= ~(outside & (self.producers == producer))
        if right.all():
            return self
        return Arrivals(self.positions[right], self.milliseconds[right], self.producers[right], self.sequences[right])


def of_run(ids: np.ndarray, run: int) -> Arrivals:
    """Those of these ids that paysim made in that run. ids: n × 2 unsigned 64-bit numbers, an id's halves."""
    high, low = ids[:, 0], ids[:, 1]
    right = ((high >> np.uint64(12)) & np.uint64(0xF)) == _VERSION
    right &= (low >> np.uint64(40)) == ((_VARIANT << np.uint64(22)) | np.uint64(run & (MAX_RUNS - 1)))
    if not right.all():
        high, low = high[right], low[right]
    return Arrivals(
        np.flatnonzero(right),
        (high >> np.uint64(16)).astype(np.int64),
        (high & np.uint64(MAX_PRODUCERS - 1)).astype(np.int64),
        (low & np.uint64(MAX_SEQUENCE - 1)).astype(np.int64),
    )


def halves(ids: bytes) -> np.ndarray:
    """Ids of 16 bytes, one after the other, as `of_run` takes them."""
    return np.frombuffer(ids, ">u8").astype(np.uint64).reshape(-1, 2)
