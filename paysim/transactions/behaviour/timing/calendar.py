"""When payments are made in replay: the pattern of the week in each country's own clock, spread over a window.

A country's intensity follows a line between the moments at which it changes its course (`week`, midnight, and the
moments at which its clocks change). So the share of the window before a time is known at these moments, and a uniform
number becomes a time by one look-up and the root of a square between two of them. An hour that clocks skip gets
nothing, an hour that comes twice gets its due twice.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from paysim.contract.codes import MERCHANT_CATEGORIES
from paysim.transactions.behaviour.timing.special_days import holidays_of, payday_factor
from paysim.transactions.behaviour.timing.week import Week

_CATEGORIES = len(MERCHANT_CATEGORIES)
_MOST_LOOKED_AT = 2048  # moments, to find where slices end


def edges(week: Week, zone: str, start: int, end: int) -> np.ndarray:
    """The moments in [start, end] (Unix milliseconds) between which a zone's intensity follows a line."""
    clock = ZoneInfo(zone)
    found = {start, end}
    day = datetime.fromtimestamp(start / 1000, UTC).date() - timedelta(days=1)
    last = datetime.fromtimestamp(end / 1000, UTC).date() + timedelta(days=1)
    minutes = week.minutes[:-1].tolist()
    before = _offset(clock, day)
    while day <= last:
        after = _offset(clock, day + timedelta(days=1))
        for minute in minutes:
            local = datetime(day.year, day.month, day.day, minute // 60, minute % 60, tzinfo=clock)
            found.add(round(local.timestamp() * 1000))
            if after != before:  # both, where clocks go back over this time of day
                found.add(round(local.replace(fold=1).timestamp() * 1000))
        day += timedelta(days=1)
        if after != before:
            found.add(_transition(clock, day))
        before = after
    return np.array(sorted(moment for moment in found if start <= moment <= end))


def _offset(clock: ZoneInfo, day: date) -> timedelta | None:
    return datetime(day.year, day.month, day.day, tzinfo=UTC).astimezone(clock).utcoffset()


def _transition(clock: ZoneInfo, day: date) -> int:
    """The moment in the 24 hours (UTC) before this day at which the clocks change, in Unix milliseconds."""
    high = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())
    low = high - 86_400
    changed = datetime.fromtimestamp(high, clock).utcoffset()
    while high - low > 1:
        middle = (low + high) // 2
        if datetime.fromtimestamp(middle, clock).utcoffset() == changed:
            high = middle
        else:
            low = middle
    return high * 1000


class _Zone:
    """The pieces of a window by the clock of a zone. moments: where they begin, and the end; rates: (2, categories,
    pieces), intensities at the beginning and the end of each piece on a weekday; day: of each, its local date."""

    def __init__(self, week: Week, zone: str, start: int, end: int) -> None:
        self.moments = edges(week, zone, start, end)
        clock = ZoneInfo(zone)
        middles = (self.moments[:-1] + self.moments[1:]) / 2
        local = [datetime.fromtimestamp(middle / 1000, clock) for middle in middles.tolist()]
        self.day = np.array([each.toordinal() for each in local])
        minute = np.array([each.hour * 60 + each.minute + each.second / 60 + each.microsecond / 6e7 for each in local])
        piece = np.searchsorted(week.minutes, minute, side="right") - 1
        half = np.diff(self.moments) / 120_000
        first, width = week.minutes[piece], np.diff(week.minutes)[piece]
        rates = []
        for moved in (-half, half):
            part = np.clip((minute + moved - first) / width, 0.0, 1.0)
            rates.append(week.left[:, piece] + part * (week.right - week.left)[:, piece])
        self.rates = np.array(rates)


