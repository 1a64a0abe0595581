"""Which of the drawn payments go out as something else: a refund, a violation, a payment to be refunded later."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from paysim.contract.labels import SCENARIOS, Scenario
from paysim.transactions.methods.base import METHODS
from paysim.transactions.randomness import Streams

from .base import Repeat, WrongRefund
from .clocks import WrongClock
from .episodes import Deal, EpisodePlanner, EpisodeScenario, shares_of
from .follow_ups import OtherFate
from .second_messages import SecondMessage

_REMEMBERED = 1.5  # payments that are kept for a refund, for each refund


@dataclass(frozen=True, slots=True)
class MarkedShares:
    """Among the payments of one method: refunds, and each violation's, those that are episodes apart. The refunds are
    among the payments that are nothing else."""

    refunds: float
    violations: dict[str, float]
    episodes: dict[str, float]
    clocks: float = 0.0
    """Payments at terminals with a wrong clock, about: they are found by terminal (`clocks`)."""

    @classmethod
    def of(cls, method: str, methods: dict[str, float], refunds: float, wanted: dict[str, float]) -> "MarkedShares":
        """wanted: violations as shares of all transactions. What only some methods can do is that much more common
        there."""
        runs = shares_of(wanted, methods, method)
        left = max(1e-9, 1.0 - sum(runs.values()))
        single = {}
        for name in sorted(wanted):
            share, scenario = wanted[name], SCENARIOS[name]
            if not scenario.suits(METHODS[method]):
                continue
            if not all(map(scenario.suits, METHODS.values())):
                possible = scenario.possible(methods)
                share = share / possible if possible else 0.0
            if share > 0 and not isinstance(scenario, EpisodeScenario | WrongClock):
                # Half of the marked ones are the firsts.
                single[name] = share / left / scenario.length * (2 if isinstance(scenario, SecondMessage) else 1)
        clocks = sum(share for name, share in wanted.items() if isinstance(SCENARIOS[name], WrongClock))
        return cls(refunds, single, runs, clocks)

    @property
    def of_payments(self) -> dict[str, float]:
        """What each takes of the method's payments: those that are no episodes are marked among what episodes leave."""
        left = max(1e-9, 1.0 - sum(self.episodes.values()))
        return self.episodes | {name: share * left for name, share in self.violations.items()}

    @property
    def left(self) -> float:
        """Of the method's payments, those that are drawn as nothing else, and so can be refunds."""
        return max(0.0, 1.0 - sum(self.of_payments.values()))

    @property
    def kept(self) -> float:
        """Of what is no refund, that which goes out as it was drawn and may be kept for one."""
        refunds = min(self.refunds, 1.0 - 1e-9)
        return max(1e-9, (self.left - refunds - self.clocks) / (1.0 - refunds))

    @property
    def followed(self) -> float:
        """The same where refunds are drawn later: with the firsts of second messages and those with another fate, which
        more can follow too."""
        found = self.kept
        for name, share in self.of_payments.items():
            scenario = SCENARIOS[name]
            found += (
                share if isinstance(scenario, OtherFate) else share / 2 if isinstance(scenario, SecondMessage) else 0
            )
        return found


def of_a_payment(scenario: Scenario) -> bool:
    """Whether it is a refund of a payment that went out."""
    return isinstance(scenario, WrongRefund) and scenario.change is not None


class Marker:
    """Decides, by shares and streams of its own. given_back: the share of refunds, right or wrong, of a payment that
    went out; refund_part: of these, of those that are right."""

    def __init__(
        self, shares: MarkedShares, streams: Streams, rate: float | None = None, total: int | None = None
    ) -> None:
        """rate, total: of the method, live, where they are known."""
        self._streams = streams
        self._refunds = min(1.0, shares.refunds / shares.left) if shares.left else 0.0
        # More are remembered than will be refunded: some are forgotten before it comes to that.
        more = sum(share for name, share in shares.violations.items() if of_a_payment(SCENARIOS[name]))
        self._refundable = _REMEMBERED * (shares.refunds + more) / shares.kept
        self.refund_part = shares.refunds / (shares.refunds + more) if shares.refunds else 0.0
        self.given_back = shares.refunds + more
        self._names = list(shares.violations)
        self.has_repeats = any(isinstance(SCENARIOS.get(name), Repeat | SecondMessage) for name in self._names)
        self._shares = [shares.violations[name] for name in self._names]
        self._edges = np.cumsum(self._shares)
        self.episodes = EpisodePlanner(shares.episodes, streams["story"], rate, total)
        self._of_payments = shares.of_payments
        self.reached: dict[str, tuple[float, float]] = {}
        """Of what only some payments can have: the share of this method's that is asked for, and what there will be."""

    def fit(self, suited: Callable[[str], float]) -> None:
        """Mark more payments for what only some can have. suited: a fate → the share of payments that can have it."""
        fates = {}
        for at, name in enumerate(self._names):
            scenario = SCENARIOS[name]
            if isinstance(scenario, OtherFate):
                fates[at] = suited(scenario.fate)
        room = 1.0 - sum(share for at, share in enumerate(self._shares) if at not in fates)
        wanted = {at: self._shares[at] / possible if possible else 0.0 for at, possible in fates.items()}
        part = min(1.0, room / total) if (total := sum(wanted.values())) else 1.0
        for at, possible in fates.items():
            asked, self._shares[at] = self._shares[at], wanted[at] * part
            of_all = self._of_payments[self._names[at]]
            self.reached[self._names[at]] = of_all, of_all * self._shares[at] * possible / asked
        self._edges = np.cumsum(self._shares)

    def refundable(self, rates: np.ndarray, chances: np.ndarray | None = None) -> np.ndarray:
        """Which payments are kept for a refund. rates: how likely each is to be refunded, 1 on average over those that
        can be; chances: of each, in replay."""
        if chances is None:
            chances = rates * self._refundable
        values: np.ndarray = self._streams["refundable"].random(len(rates)) < np.where(rates > 0, chances, 0.0)
        return values

    def kinds(
        self, count: int, dealt: Sequence[Deal], slots: Callable[[int], Sequence[int]] | None = None
    ) -> dict[int, str]:
        """Position → refund or a violation, of the next `count`. slots: of how many that are nothing else → which of
        these are refunds; None: by chance."""
        streams, found = self._streams, dict[int, str]()
        if self._names:
            which = np.searchsorted(self._edges, streams["scenario"].random(count), side="right")
            for position in np.flatnonzero(which < len(self._names)).tolist():
                found[position] = self._names[which[position]]
        for position, told, _ in dealt:
            found[position] = told.scenario.name
        if slots is None:
            refunds = np.flatnonzero(streams["refund"].random(count) < self._refunds).tolist()
            found |= {position: "refund" for position in refunds if position not in found}
        else:
            free = [position for position in range(count) if position not in found]
            found |= {free[at]: "refund" for at in slots(len(free))}
        return found
