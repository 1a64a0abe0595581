"""The active population under a configuration: every customer and merchant with all that an event says of them.

What is fixed for a person, a shop or an instrument is turned into records here, once; drawing a payment is then
picking positions. A record is a flat mapping from a field's dotted path to its value; fields that do not apply are
left out.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from paysim.config.schema import Transaction
from paysim.contract.codes import MERCHANT_CATEGORIES
from paysim.transactions.behaviour import habits, possible
from paysim.transactions.methods.base import METHODS, Holdings
from paysim.transactions.randomness import apportion, by_name, stream

from .countries import COUNTRIES
from .customers import People, ip_addresses, people_of
from .locale_data import City, cities
from .merchant_categories import ALL_CODES, REMOTE_ONLY
from .merchants import TERMINALS, Shops, shops_of

Record = dict[str, Any]

CUSTOMER_CHANNELS = ("web", "mobile", "api")  # the rest, pos, is the merchant's
FAVOURITES = 2  # of each customer in each category


class PopulationStore:
    """All people and shops of a seed, made as far as they have been asked for."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self._people: dict[str, People] = {}
        self._shops: dict[tuple[str, str], Shops] = {}

    def people(self, country: str, count: int) -> People:
        known = self._people.get(country)
        if known is None or len(known.ids) != count:
            known = self._people[country] = people_of(self.seed, country, count)
        return known

    def shops(self, category: str, country: str, count: int) -> Shops:
        known = self._shops.get((category, country))
        if known is None or len(known.ids) != count:
            known = self._shops[category, country] = shops_of(self.seed, category, country, count)
        return known


@dataclass(frozen=True, slots=True)
class MerchantCells:
    """Where in the list of merchants those of a category and country lie: [category × COUNTRIES + country]."""

    first: np.ndarray
    count: np.ndarray


