"""Sets of sequence numbers that grow to 10⁸ members and more: bits by chunk, and nothing where a chunk is complete.

Numbers come roughly in ascending order, so what costs memory is the gaps, not the numbers: 8 KiB for each 65,536
numbers of which some are missing; even 10⁸ numbers in no order at all take 13 MB.
"""

import time
from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np

BITS = 16
SIZE = 1 << BITS
_AT_ONCE = 10_000
"""So many ranges are added before other greenlets may run."""


class Seen:
    """A set of whole numbers."""

    def __init__(self) -> None:
        self._chunks: dict[int, np.ndarray | None] = {}  # packed bits; None: complete

    def add(self, numbers: np.ndarray) -> np.ndarray:
        """Add int64 numbers. Returns for each whether it was new; of equal ones the first is new."""
        order, ordered = _ascending(numbers)
        first = np.ones(len(ordered), bool)
        np.not_equal(ordered[1:], ordered[:-1], out=first[1:])
        new = np.empty(len(ordered), bool)
        for chunk, piece in _by_chunk(ordered):
            new[piece] = first[piece] & self._add(chunk, ordered[piece] & (SIZE - 1))
        return _as_given(new, order)

    def _add(self, chunk: int, offsets: np.ndarray) -> np.ndarray:
        """Whether each was absent before."""
        bits = self.bits(chunk)
        absent: np.ndarray = ~bits[offsets]
        if absent.any():
            bits[offsets] = True
            self._chunks[chunk] = None if bits.all() else np.packbits(bits)
        return absent

    def holds(self, chunk: int) -> bool:
        """Whether any number of a chunk is in the set."""
        return chunk in self._chunks

    def complete(self, chunk: int) -> bool:
        """Whether every number of a chunk is in the set."""
        return chunk in self._chunks and self._chunks[chunk] is None

    def bits(self, chunk: int) -> np.ndarray:
        """Which of a chunk's numbers are in the set, as booleans; not to be changed where the chunk is complete."""
        if chunk not in self._chunks:
            return np.zeros(SIZE, bool)
        packed = self._chunks[chunk]
        return np.ones(SIZE, bool) if packed is None else np.unpackbits(packed).view(bool)

    def contains(self, numbers: np.ndarray) -> np.ndarray:
        """Whether each of these is in the set."""
        order, ordered = _ascending(numbers)
        found = np.zeros(len(ordered), bool)
        for chunk, piece in _by_chunk(ordered):
            if self.holds(chunk):
                found[piece] = self.bits(chunk)[ordered[piece] & (SIZE - 1)]
        return _as_given(found, order)

    def chunks(self) -> Iterator[int]:
        """The chunks that hold any."""
        return iter(list(self._chunks))


class Copies:
    """How often each number came: a set of those that came once, one of those that came twice, and so on."""

    def __init__(self) -> None:
        self._levels: list[Seen] = []

    @classmethod
    def read(cls, ranges: Sequence[Sequence[int]]) -> "Copies":
        """ranges: as `ranges` gives them. It lets other greenlets run now and then."""
        copies = cls()
        for at in range(0, len(ranges), _AT_ONCE):
            first, last, times = np.array(ranges[at : at + _AT_ONCE], np.int64).T
            size = last - first + 1
            numbers = np.arange(size.sum()) + np.repeat(first - np.concatenate(([0], np.cumsum(size)[:-1])), size)
            copies.add(np.repeat(numbers, np.repeat(times, size)))
            time.sleep(0)
        return copies

    def add(self, numbers: np.ndarray) -> np.ndarray:
        """Add numbers, and say of each whether it was absent before, as if they came one after the other."""
        new, level, first = numbers, 0, np.zeros(len(numbers), bool)
        while len(new):
            if level == len(self._levels):
                self._levels.append(Seen())
            absent = self._levels[level].add(new)
            if level == 0:
                first = absent
            new, level = new[~absent], level + 1
        return first

    def of(self, numbers: np.ndarray) -> np.ndarray:
        """How often each of these came."""
        counts = np.zeros(len(numbers), np.int64)
        for level in self._levels:
            counts += level.contains(numbers)
        return counts

    def counts(self, chunk: int) -> np.ndarray:
        """How often each of a chunk's numbers came."""
        counts = np.zeros(SIZE, np.int64)
        for level in self._levels:
            if level.holds(chunk):
                counts += level.bits(chunk)
        return counts

    def holds(self, chunk: int) -> bool:
        """Whether any number of a chunk came."""
        return bool(self._levels) and self._levels[0].holds(chunk)

    def chunks(self) -> Iterator[int]:
        """The chunks of which any came."""
        return self._levels[0].chunks() if self._levels else iter(())

    def ranges(self) -> list[list[int]]:
        """As JSON has it: [first number, last number, how often each came], ascending."""
        found: list[list[int]] = []
        for chunk in sorted(self.chunks()):
            counts = self.counts(chunk)
            edges = np.flatnonzero(np.diff(counts, prepend=0, append=0))
            for start, end in pairwise(edges.tolist()):
                if counts[start]:
                    found.append([(chunk << BITS) + start, (chunk << BITS) + end - 1, int(counts[start])])
            time.sleep(0)
        return found


def _ascending(numbers: np.ndarray) -> tuple[np.ndarray | None, np.ndarray]:
    """The numbers in order, and where each came from; None where they were in order."""
    if bool((numbers[1:] >= numbers[:-1]).all()):
        return None, numbers
    order = np.argsort(numbers, kind="stable")
    return order, numbers[order]


def _as_given(values: np.ndarray, order: np.ndarray | None) -> np.ndarray:
    if order is None:
        return values
    found = np.empty_like(values)
    found[order] = values
    return found


def _by_chunk(ordered: np.ndarray) -> Iterator[tuple[int, slice]]:
    chunks = ordered >> BITS
    cuts = (np.flatnonzero(chunks[1:] != chunks[:-1]) + 1).tolist()
    for start, end in pairwise([0, *cuts, len(ordered)] if len(ordered) else []):
        yield int(chunks[start]), slice(start, end)
