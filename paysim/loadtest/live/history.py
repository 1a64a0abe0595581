"""A series that never grows beyond a bound: the longer it gets, the thinner it is. Pure."""

from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


class History(Generic[T]):
    """Each kept item stands for `stride` offered ones. When there are too many, pairs are joined and stride doubles."""

    def __init__(self, most: int, join: Callable[[T, T], T]) -> None:
        """join: an earlier and a later item to one that stands for both."""
        self._most = most
        self._join = join
        self._items: list[T] = []
        self._stride = 1
        self._open: T | None = None
        self._in_open = 0

    @property
    def stride(self) -> int:
        """How many offered items one kept item stands for. When it changes, items that were handed on are gone."""
        return self._stride

    def offer(self, item: T) -> None:
        self._open = item if self._open is None else self._join(self._open, item)
        self._in_open += 1
        if self._in_open < self._stride:
            return
        self._items.append(self._open)
        self._open, self._in_open = None, 0
        if len(self._items) > self._most:
            self._thin_out()

    def _thin_out(self) -> None:
        if len(self._items) % 2:
            self._open, self._in_open = self._items.pop(), self._stride
        pairs = zip(self._items[::2], self._items[1::2], strict=True)
        self._items = [self._join(earlier, later) for earlier, later in pairs]
        self._stride *= 2

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[T]:
        """Those that are complete: what was handed on does not change."""
        return iter(self._items)
