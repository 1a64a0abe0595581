"""Sets of sequence numbers that grow to 10⁸ members and more: bits by chunk, and nothing where a chunk is complete.

Numbers come roughly in ascending order, so what costs memory is the gaps, not the numbers: 8 KiB for each 65,536
numbers of which some are missing; even 10⁸ numbers in no order at all take 13 MB.
"""

from collections.abc import Iterator

import numpy as np

BITS = 16
SIZE = 1 << BITS


class Seen:
    """A set of whole numbers."""

    def __init__(self) -> None:
        self._chunks: dict[int, np.ndarray | None] = {}  # packed bits; None: complete

    def add(self, numbers: np.ndarray) -> np.ndarray:
        """Add int64 numbers. Booleans, one a number: whether it was new; of equal ones the first is."""
        if not len(numbers):
            return np.zeros(0, bool)
        ascending = bool((numbers[1:] > numbers[:-1]).all())
        order = None if ascending else np.argsort(numbers, kind="stable")
        ordered = numbers if order is None else numbers[order]
        first = np.ones(len(ordered), bool)
        np.not_equal(ordered[1:], ordered[:-1], out=first[1:])
        chunks = ordered >> BITS
        cuts = np.flatnonzero(chunks[1:] != chunks[:-1]) + 1
        new = np.empty(len(ordered), bool)
        start = 0
        for end in [*cuts.tolist(), len(ordered)]:
            chunk = int(chunks[start])
            new[start:end] = first[start:end] & self._add(chunk, ordered[start:end] & (SIZE - 1))
            start = end
        if order is None:
            return new
        found = np.empty_like(new)
        found[order] = new
        return found

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

    def __contains__(self, number: int) -> bool:
        return bool(self.bits(number >> BITS)[number & (SIZE - 1)])

    def chunks(self) -> Iterator[int]:
        """The chunks that hold any."""
        return iter(list(self._chunks))
