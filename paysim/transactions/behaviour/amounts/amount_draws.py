"""How much each payment is: by the distribution that is configured, or by the facts where none is."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from paysim.config.schema import Amounts
from paysim.contract.codes import CHANNELS
from paysim.transactions.behaviour.amounts import amount_distributions
from paysim.transactions.behaviour.amounts.usual_amounts import Pilot, UsualAmounts
from paysim.transactions.behaviour.sampling_tables import SamplingTables
from paysim.transactions.methods.base import Method
from paysim.transactions.randomness import Streams
from paysim.transactions.world.merchant_categories import PRICE_LEVELS
from paysim.transactions.world.people import SPENDING_LEVELS

_POS = CHANNELS.index("pos")


@dataclass(frozen=True, slots=True)
class Bought:
    """Payments whose amounts are asked for, a column each: positions of customers, of categories
    (MERCHANT_CATEGORIES), of channels (CHANNELS), of merchants; whether the merchant is one of the person's own."""

    customer: np.ndarray
    category: np.ndarray
    channel: np.ndarray
    merchant: np.ndarray
    known: np.ndarray


class AmountDraw(Protocol):
    """The amounts of one payment method. most: the largest in each currency, minor units."""

    most: np.ndarray

    def draw(self, bought: Bought, currency: np.ndarray, chance: np.ndarray, streams: Streams) -> np.ndarray:
        """Minor units, one a payment. currency: positions in the currencies of the tables. chance: standard normal
        numbers, by which each differs from what is usual for such a payment."""


class ConfiguredAmounts:
    """All payments together follow the distribution; which of them are dear is a matter of habits."""

    def __init__(self, tables: SamplingTables, method: Method, amounts: Amounts) -> None:
        self.most = amounts.most * tables.minor_per_unit
        self._shift, self._minor_per_unit = method.amount_shift, tables.minor_per_unit
        self._quantile, self._ranks = amount_distributions.quantile(amounts), tables.ranks(method.name)
        self._spending = np.array(SPENDING_LEVELS)[tables.world.spending]
        self._price_levels = np.array(list(PRICE_LEVELS.values()))

    def draw(self, bought: Bought, currency: np.ndarray, chance: np.ndarray, streams: Streams) -> np.ndarray:
        score = chance.copy()
        score += self._spending[bought.customer] + self._price_levels[bought.category] + self._shift
        values = self._quantile(self._ranks.of(score)) * self._minor_per_unit[currency]
        minor: np.ndarray = np.maximum(np.rint(values), 1.0)
        return minor


class FactualAmounts:
    """Each payment is about as large as such payments are there."""

    def __init__(self, tables: SamplingTables, method: Method, amounts: Amounts, pilot: Bought) -> None:
        """pilot: payments that show what is bought where by this method."""
        self._world = tables.world
        least = None if amounts.min is None else np.maximum(np.ceil(amounts.min * tables.minor_per_unit), 1.0)
        most = None if amounts.max is None else amounts.max * tables.minor_per_unit
        seen = Pilot(
            self._world.country[pilot.customer],
            pilot.channel == _POS,
            self._world.merchant_code[pilot.merchant],
            self._world.spending[pilot.customer],
        )
        self._usual = UsualAmounts(method, seen, tables.currencies, least, most)
        self.most = self._usual.most

    def draw(self, bought: Bought, currency: np.ndarray, chance: np.ndarray, streams: Streams) -> np.ndarray:
        world, count = self._world, len(currency)
        return self._usual.draw(
            world.country[bought.customer],
            bought.channel == _POS,
            world.merchant_code[bought.merchant],
            world.spending[bought.customer],
            currency,
            chance,
            streams["price"].random(count),
        )
