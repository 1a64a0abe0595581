"""A run as a whole: named at its start, summed up at its end. A standalone run and a master have one."""

import logging
import platform
import time
from collections.abc import Callable
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

from . import console, logs, reports, summary, verdict
from .asked import AskedRate, Shortfall
from .ending import options
from .labels import LabelsFile, Taken
from .live import Live
from .ramp import Ramp
from .reconfiguring import for_the_next_run, total_difference
from .steering import Pace, Steering
from .users import count, show_target
from .verification import Verifier
from .web import report

logger = logging.getLogger(__name__)

TICK_SECONDS = 1.0
"""How often the live figures are brought up to date."""


class Conductor:
    """Begins runs, watches how many users they have, and writes what they leave."""

    def __init__(self, runner: Runner, loaded: Loaded, verifier: Verifier) -> None:
        self._runner = runner
        self._verifier = verifier
        self._one_at_a_time = Semaphore()  # a run that is being verified ends before the next begins
        self._steering = Steering(loaded.config, time.time())  # of a run that is yet to begin
        self._environment = runner.environment
        self._loaded = loaded
        self._run: Run | None = None
        self._next_number = new_number()
        self._watch: gevent.Greenlet | None = None
        self._shown = ""
        self._started_at, self._started = datetime.now(UTC), time.perf_counter()
        self.target = ""
        """Where payments go, or went last; no secret."""
        self.live = Live()
        self.labels = LabelsFile()
        self.take_labels: Callable[[], Taken] = dict
        """Where this process sends itself: the labels since the last time."""
        runner.environment.events.spawning_complete.add_listener(self._spawned)
        runner.environment.events.reset_stats.add_listener(lambda **_: self.live.reset())

    @property
    def run(self) -> Run | None:
        """The run that is on."""
        return self._run

    @property
    def number(self) -> int:
        """The number of the run that is on, or of the next one, so that it can be prepared."""
        return self._next_number if self._run is None else self._run.number

    @property
    def configured_shares(self) -> dict[str, float]:
        """The mix that is configured now: payment method → share."""
        return {str(name): share for name, share in self._loaded.config.transaction.patterns.payment_methods.items()}

    def begin(self, target: str) -> Run:
        with self._one_at_a_time:
            run = Run.at(time.time(), self._next_number)
            target = target.replace("{run_id}", run.id)  # a file's name
            logs.run_begins(run.id)
            self._verifier.begin(run, target)
            self.labels.begin(self._loaded.config.report.labels, run.id)
        self._run, self._next_number = run, new_number()
        self.leads_to(target)
        self._started_at = datetime.now(UTC)
        self._steering = Steering(self._loaded.config, self._started_at.timestamp())
        self._started = time.perf_counter()
        self._users_max = 0
        self._ramp = Ramp(self._loaded.config.load.stages)
        self._asked_rate, self._shortfall = AskedRate(), Shortfall()
        self._planned = self._loaded.config.transaction.volume.total
        self._reloads: list[dict[str, Any]] = []
        self.live.begin(self._run.id)
        self._tick()
        self._watch = gevent.spawn(self._watch_run)
        logger.info("run %s → %s", self._run.id, target)
        pace = self.pace()
        if pace is not None and pace.open:
            logger.info("the rate is set for the whole test: users change concurrency, not rate")
        return self._run

    def leads_to(self, target: str) -> None:
        """Where payments of the run that is on, or of the next one, go."""
        self.target = target
        show_target(self._environment, target)

    @property
    def elapsed(self) -> float:
        """Seconds since the run began; 0 until then. Rate and stages go by it, not by when Start was pressed."""
        return 0.0 if self._run is None else time.perf_counter() - self._started

    def pace(self) -> Pace | None:
        """The pace of the whole test now."""
        return self._steering.pace(self.elapsed)

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
            elif self._planned is not None:
                self._planned += total_difference(self._loaded.config, loaded.config)
        self._loaded = loaded
        self._steering = Steering(loaded.config, self._started_at.timestamp())
        logs.set_level(loaded.config.logging)
        if self._run is not None:
            elapsed = round(self.elapsed, 3)
            for line in lines:
                self._reloads.append({"at_s": elapsed, "change": line})
                self.live.reloaded(elapsed, line)

    def abandon(self) -> None:
        """The run could not begin: there is nothing to sum up."""
        self.stopping()
        self._tick(running=False)
        self._run = None

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
        snapshot = self.live.tick(elapsed, users, target, running=running, planned=self._planned)
        self._asked_rate.look(self._steering, elapsed, self.live.acked)
        self.labels.write(self.take_labels())
        if running:
            self._verifier.tick(elapsed, snapshot.total.bytes)

    def stopping(self) -> None:
        """Nothing more is handed out from now on: the duration of the run ends here."""
        if self._watch is not None:
            self._duration = self.elapsed
            self._watch.kill()
            self._watch = None

    def end(self, accounts: list[dict[str, Any]], workers: int, surplus_max: int = 0) -> None:
        """Sum up the run: verify it, write the summary, hold the thresholds, and set the exit code.

        `surplus_max`: how many transactions above the total a lost worker may have sent.
        """
        with self._one_at_a_time:
            self._end(accounts, workers, surplus_max)

    def _end(self, accounts: list[dict[str, Any]], workers: int, surplus_max: int) -> None:
        assert self._run is not None
        self._tick(running=False)
        run, self._run = self._run, None
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
            asked=self._asked_rate.plain(),
            ramp_s=self._ramp.over,
            after_ramp_per_s=_rounded(self._ramp.mean(self.live.acked, self._duration)),
            cpu_warning=self._runner.cpu_warning_emitted or self._runner.worker_cpu_warning_emitted,
            surplus_max=surplus_max,
        )
        result = summary.make(facts, accounts)
        result["reloads"] = self._reloads
        self.labels.write(self.take_labels())
        self.labels.end()
        self._verifier.finish(result)
        end = verdict.EndFacts(on_error=options(self._environment).exit_code_on_error, verifies=config.verifies)
        verdict.judge(result, config.thresholds, end)
        # Locust has codes of its own for broken tasks and listeners, and for failures, which a threshold may allow.
        if result["exit_code"] or (self._runner.errors and not self._runner.exceptions):
            self._environment.process_exit_code = result["exit_code"]
        html = partial(report.page, result, self.live, self.configured_shares)
        path = reports.write(result, config.report, html)
        self._shown = console.table(result, path)
        if self._environment.web_ui is not None:
            self.show()

    def _users(self) -> int:
        return count(self._environment, self._runner)

    def _spawned(self, **_: Any) -> None:
        if self._run is not None:
            self._users_max = max(self._users_max, self._users())
            self._ramp.spawned(round(self.elapsed, 3))

    def show(self) -> None:
        """Print the summary, once: after Locust's own tables where it prints any."""
        if self._shown:
            # Standard output is for the transactions, or for Locust's --json, where it has either.
            taken = self._loaded.config.output.destination == "stdout" or options(self._environment).json
            console.show(self._shown, to_stderr=taken)
            self._shown = ""


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)


def versions() -> dict[str, str]:
    """What a summary must name to be repeatable."""
    names = ("locust", "azure-eventhub", "gevent", "numpy")
    return {"paysim": __version__, "python": platform.python_version(), **{name: version(name) for name in names}}
