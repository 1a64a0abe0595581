"""How many people there are, and how much each of them pays.

Payments of a person are lognormal around the pace of the country (`paysim.facts.activity`). Live, a person pays at most
about one and a half times as often as the mean, so that visits are spread over the time that the run has: see `payers`.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from paysim.config.schema import Transaction
from paysim.facts.activity import SPREAD, per_month
from paysim.transactions.behaviour import habits
from paysim.transactions.randomness import apportion, by_name
from paysim.transactions.world.countries import COUNTRIES
from paysim.transactions.world.persons import Persons

ACTIVE = 300_000
"""People of one worker in a live run, where the configuration does not say how many."""
_A_SHARE = 1 << 19  # numbers that are kept for a worker's own people
_MONTH = 30.44  # days
_NARROW = 0.30  # spread of ln(activity), live; above the mean by `_ABOVE` at the most
_ABOVE = 1.4
_MOST_PEOPLE = 2_000_000  # that replay has unasked
A_SECOND = 100
"""So many active people for each payment a second: then nobody pays more than six times in ten minutes."""
_ACTIVE_SHARE = 0.667
"""Of those on the ring, live: a round has 0.7 payments a person, and is to last 105 s at the least."""


@dataclass(frozen=True, slots=True)
class PopulationPlan:
    """counts: people of each country. first: their first number. is_even: whether visits are evenly spaced (live).

    activity: of each person on the ring their share of all payments, so that each country has its weight.
    """

    counts: dict[str, int]
    first: int
    is_even: bool
    activity: Callable[[Persons], np.ndarray]


def plan(transaction: Transaction, share: int = 0) -> PopulationPlan:
    """Who there is under a configuration. share: the worker whose people are wanted, where each has its own."""
    size, weights = transaction.population, by_name(transaction.patterns.countries)
    live = transaction.timestamps.mode == "live"
    if size.activity != "auto":
        number = size.customers if size.customers != "auto" else _default(transaction)
        ranks = habits.activity_by_country(number, size.activity, weights)
        counts = {country: len(of) for country, of in ranks.items()}
        return PopulationPlan(_in_order(counts), 0, False, lambda persons: _by_rank(persons, ranks))
    if size.customers == "auto":
        counts = apportion(ACTIVE, weights, least=1) if live else _needed(transaction)
        first = share * _A_SHARE if live else 0
    else:
        counts, first = apportion(size.customers, weights, least=1), 0
    counts = {country: count for country, count in _in_order(counts).items() if count}
    if live:
        return PopulationPlan(counts, first, True, lambda persons: _weighed(persons, weights, _narrow(persons)))
    busiest = _busiest(transaction, sum(counts.values()))
    return PopulationPlan(
        counts, first, False, lambda persons: _weighed(persons, weights, _lognormal(persons), busiest)
    )


def _in_order(counts: dict[str, int]) -> dict[str, int]:
    return {country: counts[country] for country in COUNTRIES if country in counts}


def merchants(transaction: Transaction) -> int:
    """How many merchants there are."""
    asked = transaction.population.merchants
    if asked != "auto":
        return asked
    people = transaction.population.customers
    return min(5_000, max(1_000, (_default(transaction) if people == "auto" else people) // 40))


def _default(transaction: Transaction) -> int:
    return ACTIVE if transaction.timestamps.mode == "live" else sum(_needed(transaction).values())


def days(transaction: Transaction) -> float:
    """Days of the window of replay."""
    times = transaction.timestamps
    assert times.start is not None and times.end is not None
    return (times.end - times.start).total_seconds() / 86_400


def _needed(transaction: Transaction) -> dict[str, int]:
    """People of each country: as many as pay the country's part of the volume at the pace there."""
    volume, weights = transaction.volume.total or 1, by_name(transaction.patterns.countries)
    a_person = {c: max(per_month(c).value * days(transaction) / _MONTH, 1.0) for c in weights}
    wanted = {country: max(1, round(volume * weights[country] / a_person[country])) for country in weights}
    if sum(wanted.values()) > _MOST_PEOPLE:
        return apportion(_MOST_PEOPLE, {country: float(count) for country, count in wanted.items()}, least=1)
    return wanted


def _busiest(transaction: Transaction, people: int) -> float:
    """The share of all payments that one person may make: so many that hardly a day has more than `most_per_day`."""
    most = float(transaction.population.most_per_day)
    # Poisson, with five deviations of room.
    mean = (np.sqrt(most + 25 / 4) - 5 / 2) ** 2
    return float(mean * max(days(transaction), 1.0) / (transaction.volume.total or 1))


def active(transaction: Transaction) -> int | None:
    """How many people a worker has who all pay about as often, live; None where they do not."""
    size = transaction.population
    if transaction.timestamps.mode != "live" or size.activity != "auto":
        return None
    return int(_ACTIVE_SHARE * (ACTIVE if size.customers == "auto" else size.customers))


def people_needed(transaction: Transaction) -> int | None:
    """How many people the volume of replay takes so that nobody pays more often a day than `most_per_day`; None where
    there are enough."""
    size = transaction.population
    if transaction.timestamps.mode == "live" or size.activity != "auto" or size.customers == "auto":
        return None
    busiest = _busiest(transaction, size.customers)
    needed = int(np.ceil(_ROOM / busiest))
    return needed if needed > size.customers else None


_ROOM = 1.5  # how much busier than the mean somebody must be able to be


def _lognormal(persons: Persons) -> np.ndarray:
    found: np.ndarray = np.exp(SPREAD.value * persons.normal("activity"))
    return found


def _narrow(persons: Persons) -> np.ndarray:
    values = np.exp(_NARROW * persons.normal("activity"))
    found: np.ndarray = np.minimum(values, _ABOVE * values.mean())
    return found


def _weighed(
    persons: Persons, weights: dict[str, float], activity: np.ndarray, busiest: float | None = None
) -> np.ndarray:
    """Each country's people together have its weight; nobody above `busiest` where the others can have the rest."""
    country = persons.country
    by_position = np.array([weights.get(name, 0.0) for name in COUNTRIES])
    present = np.bincount(country, minlength=len(COUNTRIES)) > 0
    by_position = np.where(present, by_position, 0.0)
    by_position /= by_position.sum()
    for _ in range(20):
        sums = np.bincount(country, weights=activity, minlength=len(COUNTRIES))
        scale = np.divide(by_position, sums, out=np.zeros_like(sums), where=sums > 0)
        activity = activity * scale[country]
        if busiest is None or activity.max() <= busiest * 1.001:
            break
        counts = np.bincount(country, minlength=len(COUNTRIES))
        least = np.divide(by_position, counts, out=np.zeros_like(by_position), where=counts > 0)
        activity = np.minimum(activity, np.maximum(busiest, least)[country])
    return activity


def _by_rank(persons: Persons, ranks: dict[str, np.ndarray]) -> np.ndarray:
    found = np.empty(len(persons))
    for country, of in ranks.items():
        mine = persons.country == COUNTRIES.names.index(country)
        found[mine] = of[persons.number[mine]]
    return found
