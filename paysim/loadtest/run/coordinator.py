"""A run as a whole: named at its start, summed up at its end. A standalone run and a master have one.

A run has failed from the moment it is asked for, until its end says otherwise. `results` judges it
and has the exit code of the process.
"""

import logging
import platform
import time
from collections.abc import Callable, Mapping
from functools import partial
from importlib.metadata import version
from typing import Any

import gevent
from gevent.lock import Semaphore
from locust.runners import MasterRunner, Runner

from paysim import __version__
from paysim.config.loader import Loaded
from paysim.config.mix import mix_of
from paysim.config.schema import Config
from paysim.contract.identity import Run, new_number
from paysim.eventhub.hub_identity import HubIdentity
from paysim.loadtest import locust_compat
from paysim.loadtest.cluster.reconfiguring import for_the_next_run, total_difference
from paysim.loadtest.judge.figures import NOT_MEASURED
from paysim.loadtest.judge.judge import Judgement
from paysim.loadtest.judge.limit_finder import LimitFinder
from paysim.loadtest.judge.ramp import SentSoFar
from paysim.loadtest.judge.verdict import EndFacts
from paysim.loadtest.live.figures import Live
from paysim.loadtest.logs import log_setup
from paysim.loadtest.logs.run_log import run_log
from paysim.loadtest.pacing.rate_plan import RatePlan, RateTarget
from paysim.loadtest.pipeline.watch import PipelineWatch
from paysim.loadtest.report import html_report, summary
from paysim.loadtest.sending.account import Account
from paysim.loadtest.users import count, own_rates, payment_users, show_target
from paysim.summary.model import Reload
from paysim.summary.pipeline import PipelineRecord
from paysim.transactions.lifecycle.speedup import is_sped_up, speedup_line

from .labels_file import LabelsFile, Taken
from .planned_end import planned, run_time, search_cut_short
from .results import Result, RunResults
from .shutdown import Signals, end_test, options
from .state import Begun, RunState
from .verifier import Verifier

logger = logging.getLogger(__name__)

TICK_SECONDS = 1.0
"""How often the live figures are brought up to date."""


