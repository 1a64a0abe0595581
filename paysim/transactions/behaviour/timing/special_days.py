"""Days that are not like others of the week: holidays, and days on which wages come."""

from datetime import date, timedelta
from functools import cache

import holidays

from paysim.facts.calendar import PAYDAY_LIFT, PAYDAYS, Payday

_ONE_DAY = timedelta(days=1)


@cache
def holidays_of(country: str, year: int) -> frozenset[date]:
    """Public holidays of a whole country; none where the package does not know it."""
    try:
        return frozenset(holidays.country_holidays(country, years=year))
    except NotImplementedError:
        return frozenset()


def payday_factor(country: str, day: date) -> float:
    """Payments of a day over those of a day far from wages: more on payday and on the day after."""
    rule = PAYDAYS.get(country)
    if rule is None:
        return 1.0
    shares = (_paid_share(rule, day), _paid_share(rule, day - _ONE_DAY))
    return 1.0 + (PAYDAY_LIFT.value - 1.0) * max(shares)


def _paid_share(rule: Payday, day: date) -> float:
    """The share of people whose wages come on a day."""
    if rule.every is not None:  # firms do not agree on the week
        return 7 / rule.every if day.weekday() == rule.weekday else 0.0
    following = day + _ONE_DAY
    while following.weekday() >= 5:
        following += _ONE_DAY
    is_last = day.weekday() < 5 and following.month != day.month
    if rule.business:
        worked = sum(day.replace(day=each).weekday() < 5 for each in range(1, day.day + 1))
        return float(day.weekday() < 5 and worked in rule.days)
    return float(day.day in rule.days or (is_last and -1 in rule.days))
