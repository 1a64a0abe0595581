"""Which payment methods people of a country can have at all.

A scheme, a brand and a provider have a first and a last year, and a scheme has one currency.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime

from paysim.config.schema import Timestamps
from paysim.transactions.methods.base import METHODS
from paysim.transactions.world.countries import COUNTRIES


def day_of(times: Timestamps) -> date:
    """The day by whose rules payments are made: the first of the window, or today."""
    return times.start.date() if times.mode == "replay" and times.start is not None else datetime.now(UTC).date()


def possible(method: str, country: str, year: int, currencies: Mapping[str, float]) -> bool:
    """Whether people of a country can pay so in a year, in one of these currencies (all where there are none)."""
    entry = METHODS[method]
    if entry.one_currency and currencies and COUNTRIES[country].currency not in currencies:
        return False
    return any(entry.usable(product, country, year) for product in entry.products(country))
