"""Transfers that settle on banking days: what is completed lies on one of them, what is started on others is pending.

On days on which a scheme does not settle there are as few payments as can be pending, and on its banking days fewer are
pending than the configured share says; over the window each status has its share.
"""

import warnings
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache

import holidays
import numpy as np

from paysim.facts.bank_schemes import SCHEMES, SETTLE_BY_DAY, USUAL, BankingDays
from paysim.transactions.behaviour.risk.outcomes import Outcomes
from paysim.transactions.behaviour.timing.calendar import Calendar

_ON_OTHER_DAYS = 0.5  # of the payments that may be pending, those that began on days without settlement

# A live run of hours whose days take seconds comes to years that the package does not know: they have weekends alone.
warnings.filterwarnings("ignore", "Requested Holidays are available only from")


@cache
def _closed(calendar: BankingDays, year: int) -> frozenset[date]:
    if calendar.financial:
        return frozenset(holidays.financial_holidays(calendar.code, years=year))
    return frozenset(holidays.country_holidays(calendar.code, subdiv=calendar.subdivision, years=year))


def settles(country: str, day: date) -> bool:
    """Whether the usual scheme of a country settles on a day."""
    scheme = USUAL.get(country)
    rules = SCHEMES[scheme].calendar if scheme in SETTLE_BY_DAY else None
    return rules is None or (day.weekday() < 5 and day not in _closed(rules, day.year))


def other_days(statuses: Mapping[str, float]) -> float:
    """The share of payments that lies on days without settlement, at the most."""
    pending, completed = statuses.get("pending", 0.0), statuses.get("completed", 0.0)
    moved = _ON_OTHER_DAYS * pending
    return moved / (moved + completed) if moved else 0.0


class BankingDayRule:
    """Changes outcomes after times are drawn."""

    def __init__(self, calendar: Calendar, outcomes: Outcomes, statuses: Mapping[str, float]) -> None:
        self._calendar = calendar
        places = range(len(outcomes.records))
        self._pending = self._turned(outcomes, places, "completed", "pending")
        self._completed = self._turned(outcomes, places, "pending", "completed")
        pending, completed = statuses.get("pending", 0.0), statuses.get("completed", 0.0)
        closed = calendar.closed
        # As many as become pending on other days are completed at once on banking days.
        self._at_once = np.minimum(1.0, closed * completed / np.maximum(pending * (1.0 - closed), 1e-12))

    @staticmethod
    def _turned(outcomes: Outcomes, places: Sequence[int], one: str, other: str) -> np.ndarray:
        """Position of each outcome → the same, but that of the other status where it is the one."""
        found = np.arange(len(places) + 1)  # behind them all is a refund's
        for at in places:
            if outcomes.status[at] == one:
                mine = outcomes.variant(at)
                others = (p for p in places if outcomes.status[p] == other and outcomes.variant(p) == mine)
                found[at] = next(others, at)
        return found

    def apply(
        self, outcome: np.ndarray, countries: np.ndarray, categories: np.ndarray, times: np.ndarray, uniform: np.ndarray
    ) -> np.ndarray:
        """The outcomes of payments at these times (Unix milliseconds)."""
        at_once = (uniform < self._at_once[countries, categories]) & (self._calendar.closed[countries, categories] < 1)
        found = np.where(at_once, self._completed[outcome], outcome)
        is_closed = self._calendar.is_closed(countries, times)
        values: np.ndarray = np.where(is_closed, self._pending[outcome], found)
        return values
