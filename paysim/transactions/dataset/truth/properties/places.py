"""Where people pay: near home, at a human speed, from their own networks."""

import ipaddress

import numpy as np

from paysim.earth import distance
from paysim.facts import people

from ..data import DAY, Data
from ..registry import Band, at_least, at_most, near, register
from ..statistics import Measured, exact, median, share


@register("near_home", "payments in person within 50 km of home", people.NEAR_HOME, at_least(people.NEAR_HOME))
def near_home(data: Data) -> Measured | None:
    latitude, longitude = data.home
    known = data.in_person & ~np.isnan(latitude[data.people])
    away = distance(latitude[data.people], longitude[data.people], data.latitude, data.longitude)
    return share(away <= people.NEAR.value, known, data.people)


@register(
    "too_fast",
    "pairs of payments in person that need more than 1,000 km/h",
    people.TOO_FAST,
    at_most(people.TOO_FAST),
    minimum=1_000,
)
def too_fast(data: Data) -> Measured | None:
    rows = data.by_person[data.in_person[data.by_person]]
    first, second = rows[:-1], rows[1:]
    same = data.people[first] == data.people[second]
    first, second = first[same], second[same]
    way = distance(data.latitude[first], data.longitude[first], data.latitude[second], data.longitude[second])
    hours = np.maximum(data.time[second] - data.time[first], 1) / 3_600_000
    # Within a town any time will do: two shops of a street.
    fast = (way > 20) & (way / hours > people.AEROPLANE.value)
    return share(fast, np.ones(len(first), dtype=bool), data.people[first])


@register(
    "cities",
    "cities in which a person pays in person within a week, median",
    people.CITIES_A_WEEK,
    at_most(people.CITIES_A_WEEK),
    unit="number",
)
def cities(data: Data) -> Measured | None:
    rows = np.flatnonzero(data.in_person)
    if not len(rows):
        return None
    weeks = data.time[rows] // (7 * DAY)
    keys = data.people[rows] * (weeks.max() - weeks.min() + 1) + weeks - weeks.min()
    _, group, counts = np.unique(keys, return_inverse=True, return_counts=True)
    pairs = np.unique(np.stack((group, data.city.codes[rows]), axis=1), axis=0)
    return median(np.bincount(pairs[:, 0])[counts >= 5])


@register(
    "address_country",
    "payments from IPv4 addresses of one country",
    people.ADDRESS_COUNTRY,
    at_least(people.ADDRESS_COUNTRY),
)
def address_country(data: Data) -> Measured | None:
    rows = data.remote & data.ip.where(lambda address: ":" not in address)
    pairs = np.unique(np.stack((data.ip.codes[rows], data.country.codes[rows]), axis=1), axis=0)
    if not len(pairs):
        return None
    countries_of = np.bincount(pairs[:, 0], minlength=len(data.ip.names))
    uses = np.bincount(data.ip.codes[rows], minlength=len(data.ip.names))
    return share(countries_of[data.ip.codes] == 1, rows & (uses[data.ip.codes] > 1))


@register("address_home", "IPv6 networks (/64) of one person", people.ADDRESS_HOME, at_least(people.ADDRESS_HOME))
def address_home(data: Data) -> Measured | None:
    rows = data.remote & data.ip.where(lambda address: ":" in address)
    network: dict[str, int] = {}
    of_address = np.array(
        [
            network.setdefault(str(ipaddress.ip_interface(f"{name}/64").network), len(network)) if ":" in name else -1
            for name in data.ip.names
        ],
        dtype=int,
    )
    if not rows.any():
        return None
    used = of_address[data.ip.codes[rows]]
    pairs = np.unique(np.stack((used, data.people[rows]), axis=1), axis=0)
    return share(np.bincount(pairs[:, 0]) == 1, np.bincount(used) > 1)


@register(
    "cross_border",
    "US card payments with a merchant abroad",
    people.CROSS_BORDER["US"],
    near(people.CROSS_BORDER["US"]),
    minimum=1_000,
)
def cross_border(data: Data) -> Measured | None:
    return share(_abroad(data), data.card & data.country.is_in("US"), data.people)


@register(
    "in_person_at_home",
    "payments in person in the person's own country",
    people.HOME_COUNTRY_IN_PERSON,
    at_least(people.HOME_COUNTRY_IN_PERSON),
)
def in_person_at_home(data: Data) -> Measured | None:
    return share(~_abroad(data), data.in_person, data.people)


@register(
    "one_place", "merchants of one country and one category", people.EVERY, Band(0.999, 1.0), says="a shop is a shop"
)
def one_place(data: Data) -> Measured | None:
    kinds = data.merchant_country.codes * (len(data.code.names) + 1) + data.code.codes
    pairs = np.unique(np.stack((data.merchant.codes, kinds), axis=1), axis=0)
    kinds_of = np.bincount(pairs[:, 0])
    used = np.bincount(data.merchant.codes) > 1
    return exact(float((kinds_of[used] == 1).mean()), int(used.sum())) if used.any() else None


def _abroad(data: Data) -> np.ndarray:
    names = data.merchant_country.names
    own = np.array([names.index(name) if name in names else -2 for name in data.country.names])
    return own[data.country.codes] != data.merchant_country.codes
