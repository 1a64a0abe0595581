"""What people did lately: who has paid three times within the hour, and who pays from a new device.

Arrays by the position of the customer, shared by all methods. In a live run an hour is one of the clock, and the order
of drawing is that of time. In replay the times are drawn, so payments of an hour are drawn in any order: those that are
drawn later are not counted, and what is called velocity is.
"""

from collections import deque

import numpy as np

from paysim.transactions.randomness import stream

_HOUR = 3_600_000  # ms
_NEVER = -(1 << 62)
_NEW = 0.02
"""Share of people who have got a device that nobody has seen yet."""
_NOTED = 10_000  # ms between two notes of how many were drawn
_CROWD = 4
"""Payments of one person are close in a live run where fewer than this part of all people paid between them: under
load everybody pays thrice an hour, and nobody is unusual for it."""


class RecentPayments:
    """Of each customer the last two payments: their times in replay, else how many had been drawn before."""

    def __init__(self, customers: int, seed: int) -> None:
        self._last = np.full(customers, _NEVER)
        self._before = np.full(customers, _NEVER)
        self._new = stream(seed, "new device").random(customers) < _NEW
        self._drawn = 0
        self._notes: deque[tuple[int, int]] = deque([(0, 0)])

    def busy(self, customer: np.ndarray, times: np.ndarray | None, now: int) -> np.ndarray:
        """Positions of the payments that are at least the third within the hour; all of them are noted."""
        if times is None:
            numbers = np.arange(self._drawn, self._drawn + len(customer))
            self._drawn += len(customer)
            last, before = self._noted(customer, numbers)
            close = before >= numbers - len(self._last) // _CROWD
            return np.flatnonzero(close & (before >= self._an_hour_ago(now)))
        last, before = self._noted(customer, times)
        # As unsigned numbers, those of later payments are greater than an hour.
        recent = (times - last).view(np.uint64) <= _HOUR
        return np.flatnonzero(recent & ((times - before).view(np.uint64) <= _HOUR))

    def _noted(self, customer: np.ndarray, stamps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The stamps of each one's last payment and of that before it, as if they were noted one after the other."""
        last, before = self._last.take(customer), self._before.take(customer)
        self._last[customer] = stamps
        if (self._last.take(customer) != stamps).any():  # somebody pays more than once here
            order = np.argsort(customer, kind="stable")
            again = customer[order][1:] == customer[order][:-1]
            mine, older = last[order], before[order]
            mine[1:] = np.where(again, stamps[order][:-1], mine[1:])
            older[1:] = np.where(again, mine[:-1], older[1:])
            last[order], before[order] = mine, older
        self._before[customer] = last
        return last, before

    def _an_hour_ago(self, now: int) -> int:
        """How many payments had been drawn an hour ago."""
        notes = self._notes
        if now >= notes[-1][0] + _NOTED:
            notes.append((now, self._drawn))
        while len(notes) > 1 and notes[1][0] <= now - _HOUR:
            notes.popleft()
        return notes[0][1]

    def new_devices(self, customer: np.ndarray, own_device: np.ndarray) -> np.ndarray:
        """Positions of the payments that are the first from somebody's new device."""
        found = np.flatnonzero(self._new.take(customer) & own_device)
        if len(found):
            people, first = np.unique(customer[found], return_index=True)
            self._new[people] = False
            found = found[first]
        return found
