"""When payments are made in replay: the weekly pattern in each country's own clock, spread over a window.

A country's intensity is constant between the hours at which it changes (the periods of the day, midnight, and the
moments at which its clocks change), so its share of the window before a time is piecewise linear, and a uniform number
becomes a time by interpolation. An hour that clocks skip gets nothing, an hour that comes twice gets its due twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from paysim.config.schema import Timestamps

_DAY_MINUTES = 24 * 60


@dataclass(frozen=True, slots=True)
class Week:
    """Intensity by local time. periods: (first minute of the day, first minute after it, weight)."""

    periods: tuple[tuple[int, int, float], ...]
    night: float
    weekend: float

    @classmethod
    def of(cls, times: Timestamps) -> "Week":
        periods = tuple(
            (_minutes(period.start), _minutes(period.end), period.weight)
            for period in (times.business_hours, times.evening)
        )
        return cls(periods, times.night_weight, times.weekend_factor)

    def intensity(self, local: datetime) -> float:
        """Payments per minute at a local time, up to a constant factor: a period's weight is its share of a day."""
        factor = self.weekend if local.weekday() >= 5 else 1.0
        minute = local.hour * 60 + local.minute
        for start, end, weight in self.periods:
            if start <= minute < end:
                return factor * weight / (end - start)
        return factor * self.night / (_DAY_MINUTES - sum(end - start for start, end, _ in self.periods))

    def changes(self) -> list[int]:
        """Minutes of the day at which the intensity may change."""
        return sorted({0, *(minute % _DAY_MINUTES for start, end, _ in self.periods for minute in (start, end))})


def _minutes(time_of_day: str) -> int:
    hours, minutes = time_of_day.split(":")
    return int(hours) * 60 + int(minutes)


def edges(week: Week, zone: str, start: int, end: int) -> np.ndarray:
    """The moments in [start, end] (Unix milliseconds) between which a zone's intensity is constant."""
    clock = ZoneInfo(zone)
    found = {start, end}
    day = datetime.fromtimestamp(start / 1000, UTC).date() - timedelta(days=1)
    last = datetime.fromtimestamp(end / 1000, UTC).date() + timedelta(days=1)
    before = _offset(clock, day)
    while day <= last:
        for minute in week.changes():
            for fold in (0, 1):  # both, where clocks go back over this time of day
                local = datetime(day.year, day.month, day.day, minute // 60, minute % 60, tzinfo=clock, fold=fold)
                found.add(round(local.timestamp() * 1000))
        day += timedelta(days=1)
        after = _offset(clock, day)
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


class Calendar:
    """Times of payments in a window, for countries by their position in `zones`. Unix milliseconds everywhere."""

    def __init__(self, week: Week, zones: Sequence[str | None], start: int, end: int) -> None:
        self.start, self.end = start, end
        self._edges: list[np.ndarray] = []
        self._shares: list[np.ndarray] = []
        known: dict[str, tuple[np.ndarray, np.ndarray]] = {}
        for zone in zones:
            if zone is None:
                self._edges.append(np.array([start, end]))
                self._shares.append(np.array([0.0, 1.0]))
                continue
            if zone not in known:
                known[zone] = self._pattern(week, zone)
            self._edges.append(known[zone][0])
            self._shares.append(known[zone][1])
        # One table for all countries, so that one interpolation serves a column: country c lies at [c, c + 1).
        self._table = np.concatenate([share * (1 - 1e-12) + c for c, share in enumerate(self._shares)])
        self._moments = np.concatenate(self._edges).astype(float)

    def _pattern(self, week: Week, zone: str) -> tuple[np.ndarray, np.ndarray]:
        moments = edges(week, zone, self.start, self.end)
        clock = ZoneInfo(zone)
        middles = (moments[:-1] + moments[1:]) / 2000
        rates = [week.intensity(datetime.fromtimestamp(middle, clock)) for middle in middles.tolist()]
        masses = np.array(rates) * np.diff(moments)
        if masses.sum() <= 0:  # say, a weekend alone with a weekend_factor of 0
            masses = np.diff(moments).astype(float)
        return moments, np.concatenate([[0.0], np.cumsum(masses) / masses.sum()])

    def times(self, countries: np.ndarray, uniform: np.ndarray) -> np.ndarray:
        """A time for each uniform number in [0, 1)."""
        values: np.ndarray = np.interp(countries + uniform, self._table, self._moments).astype(np.int64)
        return values

    def share_before(self, country: int, moment: float) -> float:
        """The share of a country's payments in the window that come before this moment."""
        return float(np.interp(moment, self._edges[country], self._shares[country]))

    def shares_before(self, moment: float) -> np.ndarray:
        """`share_before` of every country."""
        return np.array([self.share_before(country, moment) for country in range(len(self._edges))])

    def moment(self, weights: np.ndarray, share: float) -> int:
        """The moment before which this share of all payments lies, countries weighted by `weights`."""
        low, high = self.start, self.end
        while high - low > 1:
            middle = (low + high) // 2
            if float(weights @ self.shares_before(middle)) < share:
                low = middle
            else:
                high = middle
        return high

    def between(self, start: int, end: int) -> "Slice":
        return Slice(self, start, end)


class Slice:
    """A part of a calendar's window, or all of it: the same pattern, cut. masses: of each country's payments in the
    window the share that lies here."""

    def __init__(self, whole: Calendar, start: int, end: int) -> None:
        self._whole, self.start, self.end = whole, start, end
        self._before = whole.shares_before(start)
        self.masses = whole.shares_before(end) - self._before

    def times(self, countries: np.ndarray, uniform: np.ndarray) -> np.ndarray:
        shares = self._before[countries] + uniform * self.masses[countries]
        moments = self._whole.times(countries, np.minimum(shares, 1 - 1e-12))
        values: np.ndarray = np.clip(
            moments, max(self.start, self._whole.start + 1), self.end - 1
        )  # strictly inside the window
        return values

    def after(self, country: int, moment: int, uniform: float) -> int:
        """A time after this moment, by the pattern of what is left of the slice; at its end the last moment."""
        before = max(self._whole.share_before(country, moment + 1), float(self._before[country]))
        share = before + uniform * max(0.0, float(self._before[country] + self.masses[country]) - before)
        found = int(self._whole.times(np.array([country]), np.array([min(share, 1 - 1e-12)]))[0])
        return min(max(found, moment + 1, self.start), self.end - 1)
