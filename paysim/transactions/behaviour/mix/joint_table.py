"""One table of all payments: which share is by which method, of which country, on which channel, for what.

The facts are the prior: methods by country (`facts.methods`), the channel by method and country (`presence`,
`purchases`), what is sold by channel. What a configuration says are its margins, and they hold exactly: countries
always, methods, channels and categories where it sets them. Where it sets currencies, methods that have one currency a
country have at most their weights. Of all such tables this is the nearest to the prior (least relative entropy), which
iterative proportional fitting finds (Deming and Stephan 1940; for bounds Dykstra 1985). What cannot be is a zero of the
prior, and stays one.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from paysim.config.schema import Transaction
from paysim.contract.codes import CHANNELS, MERCHANT_CATEGORIES
from paysim.facts import methods as method_facts
from paysim.facts import purchases
from paysim.transactions.behaviour.mix.possible import day_of, possible
from paysim.transactions.methods.base import METHODS
from paysim.transactions.randomness import by_name
from paysim.transactions.world.countries import COUNTRIES

_ROUNDS = 3_000
_NEAR = 1e-12
_TOLERANCE = 1e-5
"""A margin that is missed by more is impossible. A smaller miss may be the fit's: near the edge it converges slowly."""
METHOD, COUNTRY, CHANNEL, CATEGORY = range(4)


@dataclass(frozen=True, slots=True, eq=False)
class JointTable:
    """shares: (METHODS, COUNTRIES, CHANNELS, MERCHANT_CATEGORIES), sums to one.

    usual: the same shape; what is bought on which channel by a method in a country as the facts have it, for methods
    that are not configured. missed: by how much the fit misses the configured margin that it misses most.
    """

    shares: np.ndarray
    usual: np.ndarray
    missed: float

    @property
    def possible(self) -> bool:
        """Whether there is a table with the configured margins."""
        return self.missed < _TOLERANCE

    def margin(self, *axes: int) -> np.ndarray:
        """The sums over all other axes, in the order METHOD, COUNTRY, CHANNEL, CATEGORY."""
        others = tuple(axis for axis in range(4) if axis not in axes)
        values: np.ndarray = self.shares.sum(axis=others)
        return values

    def of(self, method: str) -> np.ndarray:
        """(COUNTRIES, CHANNELS × MERCHANT_CATEGORIES): what people of each country buy by this method, and where.

        Each row sums to one; that of a country without such payments is as the facts have it.
        """
        at = METHODS.names.index(method)
        rows = self.shares[at].reshape(len(COUNTRIES), -1)
        sums = rows.sum(axis=1, keepdims=True)
        usual = self.usual[at].reshape(rows.shape)
        values: np.ndarray = np.where(sums > 0, rows / np.where(sums > 0, sums, 1.0), usual)
        return values


def joint_table(transaction: Transaction) -> JointTable:
    """The table of a configuration. Made once for those that say the same."""
    patterns = transaction.patterns
    said = (patterns.payment_methods, patterns.countries, patterns.channels, patterns.merchant_categories)
    keys = [None if each == "auto" else tuple(sorted(by_name(each).items())) for each in said]
    return _made(
        *keys, tuple(sorted(by_name(patterns.currencies).items())), day_of(transaction.timestamps).year, METHODS.names
    )


_Key = tuple[tuple[str, float], ...]


@lru_cache(maxsize=32)
def _made(
    methods: _Key | None, countries: _Key | None, channels: _Key | None, categories: _Key | None,
    currencies: _Key, year: int, _: tuple[str, ...],
) -> JointTable:  # fmt: skip
    assert countries is not None
    money = dict(currencies)
    usual = np.array([[_where(method, country) for country in COUNTRIES] for method in METHODS])
    who = _methods_by_country(methods, dict(countries), money, year)
    prior = who[:, :, None, None] * usual
    margins = {COUNTRY: _weights(COUNTRIES.names, countries)}
    for axis, names, given in (
        (METHOD, METHODS.names, methods),
        (CHANNEL, CHANNELS, channels),
        (CATEGORY, MERCHANT_CATEGORIES, categories),
    ):
        if given is not None:
            margins[axis] = _weights(names, given)
    shares, missed = fitted(prior, margins, list(_bounds(money)))
    return JointTable(shares, usual, missed)


