"""`load.pattern: weekly`: how the rate of a live test follows the week of its customers, compressed by `speedup`."""

from collections.abc import Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np

from paysim.config.mix import mix_of
from paysim.config.schema import Transaction
from paysim.contract.codes import MERCHANT_CATEGORIES
from paysim.transactions.behaviour.timing.week import Week
from paysim.transactions.world.countries import COUNTRIES


class WeeklyPattern:
    """The rate as a factor of the configured one: 1 on average over a week."""

    def __init__(self, transaction: Transaction, started: float, speedup: float) -> None:
        """`started`: Unix seconds, the moment of the week at which the test begins."""
        self._week = Week.of(transaction.timestamps)
        weights = mix_of(transaction).categories
        self._categories = np.array([weights.get(category, 0.0) for category in MERCHANT_CATEGORIES])
        self._weights: Mapping[str, float] = {
            str(name): share for name, share in transaction.patterns.countries.items()
        }
        self._started = started
        self._speedup = speedup

    def factor(self, elapsed: float) -> float:
        """At `elapsed` seconds of the test, `elapsed` × speedup seconds after its beginning in the week."""
        moment = datetime.fromtimestamp(self._started + elapsed * self._speedup, UTC)
        return sum(
            share * self._week.intensity(moment.astimezone(ZoneInfo(COUNTRIES[country].zone)), self._categories)
            for country, share in self._weights.items()
        )
