"""In replay: which payments are refunded, and when, so that the configured share of refunds holds over the window.

A refund follows its payment after days, by what the merchant sells. What would fall behind the end of the window is
made up for by refunding more of the payments whose refunds fall into it; so there are few refunds on the first day and
many on the last. In a window of hours refunds come within hours.
"""

import math

import numpy as np

from paysim.contract.codes import MERCHANT_CATEGORIES
from paysim.facts import refunds as facts
from paysim.transactions.behaviour.timing.calendar import Calendar

_DAY = 86_400_000  # ms
_SPREAD = 0.8  # of the logarithm of a delay: two thirds are between 0.45 and 2.2 times the median
_Z = np.linspace(-6.0, 6.0, 241)
_SHARE = np.array([(1 + math.erf(z / math.sqrt(2))) / 2 for z in _Z])
_MEDIANS = np.array([facts.DELAY_BY_CATEGORY[category].value for category in MERCHANT_CATEGORIES]) * _DAY
_GRID = 257
_HOURS = 4 / 24  # whole days later, about the same time of the day: within so much of a day


class RefundDelays:
    """rates: of each category, how likely a payment is refunded, 1 on average over `cells`, (countries, categories),
    the shares of payments. wanted: refunds for each completed payment."""

    def __init__(self, calendar: Calendar, cells: np.ndarray, rates: np.ndarray, wanted: float) -> None:
        self._end, self._rates = calendar.end, rates
        moments = np.linspace(calendar.start, calendar.end, _GRID)
        before = (cells * calendar.shares_before(moments)).sum(axis=1)
        weights, middles = np.diff(before, axis=0), (moments[:-1] + moments[1:]) / 2
        due = self._in_time(np.arange(len(rates)), middles[:, None])
        low, high = 0.0, 1.0
        while high < 1e9 and (weights * np.minimum(1.0, high * rates * due)).sum() < wanted:
            low, high = high, 2 * high
        for _ in range(60):
            middle = (low + high) / 2
            short = (weights * np.minimum(1.0, middle * rates * due)).sum() < wanted
            low, high = (middle, high) if short else (low, middle)
        self._factor = high if wanted else 0.0
        self._middles, self._masses = middles, weights * np.minimum(1.0, high * rates * due)

    @property
    def reached(self) -> float:
        """Refunds for each completed payment: fewer than wanted where not so many can come before the end."""
        return float(self._masses.sum()) if self._factor else 0.0

    def _in_time(self, categories: np.ndarray, times: np.ndarray) -> np.ndarray:
        """The chance that a refund comes before the end. They are of shapes that go together."""
        left = np.maximum(self._end - 1 - times, 1e-3) / _MEDIANS[categories]
        values: np.ndarray = np.interp(np.log(left) / _SPREAD, _Z, _SHARE)
        return values

    def share_before(self, moment: float) -> float:
        """The share of refunds that come before this moment."""
        whole = self._masses.sum()
        if not whole:
            return 0.0
        times = np.repeat(self._middles[:, None], len(_MEDIANS), axis=1)
        left = np.maximum(moment - times, 1e-3) / _MEDIANS
        in_time = np.interp(np.log(left) / _SPREAD, _Z, _SHARE) / self._in_time(np.arange(len(_MEDIANS)), times)
        return float((self._masses * np.where(times < moment, in_time, 0.0)).sum() / whole)

    def chance(self, categories: np.ndarray, times: np.ndarray) -> np.ndarray:
        """How likely completed payments of these categories and times (Unix milliseconds) are refunded in time."""
        values: np.ndarray = np.minimum(1.0, self._factor * self._rates[categories] * self._in_time(categories, times))
        return values

    def due(self, categories: np.ndarray, times: np.ndarray, uniform: np.ndarray) -> np.ndarray:
        """When they are, before the end. uniform: numbers in [0, 1)."""
        z = np.interp(uniform * self._in_time(categories, times), _SHARE, _Z)
        days = np.exp(_SPREAD * z) * _MEDIANS[categories] / _DAY
        whole = np.rint(days)
        near = times + (whole + (days - whole) * _HOURS) * _DAY
        found = np.where((whole > 0) & (near < self._end - 1), near, times + days * _DAY)
        values: np.ndarray = np.clip(found, times + 1, np.maximum(times + 1, self._end - 1)).astype(np.int64)
        return values