class Calendar:
    """Times of payments in a window, for countries by their position in `zones` and for what merchants sell. Unix
    milliseconds everywhere.

    countries: the codes of the countries, for holidays and paydays; none where `zones` are enough. is_open: whether
    payments are completed in a country on a day; on other days there are at most `other_days` of all. closed:
    (countries, categories), the share that lies on such days; 0 where all days are, as then none is like it.
    """

    def __init__(
        self,
        week: Week,
        zones: Sequence[str | None],
        start: int,
        end: int,
        countries: Sequence[str] = (),
        is_open: Callable[[str, date], bool] | None = None,
        other_days: float = 0.0,
    ) -> None:
        self.start, self.end = start, end
        known: dict[str, _Zone] = {}
        tables: list[np.ndarray] = []
        rates: list[np.ndarray] = []
        closed: list[np.ndarray] = []
        self._shut: list[np.ndarray] = []
        self._moments: list[np.ndarray] = []
        self._first = np.zeros(len(zones), np.intp)  # of each country's moments among those of all
        for country, zone in enumerate(zones):
            if zone is None:
                moments, both = np.array([start, end]), np.ones((2, _CATEGORIES, 1))
            else:
                if zone not in known:
                    known[zone] = _Zone(week, zone, start, end)
                moments = known[zone].moments
                both = known[zone].rates * self._days(week, known[zone].day, countries[country] if countries else "")
            is_shut = np.zeros(len(moments), bool)
            if zone is not None and countries and is_open is not None:
                is_shut[:-1] = _shut(known[zone].day, countries[country], is_open)
            both, closed_here = _seldom(both, np.diff(moments), is_shut[:-1], other_days)
            closed.append(closed_here)
            self._shut.append(is_shut & bool(closed_here.any()))
            self._first[country] = sum(map(len, self._moments))
            self._moments.append(moments)
            shares, both = _shares(both, np.diff(moments))
            tables.append(shares)
            rates.append(both)
        self.closed = np.array(closed)
        self._shares = tables  # of each country (categories, moments): the share of the window before
        # One line for all, so that one look-up serves a column: category k of country c lies at [7 c + k, 7 c + k + 1).
        cells = [table[k] * (1 - 1e-12) for table in tables for k in range(_CATEGORIES)]
        self._line = np.concatenate([cell + at for at, cell in enumerate(cells)])
        lengths = np.array([len(cell) for cell in cells])
        self._begin = np.concatenate([[0], np.cumsum(lengths)[:-1]])
        self._all_moments = np.concatenate(self._moments).astype(float)
        # Behind the last moment of each there is no piece; its rates are never looked at.
        self._left, self._right = (
            np.concatenate([np.append(both[side, k], 0.0) for both in rates for k in range(_CATEGORIES)])
            for side in (0, 1)
        )

    @staticmethod
    def _days(week: Week, days: np.ndarray, country: str) -> np.ndarray:
        """(categories, pieces): a day of the week, holiday or payday over a weekday."""
        known, which = np.unique(days, return_inverse=True)
        factors = np.ones((_CATEGORIES, len(known)))
        for at, ordinal in enumerate(known.tolist()):
            day = date.fromordinal(ordinal)
            is_free = day.weekday() >= 5
            if week.by_facts and country:
                is_free = is_free or day in holidays_of(country, day.year)
                factors[:, at] *= payday_factor(country, day)
            if is_free:
                factors[:, at] *= week.weekend
        found: np.ndarray = factors[:, which]
        return found

    def times(self, countries: np.ndarray, categories: np.ndarray, uniform: np.ndarray) -> np.ndarray:
        """A time for each uniform number in [0, 1)."""
        cell = countries * _CATEGORIES + categories
        wanted = cell + uniform * (1 - 1e-12)
        at = np.searchsorted(self._line, wanted, side="right") - 1
        before = self._line[at]
        part = (wanted - before) / np.maximum(self._line[np.minimum(at + 1, len(self._line) - 1)] - before, 1e-300)
        left, right = self._left[at], self._right[at]
        # Of a piece that goes on a line from `left` to `right`, where this part of its mass is reached.
        mass = np.clip(part, 0.0, 1.0) * (left + right)
        root = np.sqrt(left * left + (right - left) * mass)
        place = mass / np.maximum(left + root, 1e-300)
        first = self._first[countries] + at - self._begin[cell]
        begin = self._all_moments[first]
        end = self._all_moments[np.minimum(first + 1, len(self._all_moments) - 1)]
        values: np.ndarray = (begin + place * (end - begin)).astype(np.int64)
        return values

    def is_closed(self, countries: np.ndarray, times: np.ndarray) -> np.ndarray:
        """Whether these times lie on days on which nothing is completed."""
        found = np.zeros(len(times), bool)
        for country in np.unique(countries).tolist():
            if self._shut[country].any():
                mine = np.flatnonzero(countries == country)
                found[mine] = self._shut[country][np.searchsorted(self._moments[country], times[mine], "right") - 1]
        return found

    def shares_before(self, moments: np.ndarray) -> np.ndarray:
        """(moments, countries, categories): the share of payments in the window that come before each moment."""
        found = np.empty((len(moments), len(self._moments), _CATEGORIES))
        for country, (known, shares) in enumerate(zip(self._moments, self._shares, strict=True)):
            at = np.clip(np.searchsorted(known, moments, side="right") - 1, 0, len(known) - 2)
            place = np.clip((moments - known[at]) / np.maximum(known[at + 1] - known[at], 1), 0.0, 1.0)
            rows = slice(country * _CATEGORIES, (country + 1) * _CATEGORIES)
            pieces = self._begin[rows, None] + at
            left, right = self._left[pieces], self._right[pieces]
            whole = np.maximum(left + right, 1e-300)
            part = place * (2 * left + (right - left) * place) / whole
            found[:, country] = (shares[:, at] + part * (shares[:, at + 1] - shares[:, at])).T
        return found

    def cuts(self, weights: np.ndarray, pieces: int) -> list[int]:
        """The moments between pieces that hold about the same share of all payments; weights: (countries, categories),
        summing to 1."""
        moments = np.linspace(self.start, self.end, min(16 * pieces, _MOST_LOOKED_AT) + 1)
        before = (weights * self.shares_before(moments)).reshape(len(moments), -1).sum(axis=1)
        found = np.interp(np.arange(1, pieces) / pieces, before, moments).astype(np.int64)
        return np.maximum.accumulate(found).tolist() if pieces > 1 else []

    def between(self, start: int, end: int) -> "Slice":
        return Slice(self, start, end)


