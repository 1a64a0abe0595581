"""What is declined and what is fraud, and whether the score knew."""

import numpy as np

from paysim.facts import declines, fraud
from paysim.facts.figure import Figure

from ..data import Data
from ..registry import NEVER, Band, at_least, near, register, within
from ..statistics import Measured, auc, exact, ratio, share

_STATUS = ("patterns.payment_status",)
_HOUR = 3_600_000  # ms
_SOON = 600_000


def _decided(data: Data) -> np.ndarray:
    return data.payment & data.status.is_in("completed", "failed")


@register(
    "score_declines",
    "how well the risk score tells declines (area under the ROC curve)",
    fraud.SCORE_SEPARATES_DECLINES,
    within(fraud.SCORE_SEPARATES_DECLINES),
    unit="number",
)
def score_declines(data: Data) -> Measured | None:
    decided = _decided(data)
    return auc(data.score[decided], data.declined[decided])


@register(
    "score_fraud",
    "how well the risk score tells fraud (area under the ROC curve)",
    fraud.SCORE_SEPARATES_FRAUD,
    within(fraud.SCORE_SEPARATES_FRAUD),
    unit="number",
    minimum=30,
)
def score_fraud(data: Data) -> Measured | None:
    if data.fraud is None:
        return None
    return auc(data.score[data.payment], data.fraud[data.payment])


@register("fraud_rate", "payments that are fraud", fraud.RATE, near(fraud.RATE, 0.5), minimum=20_000)
def fraud_rate(data: Data) -> Measured | None:
    return None if data.fraud is None else share(data.fraud, data.payment, data.people)


@register(
    "declines_online",
    "card payments at a distance that are declined",
    declines.RATE_ONLINE,
    within(declines.RATE_ONLINE),
    pinned=_STATUS,
    minimum=500,
)
def declines_online(data: Data) -> Measured | None:
    return share(data.declined, data.card & _decided(data) & data.remote, data.people)


@register(
    "declines_in_person",
    "card payments in person that are declined",
    declines.RATE_IN_PERSON,
    Band(0.005, 0.05),
    pinned=_STATUS,
    minimum=500,
)
def declines_in_person(data: Data) -> Measured | None:
    return share(data.declined, data.card & _decided(data) & data.in_person, data.people)


@register(
    "online_over_in_person",
    "decline rate at a distance over that in person",
    declines.ONLINE_OF_IN_PERSON,
    Band(declines.ONLINE_OF_IN_PERSON.value),
    unit="ratio",
    minimum=500,
)
def online_over_in_person(data: Data) -> Measured | None:
    decided = data.card & _decided(data)
    rates = (share(data.declined, decided & rows, data.people) for rows in (data.remote, data.in_person))
    return ratio(*rates)


@register("funds", "declined card payments for want of funds (51)", declines.FUNDS, near(declines.FUNDS))
def funds(data: Data) -> Measured | None:
    return _code(data, "51")


@register("suspected", "declined card payments for suspected fraud (59)", declines.SUSPECTED_FRAUD, Band(0.045, 0.15))
def suspected(data: Data) -> Measured | None:
    return _code(data, "59", "34")


@register("bad_pin", "declines in person for a wrong PIN (55)", declines.BAD_PIN, near(declines.BAD_PIN, 0.4))
def bad_pin(data: Data) -> Measured | None:
    return share(data.response_code.is_in("55"), data.card & data.declined & data.in_person, data.people)


@register("pin_online", "declines at a distance for a wrong PIN", declines.ONLY_IN_PERSON["55"], NEVER)
def pin_online(data: Data) -> Measured | None:
    rows = data.card & data.declined & data.remote
    wrong = data.response_code.is_in(*declines.ONLY_IN_PERSON)
    return exact(float(wrong[rows].mean()), int(rows.sum())) if rows.any() else None


def _code(data: Data, *codes: str) -> Measured | None:
    return share(data.response_code.is_in(*codes), data.card & data.declined, data.people)


_RETRY: Figure = declines.RETRIES


@register("retries", "declined card payments that are tried again there within ten minutes", _RETRY, Band(0.10, 0.60))
def retries(data: Data) -> Measured | None:
    rows = data.by_person
    again = np.zeros(data.n, dtype=bool)
    # The next payment of the same person, or the one after it.
    for ahead in (1, 2):
        first, second = rows[:-ahead], rows[ahead:]
        same = (data.people[first] == data.people[second]) & (data.merchant.codes[first] == data.merchant.codes[second])
        again[first] |= same & (data.time[second] - data.time[first] <= _SOON)
    return share(again, data.card & data.declined, data.people)


@register(
    "velocity",
    "payments with the indicator velocity by somebody who paid thrice within the hour",
    fraud.INDICATOR_TRUE,
    at_least(fraud.INDICATOR_TRUE),
    minimum=50,
)
def velocity(data: Data) -> Measured | None:
    rows = data.by_person
    busy = np.zeros(data.n, dtype=bool)
    first, third = rows[:-2], rows[2:]
    busy[third] = (data.people[first] == data.people[third]) & (data.time[third] - data.time[first] <= _HOUR)
    return share(busy, data.payment & data.flagged("velocity"))


@register(
    "new_device",
    "payments with the indicator new_device from a device not seen before",
    fraud.INDICATOR_TRUE,
    at_least(fraud.INDICATOR_TRUE),
    minimum=50,
)
def new_device(data: Data) -> Measured | None:
    rows = data.by_person
    keys = data.people[rows] * (len(data.user_agent.names) + 1) + data.user_agent.codes[rows] + 1
    _, first = np.unique(keys, return_index=True)
    new = np.zeros(data.n, dtype=bool)
    new[rows[first]] = True
    return share(new, data.payment & data.flagged("new_device"))
