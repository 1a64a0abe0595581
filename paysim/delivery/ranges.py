"""A set of whole numbers as ranges: what a ledger keeps of its exceptions.

It is for small sets, in plain Python. `sequence_set` is for the many numbers that arrive.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator

import numpy as np


class Ranges:
    """Sorted, disjoint, inclusive ranges."""

    def __init__(self, ranges: Iterable[Iterable[int]] = ()) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []
        for start, end in ranges:
            self.add(start, end)

    def add(self, start: int, end: int) -> None:
        """Add start..end, both included; touching ranges become one."""
        first = bisect_right(self._starts, start)
        if first and self._ends[first - 1] >= start - 1:
            first -= 1
            start = self._starts[first]
        last = bisect_right(self._starts, end + 1)
        if last > first:
            end = max(end, self._ends[last - 1])
        self._starts[first:last] = [start]
        self._ends[first:last] = [end]

    def update(self, numbers: Iterable[int]) -> None:
        """Add many numbers, quickest where they ascend without gaps."""
        start = end = -1
        for number in numbers:
            if number == end + 1 and start >= 0:
                end = number
                continue
            if start >= 0:
                self.add(start, end)
            start = end = number
        if start >= 0:
            self.add(start, end)

    def __iter__(self) -> Iterator[tuple[int, int]]:
        return zip(self._starts, self._ends, strict=True)

    def __len__(self) -> int:
        """How many numbers, not how many ranges."""
        return sum(end - start + 1 for start, end in self)

    def __bool__(self) -> bool:
        return bool(self._starts)

    def __contains__(self, number: int) -> bool:
        at = bisect_right(self._starts, number) - 1
        return at >= 0 and number <= self._ends[at]

    def mask(self, base: int, size: int) -> np.ndarray | None:
        """Which of `size` numbers from `base` on are in the set, as booleans; None where none is."""
        found = None
        for at in range(bisect_left(self._ends, base), bisect_left(self._starts, base + size)):
            found = np.zeros(size, bool) if found is None else found
            found[max(0, self._starts[at] - base) : self._ends[at] - base + 1] = True
        return found

    def lists(self) -> list[list[int]]:
        """The ranges as JSON has them."""
        return [[start, end] for start, end in self]
