"""`load.pattern: weekly`: how the rate of a live test follows the week of its customers, compressed by `speedup`."""

from collections.abc import Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from paysim.config.schema import Transaction
from paysim.transactions.behaviour.calendar import Week
from paysim.transactions.world.countries import COUNTRIES

_DAY_MINUTES = 24 * 60


class WeeklyPattern:
    """The rate as a factor of the configured one: 1 on average over a week."""

    def __init__(self, transaction: Transaction, started: float, speedup: float) -> None:
        """`started`: Unix seconds, the moment of the week at which the test begins."""
        times = transaction.timestamps
        self._week = Week.of(times)
        self._weights: Mapping[str, float] = {
            str(name): share for name, share in transaction.patterns.countries.items()
        }
        self._started = started
        self._speedup = speedup
        a_day = times.business_hours.weight + times.evening.weight + times.night_weight
        self._mean = a_day * (5 + 2 * times.weekend_factor) / 7 / _DAY_MINUTES

    def factor(self, elapsed: float) -> float:
        """At `elapsed` seconds of the test, `elapsed` × speedup seconds after its beginning in the week."""
        moment = datetime.fromtimestamp(self._started + elapsed * self._speedup, UTC)
        intensity = sum(
            share * self._week.intensity(moment.astimezone(ZoneInfo(COUNTRIES[country].zone)))
            for country, share in self._weights.items()
        )
        return intensity / self._mean if self._mean > 0 else 1.0
