"""Says when a run begins, what it goes by and when it ends. A standalone process and a master have one.

A run has failed from the moment it is asked for, until its end says otherwise. `run_watch` looks at it while it is on,
`summing_up` makes its summary, and `results` judges it and has the exit code of the process.
"""

import logging
import time
from collections.abc import Mapping
from typing import Any

import gevent
from gevent.lock import Semaphore
from locust.runners import Runner

from paysim.config.loader import Loaded
from paysim.config.mix import mix_of
from paysim.config.schema import Config
from paysim.contract.identity import Run, new_number
from paysim.eventhub.hub_identity import HubIdentity
from paysim.loadtest import locust_compat
from paysim.loadtest.cluster.reconfiguring import for_the_next_run, total_difference
from paysim.loadtest.judge.limit_finder import LimitFinder
from paysim.loadtest.judge.standing import Judgement
from paysim.loadtest.logs import log_setup
from paysim.loadtest.pacing.rate_plan import RatePlan, RateTarget
from paysim.loadtest.sending.account import Account
from paysim.loadtest.users import own_rates, payment_users, show_target
from paysim.summary.model import Reload
from paysim.transactions.lifecycle.speedup import is_sped_up, speedup_line

from .planned_end import planned, run_time
from .results import RunResults
from .run_watch import RunWatch
from .shutdown import Signals, options
from .state import Begun, RunState
from .summing_up import Senders, SummingUp
from .verifier import Verifier

logger = logging.getLogger(__name__)


class RunCoordinator:
    """Of all runs of this process, one after the other."""

    def __init__(self, runner: Runner, loaded: Loaded, verifier: Verifier, signals: Signals, watch: RunWatch) -> None:
        self._runner = runner
        self._environment = runner.environment
        self._signals = signals
        self._verifier = verifier
        self._summing_up = SummingUp(runner, verifier, watch)
        self._one_at_a_time = Semaphore()  # a run that is being verified ends before the next begins
        self._loaded = loaded
        self._state: RunState | None = None  # of the run that was asked for and has not come to its end
        self._next_number = new_number()
        self.watch = watch
        self.outcome = RunResults(runner, signals)
        self.target = ""
        """Where payments go, or went last; no secret."""
        events = runner.environment.events
        self._start = locust_compat.replace_fire(events.test_start, self._asked_first)
        events.spawning_complete.add_listener(self._spawned)

    @property
    def run(self) -> Run | None:
        """The run that is on."""
        return None if self._begun is None else self._begun.run

    @property
    def _begun(self) -> Begun | None:
        """What there is of the run that is on."""
        return None if self._state is None else self._state.begun

    @property
    def on(self) -> bool:
        """Whether a run was asked for and has not come to its end."""
        return self._state is not None

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

    # Where runs go, and who takes part

    def leads_to(self, target: str) -> None:
        """Where payments of the run that is on, or of the next one, go."""
        self.target = target
        show_target(self._environment, target)

    def meet(self, hub: HubIdentity | None) -> HubIdentity | None:
        """See `Verifier.meet`."""
        return self._verifier.meet(hub)

    def heard(self, account: Account) -> None:
        """The account of a sender of the run that is on, as it is now."""
        if self._begun is not None:
            self._begun.heard(account)

    def reported(self, worker: str, account: Account) -> None:
        """A worker's account of the run that is on has come. Its labels and records are taken out of it."""
        if self._begun is not None:
            self.watch.reported(self._begun, worker, account)

    # A run begins

    def _asked_first(self, **kwargs: Any) -> None:
        """A run is asked for: from now on it has failed, until its end says otherwise.

        Before the first listener of `test_start`: any of them may take long, and be killed by the end of the run.
        """
        if payment_users(self._environment):
            self._state = RunState(planned(self._environment, self._loaded.config))
            self._state.count_run_time = locust_compat.hold_form_run_time(self._environment.web_ui)
        else:
            self.outcome.locusts_alone()
        self._start(**kwargs)

    def replan(self) -> None:
        """Locust's form was sent while a run is on: its time counts anew."""
        if self._state is not None:
            self._state.asked_at = time.monotonic()
            self._state.planned.run_time = run_time(self._environment)

    def begin(self, target: str) -> Run:
        """Begin the run that was asked for; its clock starts now. target: where it goes, {run_id} for its name."""
        with self._one_at_a_time:
            self.outcome.begins()
            run = Run.at(time.time(), self._next_number)
            target = target.replace("{run_id}", run.id)  # a file's name
            log_setup.run_begins(run.id)
            self._verifier.begin(run, target)
            self.watch.pipeline.begin(run)
        self._state = self._state or RunState()
        self._state.begins()
        self.watch.start(self._state, self._open(self._state, run, target))
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
        self.watch.begin(run.id, self._loaded.config)
        return state.begun

    def _spawned(self, **_: Any) -> None:
        if self._begun is not None:
            self._begun.users(self.watch.users())
            self._begun.ramp.spawned(round(self._begun.elapsed, 3))

    # What it goes by

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
        """The pace of the whole test now, or at another time of the run, in seconds after its start."""
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

    @property
    def search_users(self) -> int | None:
        """How many users the search for the limit wants now; None once it is over."""
        if self._begun is None:
            return LimitFinder(self._loaded.config).users
        finder = self._begun.finder
        return None if finder is None or finder.over else finder.users

    def reconfigure(self, loaded: Loaded, lines: list[str]) -> None:
        """A reload: `lines` say what changed."""
        state, begun = self._state, self._begun
        if state is not None and begun is not None:
            if self.watch.looking:
                self.watch.look(state, begun)  # until now the old rate was asked for
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
                reload = Reload(at_s=elapsed, change=line)
                begun.reloads.append(reload)
                self.watch.live.reloaded(reload)

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
        if self.watch.looking and self._begun is not None:
            self._begun.duration = self._begun.elapsed
        self.watch.stop()

    def end(self, accounts: list[Account], workers: int, surplus_max: int = 0) -> None:
        """Sum up the run and verify it. Without a web UI the process leaves after that.

        accounts: none where the run ends before it began. workers: how many took part; 0 for a standalone run.
        surplus_max: how many transactions above the total a lost worker may have sent.
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
        senders = Senders(accounts, workers, surplus_max)
        result = self._summing_up.result(state, begun, senders, self._loaded, self.target, began=began)
        self.outcome.ended(result)
        self.watch.judgement = Judgement.of(result.summary)
