"""Amounts that follow the facts: what is bought, in which country, in person or not, by which method.

A payment is lognormal around the price of its kind. How dear payments of a method are in a country is solved at
configuration, so that the average over what is bought there is the country's figure; drawing is looking up a mean and
a spread, and rounding to a price.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from paysim.facts import bank_schemes, exchange, tickets
from paysim.transactions.behaviour.amounts import prices
from paysim.transactions.behaviour.amounts.amount_distributions import normal_quantile, normal_share
from paysim.transactions.methods.base import Method
from paysim.transactions.world.countries import COUNTRIES
from paysim.transactions.world.merchant_categories import ALL_CODES
from paysim.transactions.world.people import SPENDING_LEVELS

_CEILING = 10_000.0
"""US dollars. No payment to a merchant is above this, where nothing else is configured."""
_LEAST = 5
"""Steps of the currency (cents; whole rupees or yen) that no payment is below."""
_SPENDING = 0.3
"""How far a customer's spending level moves ln(amount)."""
_REMOTE_AT_LEAST, _REMOTE_AT_MOST = 0.8, 6.0
"""The average payment at a distance is at least and at most so many times the one in person, whatever their shares."""
_PRIOR = 10.0
"""So many payments of all countries count beside those of one country, of which the pilot may have few."""
_ROUNDS = 40


@dataclass(frozen=True, slots=True)
class Pilot:
    """Payments of one method that were drawn to see what is bought where, a column each: positions in COUNTRIES of the
    customers, whether in person, positions in ALL_CODES of the merchants, positions in SPENDING_LEVELS."""

    country: np.ndarray
    in_person: np.ndarray
    code: np.ndarray
    spending: np.ndarray


class UsualAmounts:
    """The amounts of one method."""

    def __init__(
        self,
        method: Method,
        pilot: Pilot,
        currencies: Sequence[str],
        least: np.ndarray | None = None,
        most: np.ndarray | None = None,
    ) -> None:
        """least, most: those that are configured, in each currency, minor units."""
        self._logs_per_dollar = np.log([exchange.PER_DOLLAR[one].value * prices.minor_units(one) for one in currencies])
        self._endings = prices.PriceEndings(currencies)
        self._bounded = least is not None or most is not None
        self._lowest = np.array([_LEAST * prices.step(one) for one in currencies], float) if least is None else least
        self.most = _most(method, currencies, most)
        if most is None:  # room for amounts above what is configured as the least
            self.most = np.maximum(self.most, np.minimum(10 * self._lowest, _scheme_limits(method, currencies)))
        self._logs_of_least, self._logs_of_most = np.log(self._lowest), np.log(self.most)
        spread = _spreads(method)
        centre = _solved(method, pilot, spread)
        # (country, in person, code), flat.
        self._centre, self._spread = centre.ravel(), np.repeat(spread[:, None, :], 2, axis=1).ravel()
        self._kinds = np.array([prices.kind_of(code) for code in ALL_CODES])
        self._spending = _SPENDING * np.array(SPENDING_LEVELS)

    def draw(
        self,
        country: np.ndarray,
        in_person: np.ndarray,
        code: np.ndarray,
        spending: np.ndarray,
        currency: np.ndarray,
        chance: np.ndarray,
        uniform: np.ndarray,
    ) -> np.ndarray:
        """Minor units, one a payment. country, code: as in `Pilot`; spending: positions in SPENDING_LEVELS; currency:
        positions; chance: standard normal; uniform: in [0, 1), for the ending."""
        cell = (country * 2 + in_person) * len(ALL_CODES) + code
        centre, spread = self._centre[cell], self._spread[cell]
        centre += self._spending[spending]
        centre += self._logs_per_dollar[currency]
        most = self._logs_of_most[currency]
        if self._bounded:
            logs = _between(self._logs_of_least[currency], most, centre, spread, chance)
        else:
            logs = spread * chance
            logs += centre
            # What would be above the limit is as far below it instead: nothing heaps up at the limit itself.
            np.minimum(logs, 2.0 * most - logs, out=logs)
        minor = self._endings.round(logs, self._kinds[code], currency, uniform)
        np.maximum(minor, self._lowest[currency], out=minor)
        found: np.ndarray = np.minimum(minor, self.most[currency], out=minor)
        return found


