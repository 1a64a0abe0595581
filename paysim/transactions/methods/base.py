"""What the generator has to know of a payment method. Each file of this folder holds one or two and registers them.

A method is written once: its form in the contract (`PaymentMethod`), who pays so and where, what from, and with what
outcome. Everything else follows from the registry.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar, Literal

import numpy as np

from paysim.contract.methods import PAYMENT_METHODS, PaymentMethod
from paysim.facts.figure import Shares
from paysim.transactions.randomness import pick
from paysim.transactions.world.countries import COUNTRIES
from paysim.transactions.world.persons import Persons

_AT_ONCE = 1 << 17  # people
Record = dict[str, Any]
"""Dotted path → value."""


@dataclass(frozen=True, slots=True)
class ColumnDraw:
    """Payments for which a column is drawn.

    moments: Unix milliseconds, one for all or one each. completed, cancelled: of each, whether it is.
    instruments: what the product says of what each is paid from (`Method.of_product`), as `payment_details.…`.
    """

    count: int
    moments: np.ndarray | int
    completed: np.ndarray
    cancelled: np.ndarray
    instruments: Callable[[], list[Record]]


Values = list[bytes | None]
"""JSON values, one a payment; None where the field is absent."""
Codes = Mapping[str | None, float]
"""What goes with an outcome → its share; None for nothing."""
Column = Callable[[np.random.Generator, ColumnDraw], Values]
"""Draws the values. What it takes from the generator is the same for many payments at once as for them one by one: see
`randomness.Streams`."""


def codes_of(shares: Shares) -> Codes:
    """A table of facts as codes."""
    found: dict[str | None, float] = {}
    found.update(shares.of.items())
    return found


def absent(values: list[bytes], where: np.ndarray) -> Values:
    """The values without those of the payments where a condition holds."""
    found: Values = list(values)
    if where.any():
        for at in np.flatnonzero(where).tolist():
            found[at] = None
    return found


@dataclass(frozen=True, slots=True)
class Setting:
    """Where and when a method is used. day: the first of the window, or today. currencies: codes, by position."""

    day: date
    currencies: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Holdings:
    """What the customers of a configuration pay from by one method.

    kinds: (country, product), each once. of: which of them each customer has, a position in `kinds`.
    """

    kinds: list[tuple[str, str]]
    of: np.ndarray


@dataclass(frozen=True, slots=True)
class PaymentDraw:
    """Payments by one method whose amounts are drawn, a column each.

    kind: positions in `Holdings.kinds`. merchant_country: positions in COUNTRIES. channel: in CHANNELS. currency: in
    `Setting.currencies`. minor: amounts in minor units.
    """

    kind: np.ndarray
    merchant_country: np.ndarray
    channel: np.ndarray
    currency: np.ndarray
    minor: np.ndarray


class Presentation:
    """How what somebody pays from is presented: records of which each payment has one, by product, place and amount.

    variants: which variant of the outcomes goes with each record; None: that of the product does. again: the record of
    a declined payment → that of the next attempt; None: the same.
    """

    records: list[Record]
    variants: list[str] | None = None
    again: np.ndarray | None = None

    def draw(self, uniform: np.ndarray, payments: PaymentDraw) -> np.ndarray:
        """Positions in `records`, one a payment. The riskier a payment is, the lower is its uniform number."""
        raise NotImplementedError


class Method(PaymentMethod):
    """A payment method, with everything that the generator has to know of it.

    popularity: how likely it comes early in a person's order of preference, against the others'.
    amount_shift: standard deviations of chance by which it moves a payment's score, see `amount_ranks`.
    is_card: everybody has at least one method that is.
    unused_channels: where it is not used; `unused` may know better, by country.
    domestic: payments do not cross a border.
    settles_by_day: some of its schemes complete payments on banking days only (`facts.bank_schemes`).
    one_currency: payments are in the currency of the payer's country, whatever currencies are configured.
    authorizes: payments are authorised first and captured later, with `lifecycle: full`.
    disputes: payers may dispute them.
    settlement: when money moves: on the next banking day of the merchant's country, by the calendar of the country's
    scheme, or within the hour.
    kept: name in `payment_details` of a column that what follows a payment repeats → its width at the most, in bytes of
    JSON.
    code_field: the name in `payment_details` of the code that goes with an outcome.
    of_disputes: names in `payment_details` of what a dispute says of its reason.
    presented: names in `payment_details` that its presentation fills.
    not_in_refunds: names in `payment_details` of what happened to the payment alone.
    columns: name in `payment_details` → how its values are drawn, for those that differ with every payment.
    """

    popularity: ClassVar[float]
    amount_shift: ClassVar[float] = 0.0
    is_card: ClassVar[bool] = False
    unused_channels: ClassVar[frozenset[str]] = frozenset()
    domestic: ClassVar[bool] = False
    settles_by_day: ClassVar[bool] = False
    one_currency: ClassVar[bool] = False
    authorizes: ClassVar[bool] = False
    disputes: ClassVar[bool] = False
    settlement: ClassVar[Literal["banking_days", "scheme", "at_once"]] = "banking_days"
    kept: ClassVar[Mapping[str, int]] = {}
    code_field: ClassVar[str] = "reason_code"
    of_disputes: ClassVar[tuple[str, ...]] = ()
    presented: ClassVar[tuple[str, ...]] = ()
    not_in_refunds: ClassVar[tuple[str, ...]] = ()
    columns: ClassVar[Mapping[str, Column]] = {}

    def instruments(self, persons: Persons) -> Mapping[str, Values]:
        """What these people pay from: name in `payment_details` → JSON values, one a person, None where absent.

        Each value depends on the person alone (see `Persons`). What the product says of it is not among them.
        """
        raise NotImplementedError

    def of_product(self, product: str) -> Record:
        """What a product says of what is paid from, without `payment_details.` before the names."""
        return {}

    def products(self, country: str) -> Mapping[str, float]:
        """What people of a country have to pay with in this way → share of them."""
        return {"": 1.0}

    def usable(self, product: str, country: str, year: int) -> bool:
        """Whether people of a country could have this product in a year."""
        return True

    def unused(self, country: str) -> frozenset[str]:
        """The channels on which people of a country do not pay so."""
        return self.unused_channels

    def holdings(self, persons: Persons, year: int | None = None) -> Holdings:
        """The product of each; None: of those of all years.

        Who would have one that there is not in that year has another, and nobody else changes.
        """
        kinds: list[tuple[str, str]] = []
        of = np.zeros(len(persons), np.int16)
        for start in range(0, len(persons), _AT_ONCE):
            part = slice(start, start + _AT_ONCE)
            country, uniform = persons.country[part], persons.at(part).uniform(f"{self.name}/product")
            for place in np.flatnonzero(np.bincount(country)).tolist():
                mine = np.flatnonzero(country == place)
                of[start + mine] = self._chosen(COUNTRIES.names[place], year, uniform[mine], kinds)
        return Holdings(kinds, of)

    def _chosen(self, country: str, year: int | None, uniform: np.ndarray, kinds: list[tuple[str, str]]) -> np.ndarray:
        """Positions in `kinds`, which gets those that it has not."""
        shares = self.products(country)
        names, weights = list(shares), np.array(list(shares.values()))
        chosen = pick(weights, uniform)
        if year is not None:
            usable = np.array([self.usable(name, country, year) for name in names])
            if usable.any() and not usable.all():
                chosen = np.where(usable[chosen], chosen, pick(weights * usable, uniform))
        number = np.zeros(len(names), np.int16)
        for at in np.flatnonzero(np.bincount(chosen)).tolist():
            kind = country, names[at]
            if kind not in kinds:
                kinds.append(kind)
            number[at] = kinds.index(kind)
        found: np.ndarray = number[chosen]
        return found

    def variant(self, country: str, product: str) -> str:
        """Which variant of the outcomes a product has, where some fail for reasons of their own."""
        return ""

    def reasons(self, variant: str) -> Codes:
        """The codes of payments that fail, with their shares."""
        raise NotImplementedError

    def codes(self, status: str, variant: str) -> Codes:
        """The codes that go with a status."""
        if status == "failed":
            return self.reasons(variant)
        return {None: 1.0}

    def presentation(self, kinds: Sequence[tuple[str, str]], setting: Setting) -> Presentation | None:
        """How these kinds of product are presented, where there are several ways."""
        return None


METHODS = PAYMENT_METHODS.holding(Method)
