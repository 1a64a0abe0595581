"""A run as a whole: named at its start, summed up at its end. A standalone run and a master have one.

A run has failed from the moment it is asked for, until its end says otherwise. What it comes to, and what the process
exits with, is `outcome`'s.
"""

import logging
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from typing import Any

import gevent
from gevent.lock import Semaphore
from locust.runners import Runner

from paysim import __version__
from paysim.config.loader import Loaded
from paysim.contract.identity import Run, new_number
from paysim.eventhub.hub_identity import HubIdentity
from paysim.loadtest import locust_compat
from paysim.loadtest.cluster.reconfiguring import for_the_next_run, total_difference
from paysim.loadtest.judge.asked_rate import RateAccount, Shortfall
from paysim.loadtest.judge.ramp import Ramp
from paysim.loadtest.judge.verdict import EndFacts
from paysim.loadtest.live.figures import Live
from paysim.loadtest.logs import log_setup
from paysim.loadtest.pacing.rate_plan import RatePlan, RateTarget
from paysim.loadtest.report import html_report, summary
from paysim.loadtest.users import count, payment_users, show_target
from paysim.summary.model import Reload

from .labels_file import LabelsFile, Taken
from .planned_end import PlannedEnd, planned, run_time
from .results import Result, RunResults
from .shutdown import Signals, options
from .verifier import Verifier

logger = logging.getLogger(__name__)

TICK_SECONDS = 1.0
"""How often the live figures are brought up to date."""


@dataclass
class Asked:
    """A run from when it is asked for to its end.

    at: monotonic seconds. cut_short: what ends it before its planned end. ending: whether its end is under way.
    """

    planned: PlannedEnd
    at: float
    cut_short: str | None = None
    ending: bool = False

    def unreached(self, elapsed: float, handed_out: int) -> str | None:
        """See `PlannedEnd`."""
        return self.planned.unreached(time.monotonic() - self.at, elapsed, handed_out, self.cut_short)


