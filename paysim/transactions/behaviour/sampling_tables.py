"""What all payment methods of a configuration share: the world, its records and fragments, currencies and ranks."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from paysim.config.mix import mix_of
from paysim.config.schema import Transaction
from paysim.config.sections.event_hub import ROUND_ROBIN
from paysim.contract.codes import CHANNELS, MERCHANT_CATEGORIES, MINOR_UNITS
from paysim.transactions.behaviour.amounts import amount_ranks, exchange_rates
from paysim.transactions.behaviour.mix.joint_table import COUNTRY, METHOD
from paysim.transactions.behaviour.mix.possible import day_of
from paysim.transactions.behaviour.risk.recent_payments import RecentPayments
from paysim.transactions.behaviour.risk.risk_model import RiskRecords
from paysim.transactions.events.layout import FieldRun
from paysim.transactions.events.mapping import CompiledMapping
from paysim.transactions.events.person_pieces import PersonRecords
from paysim.transactions.methods.base import METHODS
from paysim.transactions.randomness import by_name
from paysim.transactions.world.active import World
from paysim.transactions.world.countries import COUNTRIES
from paysim.transactions.world.merchant_categories import PRICE_LEVELS
from paysim.transactions.world.people import SPENDING_LEVELS


class SamplingTables:
    """What is common to all methods under one configuration: the world, its records, the ranks of payments.

    follows: whether anything follows payments but refunds.
    """

    def __init__(self, world: World, transaction: Transaction, mapping: CompiledMapping, partition_by: str) -> None:
        patterns = transaction.patterns
        self.world, self.patterns, self.mapping = world, patterns, mapping
        self.mix = mix_of(transaction)
        self.follows = transaction.lifecycle == "full"
        self.day = day_of(transaction.timestamps)
        self.currencies = sorted(
            {*patterns.currencies, *(COUNTRIES[COUNTRIES.names[at]].currency for at in world.present)}
        )
        self.decimals = np.array([MINOR_UNITS[currency] for currency in self.currencies])
        self.minor_per_unit = np.array([self._minor_per_unit(currency) for currency in self.currencies])
        self.currency_shares = self._currency_shares()
        self.home_currency = np.array(
            [self.currencies.index(c.currency) if c.currency in self.currencies else 0 for c in COUNTRIES.values()]
        )
        # Where there are fewer merchants than categories, some have none.
        self.sold = np.bincount(world.merchant_category, minlength=len(MERCHANT_CATEGORIES)) > 0
        self.country_weights = np.array([patterns.countries.get(c, 0.0) for c in COUNTRIES])
        self.records: dict[str, Sequence[dict[str, Any]]] = {
            "customer": world.customers,
            "merchant": world.merchants,
            "place": world.places,
            "device": world.devices,
            "address": world.addresses,
            "currency": [{"currency": currency} for currency in self.currencies],
            "risk": (risks := RiskRecords()),
        }
        self.risks, self.recent = risks, RecentPayments(len(world.country), world.seed)
        self.partition_by = None if partition_by == ROUND_ROBIN else partition_by
        self._ranks: dict[str, amount_ranks.AmountRanks] = {}
        self._fragments: dict[tuple[str, FieldRun], Callable[[np.ndarray], list[bytes]]] = {}

    def _currency_shares(self) -> np.ndarray | None:
        """What is left of the configured currencies for methods that take any, in the order of `currencies`."""
        weights = by_name(self.patterns.currencies)
        if not weights:
            return None
        by_country = self.world.table.margin(METHOD, COUNTRY)
        one_currency = np.array([method.one_currency for method in METHODS.values()])
        for country, share in zip(COUNTRIES.values(), by_country[one_currency].sum(axis=0).tolist(), strict=True):
            weights[country.currency] = max(0.0, weights.get(country.currency, 0.0) - share)
        shares = np.array([weights.get(currency, 0.0) for currency in self.currencies])
        return shares if shares.any() else np.ones_like(shares)

    def _minor_per_unit(self, currency: str) -> float:
        """Minor units of `currency` for one unit of the amounts' own currency."""
        amounts = self.patterns.amounts
        rate = exchange_rates.rate(amounts.currency, currency) if amounts.convert else 1.0
        return rate * 10.0 ** MINOR_UNITS[currency]

    def payers(self, method: str) -> np.ndarray:
        """Probabilities of the customers for a payment by this method; for one not configured everybody's
        activity.
        """
        column = self.world.payers.of(method)
        return column if column.any() else self.world.activity

    def bought(self, method: str) -> np.ndarray:
        """(COUNTRIES, CHANNELS × MERCHANT_CATEGORIES): what people of a country buy by a method, and on which channel;
        each row sums to one. Only what some merchant sells.
        """
        shares = self.world.table.of(method).reshape(len(COUNTRIES), len(CHANNELS), -1) * self.sold
        rows = shares.reshape(len(COUNTRIES), -1)
        found: np.ndarray = rows / rows.sum(axis=1, keepdims=True)
        return found

    def categories(self, method: str) -> np.ndarray:
        """The share of each of MERCHANT_CATEGORIES among payments by a method."""
        who = self.world.table.margin(METHOD, COUNTRY)[METHODS.names.index(method)]
        found = (who if who.any() else self.country_weights) @ self.bought(method)
        values: np.ndarray = found.reshape(len(CHANNELS), -1).sum(axis=0) / found.sum()
        return values

    def ranks(self, method: str) -> amount_ranks.AmountRanks:
        """The ranks among the payments of all methods whose amounts are distributed as this one's are."""
        mine = self.patterns.amounts.of(method)
        methods = {m: w for m, w in self.mix.methods.items() if self.patterns.amounts.of(m) == mine}
        if method not in methods:
            methods = {method: 1.0}
        name = ",".join(sorted(methods))
        if name not in self._ranks:
            shifts, weights = [], []
            for one, weight in sorted(methods.items()):
                payers = self.payers(one)
                who = np.zeros((len(COUNTRIES), len(SPENDING_LEVELS)))
                np.add.at(who, (self.world.country, self.world.spending), payers / payers.sum())
                bought = self.bought(one).reshape(len(COUNTRIES), len(CHANNELS), -1).sum(axis=1)
                table = np.add.outer(SPENDING_LEVELS, list(PRICE_LEVELS.values())) + METHODS[one].amount_shift
                shifts.append(table.ravel())
                weights.append((weight * who.T @ bought).ravel())
            self._ranks[name] = amount_ranks.AmountRanks(np.concatenate(shifts), np.concatenate(weights))
        return self._ranks[name]

    def fragments(
        self, run: FieldRun, records: Sequence[dict[str, Any]], owner: str
    ) -> Callable[[np.ndarray], list[bytes]]:
        """What this run is for the records at some positions. Those of people are made when they are met, others once.

        owner: whose records, where methods have their own of this source.
        """
        if (owner, run) not in self._fragments:
            self._fragments[owner, run] = _taking(run, records)
        return self._fragments[owner, run]


def _taking(run: FieldRun, records: Sequence[dict[str, Any]]) -> Callable[[np.ndarray], list[bytes]]:
    if isinstance(records, PersonRecords):
        return records.pieces(run).take
    made = np.empty(len(records), dtype=object)
    made[:] = run.render_each(list(records))  # some make a record each time they are asked
    return lambda positions: made[positions].tolist()
