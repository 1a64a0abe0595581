"""Which rate to try next, until the highest is found that holds: steps upward, halving, and a confirming soak.

Pure: whether a step held goes in, the next rate comes out. A step says of a rate only what it can see in `hold`
seconds: a little above a limit it may hold. So what is found is held for longer at last, and where that fails the next
lower rate is held as long.
"""

from dataclasses import dataclass

from paysim.config.sections.load import FindLimit

LEAST_SHARE = 0.01
"""Of `from`: where that does not hold either, nothing is looked for below."""


@dataclass(frozen=True, slots=True)
class Trial:
    """A rate in transactions/s, and the seconds for which it is to be held. confirms: whether it is the soak."""

    rate: float
    seconds: float
    confirms: bool = False


class LimitSearch:
    """`trial` is what to try now, None once the search is over."""

    def __init__(self, plan: FindLimit) -> None:
        self._plan = plan
        self.held: float | None = None
        """The highest rate that held, below all that failed."""
        self.failed: float | None = None
        """The lowest rate that failed."""
        self.confirmed = False
        self.trial: Trial | None = Trial(plan.lowest, plan.hold)

    @property
    def reached_top(self) -> bool:
        """Whether the highest rate that may be tried holds."""
        return self.held == self._plan.to and self.failed is None

    def passed(self) -> None:
        """The rate that was tried held."""
        assert self.trial is not None
        self.held = max(self.held or 0.0, self.trial.rate)
        if self.trial.confirms:
            self.confirmed = True
            self.trial = None
            return
        self.trial = self._next()

    def missed(self) -> None:
        """The rate that was tried did not hold."""
        assert self.trial is not None
        rate, self.failed = self.trial.rate, self.trial.rate
        if self.trial.confirms:
            # What held for a shorter time only says nothing now.
            self.held = None
            self.trial = Trial(rate * (1 - self._plan.precision), self._plan.confirm, confirms=True)
            if self.trial.rate < self._least:
                self.trial = None
            return
        if self.held is not None and self.held >= rate:
            self.held = None
        self.trial = self._next()

    def _next(self) -> Trial | None:
        held, failed = self.held, self.failed
        if failed is None:
            assert held is not None
            return self._soak(held) if held >= self._plan.to else Trial(self._higher(held), self._plan.hold)
        if held is None:
            below = failed / 2
            return Trial(below, self._plan.hold) if below >= self._least else None
        if failed - held <= self._plan.precision * failed:
            return self._soak(held)
        return Trial((held + failed) / 2, self._plan.hold)

    def _higher(self, rate: float) -> float:
        higher = 2 * rate if self._plan.step is None else rate + self._plan.step
        return min(higher, self._plan.to)

    def _soak(self, rate: float) -> Trial:
        return Trial(rate, self._plan.confirm, confirms=True)

    @property
    def _least(self) -> float:
        return LEAST_SHARE * self._plan.lowest
