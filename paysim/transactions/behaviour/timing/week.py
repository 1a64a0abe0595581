"""How much is paid when: by local time and by what merchants sell.

By the facts, each category has its own curve of the day, a line from the middle of each hour to the middle of the next,
so that nothing begins at once; and its own share of the weekend. Configured blocks of the day have exactly their
weights, in each category: the curve is scaled within each block, so it may jump where two of them meet. A configured
weekend_factor holds for all categories, and then neither holidays nor paydays change a day.
"""

from dataclasses import dataclass
from datetime import datetime

import numpy as np

from paysim.config.schema import Timestamps
from paysim.contract.codes import MERCHANT_CATEGORIES
from paysim.facts import calendar as facts

_DAY_MINUTES = 24 * 60
_HOUR = 60
_WORKDAYS, _WEEKEND_DAYS = 5, 2


@dataclass(frozen=True, slots=True)
class Week:
    """minutes: of the day, at which pieces of it begin, and its end. left, right: (categories, pieces), payments per
    minute at the beginning and the end of each piece, between which they follow a line; a category's day sums to 1.
    weekend: of each category, a day of the weekend over a weekday. by_facts: whether holidays and paydays differ."""

    minutes: np.ndarray
    left: np.ndarray
    right: np.ndarray
    weekend: np.ndarray
    by_facts: bool

    @classmethod
    def of(cls, times: Timestamps) -> "Week":
        curves = np.array([_curve(category) for category in MERCHANT_CATEGORIES])
        blocks = _blocks(times)
        middles = np.arange(_HOUR // 2, _DAY_MINUTES, _HOUR)
        edges = {edge for start, end, _ in blocks for edge in (start, end)}
        minutes = np.array(sorted({0, _DAY_MINUTES, *middles.tolist(), *edges}))
        left, right = (
            np.array([_at(curve, minutes[part]) for curve in curves]) for part in (slice(-1), slice(1, None))
        )
        masses = (left + right) / 2 * np.diff(minutes)
        owner = np.full(len(minutes) - 1, len(blocks))
        for number, (start, end, _) in enumerate(blocks):
            owner[(minutes[:-1] >= start) & (minutes[:-1] < end)] = number
        weights = np.array([*(weight for _, _, weight in blocks), times.blocks[2] if times.blocks else 1.0])
        scale = np.zeros_like(masses)
        for number, weight in enumerate(weights / weights.sum()):
            mine = owner == number
            if mine.any():
                scale[:, mine] = weight / masses[:, mine].sum(axis=1, keepdims=True)
        scale /= (scale * masses).sum(axis=1, keepdims=True)  # where blocks are the whole day, night has no room
        by_facts = isinstance(times.weekend_factor, str)
        weekend = np.array([_weekend(category) for category in MERCHANT_CATEGORIES])
        if not isinstance(times.weekend_factor, str):
            weekend = np.full(len(curves), times.weekend_factor)
        return cls(minutes, left * scale, right * scale, weekend, by_facts)

    @property
    def total(self) -> np.ndarray:
        """Of each category, the sum over a week without holidays and paydays; a weekday is 1."""
        values: np.ndarray = _WORKDAYS + _WEEKEND_DAYS * self.weekend
        return values

    def intensity(self, local: datetime, categories: np.ndarray) -> float:
        """Payments per minute at a local time in a week without holidays, 1 a minute on average. categories: their
        shares in all payments."""
        minute = local.hour * 60 + local.minute + local.second / 60
        piece = int(np.searchsorted(self.minutes, minute, side="right")) - 1
        part = (minute - self.minutes[piece]) / (self.minutes[piece + 1] - self.minutes[piece])
        rates = self.left[:, piece] + part * (self.right[:, piece] - self.left[:, piece])
        if local.weekday() >= _WORKDAYS:
            rates = rates * self.weekend
        mean = np.maximum(self.total / (7 * _DAY_MINUTES), 1e-12)
        return float((categories / categories.sum()) @ (rates / mean))


def _curve(category: str) -> np.ndarray:
    return np.array([facts.HOURS[category][f"{hour:02d}"] for hour in range(24)])


def _at(curve: np.ndarray, minutes: np.ndarray) -> np.ndarray:
    """The curve at these minutes of the day: each hour's value in its middle, lines between, day after day."""
    middles = np.arange(-_HOUR // 2, _DAY_MINUTES + _HOUR, _HOUR)
    values: np.ndarray = np.interp(minutes, middles, np.concatenate([curve[-1:], curve, curve[:1]]))
    return values


def _weekend(category: str) -> float:
    share = facts.WEEKEND[category].value
    return (share / _WEEKEND_DAYS) / ((1 - share) / _WORKDAYS)


def _blocks(times: Timestamps) -> list[tuple[int, int, float]]:
    """(first minute of the day, first minute after it, weight) of the configured blocks, none where all is auto."""
    if times.blocks is None:
        return []
    *periods, _ = times.blocks
    return [(_minutes(period.start), _minutes(period.end), period.weight) for period in periods]


def _minutes(time_of_day: str) -> int:
    hours, minutes = time_of_day.split(":")
    return int(hours) * 60 + int(minutes)
