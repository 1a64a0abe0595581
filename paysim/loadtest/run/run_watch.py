"""Looks at the run that is on once a second: how it goes, and how its thresholds stand.

Here is what pages, metrics and files show of a run while it is on: the live figures, the judgement so far, the labels
file, and what is known of the pipeline behind the hub. When a run begins and ends is up to the coordinator.
"""

import logging
import time
from collections.abc import Callable

import gevent
from locust.runners import MasterRunner, Runner

from paysim.config.schema import Config
from paysim.loadtest.judge.limit_finder import LimitFinder
from paysim.loadtest.judge.standing import Judgement
from paysim.loadtest.live.figures import Live
from paysim.loadtest.logs.run_log import run_log
from paysim.loadtest.pipeline.watch import PipelineWatch
from paysim.loadtest.report.labels_file import LabelsFile, Taken
from paysim.loadtest.sending.account import Account
from paysim.loadtest.users import count
from paysim.summary.pipeline import PipelineRecord

from .shutdown import end_test
from .state import Begun, RunState
from .verifier import Verifier

logger = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
"""How often the live figures are brought up to date."""


class RunWatch:
    """Of one run after the other. `live` and `judgement` show the last run until the next one begins."""

    def __init__(self, runner: Runner, verifier: Verifier, pipeline: PipelineWatch) -> None:
        self._runner, self._verifier = runner, verifier
        self._looking: gevent.Greenlet | None = None
        self.pipeline = pipeline
        self.live = Live()
        self.live.pipeline = lambda: pipeline.figures
        self.judgement = Judgement()
        """Of the run that is on, or was last."""
        self.labels = LabelsFile()
        self.take_labels: Callable[[], Taken] = dict
        """Where this process sends itself: the labels since the last time."""
        self.take_records: Callable[[], bytes] = bytes
        """The same for the records of what was sent (`pipeline.records`), where stages behind the hub are watched."""
        runner.environment.events.reset_stats.add_listener(lambda **_: self.live.reset())

    def begin(self, run_id: str, config: Config) -> None:
        """A run begins: nothing is known of it yet."""
        self.live.begin(run_id)
        self.labels.begin(config.report.labels, run_id)
        run_log.begin(config.report.log, run_id)
        self.judgement = Judgement(run_id)

    def start(self, state: RunState, begun: Begun) -> None:
        """Look at the run now, and once a second from now on."""
        self.look(state, begun)
        self._looking = gevent.spawn(self._look_on, state, begun)

    @property
    def looking(self) -> bool:
        """Whether a run is being looked at: from `start` to `stop`."""
        return self._looking is not None

    def stop(self) -> None:
        """Look at the run no more, but for the last time by `look`."""
        if self._looking is not None:
            self._looking.kill()
            self._looking = None

    def _look_on(self, state: RunState, begun: Begun) -> None:
        due = begun.started
        while True:
            due += LOOK_SECONDS
            gevent.sleep(max(0.1, due - time.perf_counter()))
            begun.users(self.users())
            self.look(state, begun)
            self._judge(begun)
            if begun.finder is None and (said := begun.rate_watch.look(begun.elapsed, begun.asked_rate)):
                reached, line = said
                logger.log(logging.INFO if reached else logging.WARNING, "%s", line)

    def users(self) -> int:
        """How many users there are that pay."""
        return count(self._runner.environment, self._runner)

    def reported(self, begun: Begun, sender: str, account: Account) -> None:
        """A worker's account of this run has come. Its labels and records are taken out of it."""
        self.labels.write(account.labels)
        self.pipeline.sent(account.records)
        account.labels, account.records = {}, b""
        begun.heard(account)
        self.live.heard(sender, begun.elapsed, account)

    def look(self, state: RunState, begun: Begun, *, running: bool = True) -> None:
        """Bring everything up to date. running: False at the end of the run, when nothing more is handed out."""
        elapsed = begun.elapsed if running else begun.lasted
        pace = begun.plan.pace(elapsed)
        target = pace.rate if pace is not None and pace.open else None
        users = self.users() if running else 0
        snapshot = self.live.tick(elapsed, users, target, running=running, planned=state.planned.total)
        begun.asked_rate.look(begun.plan, elapsed, self.live.acked)
        if running and not isinstance(self._runner, MasterRunner):  # a master hears of its workers when they report
            for account in self.live.seen.values():
                begun.heard(account)
        begun.judge.look(begun.plan, elapsed, self.live.acked)
        begun.judge.look_behind(snapshot.pipeline)
        self._take()
        if running:
            self._verifier.tick(elapsed, snapshot.total.bytes)

    def _take(self) -> None:
        """What this process sent itself since the last time."""
        self.labels.write(self.take_labels())
        self.pipeline.sent(self.take_records())

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

    def finish_labels(self) -> None:
        """Nothing more was sent: the labels file is complete."""
        self.labels.write(self.take_labels())
        self.labels.end()

    def finish_pipeline(self, begun: Begun) -> PipelineRecord | None:
        """Wait for what is under way behind the hub, and show it meanwhile. None where nothing is watched there."""
        self.pipeline.sent(self.take_records())
        work = gevent.spawn(self.pipeline.finish)
        while not work.ready():
            self.live.look_behind(begun.elapsed)
            work.join(LOOK_SECONDS)
        self.live.look_behind(begun.elapsed)
        record: PipelineRecord | None = work.get()
        return record
