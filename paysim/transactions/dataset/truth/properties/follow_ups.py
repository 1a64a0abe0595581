"""What follows a payment: refunds that come days later, tied to what they give back."""

import numpy as np

from paysim.facts import refunds
from paysim.facts.figure import Figure

from ..data import DAY, Data
from ..registry import NEVER, Band, register, within
from ..statistics import Measured, exact, median, ratio, share

_WHOLE: Figure = refunds.RETAIL_RETURNS


def _known(data: Data) -> np.ndarray:
    """Refunds whose payment is in the data."""
    return data.refund & (data.original >= 0)


@register(
    "refund_delay",
    "days from a payment to its refund, median",
    refunds.DELAY,
    within(refunds.DELAY),
    unit="days",
    minimum=50,
)
def refund_delay(data: Data) -> Measured | None:
    rows = np.flatnonzero(_known(data))
    return median((data.time[rows] - data.time[data.original[rows]]) / DAY)


@register(
    "refund_before", "refunds before their payment", _WHOLE, NEVER, minimum=50, says="what is given back was bought"
)
def refund_before(data: Data) -> Measured | None:
    rows = np.flatnonzero(_known(data))
    return exact(float((data.time[rows] < data.time[data.original[rows]]).mean()), len(rows)) if len(rows) else None


@register(
    "refund_sum",
    "payments of which more is refunded than was paid",
    _WHOLE,
    NEVER,
    minimum=50,
    says="at most what was paid",
)
def refund_sum(data: Data) -> Measured | None:
    rows = np.flatnonzero(_known(data))
    if not len(rows):
        return None
    given = np.bincount(data.original[rows], data.amount[rows], minlength=data.n)
    paid = np.unique(data.original[rows])
    return exact(float((given[paid] > data.amount[paid] + 0.005).mean()), len(rows))


@register(
    "refund_kin",
    "refunds with another merchant, person or currency than their payment",
    _WHOLE,
    NEVER,
    minimum=50,
    says="back the way it came",
)
def refund_kin(data: Data) -> Measured | None:
    rows = np.flatnonzero(_known(data))
    if not len(rows):
        return None
    other = np.zeros(len(rows), dtype=bool)
    for column in (data.merchant, data.customer, data.currency, data.method):
        other |= column.codes[rows] != column.codes[data.original[rows]]
    return exact(float(other.mean()), len(rows))


@register(
    "refunds_by_category",
    "refund rate of shops over that of restaurants",
    refunds.BY_CATEGORY["retail"],
    Band(2.0, 60.0),
    unit="ratio",
    says="6 over 0.4 %",
    minimum=500,
)
def refunds_by_category(data: Data) -> Measured | None:
    among = data.payment & data.status.is_in("completed")
    given = np.zeros(data.n, dtype=bool)
    given[data.original[_known(data)]] = True
    return ratio(*(share(given, among & data.category.is_in(kind)) for kind in ("retail", "food_beverage")))


@register("partial_refunds", "refunds of less than the payment", refunds.PARTIAL, within(refunds.PARTIAL), minimum=50)
def partial_refunds(data: Data) -> Measured | None:
    rows = _known(data)
    return share(data.amount < data.amount[data.original] - 0.005, rows)
