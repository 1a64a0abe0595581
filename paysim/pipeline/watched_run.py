"""A run that is watched behind the hub: its stages, the source hub and the lag, from its beginning to its end.

`end` waits until everything has come, or a consumer group has gone past the end of the run and nothing more comes, or
the time for waiting is over. Then each stage is read once more, up to where it stands. A transaction that is absent
after that is *missing* if the stage was quiet, all of it was read, and the order of the source hub or the consumer
group says that the pipeline has gone past the transaction; else it is *under way*.
"""

import contextlib
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import numpy as np

from paysim.config.errors import TargetError
from paysim.config.sections.event_hub import EventHub
from paysim.config.sections.pipeline import Pipeline, PipelineStage
from paysim.config.targets import allowed_targets
from paysim.eventhub.address import HubAddress, quieten
from paysim.eventhub.consuming.explaining import explain
from paysim.eventhub.looking import Looker

from . import told_figures
from .group_lags import GroupLags
from .matcher import Matcher
from .recent import Recent
from .refused import StageRefused
from .stage_state import StageCount
from .stages.clock import OtherClock
from .stages.database import Unavailable
from .stages.database_stage import DatabaseStage
from .stages.hub_stage import HubTail
from .watched_stage import WatchedStage

_PAUSE_SECONDS = 0.5
"""Between two looks at what is still under way, at the end."""

Tell = Callable[[str, bool], None]
"""A text for the log, and whether something is not measured because of it."""


