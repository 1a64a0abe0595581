"""The customers: who they are, where they live, from what they pay. Made once, the same on every worker.

A country has a list of people, each of whom depends on the seed and the place in the list alone; a configuration
takes the first so many. So a reload that shifts the weights of countries changes how many are active, never who.
"""

from dataclasses import dataclass
from ipaddress import IPv4Address

import numpy as np

from paysim.facts import methods
from paysim.transactions.methods.base import METHODS
from paysim.transactions.methods.digital_wallet import providers
from paysim.transactions.randomness import BASE32, pick, stream

from .devices import devices
from .locale_data import cities, people

EMAIL_DOMAINS = ("example.com", "example.org", "example.net")  # RFC 2606
SPENDING_LEVELS = (-0.8, -0.35, 0.0, 0.35, 0.8)  # moves a payment's score, see `amount_ranks`
API_CLIENTS = ("python-requests/2.32.3", "okhttp/4.12.0", "Apache-HttpClient/5.3.1 (Java/21.0.2)", "axios/1.7.2")
_BENCHMARK_RANGE = int(IPv4Address("198.18.0.0"))
_ADDRESSES = 2**17 // 26**2  # of a country, which is a place of two capitals
_INSTRUMENTS_HELD = (0.40, 0.38, 0.22)  # shares of people with one, two, three


@dataclass(frozen=True, slots=True)
class People:
    """The first so many people of one country, a column each. Positions are ranks: 0 is the most active."""

    country: str
    ids: list[str]
    names: list[str]
    emails: list[str]
    cities: list[int]  # position in population.cities(country)
    addresses: list[str]  # IP
    web: list[tuple[str, str]]  # device type, user agent
    mobile: list[tuple[str, str]]
    api: list[tuple[str, str]]
    spending: np.ndarray  # position in SPENDING_LEVELS
    preference: np.ndarray  # (people, methods): positions in METHODS, best liked first
    held: np.ndarray  # how many instruments: 1 to 3


def identifiers(prefix: str, seed: int, country: str, count: int, offset: int = 0) -> list[str]:
    """Short ids that no two (country, number) of a seed share and that do not tell them: 8 of base 32.

    They depend on the country's own code, not on which other countries there are.
    """
    start = int(stream(seed, "identifiers").integers(2**40))
    place = _place_of(country)
    made = []
    for number in range(offset, offset + count):
        scrambled = (start + (number * 26 * 26 + place) * 0x9E3779B97) % 2**40
        made.append(prefix + "".join(BASE32[scrambled >> shift & 31] for shift in range(35, -5, -5)))
    return made


def _place_of(country: str) -> int:
    """The place of a country's code among all that two capitals can be: what other countries there are is no matter."""
    return (ord(country[0]) - ord("A")) * 26 + ord(country[1]) - ord("A")


def ip_addresses(country: str, uniform: np.ndarray) -> list[str]:
    """Addresses of people and terminals of a country. uniform: (n, 2).

    IPv4, as behind the translation of a country's carriers: a part of 198.18.0.0/15 (RFC 2544, for benchmarks) that is
    this country's alone, which its people share. IPv6, one in five: a /64 of 2001:db8::/32 (RFC 3849) for each.
    """
    first, made = _BENCHMARK_RANGE + _place_of(country) * _ADDRESSES, []
    for kind, where in uniform.tolist():
        if kind < 0.2:
            network = int(where * 2**32)
            made.append(f"2001:db8:{(network >> 16) or 1:x}:{(network & 0xFFFF) or 1:x}::1")
        else:
            made.append(str(IPv4Address(first + int(where * _ADDRESSES))))
    return made


def _with_a_card(preference: np.ndarray, cards: list[int]) -> np.ndarray:
    """Who likes two other ways best has a card all the same: the better liked card becomes the second choice."""
    preference = preference.copy()
    for number in np.flatnonzero(~np.isin(preference[:, :2], cards).any(axis=1)):
        row = preference[number]
        at = int(np.isin(row, cards).argmax())
        row[1], row[at] = row[at], row[1]
    return preference


def people_of(seed: int, country: str, count: int) -> People:
    named = people(seed, country, count)
    draws = stream(seed, "customer", country).random((count, 12))
    own = providers(seed, country, count)
    # The order of a person's likes: exponential races, so that the first is drawn by popularity, and so on.
    races = np.column_stack([stream(seed, "preference", country, name).random(count) for name in METHODS])
    liked = methods.of(country).of
    popularity = [liked.get(name) or method.popularity for name, method in METHODS.items()]
    finish = -np.log1p(-races) / np.array(popularity)
    cards = [at for at, method in enumerate(METHODS.values()) if method.is_card]
    preference = _with_a_card(np.argsort(finish, axis=1), cards)
    card_first = np.isin(preference[:, 0], cards)
    domains = (draws[:, 0] * len(EMAIL_DOMAINS)).astype(int).tolist()
    return People(
        country,
        ids=identifiers("cus_", seed, country, count),
        names=[name for name, _ in named],
        emails=[
            f"{stem}{number}@{EMAIL_DOMAINS[d]}"
            for number, ((_, stem), d) in enumerate(zip(named, domains, strict=True), 1)
        ],
        cities=(draws[:, 1] * len(cities(country))).astype(int).tolist(),
        addresses=ip_addresses(country, draws[:, 2:4]),
        web=devices({"desktop": 0.70, "smartphone": 0.20, "tablet": 0.10}, own, draws[:, 4:6]),
        mobile=devices({"smartphone": 0.9, "tablet": 0.1}, own, draws[:, 6:8]),
        api=[("server", API_CLIENTS[int(which * len(API_CLIENTS))]) for which in draws[:, 8].tolist()],
        spending=(draws[:, 9] * len(SPENDING_LEVELS)).astype(int),
        preference=preference,
        held=np.maximum(1 + pick(list(_INSTRUMENTS_HELD), draws[:, 10]), np.where(card_first, 1, 2)),
    )
