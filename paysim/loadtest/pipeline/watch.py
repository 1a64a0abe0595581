"""What is watched behind the hub, from the side of the process that conducts: a watcher process for each run.

It is started before a run, so that a stage that cannot be read ends the load test before it sends. What was sent is
written to it as it becomes known, and it tells figures each second; at the end it waits for what is under way.
"""

import logging
import time
from collections.abc import Callable

import gevent
from gevent.event import Event

from paysim.config.errors import TargetError
from paysim.config.pipeline_lines import source_group
from paysim.config.schema import Config
from paysim.contract.identity import Run
from paysim.pipeline.watcher_process import GONE, NotWatched, WatcherProcess
from paysim.summary.pipeline import PipelineFigures, PipelineRecord

logger = logging.getLogger(__name__)

STALE_SECONDS = 5.0
"""What a watcher has told is not shown as the present after so long."""
PATIENCE_SECONDS = 90.0
"""How long a watcher may take at the end, besides waiting."""


class PipelineWatch:
    """Where no stage is configured it does nothing."""

    def __init__(self, config: Config, embedded: Callable[[], str | None], *, again: bool) -> None:
        """embedded: the address of the embedded hub, None where it does not run. again: whether several runs follow."""
        self._again = again
        self._config = config if config.pipeline.watches else None
        self._embedded = embedded
        self._watcher: WatcherProcess | None = None
        self._error: str | None = None
        self._given_up = Event()
        self._opening: gevent.Greenlet | None = None
        self._last: PipelineFigures | None = None

    @property
    def wants_records(self) -> bool:
        """Whether senders are to tell what they sent."""
        return self._config is not None and bool(self._config.pipeline.stages)

    @property
    def figures(self) -> PipelineFigures | None:
        """What the watcher told last of the run that is on, or of the one before."""
        watcher = self._watcher
        if self._error is not None:
            return PipelineFigures(error=self._error)
        if watcher is None or (told := watcher.figures) is None:
            return self._last
        if not watcher.alive:
            return PipelineFigures(error=GONE)
        found = PipelineFigures.of(told)
        if time.monotonic() - watcher.told_at > STALE_SECONDS:
            found.now = []  # what it told is true of then, and nothing is known of now
        return found

    def start(self) -> None:
        """Start a watcher, beside what else comes before a run."""
        if self._config is not None and self._watcher is None:
            self._watcher = WatcherProcess(self._config, self._embedded(), source_group(self._config), self._said)
            self._opening = gevent.spawn(self._open, self._watcher)

    @staticmethod
    def _open(watcher: WatcherProcess) -> str | None:
        try:
            watcher.ready()
        except NotWatched as why:
            return str(why)
        return None

    def open(self) -> None:
        """Show that every stage can be read. Raises TargetError."""
        self.start()
        if self._opening is not None and (why := self._opening.get()) is not None:
            raise TargetError(why)

    def begin(self, run: Run) -> None:
        """Before the first send: note where everything stands. What goes wrong is told at the end of the run."""
        self._error = self._last = None
        if self._config is None:
            return
        try:
            self.open()
            assert self._watcher is not None
            self._watcher.begin(run.number)
        except (NotWatched, TargetError) as why:
            self._error = str(why)
            logger.error("not measured behind the hub: %s", why)

    def sent(self, rows: bytes) -> None:
        """Some process sent this: rows of `pipeline.records`."""
        if self._watcher is not None and self._error is None:
            self._watcher.sent(rows)

    def finish(self) -> PipelineRecord | None:
        """Nothing more is sent: wait for what is under way. None where nothing is watched."""
        if self._config is None:
            return None
        work = gevent.spawn(self._finish)
        gevent.wait([work, self._given_up], count=1)
        if work.ready():
            record: PipelineRecord = work.get()
        else:
            work.kill(block=False)
            record = PipelineRecord(error="a second signal ended the wait")
        watcher, self._watcher = self._watcher, None
        if watcher is not None:
            watcher.close()
        if self._again and not self._given_up.is_set():
            self.start()
        return record

    def _finish(self) -> PipelineRecord:
        watcher, config = self._watcher, self._config
        assert config is not None
        if watcher is None or self._error is not None:
            return PipelineRecord(error=self._error or "nothing was watched")
        logger.info("waiting up to %g s for what is under way behind the hub", config.pipeline.wait)
        try:
            told = watcher.end(config.pipeline.wait, PATIENCE_SECONDS)
            self._last, record = PipelineFigures.of(told), PipelineRecord.of(told)
        except NotWatched as why:
            return PipelineRecord(error=str(why))
        if watcher.dropped:
            return PipelineRecord(error="the watcher could not keep up with what was sent")
        return record

    def _said(self, text: str, trouble: bool) -> None:
        logger.log(logging.ERROR if trouble else logging.WARNING, "%s", text)

    def give_up(self) -> None:
        """Whoever waits for the end waits no longer."""
        self._given_up.set()

    def close(self) -> None:
        """End the watcher. It waits for nothing."""
        if self._watcher is not None:
            self._watcher.close()
