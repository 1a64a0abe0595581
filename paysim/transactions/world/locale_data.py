"""What people and shops are called and where they are: Faker's own locale data, drawn a column at a time.

The only file that knows Faker. Its providers hold good lists of names and cities for each locale, but a call of
`name()` costs 88 µs; the same lists indexed by numpy cost 50 ns.
"""

import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

from faker.providers.geo import Provider as Geo

from paysim.transactions.randomness import pick, stream

from . import trades
from .countries import COUNTRIES

# Outside the contiguous country these lie in other climates and clocks than their country's.
_FAR_ZONES = ("Pacific/", "Atlantic/", "America/Noronha", "Indian/")


@dataclass(frozen=True, slots=True)
class City:
    name: str
    latitude: float
    longitude: float


def _provider(kind: str, locale: str) -> Any:
    return import_module(f"faker.providers.{kind}.{locale}").Provider


def _weighted(names: Any) -> tuple[list[Any], list[float]]:
    if isinstance(names, dict):
        return list(names), list(names.values())
    # Some Dutch names stand as in a telephone book: “Werl-Arnsberg, van”.
    ordered = [" ".join(reversed(name.split(", "))) if isinstance(name, str) else name for name in names]
    return ordered, [1.0] * len(names)


def _latin(name: str) -> str:
    """As it would stand in an e-mail address: ASCII letters, lower case."""
    folded = unicodedata.normalize("NFKD", name.replace("ß", "ss").replace("ø", "o"))
    return "".join(char for char in folded if char.isascii() and char.isalpha()).lower()


@cache
def _names(country: str) -> tuple[tuple[list[Any], list[float]], tuple[list[Any], list[float]]]:
    """Given and family names with their weights; each a pair (as written, in Latin letters)."""
    data = _provider("person", COUNTRIES[country].locale)
    if hasattr(data, "first_name_pairs"):  # (written, spoken, Latin) of a script that has its own
        given, family = _weighted(data.first_name_pairs), _weighted(data.last_name_pairs)
        return tuple(([(name[0], name[2].lower()) for name in names], weights) for names, weights in (given, family))  # type: ignore[return-value]
    given, family = _weighted(data.first_names), _weighted(data.last_names)
    return tuple(([(name, _latin(name)) for name in names], weights) for names, weights in (given, family))  # type: ignore[return-value]


def people(seed: int, country: str, count: int) -> list[tuple[str, str]]:
    """(name, how it begins in an e-mail address) of the first `count` people of a country."""
    given, family = _names(country)
    firsts = pick(given[1], stream(seed, "given name", country).random(count)).tolist()
    draws = stream(seed, "family name", country).random((count, 2))
    lasts, seconds = pick(family[1], draws[:, 0]).tolist(), pick(family[1], draws[:, 1]).tolist()
    made = []
    for first, last, second in zip(firsts, lasts, seconds, strict=True):
        (name, latin), (surname, latin_surname) = given[0][first], family[0][last]
        if COUNTRIES[country].family_name_first:
            full = f"{surname} {name}"
        elif COUNTRIES[country].two_family_names:
            full = f"{name} {surname} {family[0][second][0]}"
        else:
            full = f"{name} {surname}"
        made.append((full, f"{latin}.{latin_surname}".strip(".") or "customer"))
    return made


@cache
def cities(country: str) -> tuple[City, ...]:
    """Cities with coordinates that lie in the country."""
    return tuple(
        City(name, float(latitude), float(longitude))
        for latitude, longitude, name, code, zone in Geo.land_coords
        if code == country and not zone.startswith(_FAR_ZONES)
    )


def shops(seed: int, category: str, country: str, codes: list[str]) -> list[str]:
    """Names of shops of these ISO 18245 codes: each a family's name and its trade."""
    family, weights = _names(country)[1]
    draws = stream(seed, "shop", country, category).random((len(codes), 2))
    families = [family[at][0] for at in pick(weights, draws[:, 0]).tolist()]
    return [
        trades.name(name, code, country, draw)
        for name, code, draw in zip(families, codes, draws[:, 1].tolist(), strict=True)
    ]
