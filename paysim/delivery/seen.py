"""Sets of sequence numbers that grow to 10⁸ members and more: bits by chunk, and nothing where a chunk is complete.

Numbers come roughly in ascending order, so what costs memory is the gaps, not the numbers: 8 KiB for each 65,536
numbers of which some are missing; even 10⁸ numbers in no order at all take 13 MB.
"""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

BITS = 16
SIZE = 1 << BITS


class Seen:
    """A set of whole numbers."""

    def __init__(self) -> None:
        self._chunks: dict[int, np.ndarray | None] = {}  # packed bits; None: complete

    def add(self, numbers: np.ndarray) -> np.ndarray:
        """Add int64 numbers. Booleans, one a number: whether it was new; of equal ones the first is."""
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
        absent = ~bits[offsets]
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
        """Booleans, one a number."""
        order, ordered = _ascending(numbers)
        found = np.zeros(len(ordered), bool)
        for chunk, piece in _by_chunk(ordered):
            if self.holds(chunk):
                found[piece] = self.bits(chunk)[ordered[piece] & (SIZE - 1)]
        return _as_given(found, order)

    def chunks(self) -> Iterator[int]:
        """The chunks that hold any."""
        return iter(list(self._chunks))


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