class RunCoordinator:
    """Begins runs, watches how many users they have, and writes what they leave."""

    def __init__(self, runner: Runner, loaded: Loaded, verifier: Verifier, signals: Signals) -> None:
        self._runner = runner
        self._signals = signals
        self._verifier = verifier
        self._one_at_a_time = Semaphore()  # a run that is being verified ends before the next begins
        self._steering = RatePlan(loaded.config, time.time())  # of a run that is yet to begin
        self._environment = runner.environment
        self._loaded = loaded
        self._run: Run | None = None
        self._next_number = new_number()
        self._watch: gevent.Greenlet | None = None
        self._started_at, self._started = datetime.now(UTC), time.perf_counter()
        self._planned = PlannedEnd()
        self._asked: Asked | None = None
        self.outcome = RunResults(runner, signals)
        self.target = ""
        """Where payments go, or went last; no secret."""
        self.live = Live()
        self.labels = LabelsFile()
        self.take_labels: Callable[[], Taken] = dict
        """Where this process sends itself: the labels since the last time."""
        events = runner.environment.events
        self._start = locust_compat.replace_fire(events.test_start, self._asked_first)
        events.spawning_complete.add_listener(self._spawned)
        events.reset_stats.add_listener(lambda **_: self.live.reset())

    @property
    def run(self) -> Run | None:
        """The run that is on."""
        return self._run

    def meet(self, hub: HubIdentity | None) -> HubIdentity | None:
        """Somebody takes part who sends to this hub: the one that is read here, None where that cannot be said."""
        return self._verifier.meet(hub)

    @property
    def number(self) -> int:
        """The number of the run that is on, or of the next one, so that it can be prepared."""
        return self._next_number if self._run is None else self._run.number

    @property
    def configured_shares(self) -> dict[str, float]:
        """The mix that is configured now: payment method → share."""
        return {str(name): share for name, share in self._loaded.config.transaction.patterns.payment_methods.items()}

    # A run begins

    def _asked_first(self, **kwargs: Any) -> None:
        """A run is asked for: from now on it has failed, until its end says otherwise.

        Before the first listener of `test_start`: any of them may take long, and be killed by the end of the run.
        """
        if payment_users(self._environment):
            self._planned = planned(self._environment, self._loaded.config)
            self._asked = Asked(self._planned, time.monotonic())
        else:
            self.outcome.locusts_alone()
        self._start(**kwargs)

    @property
    def on(self) -> bool:
        """Whether a run was asked for and has not come to its end."""
        return self._asked is not None

    def replan(self) -> None:
        """Locust's form was sent while a run is on: its time counts anew."""
        if self._asked is not None:
            self._asked.at = time.monotonic()
            self._asked.planned.run_time = run_time(self._environment)

    def begin(self, target: str) -> Run:
        with self._one_at_a_time:
            self.outcome.begins()
            run = Run.at(time.time(), self._next_number)
            target = target.replace("{run_id}", run.id)  # a file's name
            log_setup.run_begins(run.id)
            self._verifier.begin(run, target)
            self.labels.begin(self._loaded.config.report.labels, run.id)
        self._open(run, target)
        self._tick()
        self._watch = gevent.spawn(self._watch_run)
        logger.info("run %s → %s", run.id, target)
        pace = self.pace()
        if pace is not None and pace.open:
            logger.info("the rate is set for the whole test: users change concurrency, not rate")
        return run

    def _open(self, run: Run, target: str) -> None:
        self._run, self._next_number = run, new_number()
        self.leads_to(target)
        self._started_at = datetime.now(UTC)
        self._steering = RatePlan(self._loaded.config, self._started_at.timestamp())
        self._started = time.perf_counter()
        self._users_max = 0
        self._ramp = Ramp(self._loaded.config.load.stages)
        self._asked_rate, self._shortfall = RateAccount(), Shortfall()
        self._planned.total = self._loaded.config.transaction.volume.total
        self._reloads: list[Reload] = []
        self.live.begin(run.id)

    def leads_to(self, target: str) -> None:
        """Where payments of the run that is on, or of the next one, go."""
        self.target = target
        show_target(self._environment, target)

    @property
    def elapsed(self) -> float:
        """Seconds since the run began; 0 until then. Rate and stages go by it, not by when Start was pressed."""
        return 0.0 if self._run is None else time.perf_counter() - self._started

    def pace(self, elapsed: float | None = None) -> RateTarget | None:
        """The pace of the whole test now, or at another time of the run."""
        return self._steering.pace(self.elapsed if elapsed is None else elapsed)

    def steer_pause(self) -> float:
        """Seconds until the pace has to be looked at again."""
        return self._steering.pause(self.elapsed)

    def reconfigure(self, loaded: Loaded, lines: list[str]) -> None:
        """A reload: `lines` say what changed."""
        if self._watch is not None:
            self._tick()  # until now the old rate was asked for
        if self._run is not None:
            if (told := for_the_next_run(self._loaded.config, loaded.config)) is not None:
                logger.warning("%s", told)
            elif self._planned.total is not None:
                self._planned.total += total_difference(self._loaded.config, loaded.config)
        self._loaded = loaded
        self._steering = RatePlan(loaded.config, self._started_at.timestamp())
        log_setup.set_level(loaded.config.logging)
        if self._run is not None:
            elapsed = round(self.elapsed, 3)
            for line in lines:
                self._reloads.append(Reload(at_s=elapsed, change=line))
                self.live.reloaded(elapsed, line)

    def _watch_run(self) -> None:
        due = self._started
        while True:
            due += TICK_SECONDS
            gevent.sleep(max(0.1, due - time.perf_counter()))
            self._users_max = max(self._users_max, self._users())
            self._tick()
            if said := self._shortfall.look(self.elapsed, self._asked_rate):
                reached, line = said
                logger.log(logging.INFO if reached else logging.WARNING, "%s", line)

    def heard(self, sender: str, account: dict[str, Any]) -> None:
        """The account of a sender, as it is now."""
        if self._run is None:
            return
        acked = sum(tally["acked"] for tally in account["ledger"]["methods"].values())
        self._ramp.heard(sender, self.elapsed, acked)

    def _tick(self, *, running: bool = True) -> None:
        elapsed = self.elapsed if running else self._duration
        pace = self._steering.pace(elapsed)
        target = pace.rate if pace is not None and pace.open else None
        users = self._users() if running else 0
        snapshot = self.live.tick(elapsed, users, target, running=running, planned=self._planned.total)
        self._asked_rate.look(self._steering, elapsed, self.live.acked)
        self.labels.write(self.take_labels())
        if running:
            self._verifier.tick(elapsed, snapshot.total.bytes)

    # A run ends

    def cut_short(self, by: str) -> None:
        """Something ends the run before its planned end, if it has one."""
        if self._asked is not None and not self._asked.ending:
            self._asked.cut_short = self._asked.cut_short or by

    def left(self, code: object, words: str) -> None:
        """Something called `sys.exit`, or Locust ends by an error of its own."""
        logger.error("%s", words)
        self.outcome.left(code, words)
        self.cut_short("sys.exit")

    def stopping(self) -> None:
        """Nothing more is handed out from now on: the duration of the run ends here."""
        if self._asked is not None:
            self._asked.ending = True
        if options(self._environment).headless:
            self._signals.leaving = True  # the process ends by itself once the run has
        if self._watch is not None:
            self._duration = self.elapsed
            self._watch.kill()
            self._watch = None

    def end(self, accounts: list[dict[str, Any]], workers: int, surplus_max: int = 0) -> None:
        """Sum up the run and verify it. Without a web UI the process leaves after that.

        accounts: none where the run ends before it began. surplus_max: how many transactions above the total a lost
        worker may have sent.
        """
        try:
            with self._one_at_a_time:
                asked, self._asked = self._asked, None
                if asked is not None:
                    self._end(asked, accounts, workers, surplus_max)
        finally:
            if options(self._environment).headless:
                gevent.spawn(self._runner.quit)  # nobody else could go on with it

    def _end(self, asked: Asked, accounts: list[dict[str, Any]], workers: int, surplus_max: int) -> None:
        began = self._run is not None
        if not began:
            self.outcome.begins()
            self._open(Run.at(time.time(), self._next_number), self.target or "unknown")
            self._duration = 0.0
        self._tick(running=False)
        run, self._run = self._run, None
        assert run is not None
        config = self._loaded.config
        facts = summary.RunFacts(
            run_id=run.id,
            target=self.target,
            config=self._loaded.masked(),
            versions=versions(),
            started_at=self._started_at,
            duration_s=self._duration,
            users_max=self._users_max,
            workers=workers,
            target_per_s=_rounded(self._asked_rate.target_per_s),
            asked=self._asked_rate.record(),
            ramp_s=self._ramp.over,
            after_ramp_per_s=_rounded(self._ramp.mean(self.live.acked, self._duration)),
            cpu_warning=locust_compat.short_of_cpu(self._runner),
            surplus_max=surplus_max,
        )
        result = summary.make(facts, accounts)
        result.reloads = self._reloads
        unreached = asked.unreached(self._duration, result.transactions.generated)
        self.labels.write(self.take_labels())
        self.labels.end()
        if began:
            self._verifier.finish(result)
        end = EndFacts(
            unreached=unreached,
            broken_listeners=any(account.get("broken") for account in accounts),
            on_error=options(self._environment).exit_code_on_error,
            verifies=began and self._verifier.verifies,
            unwritten=() if self.labels.trouble is None else (self.labels.trouble,),
        )
        html = partial(html_report.page, result, self.live, self.configured_shares)
        self.outcome.ended(Result(result, config, html, end))

    def _users(self) -> int:
        return count(self._environment, self._runner)

    def _spawned(self, **_: Any) -> None:
        if self._run is not None:
            self._users_max = max(self._users_max, self._users())
            self._ramp.spawned(round(self.elapsed, 3))


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)


def versions() -> dict[str, str]:
    """What a summary must name to be repeatable."""
    names = ("locust", "azure-eventhub", "gevent", "numpy")
    return {"paysim": __version__, "python": platform.python_version(), **{name: version(name) for name in names}}
