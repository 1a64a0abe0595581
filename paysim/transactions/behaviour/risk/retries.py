"""Declined customers who try again: the same person, merchant and amount, a payment of its own.

An attempt takes the place of a payment that was drawn later, on a channel of the same kind. Who tries again is chosen
by the channel alone (`risk`), so what is configured holds: the payments that make way are like those that are repeated.
In replay both lie in one draw. In a live run attempts wait until their time has come.
"""

from collections import deque
from collections.abc import Sequence

import numpy as np

_SOONEST, _LATEST = 15_000, 480_000  # ms
_WAITING = 1_000  # draws whose attempts wait; under more load than that people try again sooner
_TOO_LATE = 540_000  # ms


class Retries:
    """The attempts of one method."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._waiting: deque[tuple[int, int, np.ndarray, np.ndarray]] = deque()

    def in_replay(
        self, columns: Sequence[np.ndarray], kinds: np.ndarray, declined: np.ndarray, times: np.ndarray, end: int
    ) -> np.ndarray:
        """Let people try again what was declined.

        columns: what is the same in an attempt and what it repeats; changed. kinds: 0 in person, 1 at a distance,
        others stay as they are. declined: positions, rising. times: Unix milliseconds, before `end`; changed.
        Returns the positions of the attempts.
        """
        rest = (self._rng.random(len(declined)) ** 3 * (_LATEST - _SOONEST)).astype(np.int64) + _SOONEST
        later = times[declined] + rest
        soon = later < end
        declined, later = declined[soon], later[soon]
        sources, places, moments = [], [], []
        for kind in (0, 1):
            where = np.flatnonzero(kinds == kind)
            which = kinds[declined] == kind
            mine = declined[which]
            # The next of the same kind after it that nobody before has taken.
            number = np.arange(len(mine))
            rank = number + np.maximum.accumulate(np.searchsorted(where, mine) + 1 - number)
            there = rank < len(where)
            sources.append(mine[there])
            places.append(where[rank[there]])
            moments.append(later[which][there])
        source, place, moment = map(np.concatenate, (sources, places, moments))
        taken = np.zeros(len(times), bool)
        taken[place] = True
        first = ~taken[source]  # nobody tries a third time in one draw
        source, place = source[first], place[first]
        for column in columns:
            column[place] = column[source]
        times[place] = moment[first]
        values: np.ndarray = place
        return values

    def live(self, columns: Sequence[np.ndarray], kinds: np.ndarray, now: int) -> np.ndarray:
        """Put the attempts whose time has come into a draw. Returns their positions."""
        if not self._waiting or (self._waiting[0][0] > now and len(self._waiting) < _WAITING):
            return np.empty(0, np.intp)
        _, since, values, kind = self._waiting.popleft()
        if now - since > _TOO_LATE:
            return np.empty(0, np.intp)
        places = np.full(len(kind), -1)
        for each in (0, 1):
            where, mine = np.flatnonzero(kinds == each), np.flatnonzero(kind == each)[: (kinds == each).sum()]
            places[mine] = where[np.arange(len(mine)) * len(where) // max(len(mine), 1)]
        found = np.flatnonzero(places >= 0)
        places = places[found]
        for column, value in zip(columns, values, strict=True):
            column[places] = value[found]
        return places

    def wait(self, columns: Sequence[np.ndarray], kinds: np.ndarray, declined: np.ndarray, now: int) -> None:
        """Those who were declined now will try again."""
        declined = declined[kinds[declined] < 2]
        if len(declined):
            due = now + _SOONEST + int(float(self._rng.random()) ** 2 * 120_000)
            values = np.array([column[declined] for column in columns], dtype=float)
            self._waiting.append((due, now, values, kinds[declined]))
