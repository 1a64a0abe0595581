"""The transactions of one producer that are not through yet, 4,096 sequence numbers at a time, as columns.

A chunk begins with a row for each of its numbers. Rows that are done go (`compact`), and what is left is found by
bisection. So memory goes with what is under way, not with the length of a run.
"""

from collections.abc import Sequence

import numpy as np

BITS = 12
SIZE = 1 << BITS
RECORDED, BAD, EITHER, UNCERTAIN, REPEATED = 1, 2, 4, 8, 16
"""Of `state`: its sender has told the outcome; its label is of one kind or the other; the outcome was lost; it was sent
once more on purpose."""
BYTES_A_ROW = 8 + 1 + 16 + 2 + 8
"""And eight more for each stage."""


class Chunk:
    """Columns, a row a transaction. Times are microseconds, 0 where not known.

    base: of its first number, with the producer's. offsets: within the chunk, ascending. came: a row of times a stage.
    partition, place: where it lies in the source hub (-1: not known).
    """

    __slots__ = ("acked", "base", "came", "intended", "offsets", "partition", "place", "state")

    def __init__(self, base: int, stages: int) -> None:
        self.base = base
        self.offsets = np.arange(SIZE)
        self.state = np.zeros(SIZE, np.uint8)
        self.intended, self.acked = np.zeros(SIZE, np.int64), np.zeros(SIZE, np.int64)
        self.partition, self.place = np.full(SIZE, -1, np.int16), np.full(SIZE, -1, np.int64)
        self.came = np.zeros((stages, SIZE), np.int64)

    def __len__(self) -> int:
        return len(self.offsets)

    def find(self, offsets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The row of each, and whether it has one."""
        if len(self.offsets) == SIZE:
            return offsets, np.ones(len(offsets), bool)
        at = np.minimum(np.searchsorted(self.offsets, offsets), max(len(self.offsets) - 1, 0))
        return at, (self.offsets[at] == offsets) if len(self.offsets) else np.zeros(len(offsets), bool)

    def compact(self, done: np.ndarray) -> None:
        """Let go of these rows."""
        left = ~done
        for name in ("offsets", "state", "intended", "acked", "partition", "place"):
            setattr(self, name, getattr(self, name)[left])
        self.came = self.came[:, left]


def by_chunk(sequences: np.ndarray) -> Sequence[tuple[int, np.ndarray]]:
    """Each chunk that these numbers lie in, and the positions of its numbers."""
    if not len(sequences):
        return []
    chunks = sequences >> BITS
    first, last = int(chunks.min()), int(chunks.max())
    if first == last:
        return [(first, np.arange(len(sequences)))]
    order = np.argsort(chunks, kind="stable")
    ordered = chunks[order]
    starts = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1])))
    ends = np.concatenate((starts[1:], [len(order)]))
    return [(int(ordered[start]), order[start:end]) for start, end in zip(starts, ends, strict=True)]