@cache
def _tail() -> tuple[np.ndarray, np.ndarray]:
    """Deviates, and the logarithms of the share of a standard normal distribution below each."""
    grid = np.linspace(-37.0, 9.0, 4_601)
    return grid, np.log([normal_share(z) for z in grid.tolist()])


def _between(
    least: np.ndarray, most: np.ndarray, centre: np.ndarray, spread: np.ndarray, chance: np.ndarray
) -> np.ndarray:
    """Normal around `centre`, of those between `least` and `most`. chance: standard normal, keeps its order."""
    grid, shares = _tail()
    low, high = (least - centre) / spread, (most - centre) / spread
    sign = np.where(low > 0, -1.0, 1.0)  # the lower tail has all digits
    low, high = np.where(sign > 0, low, -high), np.where(sign > 0, high, -low)
    below, under, rank = (np.exp(np.interp(z, grid, shares)) for z in (low, high, sign * chance))
    deviate = sign * normal_quantile(below + rank * (under - below))
    found: np.ndarray = np.minimum(np.maximum(centre + spread * deviate, least), most)
    return found


def _scheme_limits(method: Method, currencies: Sequence[str]) -> np.ndarray:
    """Minor units that the schemes of a method allow in each currency."""
    limits = {
        scheme.currency: scheme.limit * prices.minor_units(scheme.currency)
        for country in COUNTRIES
        for product in method.products(country)
        if (scheme := bank_schemes.SCHEMES.get(product)) is not None and scheme.limit is not None
    }
    return np.array([limits.get(one, np.inf) for one in currencies])


def _most(method: Method, currencies: Sequence[str], configured: np.ndarray | None) -> np.ndarray:
    """The largest amount in each currency, minor units."""
    usual = [exchange.PER_DOLLAR[one].value * _CEILING * prices.minor_units(one) for one in currencies]
    most = np.array(usual) if configured is None else configured
    found: np.ndarray = np.maximum(np.floor(np.minimum(most, _scheme_limits(method, currencies))), 1.0)
    return found


def _spreads(method: Method) -> np.ndarray:
    """(country, code): the standard deviation of ln(amount)."""
    own = np.array([tickets.SPREAD_BY_CATEGORY.get(code, tickets.SPREAD_WITHIN).value for code in ALL_CODES])
    more = np.zeros(len(COUNTRIES))
    for at, country in enumerate(COUNTRIES):
        for product in method.products(country):
            if product in bank_schemes.SCHEMES:
                more[at] = tickets.SPREAD_BY_SCHEME.get(product, tickets.SPREAD_OF_TRANSFERS).value
    found: np.ndarray = np.hypot(own[None, :], more[:, None])
    return found


def _level(country: str) -> float:
    return tickets.PRICE_LEVELS.get(country, tickets.PRICE_LEVEL_ELSEWHERE).value


def average(country: str, method: Method) -> float:
    """The average payment by a method in a country, US dollars."""
    figure = tickets.AVERAGE.get((country, method.name))
    if figure is None and COUNTRIES[country].currency == "EUR":
        figure = tickets.EURO_AREA.get(method.name)
    if figure is not None:
        return figure.value / exchange.PER_DOLLAR[COUNTRIES[country].currency].value
    level = _level(country)
    if method.name in tickets.ELSEWHERE:
        return tickets.ELSEWHERE[method.name].value * level
    return tickets.OTHER_METHOD.value * level * float(np.exp(method.amount_shift))


