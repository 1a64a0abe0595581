"""The transactions that are not through yet: of each producer 4,096 sequence numbers at a time, as columns.

A chunk begins with a row for each of its numbers. Rows that are done go (`compact`), and what is left is found by
bisection. So memory goes with what is under way, not with the length of a run.
"""

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from paysim.contract.identity import MAX_SEQUENCE

BITS = 12
SIZE = 1 << BITS
RECORDED, BAD, EITHER, UNCERTAIN, REPEATED = 1, 2, 4, 8, 16
"""Bits of `state`. RECORDED: the sender has told the outcome. BAD, EITHER: see `records`. UNCERTAIN: the outcome is
unknown. REPEATED: it was sent once more on purpose."""
BYTES_A_ROW = 8 + 1 + 16 + 2 + 8
"""Of one transaction, and eight more for each stage."""


class Chunk:
    """Columns, with one row a transaction. Times are Unix microseconds, 0 where they are not known.

    base: the chunk's first sequence number, with the producer's number above it. offsets: of each row from it,
    ascending. came: for each stage the times. partition, place: where a transaction lies in the source hub (-1: not
    known).
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
        """Forget these rows. done: a boolean a row."""
        left = ~done
        for name in ("offsets", "state", "intended", "acked", "partition", "place"):
            setattr(self, name, getattr(self, name)[left])
        self.came = self.came[:, left]


class UnderWay:
    """The chunks of all producers, within a bound."""

    def __init__(self, stages: int, most: int) -> None:
        """stages: how many, with the source hub. most: transactions that are kept at a time."""
        self._stages, self._most = stages, most
        self._chunks: dict[int, dict[int, Chunk | None]] = {}  # by producer; None: there was no room for it
        self.kept = self.kept_most = 0

    @property
    def most_bytes(self) -> int:
        """What all that is under way may take at the most."""
        return self._most * (BYTES_A_ROW + 8 * self._stages)

    def find(
        self,
        producer: int,
        sequences: np.ndarray,
        *,
        through: Callable[[np.ndarray], None] = lambda sequences: None,
        no_room: Callable[[int], None] = lambda count: None,
    ) -> Iterator[tuple[Chunk, np.ndarray, np.ndarray]]:
        """Each chunk that some of these are in; their positions among `sequences`, and their rows in the chunk.

        through: is called with those that have no row any more. no_room: with how many could not be kept.
        """
        chunks = self._chunks.setdefault(producer, {})
        for number, at in _by_chunk(sequences):
            if number not in chunks:
                chunks[number] = self._new(producer, number)
            chunk = chunks[number]
            if chunk is None:
                no_room(len(at))
                continue
            index, there = chunk.find(sequences[at] & (SIZE - 1))
            if not there.all():
                through(sequences[at[~there]])
                at, index = at[there], index[there]
            if len(at):
                yield chunk, at, index

    def _new(self, producer: int, number: int) -> Chunk | None:
        if self.kept + SIZE > self._most:
            return None
        self.kept += SIZE
        self.kept_most = max(self.kept, self.kept_most)
        return Chunk(producer * MAX_SEQUENCE + (number << BITS), self._stages)

    def let_go(self, chunk: Chunk, through: np.ndarray) -> None:
        """Forget these rows of a chunk, once they are most of it."""
        n = int(np.count_nonzero(through))
        if n and n * 2 >= len(chunk):
            chunk.compact(through)
            self.kept -= n

    def __iter__(self) -> Iterator[Chunk]:
        return (chunk for chunks in self._chunks.values() for chunk in chunks.values() if chunk is not None)


def _by_chunk(sequences: np.ndarray) -> Sequence[tuple[int, np.ndarray]]:
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
