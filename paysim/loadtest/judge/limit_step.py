"""One step of a search for the limit: whether its rate held.

A step has a beginning that is left out, in which connections grow and users come. Then it is judged by thresholds, by
a `Judge` of its own, and by what no threshold says (`limit_figures`): whether what fell due was sent as fast as it fell
due, and whether the hub was busy.

Pure: accounts and times in, the end of the step out. Times in seconds after the start of the run.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace

from paysim.config.sections.thresholds import Thresholds
from paysim.loadtest.pacing.rate_plan import RatePlan
from paysim.loadtest.report.wording import number, percent, several
from paysim.loadtest.sending.account import Account
from paysim.summary.model import AskedRate

from .figures import SpanFigures
from .judge import Judge
from .limit_figures import BEHIND, StepCounts, StepFigures
from .limit_search import Trial
from .ramp import Ramp
from .readings import Buckets, Key, Newest, add
from .standing import State

SETTLE_SECONDS = 3.0
"""Seconds at the beginning of a step that do not count; at most a quarter of it."""
PARTS = 3
"""The judged time has so many parts; what the last one shows is held against the first one."""
CLEARLY = 5.0
"""A step that is so many times as far behind as is allowed ends at once."""
KINDS = ("service", "from_schedule")
"""Latencies that are looked at here."""
LAG = 0.5
"""The share of the time in which the process may hold its event loop up: then latencies are its own."""


@dataclass(frozen=True, slots=True)
class StepEnd:
    """A step that is over. why: in words what did not hold; None where all did. figures: what the run's thresholds are
    held against where this step is what the run stands for."""

    trial: Trial
    began: float
    seconds: float
    why: str | None
    shown: StepFigures
    figures: SpanFigures
    asked: AskedRate | None


class LimitStep:
    """A step that is on."""

    def __init__(
        self,
        trial: Trial,
        began: float,
        limits: Thresholds,
        users: int,
        quiet_ms: float | None,
        watched: Collection[str] = (),
    ) -> None:
        """watched: what is to have a backlog that is known."""
        self.trial = trial
        self._watched = watched
        self._backlog: dict[str, int] = {}
        self._began = began
        self._users = users
        self._quiet_ms = quiet_ms
        self._judged_from = began + min(SETTLE_SECONDS, trial.seconds / 4)
        self._ends = began + trial.seconds
        span = self._ends - self._judged_from
        self._marks = [self._judged_from + span * part / PARTS for part in range(PARTS + 1)]
        self.judge = Judge(limits.model_copy(update={"after": self._judged_from, "window": None}), Ramp(()))
        self._histograms = Newest()
        self._newest: dict[int, Account] = {}
        self._counted: list[StepCounts] = []

    def heard(self, elapsed: float, account: Account) -> None:
        """An account of a sender, as it stood at that moment."""
        sender = account.ledger.producer
        self._newest[sender] = account
        known = account.latencies
        self._histograms.heard(sender, {(kind, ""): known[kind] for kind in KINDS if kind in known})
        self.judge.heard(elapsed, account)

    def look_behind(self, backlog: dict[str, int]) -> None:
        """What has not come to the stages behind the hub, as far as it is known."""
        self._backlog = backlog

    def look(self, plan: RatePlan, elapsed: float, acked: int) -> StepEnd | None:
        """Once a second; the end of the step, where it is over."""
        self.judge.look(plan, elapsed, acked)
        self.judge.stand(elapsed)
        if elapsed < self._judged_from or not self._newest:
            return None
        now = self._count(elapsed)
        while len(self._counted) < len(self._marks) and elapsed >= self._marks[len(self._counted)]:
            self._counted.append(now)
        if len(self._counted) < 2:
            return None if (why := _busy(self._shown(now))) is None else self._end(elapsed, now, why)
        shown = self._shown(now)
        if (why := _busy(shown) or _far_behind(shown)) is not None:
            return self._end(elapsed, now, why)
        return None if elapsed < self._ends else self._end(elapsed, now, self._why(shown))

    def _count(self, elapsed: float) -> StepCounts:
        buckets: dict[Key, Buckets] = {}
        for sender in self._newest:
            add(buckets, self._histograms.of(sender))
        return StepCounts.of(elapsed, self._newest.values(), buckets, self._backlog)

    def _shown(self, now: StepCounts) -> StepFigures:
        first, *parts = self._counted or [now]
        connections = sum(account.hub.connections for account in self._newest.values())
        return StepFigures(self.trial.rate, self._users, connections, first, tuple(parts), now, self._quiet_ms)

    def _end(self, elapsed: float, now: StepCounts, why: str | None) -> StepEnd:
        figures, asked = self.judge.until(elapsed)
        times = figures.latency_ms
        kept = replace(figures, times=lambda: times)
        return StepEnd(self.trial, self._began, elapsed - self._began, why, self._shown(now), kept, asked)

    def _why(self, shown: StepFigures) -> str | None:
        """What did not hold over the whole of it."""
        if shown.per_s <= 0:
            return "nothing was acknowledged"
        if shown.behind is None:
            return "too little was acknowledged to be measured"
        if shown.behind > BEHIND:
            return f"{percent(shown.behind)} of what fell due was left"
        failed, unknown = shown.not_acked
        if (failed or unknown) and not self.judge.allows("failed"):
            return f"{failed:,} failed, {unknown:,} unknown"
        missed = [each for each in self.judge.standing.thresholds if each.state is State.MISSED]
        if missed:
            return ", ".join(f"{each.name} was {number(each.actual or 0.0)}" for each in missed)
        if (behind := shown.stage_behind) is not None:
            return f"{behind[0]}: {behind[1]:,} more than at its beginning have not come"
        if unknown_stages := [name for name in self._watched if name not in shown.last.backlog]:
            return f"{', '.join(unknown_stages)} was not measured"
        if shown.lag_share > LAG:
            return f"the event loop was held up {percent(shown.lag_share)} of the time"
        return None


def _busy(shown: StepFigures) -> str | None:
    """The hub says that it is busy, which ends the step: a longer one would show nothing else."""
    if not shown.hub_is_busy:
        return None
    return f"{several(shown.throttled, 'send')} throttled"


def _far_behind(shown: StepFigures) -> str | None:
    if shown.behind is None or shown.behind <= CLEARLY * BEHIND:
        return None
    return f"{percent(shown.behind)} of what fell due was left"
