"""The state of one run, from when it is asked for to its end. `coordinator` and `run_watch` change it."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from paysim.config.schema import Config
from paysim.contract.identity import Run
from paysim.loadtest.judge.asked_rate import RateAccount, RateWatch
from paysim.loadtest.judge.judge import Judge
from paysim.loadtest.judge.limit_finder import LimitFinder
from paysim.loadtest.judge.ramp import Ramp, SentSoFar
from paysim.loadtest.pacing.rate_plan import RatePlan
from paysim.loadtest.sending.account import Account
from paysim.summary.model import Reload

from .planned_end import PlannedEnd


@dataclass
class Begun:
    """What there is of a run once it has begun. started_at: by the calendar. started: in seconds of `perf_counter`."""

    run: Run
    plan: RatePlan
    ramp: Ramp
    judge: Judge
    started_at: datetime
    started: float = field(default_factory=time.perf_counter)
    users_max: int = 0
    """The most users at a time so far."""
    asked_rate: RateAccount = field(default_factory=RateAccount)
    rate_watch: RateWatch = field(default_factory=RateWatch)
    own_rates: Mapping[str, float] = field(default_factory=dict)
    """User class → transactions/s, of those with a rate of their own."""
    finder: LimitFinder | None = None
    """Where the run searches for its limit."""
    reloads: list[Reload] = field(default_factory=list)
    duration: float | None = None
    """Seconds from its start until nothing more was handed out; None while something is."""

    @classmethod
    def now(cls, run: Run, config: Config, own_rates: Mapping[str, float]) -> "Begun":
        moment = datetime.now(UTC)
        ramp = Ramp(config.load.stages)
        finder = None if config.load.find_limit is None else LimitFinder(config)
        searched = None if finder is None else finder.rates
        plan = RatePlan(config, moment.timestamp(), searched, sum(own_rates.values()))
        judge = Judge(config.thresholds, ramp, config.pipeline)
        return cls(run, plan, ramp, judge, moment, own_rates=own_rates, finder=finder)

    @property
    def elapsed(self) -> float:
        """Seconds since it began."""
        return time.perf_counter() - self.started

    @property
    def lasted(self) -> float:
        """Seconds that something was handed out, so far."""
        return self.elapsed if self.duration is None else self.duration

    def users(self, count: int) -> None:
        """So many users are there now."""
        self.users_max = max(self.users_max, count)

    def heard(self, account: Account) -> None:
        """The account of a sender of this run, as it is now."""
        self.ramp.heard(account.ledger.producer, self.elapsed, SentSoFar.of(account.ledger))
        self.judge.heard(self.elapsed, account)
        if self.finder is not None:
            self.finder.heard(self.elapsed, account)


@dataclass
class RunState:
    """A run that was asked for.

    asked_at: monotonic seconds; once a run with a time from the start form begins, those at which it does. cut_short:
    what ends it before its planned end. ending: whether its end is under way. count_run_time: makes that time pass.
    """

    planned: PlannedEnd = field(default_factory=PlannedEnd)
    asked_at: float = field(default_factory=time.monotonic)
    cut_short: str | None = None
    ending: bool = False
    begun: Begun | None = None
    count_run_time: Callable[[float], None] | None = None
    run_time: float | None = field(init=False)
    """Seconds of -t when the run was asked for: an edit in the form leaves the pace of stories as it is."""

    def __post_init__(self) -> None:
        self.run_time = self.planned.run_time

    def begins(self) -> None:
        """The run time of the start form counts from now: what the run before it still had to verify takes none of it,
        nor does what this one prepared."""
        if self.count_run_time is not None and self.planned.run_time is not None:
            self.count_run_time(self.planned.run_time)
            self.asked_at = time.monotonic()
            self.count_run_time = None

    def planned_seconds(self) -> float | None:
        """How long the run will have lasted where its time or its stages end it; None where neither does."""
        ends = [self.planned.stages]
        if self.planned.run_time is not None and self.begun is not None:
            ends.append(self.planned.run_time - (time.monotonic() - self.asked_at) + self.begun.elapsed)
        return min((end for end in ends if end is not None), default=None)

    def unreached(self, elapsed: float, handed_out: int) -> str | None:
        """See `PlannedEnd`."""
        return self.planned.unreached(time.monotonic() - self.asked_at, elapsed, handed_out, self.cut_short)