class WatchedRun:
    """Everything behind the hub, in one run. `sent` and the readers of stages may come from several threads."""

    def __init__(
        self, pipeline: Pipeline, output: EventHub, connection_string: str | None, source_group: str | None, tell: Tell
    ) -> None:
        """connection_string: of the hub that is loaded, instead of the configured one. source_group: the consumer group
        to read it with; None: it is not read. Raises StageRefused and TargetError.
        """
        quieten()
        self._pipeline, self._output, self._tell = pipeline, output, tell
        self._lock = threading.Lock()
        self._matcher: Matcher | None = None
        self._stopped = threading.Event()
        self.over = threading.Event()
        self._clocks: dict[str, OtherClock] = {}
        self._source_address = HubAddress(output, connection_string)
        for _, target in pipeline.targets(output):  # the last gate, for what is no hub too
            for refusal in allowed_targets.refusals(target, output.allowed_targets):
                raise StageRefused(refusal)
        self._stages = [self._watched(at, stage) for at, stage in enumerate(pipeline.stages)]
        self._source: WatchedStage | None = None
        if source_group is not None:
            self._source = WatchedStage("in the hub", len(self._stages))
            self._tail(self._source, self._source_address, source_group, "message_id")
        self._lags = GroupLags(pipeline.lag, self._source_address, self._source_ends)
        self._acknowledged = Recent()
        self._show_readable()

    @classmethod
    def of(cls, asked: dict[str, Any], tell: Tell) -> "WatchedRun":
        """From what the process is told. Raises StageRefused and TargetError."""
        return cls(
            Pipeline.model_validate(asked["pipeline"]),
            EventHub.model_validate(asked["event_hub"]),
            asked["connection_string"],
            asked["source_group"],
            tell,
        )

    @property
    def _all(self) -> list[WatchedStage]:
        return [*self._stages, *([self._source] if self._source else [])]

    def _watched(self, number: int, stage: PipelineStage) -> WatchedStage:
        watched = WatchedStage(stage.name, number)
        if stage.event_hub is not None:
            try:
                address = HubAddress(stage.event_hub.event_hub(self._output))
            except TargetError as error:
                raise StageRefused(f"stage {stage.name}: {error}") from None
            self._tail(watched, address, stage.event_hub.consumer_group, stage.event_hub.id)
        elif stage.sql is not None:
            watched.duplicates = stage.sql.row is not None

            def take(ids: np.ndarray, stamps: np.ndarray, without: int, new: bool) -> None:
                self._take(watched, ids, stamps, without, new=new)

            try:
                watched.database = DatabaseStage(stage.name, stage.sql, take, self._tell)
            except Unavailable as error:
                raise StageRefused(f"stage {stage.name}: {error}") from None
        return watched

    def _tail(self, watched: WatchedStage, address: HubAddress, group: str, id: str) -> None:
        # Hubs of one namespace have one clock, and what one of them shows of it holds for all.
        clock = self._clocks.setdefault(address.host, OtherClock())

        def take(partition: str, ids: np.ndarray, stamps: np.ndarray, places: np.ndarray, without: int) -> None:
            where = (int(partition), places) if watched is self._source and partition.isdecimal() else None
            self._take(watched, ids, stamps, without, where=where)

        def tell(text: str, lost: bool) -> None:
            self._tell(f"stage {watched.name}: {text}", lost)

        watched.group, watched.address = group, address
        watched.hub = HubTail(address, group, id, clock, take, tell)

    def _show_readable(self) -> None:
        """Raises StageRefused where a stage cannot be read."""
        with ThreadPoolExecutor(max(1, len(self._all))) as pool:
            for why in pool.map(WatchedStage.unreadable, self._all):
                if why is not None:
                    raise StageRefused(why)

    # A run begins

    def begin(self, run: int, after: float = 0.0, window: float | None = None) -> dict[str, Any]:
        """Note where everything stands, and watch from there on. Returns `most_bytes`. Raises StageRefused.

        run: its number. after: seconds of warm-up. window: seconds over which thresholds are judged, None: there is
        none.
        """
        stages = [(stage.name, stage.expects) for stage in self._pipeline.stages]
        self._matcher = Matcher(run, stages, reads_source=self._source is not None)
        if after:
            self._matcher.judged_from_us = int((time.time() + after) * 1e6)
        for watched in self._stages:
            watched.window = None if window is None else Recent(window)
        hubs = [watched for watched in self._all if watched.hub is not None]
        with ThreadPoolExecutor(max(1, len(hubs))) as pool:
            try:
                list(pool.map(lambda watched: watched.hub and watched.hub.start(), hubs))
                self._lags.begin(self.over)
            except Exception as error:
                raise StageRefused(explain(error, self._source_address, "$Default")) from None
        for watched in self._all:
            watched.came = time.monotonic()
            if watched.hub is not None:
                watched.hub.watch(self._stopped)
            elif watched.database is not None:
                threading.Thread(target=watched.database.watch, args=(self._stopped,), daemon=True).start()
        return {"most_bytes": self._matcher.under_way.most_bytes}

    def _source_ends(self) -> Mapping[str, int]:
        """Partition of the hub that is loaded → sequence number of its next event. Raises what the SDK raises."""
        if self._source is not None and self._source.hub is not None:
            return self._source.hub.look().ends
        looker = Looker(lambda: self._source_address.client(10, 10))
        try:
            return looker.look().ends
        finally:
            looker.close()

    # While it is on

    def sent(self, rows: np.ndarray) -> None:
        """Rows of `records`."""
        with self._lock:
            if self._matcher is not None:
                self._matcher.sent(rows)

    def _take(
        self,
        watched: WatchedStage,
        ids: np.ndarray,
        stamps: np.ndarray,
        without: int,
        *,
        where: tuple[int, np.ndarray] | None = None,
        new: bool = True,
    ) -> None:
        with self._lock:
            matcher = self._matcher
            if matcher is None:
                return
            watched.without_id += without if new else 0
            before = matcher.stages[watched.number].arrived
            partition, places = (-1, None) if where is None else where
            matcher.came(watched.number, ids, stamps, partition, places, again=new)
            if matcher.stages[watched.number].arrived > before:
                watched.came = time.monotonic()
            offset = watched.clock.offset_us
            if (fastest := matcher.fastest(watched.number)) < float("inf"):
                watched.clock.stamped(sent_us=0.0, stamp_us=fastest + offset)

    def figures(self) -> dict[str, Any]:
        """What is known now."""
        with self._lock:
            assert self._matcher is not None
            now = time.monotonic()
            self._matcher.look(now)
            counts = [self._matcher.count(watched.number) for watched in self._all]
            self._acknowledged.look(now, self._matcher.acked, self._matcher.acknowledged)
            for watched in self._all:
                stage = self._matcher.stages[watched.number]
                watched.recent.look(now, stage.arrived, stage.end_to_end)
                if watched.window is not None:
                    watched.window.look(now, stage.arrived, stage.end_to_end)
        window = {each.name: each.window.latency_ms() for each in self._stages if each.window is not None}
        hops = [*([self._source] if self._source else []), *self._stages]
        now_told = told_figures.now(self._acknowledged, hops)
        return {**self._plain(counts), "now": now_told, "window": window}

    def _plain(self, counts: list[StageCount]) -> dict[str, Any]:
        assert self._matcher is not None
        return {**told_figures.so_far(self._matcher, self._stages, self._source, counts), "lag": self._lags.plain()}

    # It ends

    def end(self, wait: float) -> dict[str, Any]:
        """Nothing more is sent. Wait at most so many seconds for what is under way, and return the final figures."""
        deadline = time.monotonic() + wait
        with contextlib.suppress(Exception):  # then the lag says nothing at the end
            self._lags.note_end()
        counts = self._counts()
        while any(count.under_way or count.missing for count in counts) and time.monotonic() < deadline:
            if self._lags.passed and all(watched.is_quiet for watched in self._all):
                break
            time.sleep(min(_PAUSE_SECONDS, max(0.01, deadline - time.monotonic())))
            counts = self._counts()
        quiet = [watched.is_quiet for watched in self._all]
        incomplete = any(count.under_way or count.missing for count in counts)
        read = [watched.catch_up(whole=incomplete) for watched in self._all]
        passed = self._lags.passed
        self._stopped.set()
        with self._lock:
            assert self._matcher is not None
            self._matcher.look(time.monotonic())
            counts = [self._matcher.count(watched.number, passed=passed) for watched in self._all]
        final = [
            count if still and done else _all_under_way(count)
            for count, still, done in zip(counts, quiet, read, strict=True)
        ]
        self.over.set()
        return self._plain(final)

    def _counts(self) -> list[StageCount]:
        with self._lock:
            assert self._matcher is not None
            self._matcher.look(time.monotonic())
            return [self._matcher.count(watched.number) for watched in self._all]


def _all_under_way(count: StageCount) -> StageCount:
    return replace(count, missing=0, under_way=count.missing + count.under_way)
