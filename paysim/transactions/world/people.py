"""The people of a configuration as columns, in the order of a ring on which countries are mixed.

Any stretch of the ring has people of each country by its weight, to the next whole person. Who is on it follows from
how many of each country there are; what somebody is follows from country and number alone (`persons`).
"""

from dataclasses import dataclass

import numpy as np

from paysim.facts import methods
from paysim.transactions.methods.base import METHODS
from paysim.transactions.methods.digital_wallet import on_the_phone

from .countries import COUNTRIES
from .devices import devices
from .locale_data import cities
from .persons import Persons

CUSTOMER_CHANNELS = ("web", "mobile", "api")  # the rest, pos, is the merchant's
SPENDING_LEVELS = (-0.8, -0.35, 0.0, 0.35, 0.8)  # moves a payment's score, see `amount_ranks`
_INSTRUMENTS_HELD = [0.40, 0.38, 0.22]  # shares of people with one, two, three
_LEAST = 0.02  # popularity of what hardly anybody pays by
MOST_INSTRUMENTS = len(_INSTRUMENTS_HELD)
_AT_ONCE = 1 << 16  # people


@dataclass(frozen=True, slots=True)
class People:
    """Columns in the order of the ring, but for what depends on the configuration.

    present: the countries, by position in COUNTRIES. key: a hash of each. city: position in `cities` of the country.
    devices: (CUSTOMER_CHANNELS, people), positions in DEVICES. spending: position in SPENDING_LEVELS. preference:
    (people, methods), positions in METHODS, best liked first. instruments: how many methods each has, 1 to 3.
    """

    persons: Persons
    present: tuple[int, ...]
    key: np.ndarray
    city: np.ndarray
    devices: np.ndarray
    spending: np.ndarray
    preference: np.ndarray
    instruments: np.ndarray


def ring(seed: int, counts: dict[str, int], first: int = 0) -> Persons:
    """So many people of each country, numbered from `first` on, mixed evenly."""
    country = np.repeat([COUNTRIES.names.index(name) for name in counts], list(counts.values())).astype(np.int16)
    number = np.concatenate([np.arange(count, dtype=np.int64) for count in counts.values()])
    # The how-manieth of a country stands as far round as that part of its people.
    place = np.concatenate([(np.arange(count) + 0.5) / count for count in counts.values() if count])
    order = np.argsort(place, kind="stable")
    return Persons(seed, country[order], number[order] + first)


def people_of(persons: Persons) -> People:
    """The columns of these people."""
    count = len(persons)
    found = People(
        persons,
        tuple(np.flatnonzero(np.bincount(persons.country)).tolist()),
        key=np.empty(count, np.uint64),
        city=np.empty(count, np.int16),
        devices=np.empty((len(CUSTOMER_CHANNELS), count), np.int16),
        spending=np.empty(count, np.int8),
        preference=np.empty((count, len(METHODS)), np.int8),
        instruments=np.empty(count, np.int8),
    )
    towns = np.array([len(cities(name)) if at in found.present else 1 for at, name in enumerate(COUNTRIES)])
    for start in range(0, count, _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        some = persons.at(part)
        found.key[part] = some.bits("key")
        found.city[part] = some.uniform("city") * towns[some.country]
        found.spending[part] = some.uniform("spending") * len(SPENDING_LEVELS)
        wallets, phone = on_the_phone(some)
        for at, channel in enumerate(CUSTOMER_CHANNELS):
            found.devices[at, part] = devices(channel, wallets, phone, some.uniform(f"device/{channel}"))
        preference = _preference(some)
        found.preference[part] = preference
        # Who likes best what is no card has a card too.
        least = np.where(np.isin(preference[:, 0], _cards()), 1, 2)
        found.instruments[part] = np.maximum(1 + some.pick("instruments", _INSTRUMENTS_HELD), least)
    return found


def _cards() -> list[int]:
    return [at for at, method in enumerate(METHODS.values()) if method.is_card]


def _preference(persons: Persons) -> np.ndarray:
    """(people, methods): positions in METHODS, best liked first; a card is among the first two.

    Exponential races: the first is drawn by how much people of the country pay so, the second by that among the
    others, and so on.
    """
    races = np.column_stack([persons.uniform(f"preference/{name}") for name in METHODS])
    finish = -np.log1p(-races) / _popularity()[persons.country]
    preference = np.argsort(finish, axis=1)
    cards = np.isin(preference, _cards())
    if cards.any():
        without = np.flatnonzero(~cards[:, :2].any(axis=1))
        best = cards[without].argmax(axis=1)  # the better liked card becomes the second choice
        preference[without, best], preference[without, 1] = preference[without, 1], preference[without, best]
    return preference


def _popularity() -> np.ndarray:
    """(COUNTRIES, METHODS): the share of a country's payments by each method, or what a method without statistics says
    of itself. More people have what is hardly used than use it."""
    known = [methods.of(country).of for country in COUNTRIES]
    shares = [[of.get(name) or method.popularity for name, method in METHODS.items()] for of in known]
    return np.maximum(shares, _LEAST)