def averages(country: str, method: Method, in_person: float) -> tuple[float, float]:
    """The average payment at a distance and in person, US dollars; in_person: the share of the latter."""
    whole = average(country, method)
    figure, times = tickets.IN_PERSON.get((country, method.name)), tickets.REMOTE_OF_PERSON.value
    if figure is not None and in_person < 1.0:
        there = figure.value / exchange.PER_DOLLAR[COUNTRIES[country].currency].value
        times = (whole - in_person * there) / (1.0 - in_person) / there
    times = min(max(times, _REMOTE_AT_LEAST), _REMOTE_AT_MOST)
    there = whole / (in_person + (1.0 - in_person) * times)
    return there * times, there


def _solved(method: Method, pilot: Pilot, spread: np.ndarray) -> np.ndarray:
    """(country, in person, code): the mean of ln(amount), US dollars.

    An amount's mean is the price of its kind, times the country's price level, times a power of what is solved: 1, or
    less for what costs the same however it is paid.
    """
    shape = (len(COUNTRIES), 2, len(ALL_CODES))
    cell = (pilot.country * 2 + pilot.in_person) * shape[2] + pilot.code
    counts = np.bincount(cell, minlength=int(np.prod(shape))).reshape(shape).astype(float)
    seen = counts.sum(axis=2)
    all_ = counts.sum(axis=0) + 1e-9
    weights = counts + _PRIOR * all_ / all_.sum(axis=1, keepdims=True)
    weights /= weights.sum(axis=2, keepdims=True)
    prices_ = np.array([tickets.BY_CATEGORY.get(code, tickets.OTHER_KIND).value for code in ALL_CODES])
    levels = np.array([_level(country) for country in COUNTRIES])
    powers = np.array([tickets.FIXED_PRICES[c].value if c in tickets.FIXED_PRICES else 1.0 for c in ALL_CODES])
    # Those who pay often may be those who spend much: their levels are taken out of the average.
    times = np.exp(_SPENDING * np.array(SPENDING_LEVELS))
    spent = np.bincount(pilot.country, times[pilot.spending], shape[0]) + _PRIOR * times.mean()
    spent /= np.bincount(pilot.country, minlength=shape[0]) + _PRIOR
    base = np.log(levels[:, None] * prices_[None, :])[:, None, :]
    shares = np.divide(seen[:, 1], seen.sum(axis=1), out=np.zeros(shape[0]), where=seen.sum(axis=1) > 0)
    wanted = np.array([averages(c, method, s) for c, s in zip(COUNTRIES, shares.tolist(), strict=True)])
    wanted /= spent[:, None]
    most = np.log([_limit(method, country) for country in COUNTRIES])[:, None, None]
    nodes, masses = np.polynomial.hermite_e.hermegauss(15)
    masses = masses / masses.sum()
    sigma = spread[:, None, :]

    def mean(times: np.ndarray) -> np.ndarray:
        """(country, in person): the average after the fold at the limit."""
        centre = base + powers * times[..., None] - sigma**2 / 2
        total = np.zeros(shape)
        for node, mass in zip(nodes.tolist(), masses.tolist(), strict=True):
            logs = centre + sigma * node
            total += mass * np.exp(np.minimum(logs, 2 * most - logs))
        found: np.ndarray = (weights * total).sum(axis=2)
        return found

    low, high = np.full(shape[:2], -9.0), np.full(shape[:2], 9.0)
    for _ in range(_ROUNDS):
        middle = (low + high) / 2
        above = mean(middle) > wanted
        low, high = np.where(above, low, middle), np.where(above, middle, high)
    centre: np.ndarray = base + powers * ((low + high) / 2)[..., None] - sigma**2 / 2
    return centre


def _limit(method: Method, country: str) -> float:
    """US dollars that no payment by a method in a country is above."""
    limits = [
        scheme.limit / exchange.PER_DOLLAR[scheme.currency].value
        for product in method.products(country)
        if (scheme := bank_schemes.SCHEMES.get(product)) is not None and scheme.limit is not None
    ]
    return min([_CEILING, *limits])
