"""Which payment methods people of a country can have at all, and how large a share that leaves for each.

A scheme, a brand and a provider have a first and a last year, and a scheme has one currency. Where a configuration asks
for more than that allows, it is an error that names both keys and the largest share, instead of another payment.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from itertools import combinations

from paysim.config.checks import CHECKS, Check
from paysim.config.schema import Timestamps, Transaction
from paysim.config.sections.base import Fault
from paysim.transactions.methods.base import METHODS
from paysim.transactions.randomness import by_name
from paysim.transactions.world.countries import COUNTRIES

_ROOM = 1e-9


def day_of(times: Timestamps) -> date:
    """The day by whose rules payments are made: the first of the window, or today."""
    return times.start.date() if times.mode == "replay" and times.start is not None else datetime.now(UTC).date()


def possible(method: str, country: str, year: int, currencies: Mapping[str, float]) -> bool:
    """Whether people of a country can pay so in a year, in one of these currencies (all where there are none)."""
    entry = METHODS[method]
    if entry.one_currency and currencies and COUNTRIES[country].currency not in currencies:
        return False
    return any(entry.usable(product, country, year) for product in entry.products(country))


def by_currency(transaction: Transaction, share: float, where: Mapping[str, float]) -> dict[str, float]:
    """How much of all payments a method of one currency a country has makes in each of the configured currencies.

    where: countries in which it can be, with their weights. As much as the weight of each currency leaves room for, and
    below that as many as people of its countries are. Sums to `share`, or to the largest that is possible.
    """
    weights, home = by_name(transaction.patterns.currencies), dict[str, float]()
    for country, weight in where.items():
        currency = COUNTRIES[country].currency
        home[currency] = home.get(currency, 0.0) + weight
    room = {currency: min(weights.get(currency, 0.0), people) for currency, people in home.items()}
    found, left, open_ = dict.fromkeys(room, 0.0), min(share, sum(room.values())), set(room)
    while left > _ROOM and open_:
        scale = left / sum(home[currency] for currency in open_)
        for currency in sorted(open_):
            found[currency] = min(room[currency], found[currency] + scale * home[currency])
        left = min(share, sum(room.values())) - sum(found.values())
        open_ = {currency for currency in open_ if found[currency] < room[currency] - _ROOM}
    return found


class Possible(Check):
    name = "methods, countries and currencies"

    def faults(self, transaction: Transaction) -> Iterator[Fault]:
        patterns = transaction.patterns
        methods, countries = by_name(patterns.payment_methods), by_name(patterns.countries)
        currencies, day = by_name(patterns.currencies), day_of(transaction.timestamps)
        where = {
            method: {c: share for c, share in countries.items() if possible(method, c, day.year, {})}
            for method in methods
        }
        for size in range(1, len(methods) + 1):
            for some in combinations(methods, size):
                asked = sum(methods[method] for method in some)
                whole = sum(s for c, s in countries.items() if any(c in where[method] for method in some))
                if asked > whole + _ROOM:
                    yield ("patterns", "payment_methods", some[0]), _too_early(some, asked, whole, countries, day)
                    return
        for method, share in methods.items():
            if METHODS[method].one_currency and currencies:
                largest = sum(by_currency(transaction, 1.0, where[method]).values())
                if share > largest + _ROOM:
                    rules = ", ".join(sorted({f"{_scheme(c)} is {COUNTRIES[c].currency}" for c in where[method]}))
                    yield (
                        ("patterns", "currencies"),
                        f"leaves no room for patterns.payment_methods.{method} {share:g}: {rules}; the largest share "
                        f"that is possible here is {largest:.4g}",
                    )


def _scheme(country: str) -> str:
    return COUNTRIES[country].scheme


def _too_early(some: tuple[str, ...], asked: float, whole: float, countries: Mapping[str, float], day: date) -> str:
    """What people of these countries cannot have yet, or not any more."""
    why = []
    for country in countries:
        for method in some:
            if not possible(method, country, day.year, {}):
                products = sorted({name.split("+")[0] for name in METHODS[method].products(country)})
                why.append(f"{country} has no {', '.join(products)}")
    missing = "; ".join(dict.fromkeys(why))
    return (
        f"{asked:g} for {' and '.join(some)} is more than patterns.countries can have in {day.year} ({missing}); the "
        f"largest share that is possible is {whole:.4g}"
    )


CHECKS.add(Possible())
