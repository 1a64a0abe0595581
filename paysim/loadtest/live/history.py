"""A series that never grows beyond a bound: the longer it gets, the thinner it is. Pure."""

from collections.abc import Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


class History(Generic[T]):
    """The first of every `stride` items; when there are too many, every second is dropped and the stride doubles."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._items: list[T] = []
        self._stride = 1
        self._offered = 0

    @property
    def stride(self) -> int:
        """How many offered items one kept item stands for. When it changes, items that were handed on are gone."""
        return self._stride

    def offer(self, item: T) -> None:
        if self._offered % self._stride == 0:
            self._items.append(item)
            if len(self._items) > self._most:
                del self._items[1::2]
                self._stride *= 2
        self._offered += 1

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[T]:
        return iter(self._items)
