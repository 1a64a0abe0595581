"""The customers: who they are and how they are reached, as columns of JSON values.

Made for whoever is met, some hundred at a time: look-ups in tables and one pass over Python's lists. Nothing of it
depends on who else there is.
"""

from dataclasses import dataclass
from functools import cache, lru_cache
from ipaddress import IPv4Address

import numpy as np
import orjson

from paysim.transactions.randomness import edges_of

from .countries import COUNTRIES
from .locale_data import Names, family_names, given_names
from .persons import Persons, identifiers, networks, place_of

Column = list[bytes]
"""JSON values, one a person."""

EMAIL_DOMAINS = ("example.com", "example.org", "example.net")  # RFC 2606
PATHS = ("customer_id", "customer_name", "customer_email", "customer_country")
_STEPS = 1 << 14  # of the table of names: a name is as usual as it should be to 1 in 16,384
_BENCHMARK_RANGE = int(IPv4Address("198.18.0.0"))
_ADDRESSES = 2**17 // 26**2  # of a country, which is a place of two capitals
_IN_IPV6 = 0.2


@dataclass(frozen=True, slots=True)
class _Pool:
    """Names of all countries behind one another, as they stand within JSON. table: (countries, steps) → which."""

    written: list[bytes]
    latin: list[bytes]
    table: np.ndarray


def _pool(kind: str, countries: tuple[str, ...], present: tuple[int, ...]) -> _Pool:
    written: list[bytes] = []
    latin: list[bytes] = []
    table = np.zeros((len(countries), _STEPS), np.int32)
    for at in present:
        names: Names = given_names(countries[at]) if kind == "given" else family_names(countries[at])
        middle = (np.arange(_STEPS) + 0.5) / _STEPS
        table[at] = len(written) + np.searchsorted(edges_of(names.weights), middle, side="right")
        written += [orjson.dumps(name)[1:-1] for name in names.written]
        latin += [name.encode() for name in names.latin]
    return _Pool(written, latin, table)


@lru_cache(maxsize=8)
def _pools(countries: tuple[str, ...], present: tuple[int, ...]) -> tuple[_Pool, _Pool]:
    """Given and family names. present: positions of the countries that people are of."""
    return _pool("given", countries, present), _pool("family", countries, present)


@lru_cache(maxsize=8)
def _codes(countries: tuple[str, ...]) -> np.ndarray:
    return np.array([orjson.dumps(code) for code in countries], dtype=object)


@lru_cache(maxsize=8)
def _places(countries: tuple[str, ...]) -> np.ndarray:
    return np.array([place_of(code) for code in countries])


def ids(persons: Persons) -> list[str]:
    """The `customer_id` of each."""
    rows = identifiers(persons.seed, _places(COUNTRIES.names)[persons.country], persons.number)
    text = rows.tobytes().decode()
    return [f"cus_{text[at : at + 8]}" for at in range(0, len(text), 8)]


def identities(persons: Persons, present: tuple[int, ...]) -> dict[str, Column]:
    """The fields of PATHS. present: positions of the countries that people are of, at least these people's."""
    given, family = _pools(COUNTRIES.names, present)
    which = persons.bits("name")
    steps = np.uint64(_STEPS - 1)
    country = persons.country
    first = given.table[country, (which & steps).astype(np.intp)].tolist()
    last = family.table[country, ((which >> np.uint64(14)) & steps).astype(np.intp)].tolist()
    names = _names(persons, given, family, first, last, ((which >> np.uint64(28)) & steps).astype(np.intp))
    domains = [_DOMAINS[at] for at in ((which >> np.uint64(42)) % np.uint64(len(_DOMAINS))).tolist()]
    g, f = given.latin, family.latin
    numbers = (persons.number + 1).tolist()
    emails = [
        b'"%b.%b%d%b' % (g[a], f[b], number, domain) if g[a] else b'"%b%d%b' % (f[b] or b"customer", number, domain)
        for a, b, number, domain in zip(first, last, numbers, domains, strict=True)
    ]
    text = identifiers(persons.seed, _places(COUNTRIES.names)[country], persons.number).tobytes()
    made = [b'"cus_%b"' % text[at : at + 8] for at in range(0, len(text), 8)]
    columns = (made, names, emails, _codes(COUNTRIES.names)[country].tolist())
    return dict(zip(PATHS, columns, strict=True))


_DOMAINS = [f'@{domain}"'.encode() for domain in EMAIL_DOMAINS]


@cache
def _manners(countries: tuple[str, ...]) -> np.ndarray:
    """How people of each country are called: 0 given name first, 1 family name first, 2 with two family names."""
    rows = [COUNTRIES[code] for code in countries]
    return np.array([1 if row.family_name_first else 2 if row.two_family_names else 0 for row in rows])


def _names(
    persons: Persons, given: _Pool, family: _Pool, first: list[int], last: list[int], third: np.ndarray
) -> Column:
    g, f = given.written, family.written
    made = [b'"%b %b"' % (g[a], f[b]) for a, b in zip(first, last, strict=True)]
    manners = _manners(COUNTRIES.names)[persons.country]
    for at in np.flatnonzero(manners).tolist():
        if manners[at] == 1:
            made[at] = b'"%b %b"' % (f[last[at]], g[first[at]])
        else:
            made[at] = made[at][:-1] + b' %b"' % f[family.table[persons.country[at], third[at]]]
    return made


@cache
def _shared(place: int) -> list[bytes]:
    """The IPv4 addresses that people of a country share."""
    first = _BENCHMARK_RANGE + place * _ADDRESSES
    return [b'"%b"' % str(IPv4Address(first + at)).encode() for at in range(_ADDRESSES)]


def addresses(persons: Persons) -> Column:
    """The IP address of each.

    IPv4, as behind the translation of a country's carriers: a part of 198.18.0.0/15 (RFC 2544, for benchmarks) that is
    this country's alone, which its people share. IPv6, one in five: a /64 of 2001:db8::/32 (RFC 3849) for each.
    """
    uniform = persons.uniform("address")
    places = _places(COUNTRIES.names)[persons.country]
    shared = ((uniform - _IN_IPV6) / (1 - _IN_IPV6) * _ADDRESSES).astype(np.intp)
    made = [_shared(place)[at] for place, at in zip(places.tolist(), shared.tolist(), strict=True)]
    own = np.flatnonzero(uniform < _IN_IPV6)
    networks_of = networks(persons.seed, places[own], persons.number[own]).tolist()
    for at, network in zip(own.tolist(), networks_of, strict=True):
        made[at] = b'"2001:db8:%x:%x::1"' % ((network >> 16) or 1, (network & 0xFFFF) or 1)
    return made


def terminal_addresses(country: str, uniform: np.ndarray) -> list[str]:
    """IPv4 addresses of terminals of a country, of the part that is the country's."""
    return [orjson.loads(_shared(place_of(country))[int(where * _ADDRESSES)]) for where in uniform.tolist()]
