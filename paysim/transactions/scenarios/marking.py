"""Which of the drawn payments go out as something else: a refund, a violation, a payment to be refunded later."""

from dataclasses import dataclass

import numpy as np

from paysim.contract.labels import SCENARIOS
from paysim.transactions.behaviour.steps import STEP
from paysim.transactions.methods.base import METHODS

from . import bursts
from .base import WrongRefund
from .bursts import Burst, Bursts, BurstScenario


@dataclass(frozen=True, slots=True)
class Shares:
    """Among the payments of one method: refunds, and each violation's."""

    refunds: float
    violations: dict[str, float]
    bursts: dict[str, float]

    @classmethod
    def of(cls, method: str, methods: dict[str, float], refunds: float, wanted: dict[str, float]) -> "Shares":
        """wanted: violations as shares of all transactions. What only some methods can do is that much more common
        there."""
        runs = bursts.shares_of(wanted, methods, method)
        left = max(1e-9, 1.0 - sum(runs.values()))
        single = {}
        for name in sorted(wanted):
            share, scenario = wanted[name], SCENARIOS[name]
            if not scenario.suits(METHODS[method]):
                continue
            if not all(map(scenario.suits, METHODS.values())):
                possible = scenario.possible(methods)
                share = share / possible if possible else 0.0
            if share > 0 and not isinstance(scenario, BurstScenario):
                single[name] = share / left
        return cls(refunds, single, runs)


def of_a_payment(kind: str) -> bool:
    """Whether this scenario is a refund of a payment that went out."""
    scenario = SCENARIOS.get(kind)
    return isinstance(scenario, WrongRefund) and scenario.change is not None


class Marker:
    """Decides, by shares and a stream of its own."""

    def __init__(self, shares: Shares, rng: np.random.Generator) -> None:
        self._rng = rng
        self._refunds = shares.refunds
        # More are remembered than will be refunded: some are forgotten before it comes to that.
        more = sum(share for name, share in shares.violations.items() if of_a_payment(name))
        self._refundable = min(1.0, 3.0 * shares.refunds + more * 3.0)
        self._names = list(shares.violations)
        self._edges = np.cumsum([shares.violations[name] for name in self._names])
        self.bursts = Bursts(shares.bursts, rng)

    def marks(self, completed: np.ndarray, dealt: list[tuple[int, Burst, int]]) -> dict[int, str]:
        """Position → refund, refundable or a violation, in order. completed: of each payment."""
        # One step after the other, whatever is drawn together.
        steps = [self._rng.random((3, min(STEP, len(completed) - at))) for at in range(0, len(completed), STEP)]
        chance = np.concatenate(steps, axis=1)
        refunds = chance[0] < self._refunds
        refundable = ~refunds & completed & (chance[1] < self._refundable)
        found = dict.fromkeys(np.flatnonzero(refunds).tolist(), "refund")
        found |= dict.fromkeys(np.flatnonzero(refundable).tolist(), "refundable")
        if self._names:
            which = np.searchsorted(self._edges, chance[2], side="right")
            for position in np.flatnonzero(which < len(self._names)).tolist():
                found[position] = self._names[which[position]]
        for position, burst, _ in dealt:
            found[position] = burst.scenario.name
        return dict(sorted(found.items()))