class World:
    """The customers and merchants of one configuration, in a fixed order: by country (and category), then rank."""

    def __init__(self, population: PopulationStore, transaction: Transaction) -> None:
        patterns = transaction.patterns
        self.seed = population.seed
        self.methods = by_name(patterns.payment_methods)
        size = transaction.population
        activity = habits.activity_by_country(size.customers, size.activity, by_name(patterns.countries))
        self.people = [population.people(name, len(activity[name])) for name in COUNTRIES if name in activity]
        sizes = [len(people.ids) for people in self.people]
        self.country = np.repeat([COUNTRIES.names.index(people.country) for people in self.people], sizes)
        self.activity = np.concatenate([activity[people.country] for people in self.people])
        self.spending = np.concatenate([people.spending for people in self.people])
        self.held = np.concatenate(
            [
                habits.methods_held(people.preference, people.held, self._methods_of(people.country, transaction))
                for people in self.people
            ]
        )
        self.payers = habits.payers(self.activity, self.held, self.country, self._parts(transaction))
        self.shops = self._shops_of(population, transaction)
        self.merchant_category = np.repeat(
            [MERCHANT_CATEGORIES.index(shops.category) for shops in self.shops],
            [len(shops.ids) for shops in self.shops],
        )

    def _methods_of(self, country: str, transaction: Transaction) -> dict[str, float]:
        """The configured methods that people of a country can have."""
        year, currencies = possible.day_of(transaction.timestamps).year, by_name(transaction.patterns.currencies)
        return {m: w for m, w in self.methods.items() if possible.possible(m, country, year, currencies)}

    def _parts(self, transaction: Transaction) -> list[habits.Part]:
        """The methods with their weights; one that has a currency of its own a country, in parts by currency."""
        found: list[habits.Part] = []
        self.of_one_currency: dict[str, dict[str, float]] = {}
        weights = by_name(transaction.patterns.countries)
        for method, share in self.methods.items():
            if not (METHODS[method].one_currency and transaction.patterns.currencies):
                found.append((method, share, None))
                continue
            where = {c: w for c, w in weights.items() if method in self._methods_of(c, transaction)}
            self.of_one_currency[method] = possible.by_currency(transaction, share, where)
            for currency, part in self.of_one_currency[method].items():
                there = {at for at, row in enumerate(COUNTRIES.values()) if row.currency == currency}
                found.append((method, part, frozenset(there)))
        return found

    @cached_property
    def merchant_country(self) -> np.ndarray:
        """Of each merchant, its position in COUNTRIES."""
        return np.repeat(
            [COUNTRIES.names.index(shops.country) for shops in self.shops], [len(shops.ids) for shops in self.shops]
        )

    @cached_property
    def merchant_code(self) -> np.ndarray:
        """Of each merchant, the position of its code in ALL_CODES."""
        return np.array([ALL_CODES.index(code) for shops in self.shops for code in shops.codes], np.intp)

    @staticmethod
    def _shops_of(population: PopulationStore, transaction: Transaction) -> list[Shops]:
        patterns, found = transaction.patterns, []
        by_category = apportion(transaction.population.merchants, by_name(patterns.merchant_categories), least=1)
        for category in MERCHANT_CATEGORIES:
            if by_category.get(category):
                counts = apportion(by_category[category], by_name(patterns.countries), least=1)
                found += [population.shops(category, c, counts[c]) for c in COUNTRIES if counts.get(c)]
        return found

    @cached_property
    def cells(self) -> MerchantCells:
        count = np.zeros(len(MERCHANT_CATEGORIES) * len(COUNTRIES), dtype=np.int64)
        first = np.zeros_like(count)
        start = 0
        for shops in self.shops:
            cell = MERCHANT_CATEGORIES.index(shops.category) * len(COUNTRIES) + COUNTRIES.names.index(shops.country)
            first[cell], count[cell] = start, len(shops.ids)
            start += len(shops.ids)
        # Where a country has none of a category, its people buy from all countries' shops of it.
        table, firsts = count.reshape(-1, len(COUNTRIES)), first.reshape(-1, len(COUNTRIES))
        for row, starts in zip(table, firsts, strict=True):
            starts[row == 0], row[row == 0] = min(starts[row > 0], default=0), row.sum()
        return MerchantCells(first, count)

    @cached_property
    def at_terminal(self) -> np.ndarray:
        """For each merchant the one that a payment at a terminal goes to: itself, or where there can be no terminal
        another of its category, at home if there is one."""
        remote = np.array([code in REMOTE_ONLY for shops in self.shops for code in shops.codes])
        found, start = np.arange(len(remote)), 0
        for shops in self.shops:
            mine = np.arange(start, start + len(shops.ids))
            start += len(mine)
            others = mine[~remote[mine]]
            if not len(others):
                others = np.flatnonzero(~remote & (self.merchant_category == self.merchant_category[mine[0]]))
            if len(others):
                swapped = mine[remote[mine]]
                found[swapped] = others[swapped % len(others)]
        return found

    @cached_property
    def favourites(self) -> np.ndarray:
        """(customers, categories, FAVOURITES): the merchants at home that a customer goes back to."""
        draws = np.concatenate(
            [
                stream(self.seed, "favourites", people.country).random(
                    (len(people.ids), len(MERCHANT_CATEGORIES), FAVOURITES)
                )
                for people in self.people
            ]
        )
        cell = np.arange(len(MERCHANT_CATEGORIES))[None, :] * len(COUNTRIES) + self.country[:, None]
        values: np.ndarray = self.cells.first[cell][..., None] + (draws * self.cells.count[cell][..., None]).astype(
            np.int64
        )
        return values

    @cached_property
    def customers(self) -> list[Record]:
        return [
            {
                "customer_id": id_,
                "customer_name": name,
                "customer_email": email,
                "customer_country": people.country,
            }
            for people in self.people
            for id_, name, email in zip(people.ids, people.names, people.emails, strict=True)
        ]

    @cached_property
    def merchants(self) -> list[Record]:
        return [
            {
                "merchant_id": id_,
                "merchant_name": name,
                "merchant_category": shops.category,
                "merchant_category_code": code,
                "merchant_country": shops.country,
            }
            for shops in self.shops
            for id_, name, code in zip(shops.ids, shops.names, shops.codes, strict=True)
        ]

    @cached_property
    def contexts(self) -> list[Record]:
        """Customer 0 on web, mobile, api; customer 1 …; then each terminal of each city, see `points_of_sale`."""
        made = []
        for people in self.people:
            places = cities(people.country)
            for number, city in enumerate(people.cities):
                for channel in CUSTOMER_CHANNELS:
                    device, agent = getattr(people, channel)[number]
                    made.append(_context(channel, device, places[city], people.addresses[number], agent))
        for country in self._countries:
            draws = stream(self.seed, "terminals", country).random((len(cities(country)), len(TERMINALS), 2))
            for place, row in zip(cities(country), draws, strict=True):
                for terminal, address in zip(TERMINALS, ip_addresses(country, row), strict=True):
                    made.append(_context("pos", "terminal", place, address, terminal))
        return made

    @cached_property
    def _countries(self) -> list[str]:
        """Those of people and shops."""
        found = {*(people.country for people in self.people), *(shops.country for shops in self.shops)}
        return [country for country in COUNTRIES if country in found]

    @cached_property
    def _first_city(self) -> dict[str, int]:
        """Where in the list of all cities those of a country begin."""
        found, start = {}, 0
        for country in self._countries:
            found[country], start = start, start + len(cities(country))
        return found

    @cached_property
    def home(self) -> np.ndarray:
        """The city of each customer, by position in the list of all."""
        return np.concatenate([self._first_city[one.country] + np.array(one.cities) for one in self.people])

    @cached_property
    def seat(self) -> np.ndarray:
        """The city that each merchant is at home in."""
        return np.concatenate([self._first_city[one.country] + np.array(one.cities) for one in self.shops])

    @cached_property
    def terminal(self) -> np.ndarray:
        """The kind of terminal that each merchant has, by position in TERMINALS."""
        return np.concatenate([one.terminals for one in self.shops])

    def points_of_sale(self, customer: np.ndarray, merchant: np.ndarray) -> np.ndarray:
        """Where people stand when they pay at a terminal, as positions in `contexts`.

        Shops have branches: people pay where they live, and at a merchant of another country where that is at home.
        """
        at_home = self.merchant_country[merchant] == self.country[customer]
        city = np.where(at_home, self.home[customer], self.seat[merchant])
        place: np.ndarray = len(self.country) * len(CUSTOMER_CHANNELS) + city * len(TERMINALS) + self.terminal[merchant]
        return place

    def instruments(self, method: str) -> list[Record]:
        """What each customer pays from by this method; an empty record where one never does."""
        column = self.held[:, METHODS.names.index(method)]
        column = column if column.any() else np.ones_like(column)  # not configured and asked for all the same
        made: list[Record] = []
        start = 0
        for people in self.people:
            count = len(people.ids)
            held = column[start : start + count]
            start += count
            made += [
                {f"payment_details.{name}": value for name, value in record.items()}
                for record in METHODS[method].instruments(self.seed, people.country, held)
            ]
        return made

    def holdings(self, method: str, year: int) -> Holdings:
        """The product that each customer pays from by a method."""
        people = [(people.country, len(people.ids)) for people in self.people]
        return METHODS[method].holdings(self.seed, people, year)


def _context(channel: str, device: str, city: City, address: str, agent: str) -> Record:
    return {
        "channel": channel,
        "device_type": device,
        "location.city": city.name,
        "location.latitude": city.latitude,
        "location.longitude": city.longitude,
        "metadata.ip_address": address,
        "metadata.user_agent": agent,
    }
