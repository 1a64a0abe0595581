"""Which of the drawn payments go out as something else: a refund, a violation, a payment to be refunded later."""

from dataclasses import dataclass

import numpy as np

from paysim.transactions.behaviour.steps import STEP

from . import bursts, violations
from .bursts import Burst, Bursts


@dataclass(frozen=True, slots=True)
class Shares:
    """Among the payments of one method: refunds, and each violation's."""

    refunds: float
    violations: dict[str, float]
    bursts: dict[str, float]

    @classmethod
    def of(cls, method: str, methods: dict[str, float], refunds: float, wanted: dict[str, float]) -> "Shares":
        """wanted: violations as shares of all transactions. What only cards can do is that much more common there."""
        runs = bursts.shares_of(wanted, methods, method)
        left = max(1e-9, 1.0 - sum(runs.values()))
        cards = sum(methods.get(name, 0.0) for name in ("credit_card", "debit_card"))
        single = {}
        for name in sorted(wanted):
            share = wanted[name]
            if name in violations.CARDS_ONLY:
                share = share / cards if method in ("credit_card", "debit_card") and cards else 0.0
            if share > 0 and name not in violations.BURSTS:
                single[name] = share / left
        return cls(refunds, single, runs)


class Marker:
    """Decides, by shares and a stream of its own."""

    def __init__(self, shares: Shares, rng: np.random.Generator) -> None:
        self._rng = rng
        self._refunds = shares.refunds
        # More are remembered than will be refunded: some are forgotten before it comes to that.
        self._refundable = min(1.0, 3.0 * shares.refunds + shares.violations.get("currency_mismatch", 0.0) * 3.0)
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
            found[position] = burst.name
        return dict(sorted(found.items()))
