"""Who and what an episode can be told of: people, shops, accounts and sums of a world, for one payment method."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from paysim.earth import distance
from paysim.facts.bank_schemes import SETTLE_BY_DAY, USUAL
from paysim.transactions.methods.base import METHODS, Method
from paysim.transactions.world import customers
from paysim.transactions.world.countries import COUNTRIES

from .episodes import Step

if TYPE_CHECKING:
    from paysim.transactions.behaviour.payers import PayersOfMethod
    from paysim.transactions.behaviour.timing.calendar import Slice
    from paysim.transactions.world.active import World

_TRIES = 40
_USUAL = 10_000.0  # dollars
Account = tuple[int, int, dict[str, Any]]
"""Somebody who is paid, as a trade in their own name: `merchant_id` has the number of their `customer_id` backwards
(forwards it may be a shop's), and `merchant_name` is their name. The person, a shop of the same category, and what is
other in it."""


class Cast:
    """rng: all that an episode draws. People and merchants are positions, as everywhere in `behaviour`."""

    def __init__(
        self, world: "World", method: Method, payers: "PayersOfMethod", most: np.ndarray, rng: np.random.Generator
    ) -> None:
        """most: of one payment, US dollars, in each country."""
        self.rng, self._world, self._payers, self._most = rng, world, payers, most
        self._column = METHODS.names.index(method.name)
        self._people: dict[int, np.ndarray] = {}
        self._shops: dict[int, np.ndarray] = {}

    def between(self, low: float, high: float) -> float:
        return low + (high - low) * self.rng.random()  # as `uniform` does it, in a third of the time

    def gap(self, low: float, high: float) -> int:
        """Milliseconds between these two numbers of them."""
        return int(self.between(low, high))

    def gaps(self, count: int, low: float, high: float) -> list[int]:
        """`count` moments, the first 0, with such gaps between them."""
        found: list[int] = np.cumsum([0, *self.rng.integers(int(low), int(high), count - 1)]).tolist()
        return found

    def one_of(self, choices: Sequence[Any]) -> Any:
        return choices[int(self.rng.random() * len(choices))]

    def most(self, person: int) -> float:
        """The largest payment in the person's country, US dollars."""
        return float(self._most[int(self._world.country[person])])

    def sum(self, person: int, low: float, high: float) -> float:
        """US dollars; less where a scheme takes less than 10,000."""
        return self.between(low, high) * min(1.0, self.most(person) / _USUAL)

    def someone(self) -> int:
        """Who pays by this method, the busy more often than others."""
        return self.people(1)[0]

    def people(self, count: int) -> list[int]:
        """So many of them, some perhaps twice."""
        found: list[int] = self._payers.some(self.rng.random(count)).tolist()
        return found

    def someone_paid_at_once(self, count: int) -> int:
        """Somebody in a country with `count` others whose transfers arrive at once, on any day: what was paid there can
        be sent on within the hour. Anybody where there is no such country."""
        for _ in range(_TRIES):
            person = self.someone()
            if USUAL.get(self.country(person)) not in SETTLE_BY_DAY and self.others(person, count) is not None:
                break
        return person

    def country(self, person: int) -> str:
        return COUNTRIES.names[int(self._world.country[person])]

    def others(self, person: int, count: int) -> list[int] | None:
        """So many people of the same country who pay by this method; None where there are too few."""
        country = int(self._world.country[person])
        if country not in self._people:
            here = (self._world.country == country) & self._world.held[:, self._column]
            self._people[country] = np.flatnonzero(here).astype(np.int32)
        people = self._people[country]
        if len(people) <= 2 * count:
            return None
        found: dict[int, None] = {}
        while len(found) < count:
            other = int(people[int(self.rng.random() * len(people))])
            if other != person:
                found[other] = None
        return list(found)

    def elsewhere(self, person: int) -> int | None:
        """Somebody of another country, with another device and address."""
        for _ in range(_TRIES):
            other = self.someone()
            if (
                self._world.country[other] != self._world.country[person]
                and (self._world.people.devices[:, other] != self._world.people.devices[:, person]).all()
            ):
                return other
        return None

    def _shops_of(self, country: int) -> np.ndarray:
        if country not in self._shops:
            here = np.flatnonzero(self._world.merchant_country == country)
            self._shops[country] = here if len(here) else np.arange(len(self._world.merchant_country))
        return self._shops[country]

    def shop(self, person: int) -> int:
        """A merchant of the person's country, large or small."""
        shops = self._shops_of(int(self._world.country[person]))
        return int(shops[int(self.rng.random() * len(shops))])

    def shop_with_a_terminal(self, person: int) -> int | None:
        """Such a merchant of the person's country."""
        found = int(self._world.at_terminal[self.shop(person)])
        return found if self._world.merchant_country[found] == self._world.country[person] else None

    def shop_far_away(self, person: int, least: float) -> int | None:
        """A merchant with a terminal in another country, at least so many kilometres from the person's home."""
        world = self._world
        for _ in range(_TRIES):
            merchant = int(self.rng.random() * len(world.merchant_country))
            if world.at_terminal[merchant] != merchant:
                continue
            if world.merchant_country[merchant] == world.country[person]:
                continue
            if _kilometres(world.places[int(world.home[person])], world.places[int(world.seat[merchant])]) >= least:
                return merchant
        return None

    def accounts(self, person: int, count: int) -> list[Account] | None:
        """Others of the same country, each with their account; None where there are too few."""
        people = self.others(person, count)
        if people is None:
            return None
        world, shops = self._world, self._shops_of(int(self._world.country[person]))
        positions = np.array(people)
        bases = shops[(world.people.key[positions] % np.uint64(len(shops))).astype(np.intp)].tolist()
        return [
            (who, base, {"merchant_id": f"mer_{id_[:3:-1]}", "merchant_name": world.customers[who]["customer_name"]})
            for who, base, id_ in zip(people, bases, customers.ids(world.persons.at(positions)), strict=True)
        ]

    def moment(self, step: Step, window: "Slice") -> int:
        """When such a payment would be made within a part of the window, Unix milliseconds."""
        country = self._world.country[[step.customer]]
        merchant = self.shop(step.customer) if step.merchant is None else step.merchant
        category = self._world.merchant_category[[merchant]]
        return int(window.times(country, category, self.rng.random(1))[0])

    def arrive(self, steps: Sequence[Step], times: Sequence[int], window: "Slice") -> bool:
        """Whether the scheme settles on the days of all steps that are to go through. times: Unix milliseconds."""
        sure = [(step.customer, time) for step, time in zip(steps, times, strict=True) if step.goes_through]
        if not sure:
            return True
        payers, moments = np.array(sure).T
        return not window.whole.is_closed(self._world.country[payers], moments).any()


def _kilometres(one: dict[str, Any], other: dict[str, Any]) -> float:
    """As the crow flies."""
    near, far = (
        np.array([[place[f"location.{name}"]] for name in ("latitude", "longitude")]) for place in (one, other)
    )
    return float(distance(*near, *far)[0])
