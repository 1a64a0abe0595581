"""Explains why no payments can be as a configuration says: which keys contradict each other, and what is possible.

`joint_table` tells whether there is a table at all. If not, this looks for a set of methods whose shares are more than
the channels, countries or currencies that can have them (Hall's condition).
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import combinations

from paysim.config.checks import CHECKS, Check
from paysim.config.schema import Transaction
from paysim.config.sections.base import Fault
from paysim.contract.codes import CHANNELS, MERCHANT_CATEGORIES
from paysim.transactions.behaviour.mix.joint_table import CATEGORY, CHANNEL, COUNTRY, METHOD, joint_table
from paysim.transactions.behaviour.mix.possible import day_of, possible
from paysim.transactions.methods.base import METHODS
from paysim.transactions.randomness import by_name
from paysim.transactions.world.countries import COUNTRIES

_ROOM = 1e-9
_MISSED = 2e-3
"""A smaller miss is not reported: at the very edge of what is possible the fit converges slowly."""


@dataclass(frozen=True, slots=True)
class _Most:
    """The most that some methods can have. full: channels that are used up by it."""

    share: float
    full: tuple[str, ...]


class Possible(Check):
    name = "methods, countries, channels and currencies"

    def faults(self, transaction: Transaction) -> Iterator[Fault]:
        table = joint_table(transaction)
        if table.possible:
            return
        faults = [*_too_many(transaction), *_too_few_in_a_currency(transaction)]
        if faults or table.missed < _MISSED:
            yield from faults[:1]
            return
        yield _unexplained(transaction)


def _too_many(transaction: Transaction) -> Iterator[Fault]:
    """The smallest set of methods that asks for more than can be."""
    patterns, day = transaction.patterns, day_of(transaction.timestamps)
    if patterns.payment_methods == "auto":
        methods, sizes = dict.fromkeys(METHODS, 1 / len(METHODS)), [len(METHODS)]
    else:
        methods = by_name(patterns.payment_methods)
        sizes = list(range(1, len(methods) + 1))
    countries = by_name(patterns.countries)
    channels = None if patterns.channels == "auto" else by_name(patterns.channels)
    for size in sizes:
        for some in combinations(methods, size):
            asked, most = sum(methods[method] for method in some), _most(some, countries, channels, day)
            if asked > most.share + _ROOM:
                keys = ("patterns", "countries" if patterns.payment_methods == "auto" else "payment_methods")
                where = keys if patterns.payment_methods == "auto" else (*keys, some[0])
                yield where, _said(some, asked, most, countries, day)
                return


def _most(
    some: Collection[str], countries: Mapping[str, float], channels: Mapping[str, float] | None, day: date
) -> _Most:
    """The maximum flow from countries to channels through these methods, which is a minimum cut: some channels whole,
    and the countries that have others.
    """
    reached = {
        country: {
            channel
            for method in some
            if possible(method, country, day.year, {})
            for channel in CHANNELS
            if channel not in METHODS[method].unused(country)
        }
        for country in countries
    }
    found = _Most(sum(weight for country, weight in countries.items() if reached[country]), ())
    for size in range(1, len(CHANNELS) + 1) if channels is not None else ():
        for full in combinations(CHANNELS, size):
            share = sum((channels or {}).get(channel, 0.0) for channel in full)
            share += sum(weight for country, weight in countries.items() if reached[country] - set(full))
            if share < found.share - _ROOM:
                found = _Most(share, full)
    return found


def _said(some: Collection[str], asked: float, most: _Most, countries: Mapping[str, float], day: date) -> str:
    """What people of these countries cannot have, not yet or not any more, or not on these channels."""
    largest = f"the largest share that is possible is {most.share:.4g}"
    if most.full:
        why = [
            f"{method} has no channel {channel}" + (f" in {_but(method, channel, countries)}" * (not everywhere))
            for method in some
            for channel in CHANNELS
            if channel not in most.full
            for everywhere in [all(channel in METHODS[method].unused(country) for country in countries)]
            if any(channel in METHODS[method].unused(country) for country in countries)
        ]
        what = f"{asked:g} for {' and '.join(some)} is more than patterns.channels has room for"
        return f"{what} ({'; '.join(why)}); {largest}"
    why = [
        f"{country} has no {', '.join(sorted({name.split('+')[0] for name in METHODS[method].products(country)}))}"
        for country in countries
        for method in some
        if not possible(method, country, day.year, {})
    ]
    return (
        f"{asked:g} for {' and '.join(some)} is more than patterns.countries can have in {day.year} "
        f"({'; '.join(dict.fromkeys(why))}); {largest}"
    )


def _but(method: str, channel: str, countries: Collection[str]) -> str:
    return ", ".join(country for country in countries if channel in METHODS[method].unused(country))


def _too_few_in_a_currency(transaction: Transaction) -> Iterator[Fault]:
    """Methods that are in the currency of a country ask for more than the currencies' weights leave room for."""
    patterns, day = transaction.patterns, day_of(transaction.timestamps)
    weights, countries = by_name(patterns.currencies), by_name(patterns.countries)
    if not weights or patterns.payment_methods == "auto":
        return
    for method, share in by_name(patterns.payment_methods).items():
        if not METHODS[method].one_currency:
            continue
        where = [country for country in countries if possible(method, country, day.year, {})]
        people: dict[str, float] = {}
        for country in where:
            currency = COUNTRIES[country].currency
            people[currency] = people.get(currency, 0.0) + countries[country]
        largest = sum(min(weights.get(currency, 0.0), share) for currency, share in people.items())
        if share > largest + _ROOM:
            rules = ", ".join(sorted({f"{COUNTRIES[c].scheme} is {COUNTRIES[c].currency}" for c in where}))
            yield (
                ("patterns", "currencies"),
                f"leaves no room for patterns.payment_methods.{method} {share:g}: {rules}; the largest share "
                f"that is possible here is {largest:.4g}",
            )


def _unexplained(transaction: Transaction) -> Fault:
    """Weights that hold by themselves, and not all at once: of that which lacks most."""
    table, patterns = joint_table(transaction), transaction.patterns
    lacks: list[tuple[float, str, str, float, float]] = []
    for axis, key, names in (
        (METHOD, "payment_methods", METHODS.names),
        (COUNTRY, "countries", COUNTRIES.names),
        (CHANNEL, "channels", CHANNELS),
        (CATEGORY, "merchant_categories", MERCHANT_CATEGORIES),
    ):
        given = getattr(patterns, key)
        if given != "auto":
            for name, found in zip(names, table.margin(axis).tolist(), strict=True):
                asked = given.get(name, 0.0)
                lacks.append((asked - found, key, name, asked, found))
    _, key, name, asked, found = max(lacks)
    others = [other for other in ("payment_methods", "countries", "channels", "currencies") if other != key]
    return (
        ("patterns", key, name),
        f"{asked:g} cannot be beside these patterns.{', '.join(others)}; the largest share that is possible is about "
        f"{found:.3g}",
    )


CHECKS.add(Possible())