class RunCoordinator:
    """Begins runs, watches how many users they have, and writes what they leave."""

    def __init__(self, runner: Runner, loaded: Loaded, verifier: Verifier, signals: Signals) -> None:
        self._runner = runner
        self._signals = signals
        self._verifier = verifier
        self._one_at_a_time = Semaphore()  # a run that is being verified ends before the next begins
        self._environment = runner.environment
        self._loaded = loaded
        self._state: RunState | None = None  # of the run that was asked for and has not come to its end
        self._next_number = new_number()
        self._watch: gevent.Greenlet | None = None
        self.outcome = RunResults(runner, signals)
        self.target = ""
        """Where payments go, or went last; no secret."""
        self.live = Live()
        self.judgement = Judgement()
        """Of the run that is on, or was last."""
        self.labels = LabelsFile()
        self.take_labels: Callable[[], Taken] = dict
        """Where this process sends itself: the labels since the last time."""
        self.pipeline = PipelineWatch()
        self.live.pipeline = lambda: self.pipeline.figures  # of whichever watch it has by then
        self.take_records: Callable[[], bytes] = bytes
        """The same for what was sent, where it is watched behind the hub."""
        events = runner.environment.events
        self._start = locust_compat.replace_fire(events.test_start, self._asked_first)
        events.spawning_complete.add_listener(self._spawned)
        events.reset_stats.add_listener(lambda **_: self.live.reset())

    @property
    def run(self) -> Run | None:
        """The run that is on."""
        return None if self._begun is None else self._begun.run

    @property
    def _begun(self) -> Begun | None:
        """What there is of the run that is on."""
        return None if self._state is None else self._state.begun

    def meet(self, hub: HubIdentity | None) -> HubIdentity | None:
        """Somebody takes part who sends to this hub: the one that is read here, None where that cannot be said."""
        return self._verifier.meet(hub)

    @property
    def number(self) -> int:
        """The number of the run that is on, or of the next one, so that it can be prepared."""
        return self._next_number if self.run is None else self.run.number

    @property
    def config(self) -> Config:
        """The configuration that is on."""
        return self._loaded.config

    @property
    def configured_shares(self) -> dict[str, float]:
        """The mix that is configured now: payment method → share."""
        return dict(mix_of(self._loaded.config.transaction).methods)

    # A run begins

    def _asked_first(self, **kwargs: Any) -> None:
        """A run is asked for: from now on it has failed, until its end says otherwise.

        Before the first listener of `test_start`: any of them may take long, and be killed by the end of the run.
        """
        if payment_users(self._environment):
            self._state = RunState(planned(self._environment, self._loaded.config))
        else:
            self.outcome.locusts_alone()
        self._start(**kwargs)

    @property
    def on(self) -> bool:
        """Whether a run was asked for and has not come to its end."""
        return self._state is not None

    def replan(self) -> None:
        """Locust's form was sent while a run is on: its time counts anew."""
        if self._state is not None:
            self._state.asked_at = time.monotonic()
            self._state.planned.run_time = run_time(self._environment)

    def begin(self, target: str) -> Run:
        with self._one_at_a_time:
            self.outcome.begins()
            run = Run.at(time.time(), self._next_number)
            target = target.replace("{run_id}", run.id)  # a file's name
            log_setup.run_begins(run.id)
            self._verifier.begin(run, target)
            self.pipeline.begin(run)
        self._state = self._state or RunState()
        begun = self._open(self._state, run, target)
        self._tick(self._state, begun)
        self._watch = gevent.spawn(self._watch_run, self._state, begun)
        logger.info("run %s → %s", run.id, target)
        pace = self.pace()
        if pace is not None and pace.open:
            logger.info("the rate is set for the whole test: users change concurrency, not rate")
        if is_sped_up(self._loaded.config):
            logger.info("follow-ups come %s", speedup_line(self._loaded.config, self.run_time))
        return run

    def _open(self, state: RunState, run: Run, target: str) -> Begun:
        self._next_number = new_number()
        self.leads_to(target)
        state.begun = Begun.now(run, self._loaded.config, own_rates(self._environment))
        state.planned.total = self._loaded.config.transaction.volume.total
        self.live.begin(run.id)
        self.labels.begin(self._loaded.config.report.labels, run.id)
        run_log.begin(self._loaded.config.report.log, run.id)
        self.judgement = Judgement(run.id)
        return state.begun

    def leads_to(self, target: str) -> None:
        """Where payments of the run that is on, or of the next one, go."""
        self.target = target
        show_target(self._environment, target)

    @property
    def elapsed(self) -> float:
        """Seconds since the run began; 0 until then. Rate and stages go by it, not by when Start was pressed."""
        return 0.0 if self._begun is None else self._begun.elapsed

    @property
    def planned_seconds(self) -> float | None:
        """How long the run that is on is to last in all; None where nothing says so, and between runs."""
        return None if self._state is None else self._state.planned_seconds()

    @property
    def run_time(self) -> float | None:
        """Locust's -t in seconds, or what its form said: of the run that is on as it began, else of the next one as far
        as is known. None where there is none."""
        if self._state is None:
            found: float | None = options(self._environment).run_time
            return found
        return self._state.run_time

    def pace(self, elapsed: float | None = None) -> RateTarget | None:
        """The pace of the whole test now, or at another time of the run."""
        return self._plan.pace(self.elapsed if elapsed is None else elapsed)

    def steer_pause(self) -> float:
        """Seconds until the pace has to be looked at again."""
        return self._plan.pause(self.elapsed)

    @property
    def _plan(self) -> RatePlan:
        """Of the run that is on, or of one that would begin now."""
        if self._begun is not None:
            return self._begun.plan
        return RatePlan(self._loaded.config, time.time(), own_rates=sum(self.own_rates.values()))

    @property
    def own_rates(self) -> Mapping[str, float]:
        """User class → transactions/s, of those with a rate of their own."""
        return own_rates(self._environment) if self._begun is None else self._begun.own_rates

    def reconfigure(self, loaded: Loaded, lines: list[str]) -> None:
        """A reload: `lines` say what changed."""
        state, begun = self._state, self._begun
        if state is not None and begun is not None:
            if self._watch is not None:
                self._tick(state, begun)  # until now the old rate was asked for
            if (told := for_the_next_run(self._loaded.config, loaded.config)) is not None:
                logger.warning("%s", told)
            elif state.planned.total is not None:
                state.planned.total += total_difference(self._loaded.config, loaded.config)
        self._loaded = loaded
        log_setup.set_level(loaded.config.logging)
        if begun is not None:
            searched = None if begun.finder is None else begun.finder.rates
            begun.plan = RatePlan(loaded.config, begun.started_at.timestamp(), searched, sum(begun.own_rates.values()))
            begun.judge.reconfigure(loaded.config.thresholds)
            elapsed = round(begun.elapsed, 3)
            for line in lines:
                begun.reloads.append(Reload(at_s=elapsed, change=line))
                self.live.reloaded(elapsed, line)

    def _watch_run(self, state: RunState, begun: Begun) -> None:
        due = begun.started
        while True:
            due += TICK_SECONDS
            gevent.sleep(max(0.1, due - time.perf_counter()))
            begun.users(self._users())
            self._tick(state, begun)
            self._judge(begun)
            if begun.finder is None and (said := begun.shortfall.look(begun.elapsed, begun.asked_rate)):
                reached, line = said
                logger.log(logging.INFO if reached else logging.WARNING, "%s", line)

    def heard(self, account: Account) -> None:
        """The account of a sender, as it is now."""
        if self._begun is None:
            return
        self._begun.ramp.heard(account.ledger.producer, self._begun.elapsed, SentSoFar.of(account.ledger))
        self._begun.judge.heard(self._begun.elapsed, account)
        if self._begun.finder is not None:
            self._begun.finder.heard(self._begun.elapsed, account)

    def _tick(self, state: RunState, begun: Begun, *, running: bool = True) -> None:
        elapsed = begun.elapsed if running else begun.lasted
        pace = begun.plan.pace(elapsed)
        target = pace.rate if pace is not None and pace.open else None
        users = self._users() if running else 0
        snapshot = self.live.tick(elapsed, users, target, running=running, planned=state.planned.total)
        begun.asked_rate.look(begun.plan, elapsed, self.live.acked)
        if running and not isinstance(self._runner, MasterRunner):  # a master hears of its workers when they report
            for account in self.live.seen.values():
                self.heard(account)
        begun.judge.look(begun.plan, elapsed, self.live.acked)
        begun.judge.look_behind(snapshot.pipeline)
        self.labels.write(self.take_labels())
        self.pipeline.sent(self.take_records())
        if running:
            self._verifier.tick(elapsed, snapshot.total.bytes)

    def _judge(self, begun: Begun) -> None:
        """Look how thresholds stand, and end the run where one that is missed is to do so."""
        before = begun.judge.standing.aborted
        standing = begun.judge.stand(begun.elapsed)
        if begun.finder is not None:
            self._search(begun, begun.finder)
            self.judgement = Judgement(begun.run.id, begun.finder.standing or standing, limit=begun.finder.words())
            return
        self.judgement = Judgement(begun.run.id, standing)
        if standing.aborted is not None and before is None:
            logger.error("%s: the run ends", standing.aborted)
            gevent.spawn(end_test, self._runner)

    def _search(self, begun: Begun, finder: LimitFinder) -> None:
        finder.look_behind(None if self.live.latest is None else self.live.latest.pipeline)
        for line in finder.look(begun.plan, begun.elapsed, self.live.acked, self.live.seen):
            logger.info("%s", line)

    @property
    def search_users(self) -> int | None:
        """How many users the search for the limit wants now; None once it is over."""
        if self._begun is None:
            return LimitFinder(self._loaded.config).users
        finder = self._begun.finder
        return None if finder is None or finder.over else finder.users

    # A run ends

    def cut_short(self, by: str) -> None:
        """Something ends the run before its planned end, if it has one."""
        if self._state is not None and not self._state.ending:
            self._state.cut_short = self._state.cut_short or by

    def left(self, code: object, words: str) -> None:
        """Something called `sys.exit`, or Locust ends by an error of its own."""
        logger.error("%s", words)
        self.outcome.left(code, words)
        self.cut_short("sys.exit")

    def stopping(self) -> None:
        """Nothing more is handed out from now on: the duration of the run ends here."""
        if self._state is not None:
            self._state.ending = True
        if options(self._environment).headless:
            self._signals.leaving = True  # the process ends by itself once the run has
        if self._watch is not None:
            if self._begun is not None:
                self._begun.duration = self._begun.elapsed
            self._watch.kill()
            self._watch = None

    def end(self, accounts: list[Account], workers: int, surplus_max: int = 0) -> None:
        """Sum up the run and verify it. Without a web UI the process leaves after that.

        accounts: none where the run ends before it began. surplus_max: how many transactions above the total a lost
        worker may have sent.
        """
        try:
            with self._one_at_a_time:
                state, self._state = self._state, None
                if state is not None:
                    self._end(state, accounts, workers, surplus_max)
        finally:
            if options(self._environment).headless:
                gevent.spawn(self._runner.quit)  # nobody else could go on with it

    def _end(self, state: RunState, accounts: list[Account], workers: int, surplus_max: int) -> None:
        begun, began = state.begun, state.begun is not None
        if begun is None:
            self.outcome.begins()
            begun = self._open(state, Run.at(time.time(), self._next_number), self.target or "unknown")
            begun.duration = 0.0
        for account in accounts:
            begun.ramp.heard(account.ledger.producer, begun.lasted, SentSoFar.of(account.ledger))
            begun.judge.heard(begun.lasted, account)
        self._tick(state, begun, running=False)
        config = self._loaded.config
        facts = summary.RunFacts(
            run_id=begun.run.id,
            target=self.target,
            config=self._loaded.masked(),
            versions=versions(),
            started_at=begun.started_at,
            duration_s=begun.lasted,
            users_max=begun.users_max,
            workers=workers,
            target_per_s=_rounded(begun.asked_rate.target_per_s),
            asked=begun.judge.asked() if begun.finder is None else begun.finder.asked,
            limit=None if begun.finder is None else begun.finder.record(),
            ramp_s=begun.ramp.over,
            after_ramp_per_s=_rounded(begun.ramp.mean(self.live.acked, begun.lasted)),
            cpu_warning=locust_compat.short_of_cpu(self._runner),
            surplus_max=surplus_max,
            shares=self.configured_shares,
        )
        result = summary.make(facts, accounts)
        result.reloads = begun.reloads
        unreached = state.unreached(begun.lasted, result.transactions.generated)
        if result.limit is not None:  # how long a search takes is nobody's plan
            unreached = None if begun.finder is None or begun.finder.finished else search_cut_short(result.limit)
        self.labels.write(self.take_labels())
        self.labels.end()
        if began:
            self.pipeline.sent(self.take_records())
            watched = gevent.spawn(self._finish_pipeline, begun)
            self._verifier.finish(result)
            result.pipeline = watched.get()
        end = EndFacts(
            figures=begun.judge.at_end(result) if begun.finder is None else begun.finder.figures or NOT_MEASURED,
            aborted=begun.judge.standing.aborted,
            unreached=unreached,
            broken_listeners=any(account.broken for account in accounts),
            on_error=options(self._environment).exit_code_on_error,
            verifies=began and self._verifier.verifies,
            unwritten=tuple(each.trouble for each in (self.labels, run_log) if each.trouble is not None),
        )
        html = partial(html_report.page, result, self.live, self.configured_shares)
        self.outcome.ended(Result(result, config, html, end))
        self.judgement = Judgement.of(result)

    def _finish_pipeline(self, begun: Begun) -> PipelineRecord | None:
        """Wait for what is under way behind the hub, and show it meanwhile."""
        work = gevent.spawn(self.pipeline.finish)
        while not work.ready():
            self.live.look_behind(begun.elapsed)
            work.join(TICK_SECONDS)
        self.live.look_behind(begun.elapsed)
        record: PipelineRecord | None = work.get()
        return record

    def _users(self) -> int:
        return count(self._environment, self._runner)

    def _spawned(self, **_: Any) -> None:
        if self._begun is not None:
            self._begun.users(self._users())
            self._begun.ramp.spawned(round(self._begun.elapsed, 3))


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)


def versions() -> dict[str, str]:
    """What a summary must name to be repeatable."""
    names = ("locust", "azure-eventhub", "gevent", "numpy")
    return {"paysim": __version__, "python": platform.python_version(), **{name: version(name) for name in names}}
