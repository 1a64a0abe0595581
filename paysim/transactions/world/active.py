"""The active population under a configuration: everybody on the ring, and every merchant with all that an event says.

What is fixed for a shop is turned into records here, once; people are columns in the order of the ring (`people`), and
what an event says of them is made when they are met (`customers`, `events/person_pieces`). Drawing a payment is then
picking positions. A record is a flat mapping from a field's dotted path to its value; fields that do not apply are left
out.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import orjson

from paysim.config.mix import mix_of
from paysim.config.schema import Transaction
from paysim.contract.codes import CHANNELS, MERCHANT_CATEGORIES
from paysim.contract.fields import DETAILS
from paysim.transactions.behaviour import habits, pace
from paysim.transactions.behaviour.mix.joint_table import COUNTRY, METHOD, joint_table
from paysim.transactions.events.person_pieces import Columns, PersonRecords
from paysim.transactions.events.sources import fields_of
from paysim.transactions.methods.base import METHODS, Holdings
from paysim.transactions.randomness import apportion, by_name, stream

from . import customers
from .countries import COUNTRIES
from .devices import DEVICES, FIRST_TERMINAL, TERMINALS
from .locale_data import City, cities
from .merchant_categories import ALL_CODES, REMOTE_ONLY
from .merchants import Shops, shops_of
from .people import CUSTOMER_CHANNELS, MOST_INSTRUMENTS, People, people_of, ring
from .persons import scrambled

Record = dict[str, Any]
ADDRESS = "metadata.ip_address"
FAVOURITES = 2  # of each customer in each category
_AT_THE_FIRST = 0.7  # share of what is paid at favourites
_POS = CHANNELS.index("pos")
# Where a customer's devices lie: position in CUSTOMER_CHANNELS of each of CHANNELS.
_CONTEXT = np.array([CUSTOMER_CHANNELS.index(c) if c in CUSTOMER_CHANNELS else 0 for c in CHANNELS])
_AT_ONCE = 1 << 16  # people
# One odd number for each choice of a merchant: the high half of a product with it is a hash.
_ODD = scrambled(np.arange(len(MERCHANT_CATEGORIES) * FAVOURITES, dtype=np.uint64)) | np.uint64(1)


class PopulationStore:
    """The people and shops of a seed. They are made when they are asked for, and kept."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self._people: tuple[tuple[tuple[tuple[str, int], ...], int], People] | None = None
        self._shops: dict[tuple[str, str], Shops] = {}

    def people(self, counts: dict[str, int], first: int) -> People:
        """So many people of each country, numbered from `first` on, in the order of the ring."""
        name = tuple(counts.items()), first
        if self._people is None or self._people[0] != name:
            self._people = name, people_of(ring(self.seed, counts, first))
        return self._people[1]

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
    """The customers and merchants of one configuration: customers on the ring, merchants by category and country.

    share: which of the shares of the people this world has; workers have one each where nobody says how many people
    there are.
    """

    def __init__(self, population: PopulationStore, transaction: Transaction, share: int = 0) -> None:
        patterns = transaction.patterns
        self.seed = population.seed
        self.table = joint_table(transaction)
        plan = pace.plan(transaction, share)
        self.is_even = plan.is_even
        self.people = population.people(plan.counts, plan.first)
        self.persons = self.people.persons
        self.country = self.persons.country
        self.spending = self.people.spending
        self.activity = plan.activity(self.persons)
        self.held = self._held()
        self.payers = habits.payers(
            self.activity,
            self.held,
            self.country,
            self._parts(by_name(patterns.countries)),
            activity_holds=transaction.population.activity != "auto",
        )
        self.shops = self._shops_of(population, transaction)
        self.merchant_category = np.repeat(
            [MERCHANT_CATEGORIES.index(shops.category) for shops in self.shops],
            [len(shops.ids) for shops in self.shops],
        )

    def _held(self) -> np.ndarray:
        """(people, methods of METHODS): whether they pay so."""
        configured = self.table.margin(METHOD, COUNTRY).T > 0
        held = np.zeros((len(self.country), len(METHODS)), bool)
        for start in range(0, len(held), _AT_ONCE):
            part = slice(start, start + _AT_ONCE)
            mine = configured[self.country[part]]
            held[part] = habits.methods_liked(self.people.preference[part], self.people.instruments[part], mine)
        for at in np.flatnonzero(np.bincount(self.country)).tolist():
            here = self.country == at
            for column in np.flatnonzero(configured[at] & ~held[here].any(axis=0)):
                few = here & (held.sum(axis=1) < MOST_INSTRUMENTS)
                held[few if few.any() else here, column] = True  # a method that nobody would use is everybody's
        return held

    @property
    def present(self) -> tuple[int, ...]:
        """The countries of people, by position in COUNTRIES."""
        return self.people.present

    def _methods_of(self, country: str) -> dict[str, float]:
        """The methods that people of a country pay by, with their shares of all payments."""
        column = self.table.margin(METHOD, COUNTRY)[:, COUNTRIES.names.index(country)].tolist()
        return {method: share for method, share in zip(METHODS, column, strict=True) if share > 0}

    def _parts(self, countries: Iterable[str]) -> list[habits.Part]:
        """Each method's share in each country."""
        return [
            (method, share, frozenset({COUNTRIES.names.index(country)}))
            for country in countries
            for method, share in self._methods_of(country).items()
        ]

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
        by_category = apportion(pace.merchants(transaction), mix_of(transaction).categories, least=1)
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

    def favourites(self, customer: np.ndarray, category: np.ndarray, uniform: np.ndarray) -> np.ndarray:
        """A merchant at home that each customer goes back to for this category: one of a few, by a uniform number."""
        number = category * FAVOURITES + (uniform >= _AT_THE_FIRST)
        hashed = self.people.key.take(customer) * _ODD.take(number) >> np.uint64(32)
        cell = category * len(COUNTRIES) + self.country.take(customer)
        # Below 2**63, so that it is the same as a signed number.
        found = hashed.view(np.int64) * self.cells.count.take(cell) >> 32
        values: np.ndarray = self.cells.first.take(cell) + found
        return values

    @cached_property
    def customers(self) -> PersonRecords:
        persons, present = self.persons, self.present  # and not self, which holds what is returned
        return PersonRecords(len(persons), lambda at: customers.identities(persons.at(at), present))

    @cached_property
    def addresses(self) -> PersonRecords:
        """Of people, and behind them those of terminals: of each city, by its kind."""
        made: list[Record] = []
        for country in self._countries:
            draws = stream(self.seed, "terminals", country).random(len(cities(country)) * len(TERMINALS))
            made += [{ADDRESS: address} for address in customers.terminal_addresses(country, draws)]
        persons = self.persons
        return PersonRecords(len(persons), lambda at: {ADDRESS: customers.addresses(persons.at(at))}, made)

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
    def devices(self) -> list[Record]:
        """Every kind of device that payments come from."""
        return [
            {"channel": device.channel, "device_type": device.kind, "metadata.user_agent": device.user_agent}
            for device in DEVICES
        ]

    @cached_property
    def places(self) -> list[Record]:
        """Every city of the countries in which there are people or shops."""
        return [_place(city) for country in self._countries for city in cities(country)]

    @cached_property
    def _countries(self) -> list[str]:
        """Those of people and shops."""
        found = {*(COUNTRIES.names[at] for at in self.present), *(shops.country for shops in self.shops)}
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
        """The city of each customer, by position in `places`."""
        first = np.array([self._first_city.get(country, 0) for country in COUNTRIES], np.int32)
        values: np.ndarray = first[self.country] + self.people.city
        return values

    @cached_property
    def seat(self) -> np.ndarray:
        """The city that each merchant is at home in."""
        return np.concatenate([self._first_city[one.country] + np.array(one.cities) for one in self.shops])

    @cached_property
    def terminal(self) -> np.ndarray:
        """The kind of terminal that each merchant has, by position in TERMINALS."""
        return np.concatenate([one.terminals for one in self.shops])

    def where(self, customer: np.ndarray, merchant: np.ndarray, channel: np.ndarray) -> dict[str, np.ndarray]:
        """Where people pay from what: positions in `places`, `devices` and `addresses`. channel: in CHANNELS.

        Shops have branches: people pay where they live, and at a merchant of another country where that is at home.
        """
        at_terminal = channel == _POS
        kind = self.terminal.take(merchant)
        place = self.home.take(customer)
        abroad = np.flatnonzero(at_terminal & (self.merchant_country.take(merchant) != self.country.take(customer)))
        place[abroad] = self.seat[merchant[abroad]]
        device = self.people.devices.take(_CONTEXT.take(channel) * len(self.persons) + customer)
        terminal = (len(self.persons) + kind) + place * len(TERMINALS)
        return {
            "place": place,
            "device": np.where(at_terminal, FIRST_TERMINAL + kind, device),
            "address": np.where(at_terminal, terminal, customer),
        }

    def instruments(self, method: str, holdings: Holdings) -> PersonRecords:
        """What each customer pays from by this method, whether they do or not."""
        entry, persons = METHODS[method], self.persons
        paths = {f.path.removeprefix(f"{DETAILS}."): f.path for f in fields_of(method) if f.source == "instrument"}
        shared = [entry.of_product(product) for _, product in holdings.kinds]
        told = {
            name: np.array([orjson.dumps(one[name]) if name in one else None for one in shared], dtype=object)
            for name in {name for one in shared for name in one}
        }

        def columns(at: np.ndarray) -> Columns:
            own = entry.instruments(persons.at(at))
            of_products = {name: values[holdings.of[at]].tolist() for name, values in told.items()}
            nothing = [None] * len(at)
            return {path: own.get(name) or of_products.get(name) or nothing for name, path in paths.items()}

        return PersonRecords(len(persons), columns)

    def holdings(self, method: str, year: int) -> Holdings:
        """The product that each customer pays from by a method."""
        return METHODS[method].holdings(self.persons, year)


def _place(city: City) -> Record:
    return {"location.city": city.name, "location.latitude": city.latitude, "location.longitude": city.longitude}
