"""What people and shops are called and where they are: Faker's own locale data, drawn a column at a time.

The only file that knows Faker. Its providers hold good lists of names and cities for each locale, but a call of
`name()` costs 88 µs; the same lists indexed by numpy cost 50 ns.
"""

import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

from paysim.facts import names as facts
from paysim.transactions.randomness import pick, stream

from . import trades
from .countries import COUNTRIES

# Outside the contiguous country these lie in other climates and clocks than their country's.
_FAR_ZONES = ("Pacific/", "Atlantic/", "America/Noronha", "Indian/")

_GERMAN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"})


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


def _latin(name: str, country: str) -> str:
    """As it would stand in an e-mail address: ASCII letters, lower case; Schäfer is schaefer where people write so."""
    if COUNTRIES[country].language == "de":
        name = name.translate(_GERMAN)
    folded = unicodedata.normalize("NFKD", name.replace("ß", "ss").replace("ø", "o"))
    return "".join(char for char in folded if char.isascii() and char.isalpha()).lower()


@dataclass(frozen=True, slots=True)
class Names:
    """Names as written, in Latin letters, and how usual each is."""

    written: list[str]
    latin: list[str]
    weights: list[float]


@cache
def given_names(country: str) -> Names:
    data = _provider("person", COUNTRIES[country].locale)
    return _named(country, data.first_name_pairs if _has_readings(data) else data.first_names)


@cache
def family_names(country: str) -> Names:
    """The most usual as often as the facts say, where there are some."""
    data = _provider("person", COUNTRIES[country].locale)
    found = _named(country, data.last_name_pairs if _has_readings(data) else data.last_names)
    if country not in facts.FAMILY:
        return found
    usual = {name: share for name, share in facts.FAMILY[country].of.items() if name != "other"}
    rest = [at for at, name in enumerate(found.written) if name not in usual]
    others = facts.FAMILY[country]["other"] / sum(found.weights[at] for at in rest)
    latin = [facts.LATIN[name].latin if name in facts.LATIN else _latin(name, country) for name in usual]
    return Names(
        [*usual, *(found.written[at] for at in rest)],
        [*latin, *(found.latin[at] for at in rest)],
        [*usual.values(), *(found.weights[at] * others for at in rest)],
    )


def _has_readings(data: Any) -> bool:
    """Whether its names are (written, spoken, Latin), of a script that has its own."""
    return hasattr(data, "first_name_pairs")


def _named(country: str, names: Any) -> Names:
    listed, weights = _weighted(names)
    if listed and isinstance(listed[0], tuple):
        return Names([name[0] for name in listed], [name[2].lower() for name in listed], weights)
    return Names(listed, [_latin(name, country) for name in listed], weights)


@cache
def cities(country: str) -> tuple[City, ...]:
    """Cities with coordinates that lie in the country."""
    # Takes a tenth of a second: for those who make people.
    from faker.providers.geo import Provider as Geo

    return tuple(
        City(name, float(latitude), float(longitude))
        for latitude, longitude, name, code, zone in Geo.land_coords
        if code == country and not zone.startswith(_FAR_ZONES)
    )


def shops(seed: int, category: str, country: str, codes: list[str]) -> list[str]:
    """Names of shops of these ISO 18245 codes: each a family's name and its trade."""
    family = family_names(country)
    draws = stream(seed, "shop", country, category).random((len(codes), 2))
    families = [family.written[at] for at in pick(family.weights, draws[:, 0]).tolist()]
    return [
        trades.name(name, code, country, draw)
        for name, code, draw in zip(families, codes, draws[:, 1].tolist(), strict=True)
    ]
