"""Bursts: runs of payments by one customer that are suspicious together.

A burst is of one payment method, and its payments are drawn one after the other, so that they go out one after the
other too. A debt decides when one begins: each payment adds the scenario's share to it, and a burst pays its length
off. So the share holds over any long run, and no random number is needed but the first debt.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from paysim.contract.labels import SCENARIOS, Intention, Scenario


@dataclass(frozen=True, kw_only=True)
class BurstScenario(Scenario):
    """A run of payments by one customer.

    length: payments of a run, which is an episode. seconds: they fit in. gaps: milliseconds between two of them in
    replay, from and to; live, bursts go out as fast as their method is sent. dollars: what each amounts to, from and
    to; None for any. role: of each payment in the episode that a burst is.
    """

    length: int
    seconds: int
    gaps: tuple[int, int]
    good_alone: bool = True
    dollars: tuple[float, float] | None = None
    role: str = "payer"

    def faults(self, share: float, intention: Intention) -> Iterator[str]:
        yield from super().faults(share, intention)
        commonest = max(intention.methods.values())
        if intention.total is not None and intention.total < self.length:
            yield f"is a run of {self.length} payments, and volume.total is {intention.total}"
        if intention.rate is not None and intention.rate * commonest * self.seconds < self.length:
            needed = self.length / self.seconds / commonest
            yield f"is {self.length} payments within {self.seconds} s, which takes a rate of at least {needed:.3g}"


def burst_scenarios() -> dict[str, BurstScenario]:
    """Those that are registered, by name, in the order of their names."""
    return {name: found for name in sorted(SCENARIOS) if isinstance(found := SCENARIOS[name], BurstScenario)}


@dataclass(slots=True)
class Burst:
    """offsets: milliseconds after `began` (known when the first is drawn, in replay) of each payment.

    episode: the id of the first that goes out, known then.
    """

    scenario: BurstScenario
    customer: int
    offsets: list[int]
    began: int | None = None
    episode: bytes | None = None

    def moment(self, number: int, drawn: int, start: int, end: int) -> int:
        """When its payment `number` was made, strictly between start and end. drawn: a time drawn for the first."""
        span = self.offsets[-1]
        if self.began is None:
            self.began = max(start + 1, min(drawn, end - 1 - span))
        # A window shorter than the burst gets it faster.
        return self.began + self.offsets[number] * min(span, end - 1 - self.began) // max(span, 1)


class Bursts:
    """The bursts of one payment method. shares: scenario → share of this method's payments."""

    def __init__(self, shares: dict[str, float], rng: np.random.Generator) -> None:
        self._shares = {name: share for name, share in shares.items() if share > 0}
        self._rng = rng
        self._scenarios = burst_scenarios()
        self._debts = {name: self._scenarios[name].length * float(rng.random()) for name in self._shares}
        self._current: Burst | None = None
        self._done = 0

    @property
    def any(self) -> bool:
        """Whether there will ever be one."""
        return bool(self._shares)

    def deal(self, count: int, customer: Callable[[float], int], room: int | None) -> list[tuple[int, Burst, int]]:
        """Which of the next `count` payments belong to a burst: position, burst, and the how-manieth of it.

        customer: makes a customer of a uniform number. room: how many payments are left, if they end; no burst is
        cut off.
        """
        dealt: list[tuple[int, Burst, int]] = []
        if not self._shares:
            return dealt
        for position in range(count):
            for name, share in self._shares.items():
                self._debts[name] += share
            if self._current is None:
                self._current, self._done = self._due(customer, None if room is None else room - position), 0
            if self._current is not None:
                dealt.append((position, self._current, self._done))
                self._done += 1
                if self._done == len(self._current.offsets):
                    self._current = None
        return dealt

    def _due(self, customer: Callable[[float], int], room: int | None) -> Burst | None:
        for name, debt in self._debts.items():
            scenario = self._scenarios[name]
            length = scenario.length
            if debt >= length and (room is None or room >= length):
                self._debts[name] -= length
                gaps = self._rng.integers(*scenario.gaps, length)
                gaps[0] = 0
                return Burst(scenario, customer(float(self._rng.random())), np.cumsum(gaps).tolist())
        return None


def shares_of(violations: dict[str, float], methods: dict[str, float], method: str) -> dict[str, float]:
    """The shares of bursts among the payments of a method.

    The commonest method has them all, so that a burst is together in time; with more of them than it can take they
    are spread over all methods.
    """
    wanted = {name: violations.get(name, 0.0) for name in burst_scenarios()}
    commonest = max(sorted(methods), key=lambda name: methods[name])
    if sum(wanted.values()) > 0.9 * methods[commonest]:
        return wanted
    return {name: share / methods[commonest] for name, share in wanted.items()} if method == commonest else {}
