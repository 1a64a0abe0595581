"""When money moves: on the days on which the banks of a country are open, by tables of days.

Days and hours are those of a country's own clock, without summer time: settlements keep clear of midnight.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import numpy as np

from paysim.facts.bank_schemes import SETTLE_BY_DAY, USUAL
from paysim.transactions.behaviour.timing.banking_days import settles
from paysim.transactions.behaviour.timing.special_days import holidays_of
from paysim.transactions.world.countries import COUNTRIES

_DAY, _HOUR = 86_400_000, 3_600_000  # ms
_LONGEST = 14  # days without a banking day, and more
_NEXT = 60  # days that are made ahead
_OPENS, _LAST, _CLOSES = 9 * _HOUR, 15 * _HOUR, 17 * _HOUR
_A_WINTERS_DAY = datetime(2026, 1, 15, tzinfo=UTC)


def is_open(country: str, day: date) -> bool:
    """Whether banks of a country settle card payments: on working days."""
    return day.weekday() < 5 and day not in holidays_of(country, day.year)


def around_the_clock(country: str) -> bool:
    """Whether the usual scheme of a country settles at any time of any day."""
    return USUAL.get(country) not in SETTLE_BY_DAY


class OpenDays:
    """Banking days of countries, by their position in COUNTRIES. opens: whether a country's are open on a day."""

    def __init__(self, opens: Callable[[str, date], bool]) -> None:
        self._opens = opens
        zones = [ZoneInfo(country.zone).utcoffset(_A_WINTERS_DAY) for country in COUNTRIES.values()]
        self._offset = np.array([round(zone.total_seconds() * 1000) if zone else 0 for zone in zones])
        self._first = 0
        self._next = np.zeros((len(COUNTRIES), 0), np.int32)

    @classmethod
    def of_cards(cls) -> "OpenDays":
        return cls(is_open)

    @classmethod
    def of_schemes(cls) -> "OpenDays":
        return cls(settles)

    def prepare(self, moment: int) -> None:
        """Make the tables for more than a year from a moment on (Unix milliseconds): it takes a while."""
        self._from(np.array([0]), np.array([moment // _DAY - 1]))
        self._from(np.array([0]), np.array([moment // _DAY + 340]))

    def after(self, countries: np.ndarray, moments: np.ndarray, uniform: np.ndarray) -> np.ndarray:
        """A time on the next banking day after that of each moment (Unix milliseconds). uniform: in [0, 1)."""
        local = moments + self._offset[countries]
        day = self._from(countries, local // _DAY + 1)
        found: np.ndarray = self._during(countries, day, uniform)
        return found

    def soonest(self, countries: np.ndarray, moments: np.ndarray, uniform: np.ndarray) -> np.ndarray:
        """A time after each moment, on the same day where it is a banking day and early enough, else on the next."""
        local = moments + self._offset[countries]
        day = local // _DAY
        open_day = self._from(countries, day)
        today = (open_day == day) & (local % _DAY < _LAST)
        later = self._from(countries, day + 1)
        begun = np.maximum(local % _DAY, _OPENS)
        here = day * _DAY + begun + (uniform * (_CLOSES - begun)).astype(np.int64) - self._offset[countries] + 1000
        found: np.ndarray = np.where(today, here, self._during(countries, later, uniform))
        return found

    def _during(self, countries: np.ndarray, day: np.ndarray, uniform: np.ndarray) -> np.ndarray:
        into = _OPENS + (uniform * (_CLOSES - _OPENS)).astype(np.int64)
        found: np.ndarray = day * _DAY + into - self._offset[countries]
        return found

    def _from(self, countries: np.ndarray, days: np.ndarray) -> np.ndarray:
        """The first banking day that is not before each day, days since 1970."""
        if not len(days):
            return days
        first, last = int(days.min()), int(days.max())
        if first < self._first or last >= self._first + self._next.shape[1]:
            self._look_ahead(first, last)
        found: np.ndarray = self._next[countries, days - self._first].astype(np.int64)
        return found

    def _look_ahead(self, first: int, last: int) -> None:
        """Make the tables for these days and some that will be asked for next; of those that are made what is new."""
        made, known = self._next.shape[1], self._first + self._next.shape[1]
        if made and first >= self._first:
            self._next = np.concatenate([self._next, self._table(known, max(last, known) + _NEXT)], axis=1)
        else:
            self._first, self._next = first, self._table(first, max(last + _NEXT, known - 1) if made else last)

    def _table(self, first: int, last: int) -> np.ndarray:
        """(COUNTRIES, days): of each day the first banking day that is not before it."""
        days = [date.fromordinal(date(1970, 1, 1).toordinal() + at) for at in range(first, last + _LONGEST + 1)]
        table = np.empty((len(COUNTRIES), last - first + 1), np.int32)
        for row, country in zip(table, COUNTRIES, strict=True):
            following = first + len(days)
            for at in range(len(days) - 1, -1, -1):
                if self._opens(country, days[at]):
                    following = first + at
                if at < len(row):
                    row[at] = following
        return table
