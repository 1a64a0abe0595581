"""A search for the limit while a run is on: steps, and between two of them a pause until nothing is under way.

Pure: accounts and times in; the rate and the users that there are to be, and at last what was found, out. Times in
seconds after the start of the run.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from paysim.config.schema import Config
from paysim.loadtest.pacing.rate_plan import RatePlan
from paysim.loadtest.pacing.schedule import batch_of
from paysim.loadtest.pacing.searched_rates import SearchedRates
from paysim.loadtest.report.wording import per_second, percent
from paysim.loadtest.sending.account import Account
from paysim.summary.model import AskedRate, LimitRecord, LimitTrial
from paysim.summary.pipeline import PipelineFigures

from .behind import backlog
from .culprits import BUSY, CPU, culprit_of
from .figures import SpanFigures
from .limit_search import LimitSearch
from .limit_step import LimitStep, StepEnd
from .standing import RunStanding

MOST_CONNECTIONS = 32
"""Of a process, where their number is `auto`."""
MOST_USERS = 20_000
GUESSED_SECONDS = 0.05
"""What a send takes, before one was seen."""
SPARE = 1.5
"""How many times as many users as the latency of the step before asks for."""
IDLE_SECONDS = 2.0
"""Seconds of a pause after which the accounts of all senders, which come once a second, are about the pause."""
REST_SECONDS = 10.0
"""Seconds of a pause after a hub was busy. Azure asks clients to wait four."""
FEW_UNDER_WAY = 100
"""So many transactions on their way to a stage are not a backlog yet."""
STARVED = 0.2
"""The share of the time that processes waited for a core, from which on a step that fails says nothing."""
MOST_REPEATS = 2
"""How often a step that says nothing is repeated at most. After that its outcome counts."""
DRAIN_SECONDS = 90.0
"""Seconds after which the search goes on although there is still a backlog."""


@dataclass(slots=True)
class _Pause:
    began: float
    rest: float
    generated: int = -1


class LimitFinder:
    """Of one run. `over` says when nothing more is to be tried."""

    def __init__(self, config: Config) -> None:
        assert config.load.find_limit is not None
        self._config = config
        self._search = LimitSearch(config.load.find_limit)
        self._ends: list[StepEnd] = []
        self._step: LimitStep | None = None
        self._pause: _Pause | None = None
        self._quiet_ms: float | None = None
        self._response_s = GUESSED_SECONDS
        self._stuck = False
        self._repeats = 0
        self._backlog: dict[str, int] = {}
        self.rates = SearchedRates(config.load.find_limit.lowest)
        self.users = self._users_for(config.load.find_limit.lowest, 1)
        self.over = False

    @property
    def finished(self) -> bool:
        """Whether the search came to its end, and not only the run."""
        return self.over and not self._stuck

    def _users_for(self, rate: float, processes: int) -> int:
        """As many as keep all connections busy, and Little's law: batches a second times the time that each takes."""
        output = self._config.output
        most = output.event_hub.connections
        connections = MOST_CONNECTIONS if most == "auto" else most
        batch = batch_of(output.batch_size, rate / processes)
        needed = max(2 * connections * processes, math.ceil(SPARE * rate / batch * self._response_s))
        return min(MOST_USERS, needed)

    @property
    def _watched(self) -> list[str]:
        return [stage.name for stage in self._config.pipeline.stages]

    # What is known

    def look_behind(self, figures: PipelineFigures | None) -> None:
        """What was told last of the stages behind the hub."""
        self._backlog = backlog(figures)
        if self._step is not None:
            self._step.look_behind(self._backlog)

    def heard(self, elapsed: float, account: Account) -> None:
        """An account of a sender, as it stood at that moment."""
        if self._step is not None:
            self._step.heard(elapsed, account)

    def look(self, plan: RatePlan, elapsed: float, acked: int, accounts: Mapping[str, Account]) -> Iterator[str]:
        """Once a second, after what was heard: go on to the next step where it is time. Yields lines for the log."""
        if self.over:
            return
        if self._pause is not None:
            if not self._rested(self._pause, elapsed, accounts):
                return
            self._pause = None
        if self._step is None:
            yield from self._begin(plan, elapsed, acked, accounts)
            return
        if (end := self._step.look(plan, elapsed, acked)) is not None:
            self._step = None
            yield self._ended(end, elapsed, max(1, len(accounts)))

    def _begin(self, plan: RatePlan, elapsed: float, acked: int, accounts: Mapping[str, Account]) -> Iterator[str]:
        trial = self._search.trial
        if trial is None or self._stuck:
            self.over = True
            return
        self.users = max(self.users, self._users_for(trial.rate, max(1, len(accounts))))
        self.rates.change(elapsed, trial.rate)
        self._step = LimitStep(trial, elapsed, self._config.thresholds, self.users, self._quiet_ms, self._watched)
        self._step.look_behind(self._backlog)
        for account in accounts.values():
            self._step.heard(elapsed, account)
        self._step.look(plan, elapsed, acked)
        yield f"limit: {'confirming' if trial.confirms else 'trying'} {per_second(trial.rate)} for {trial.seconds:g} s"

    def _ended(self, end: StepEnd, elapsed: float, processes: int) -> str:
        trial, shown = end.trial, end.shown
        if (response := end.figures.latency_ms.response) is not None:
            self._response_s = response.p95 / 1000
        self.rates.change(elapsed, 0.0)
        self._pause = _Pause(elapsed, REST_SECONDS if shown.throttled else 0.0)
        if end.why is not None and self._too_few_users(end, processes):
            return f"limit: {per_second(trial.rate)} needs more users than {self.users:,}; once again"
        if end.why is not None and shown.waited_share >= STARVED and self._repeats < MOST_REPEATS:
            self._repeats += 1
            starved = f"the machine was busy with others {percent(shown.waited_share)} of the time"
            return f"limit: {per_second(trial.rate)} says nothing ({end.why}): {starved}; once again"
        self._repeats = 0
        self._ends.append(end)
        if end.why is None:
            if self._quiet_ms is None:
                self._quiet_ms = shown.service_ms
            self._search.passed()
        else:
            self._search.missed()
        if self._search.trial is None and end.why is None:
            self.over = True
        return f"limit: {per_second(trial.rate)} {'holds' if end.why is None else f'does not hold: {end.why}'}"

    def _too_few_users(self, end: StepEnd, processes: int) -> bool:
        """Whether nobody was free to take what fell due, so that the step says nothing of the limit."""
        shown = end.shown
        if shown.throttled or shown.busy_share > BUSY or shown.cpu_share >= CPU:
            return False
        needed = self._users_for(end.trial.rate, processes)
        if needed <= self.users:
            return False
        self.users = needed
        return True

    def _rested(self, pause: _Pause, elapsed: float, accounts: Mapping[str, Account]) -> bool:
        """Whether nothing is owed or under way any more."""
        passed = elapsed - pause.began
        if passed < IDLE_SECONDS:
            return False
        under_way = sum(sum(account.ledger.open.methods.values()) for account in accounts.values())
        generated = sum(account.ledger.generated for account in accounts.values())
        idle, pause.generated = not under_way and generated == pause.generated, generated
        idle = idle and not self._waits()
        if not idle and passed > DRAIN_SECONDS:
            self._stuck = True
            return True
        return idle and passed >= pause.rest

    def _waits(self) -> bool:
        """Whether more is on its way to a stage than the last ones of partitions, which nothing overtakes."""
        return any(self._backlog.get(name, 0) > FEW_UNDER_WAY for name in self._watched)

    # What was found

    @property
    def _stands(self) -> StepEnd | None:
        """The step that the run stands for: the soak that held, else the highest rate that did."""
        held = [end for end in self._ends if end.why is None]
        soaks = [end for end in held if end.trial.confirms]
        if soaks:
            return soaks[-1]
        lower = [end for end in held if self._search.failed is None or end.trial.rate < self._search.failed]
        return max(lower, key=lambda end: end.trial.rate, default=None)

    @property
    def figures(self) -> SpanFigures | None:
        """What the run's thresholds are held against; None where no rate held."""
        return None if (stands := self._stands) is None else stands.figures

    @property
    def asked(self) -> AskedRate | None:
        """What was asked for in that step."""
        return None if (stands := self._stands) is None else stands.asked

    @property
    def standing(self) -> RunStanding | None:
        """How thresholds stand in the step that is on; None between two."""
        return None if self._step is None else self._step.judge.standing

    def words(self) -> str:
        """How the search stands, for people."""
        now = "" if self._step is None else f"trying {per_second(self._step.trial.rate)}; "
        stands = self._stands
        return f"{now}{'nothing held so far' if stands is None else f'{per_second(stands.trial.rate)} held'}"

    def record(self) -> LimitRecord:
        """As the summary has it."""
        stands = self._stands
        failed = [end for end in self._ends if end.why is not None]
        lowest = min(failed, key=lambda end: end.trial.rate, default=None)
        found = LimitRecord(
            per_s=None if stands is None else stands.trial.rate,
            at_least=self._search.reached_top or not self.finished,
            confirmed=self._search.confirmed,
            steps=[_trial(end) for end in self._ends],
        )
        if stands is not None:
            shown = stands.shown
            events, mb = shown.per_s / 1000, shown.mb_per_s
            per_event = mb / shown.per_s if shown.per_s else 0.0
            found.throughput_units = round(stands.trial.rate * max(1 / 1000, per_event), 3)
            found.bound_by = "events" if events >= mb else "bytes"
            found.failed, found.unknown = shown.not_acked
        if lowest is not None:
            culprit, words = culprit_of(lowest.shown)
            found.culprit, found.because, found.advice = culprit.name, words, culprit.advice(lowest.shown)
        return found


def _trial(end: StepEnd) -> LimitTrial:
    return LimitTrial(
        at_s=round(end.began, 3),
        seconds=round(end.seconds, 3),
        per_s=end.trial.rate,
        acked_per_s=round(end.shown.per_s, 3),
        users=end.shown.users,
        confirms=end.trial.confirms,
        ok=end.why is None,
        why=end.why,
    )