def _shut(days: np.ndarray, country: str, is_open: Callable[[str, date], bool]) -> np.ndarray:
    known, which = np.unique(days, return_inverse=True)
    shut = np.array([not is_open(country, date.fromordinal(day)) for day in known.tolist()])
    found: np.ndarray = shut[which]
    return found


def _seldom(rates: np.ndarray, lengths: np.ndarray, is_shut: np.ndarray, most: float) -> tuple[np.ndarray, np.ndarray]:
    """Rates with at most this share of their mass where it is shut, and the share that is there, of each category; as
    they are, with none, where it is shut all the time."""
    if not is_shut.any() or is_shut.all():
        return rates, np.zeros(rates.shape[1])
    masses = rates.sum(axis=0) * lengths
    there, other = masses[:, is_shut].sum(axis=1), masses[:, ~is_shut].sum(axis=1)
    share = np.minimum(most, there / np.maximum(there + other, 1e-300))
    factor = share / (1 - share) * other / np.maximum(there, 1e-300)
    return np.where(is_shut, rates * factor[None, :, None], rates), share


def _shares(rates: np.ndarray, lengths: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(categories, moments): shares of the window before each; and rates (2, categories, pieces), with even ones where
    a category has no mass at all: say, a weekend alone with a weekend_factor of 0."""
    masses = rates.sum(axis=0) * lengths
    empty = masses.sum(axis=1) <= 0
    rates = np.where(empty[None, :, None], 1.0, rates)
    masses = np.where(empty[:, None], lengths, masses)
    whole = np.cumsum(masses, axis=1)
    found = np.concatenate([np.zeros((len(masses), 1)), whole / whole[:, -1:]], axis=1)
    return found, rates


class Slice:
    """A part of a calendar's window, or all of it: the same pattern, cut. masses: (countries, categories), of the
    payments in the window the share that lies here."""

    def __init__(self, whole: Calendar, start: int, end: int) -> None:
        self.whole, self.start, self.end = whole, start, end
        self._before, until = whole.shares_before(np.array([start, end]))
        self.masses = until - self._before

    @property
    def is_last(self) -> bool:
        return self.end >= self.whole.end

    def times(self, countries: np.ndarray, categories: np.ndarray, uniform: np.ndarray) -> np.ndarray:
        shares = self._before[countries, categories] + uniform * self.masses[countries, categories]
        moments = self.whole.times(countries, categories, np.minimum(shares, 1 - 1e-12))
        values: np.ndarray = np.clip(
            moments, max(self.start, self.whole.start + 1), self.end - 1
        )  # strictly inside the window
        return values