def _weights(names: tuple[str, ...], given: _Key) -> np.ndarray:
    weights = dict(given)
    return np.array([weights.get(name, 0.0) for name in names])


def _methods_by_country(
    methods: _Key | None, countries: Mapping[str, float], currencies: Mapping[str, float], year: int
) -> np.ndarray:
    """(METHODS, COUNTRIES): shares of a country's payments as the facts have them, of what can be, times its weight."""
    found = np.zeros((len(METHODS), len(COUNTRIES)))
    wanted = METHODS.names if methods is None else [name for name, _ in methods]
    for column, country in enumerate(COUNTRIES):
        if country not in countries:
            continue
        known = method_facts.of(country).of
        for row, (name, method) in enumerate(METHODS.items()):
            if name in wanted and possible(name, country, year, currencies):
                # A method that no statistics know has the weight that it says itself, or any where it is configured.
                found[row, column] = known.get(name) or method.weight or (0.01 if methods is not None else 0.0)
        sums = found[:, column].sum()
        if sums > 0:
            found[:, column] *= countries[country] / sums
    return found


def _where(method: str, country: str) -> np.ndarray:
    """(CHANNELS, MERCHANT_CATEGORIES): where people of a country pay so, and for what; sums to one."""
    unused = METHODS[method].unused(country)
    remote = purchases.REMOTE_CHANNELS.get(method, purchases.REMOTE_CHANNELS["credit_card"])
    in_person = purchases.in_person(method, country)
    shares = {"pos": in_person} | {channel: (1 - in_person) * share for channel, share in remote.of.items()}
    if method not in purchases.REMOTE_CHANNELS:  # no statistics know it: as cards
        shares["pos"] = purchases.in_person("credit_card", country)
    weights = np.array([0.0 if channel in unused else max(shares.get(channel, 0.0), 1e-4) for channel in CHANNELS])
    sold = np.array(
        [[purchases.CATEGORIES[channel][category] for category in MERCHANT_CATEGORIES] for channel in CHANNELS]
    )
    values: np.ndarray = (weights / weights.sum())[:, None] * sold
    return values


Bound = tuple[np.ndarray, float]
"""A mask over methods and countries, and the most that the cells in it may have together."""


def _bounds(currencies: Mapping[str, float]) -> Iterator[Bound]:
    """Payments that must be in a currency are at most as many as its weight."""
    if not currencies:
        return
    one_currency = np.array([method.one_currency for method in METHODS.values()])
    of_country = np.array([country.currency for country in COUNTRIES.values()])
    for currency in sorted(set(of_country)):
        yield one_currency[:, None] & (of_country == currency)[None, :], currencies.get(currency, 0.0)


def fitted(
    prior: np.ndarray, margins: Mapping[int, np.ndarray], bounds: list[Bound], rounds: int = _ROUNDS
) -> tuple[np.ndarray, float]:
    """The table nearest to the prior with these margins (axis → sums) within these bounds, and by how much it misses.

    A bound keeps the factor by which it holds its cells down, so that it lets them go again where others take over.
    """
    table, off = prior.copy(), np.inf
    held = [1.0] * len(bounds)
    axes = {axis: tuple(other for other in range(table.ndim) if other != axis) for axis in margins}
    shapes = {axis: [-1 if other == axis else 1 for other in range(table.ndim)] for axis in margins}
    for _ in range(rounds):
        off = 0.0
        for at, (mask, most) in enumerate(bounds):
            found = float(table[mask].sum())
            factor = min(1.0, held[at] * most / found) if found > 0 else held[at]
            off = max(off, found - most)
            if factor != held[at]:
                table[mask] *= factor / held[at] if held[at] else 0.0
                held[at] = factor
        for axis, wanted in margins.items():
            sums = table.sum(axis=axes[axis])
            off = max(off, float(np.abs(sums - wanted).max()))
            scale = np.divide(wanted, sums, out=np.zeros_like(sums), where=sums > 0)
            table *= scale.reshape(shapes[axis])
        if off < _NEAR:
            break
    return table, off
