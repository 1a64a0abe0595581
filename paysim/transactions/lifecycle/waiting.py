"""Payments whose next event is yet to come, in order of the time at which it is due.

Rows of numbers in buckets of time, so that a million of them take little memory and none is ever sorted among all: what
comes in is appended to its bucket, and what is due is whole buckets. Nothing here knows what the rows mean.
"""

from collections import deque
from collections.abc import Sequence
from heapq import heappop, heappush

import numpy as np

MOST = 1_000_000
"""Payments that wait in one process, at the most."""
_THIN_FROM = 0.9
"""From this part of them on fewer and fewer payments come in, so that there is no moment after which nothing does."""
_PIECES = 64  # of a bucket that are kept apart


class Room:
    """How much room there is for all payment methods of a process together. thinned: payments that found none."""

    def __init__(self, most: int = MOST) -> None:
        self.most, self.taken, self.thinned = most, 0, 0

    def admit(self, uniform: np.ndarray) -> np.ndarray:
        """Which of some new payments may wait, by a number in [0, 1) of each: all, until nine tenths are taken; then
        fewer, as there is less room."""
        if not self.is_tight(len(uniform)):
            return np.ones(len(uniform), bool)
        left = max(0, self.most - self.taken)
        found = uniform * (1.0 - _THIN_FROM) * self.most < left
        found &= np.cumsum(found) <= left
        self.thinned += len(found) - int(found.sum())
        return found

    def is_tight(self, count: int) -> bool:
        """Whether some of so many would find none."""
        return self.taken + count > _THIN_FROM * self.most


def _plain(rows: np.ndarray) -> np.ndarray:
    """Rows as plain bytes: where they have fields numpy copies them field by field, in ten times the time."""
    return rows if rows.dtype.names is None else np.ascontiguousarray(rows).view(f"V{rows.dtype.itemsize}")


def joined(pieces: Sequence[np.ndarray]) -> np.ndarray:
    """One or more arrays of rows, as one."""
    if len(pieces) == 1:
        return pieces[0]
    found: np.ndarray = np.concatenate([_plain(piece) for piece in pieces]).view(pieces[0].dtype)
    return found


def chosen(rows: np.ndarray, which: np.ndarray) -> np.ndarray:
    """A copy of some rows, by their positions or a mask."""
    found: np.ndarray = _plain(rows)[which].view(rows.dtype)
    return found


class Waiting:
    """The rows of one payment method. width: milliseconds of a bucket. dtype: of a row; its field `due` is the time,
    Unix milliseconds. ready: how many are due, as far as `open` has been told."""

    def __init__(self, dtype: np.dtype, width: int, room: Room) -> None:
        self._dtype, self._width, self._room = dtype, width, room
        self._buckets: dict[int, list[np.ndarray]] = {}
        self._order: list[int] = []
        self._ready: deque[np.ndarray] = deque()
        self._until = np.iinfo(np.int64).min
        self.ready = self._count = 0

    def __len__(self) -> int:
        return self._count

    def add(self, rows: np.ndarray) -> None:
        """Let rows wait until they are due."""
        if not len(rows):
            return
        self._count += len(rows)
        self._room.taken += len(rows)
        late = rows["due"] < self._until
        if late.any():
            self._make_ready(_plain(chosen(rows, late)))
            rows = chosen(rows, ~late)
        if not len(rows):
            return
        numbers = rows["due"] // self._width
        order = np.argsort(numbers, kind="stable")
        plain, numbers = _plain(rows)[order], numbers[order]
        starts = [0, *(np.flatnonzero(np.diff(numbers)) + 1).tolist()]
        for start, stop, number in zip(starts, [*starts[1:], len(rows)], numbers[starts].tolist(), strict=True):
            self._append(number, plain[start:stop].copy())  # a view would keep all of them as long as the last

    def close(self) -> None:
        """Give the room back."""
        self._room.taken -= self._count
        self._count = self.ready = 0
        self._buckets, self._order, self._ready = {}, [], deque()

    def _make_ready(self, rows: np.ndarray) -> None:
        self._ready.append(rows)
        self.ready += len(rows)

    def _append(self, number: int, piece: np.ndarray) -> None:
        bucket = self._buckets.get(number)
        if bucket is None:
            self._buckets[number] = [piece]
            heappush(self._order, number)
            return
        bucket.append(piece)
        if len(bucket) > _PIECES:
            self._buckets[number] = [joined(bucket)]

    def open(self, until: int, *, exactly: bool = False) -> int:
        """What is due before a moment (Unix milliseconds) can be taken. Returns how many can.

        exactly: else whole buckets only, and what lies in the last of them comes a little later; that is cheaper where
        it is asked for often.
        """
        if not exactly:
            until -= until % self._width
        if until > self._until:
            self._until = until
            while self._order and self._order[0] * self._width < until:
                number = heappop(self._order)
                rows = self._buckets.pop(number)
                if (number + 1) * self._width > until:
                    rows = [joined(rows)]
                    later = rows[0].view(self._dtype)["due"] >= until
                    if later.any():
                        self._append(number, rows[0][later])
                        self._make_ready(rows[0][~later])
                        break
                for piece in rows:
                    self._make_ready(piece)
        return self.ready

    def take(self, most: int) -> np.ndarray:
        """The next rows that are due, in the order of their buckets, `most` at the most."""
        found, left = [], most
        while self._ready and left:
            piece = self._ready.popleft()
            if len(piece) > left:
                self._ready.appendleft(piece[left:])
                piece = piece[:left]
            found.append(piece)
            left -= len(piece)
        rows = joined(found).view(self._dtype) if found else np.empty(0, self._dtype)
        self._count -= len(rows)
        self.ready -= len(rows)
        self._room.taken -= len(rows)
        return rows
