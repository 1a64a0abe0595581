"""When: hours, weekends, paydays."""

from datetime import date, timedelta

import numpy as np

from paysim.facts import calendar
from paysim.facts.calendar import PAYDAYS, Payday

from ..data import DAY, Data
from ..registry import Band, at_least, at_most, register, within
from ..statistics import Measured, exact, ratio, share

_HOURS = ("timestamps.business_hours", "timestamps.evening", "timestamps.night_weight")
_WEEKEND = ("timestamps.weekend_factor",)
_BIN = 600_000  # ms: ten minutes
_BUSY = 200  # events in a bin
_CHANCE = 4.0  # standard deviations: hundreds of pairs of bins are looked at


@register(
    "clock_step",
    "largest step between ten-minute bins of a country's day",
    calendar.STEP,
    Band(0.0, calendar.STEP.value),
    unit="ratio",
    minimum=5_000,
    pinned=_HOURS,
)
def clock_step(data: Data) -> Measured | None:
    worst: Measured | None = None
    for country in range(len(data.country.names)):
        rows = data.payment & (data.country.codes == country)
        bins = np.bincount(data.main_local[rows] % DAY // _BIN, minlength=DAY // _BIN).astype(float)
        following = np.roll(bins, -1)
        more, less = np.maximum(bins, following), np.maximum(np.minimum(bins, following), 1)
        pairs = np.flatnonzero(more >= _BUSY)
        if not len(pairs):
            continue
        steps = more[pairs] / less[pairs]
        doubt = np.exp(_CHANCE * np.sqrt(1 / more[pairs] + 1 / less[pairs]))
        at = int(np.argmax(steps / doubt))
        found = Measured(float(steps[at]), float(steps[at] / doubt[at]), float(steps[at] * doubt[at]), int(rows.sum()))
        worst = found if worst is None or found.low > worst.low else worst
    return worst


def _whole_weeks(data: Data) -> np.ndarray:
    """Payments of the first whole weeks, so that all days of the week count alike."""
    weeks = int((data.days + 0.02) // 7)
    return data.payment & (data.time < data.time.min() + weeks * 7 * DAY) if weeks else np.zeros(data.n, dtype=bool)


@register(
    "weekend",
    "payments on Saturday and Sunday",
    calendar.WEEKEND_ALL,
    within(calendar.WEEKEND_ALL),
    minimum=2_000,
    pinned=_WEEKEND,
)
def weekend(data: Data) -> Measured | None:
    return share(data.weekday >= 5, _whole_weeks(data), data.people)


@register(
    "weekend_by_category",
    "weekend share of health and education over that of food and entertainment",
    calendar.WEEKEND["healthcare"],
    Band(0.0, 0.7),
    unit="ratio",
    minimum=500,
    says="15 and 13 over 33 and 36 %",
)
def weekend_by_category(data: Data) -> Measured | None:
    rows, late = _whole_weeks(data), data.weekday >= 5
    kinds = ("healthcare", "education"), ("food_beverage", "entertainment")
    return ratio(*(share(late, rows & data.category.is_in(*kind), data.people) for kind in kinds))


@register(
    "busiest_hour",
    "hour of the day with most payments in person",
    calendar.BUSIEST_HOUR,
    within(calendar.BUSIEST_HOUR),
    unit="number",
    minimum=3_000,
)
def busiest_hour(data: Data) -> Measured | None:
    hours = np.bincount(data.hour[data.in_person], minlength=24)
    return exact(float(np.argmax(hours)), int(hours.sum()))


@register("night", "payments in person from 0 to 5 o'clock", calendar.NIGHT, at_most(calendar.NIGHT), minimum=1_000)
def night(data: Data) -> Measured | None:
    return share(data.hour < 5, data.in_person, data.people)


@register("meals", "restaurant payments at meals", calendar.MEALS, at_least(calendar.MEALS), minimum=300)
def meals(data: Data) -> Measured | None:
    eaten = ((data.hour >= 11) & (data.hour < 14)) | ((data.hour >= 17) & (data.hour < 21))
    return share(eaten, data.in_person & data.code.is_in("5812", "5814"), data.people)


@register(
    "office_hours",
    "healthcare payments in person from 8 to 18 o'clock",
    calendar.HOURS["healthcare"],
    Band(0.75, 1.0),
    says="82 % by the table of hours",
)
def office_hours(data: Data) -> Measured | None:
    day = (data.hour >= 8) & (data.hour < 18)
    return share(day, data.in_person & data.category.is_in("healthcare"), data.people)


@register(
    "payday",
    "payments on payday and the day after over other days",
    calendar.PAYDAY_EFFECT,
    within(calendar.PAYDAY_EFFECT),
    unit="ratio",
    minimum=2_000,
)
def payday(data: Data) -> Measured | None:
    if data.days < 21:
        return None
    days = data.main_local // DAY
    seen, usual = 0.0, 0.0
    spread = 0.0
    for country, name in enumerate(data.country.names):
        rule = PAYDAYS.get(name)
        if rule is None or not rule.days:
            continue
        mine = days[data.payment & (data.country.codes == country)]
        if not len(mine):
            continue
        first, last = int(mine.min()) + 1, int(mine.max()) - 1  # days at the ends are not whole
        counts = np.bincount(np.clip(mine - first, -1, last - first + 1) + 1)[1 : last - first + 2].astype(float)
        paid = np.array([_is_payday(rule, first + at) or _is_payday(rule, first + at - 1) for at in range(len(counts))])
        weekdays = (np.arange(len(counts)) + first) % 7
        for weekday in range(7):
            these, others = counts[(weekdays == weekday) & paid], counts[(weekdays == weekday) & ~paid]
            if len(these) and len(others):
                seen += these.sum()
                usual += others.mean() * len(these)
                spread += these.sum() + others.mean() * len(these) ** 2 / len(others)
    if not usual or not seen:
        return None
    # Counts of days spread more than by chance: people pay in bursts.
    half = 1.5 * 2.576 * np.sqrt(spread) / usual
    return Measured(seen / usual, seen / usual - half, seen / usual + half, int(seen))


def _is_payday(rule: Payday, day: int) -> bool:
    moment = date(1970, 1, 1) + timedelta(days=day)
    following = moment + timedelta(days=1)
    while following.weekday() >= 5:
        following += timedelta(days=1)
    last = moment.weekday() < 5 and following.month != moment.month
    if rule.business:
        worked = sum((moment.replace(day=each)).weekday() < 5 for each in range(1, moment.day + 1))
        return moment.weekday() < 5 and worked in rule.days
    return moment.day in rule.days or (last and -1 in rule.days)
