"""What is behind the hub, as thresholds of stages and of lag are held against it, and what fails a run without one.

Missing transactions, copies and misjudged ones fail a run, as lost ones do, unless a threshold says how many there may
be. What is still under way fails it too: it is neither missing nor passed. Pure.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from paysim.config.sections.pipeline import LagThresholds, StageThresholds
from paysim.summary.model import Threshold
from paysim.summary.pipeline import HopLatency, LagRecord, PipelineFigures, PipelineRecord, StageRecord

LAG_OF = "lag of "
_FAULTS = ("missing", "duplicates", "misjudged")


@dataclass(frozen=True, slots=True)
class StageSpan:
    """latency_ms: of the span. counts: since the start of the run. None: not measured."""

    latency_ms: HopLatency | None
    counts: StageRecord | None


@dataclass(frozen=True, slots=True)
class LagSpan:
    """live: whether the run is on."""

    lag: LagRecord
    live: bool


Spans = dict[str, Mapping[str, Any]]
"""Mapping of thresholds → stage or group → its span. One that is not measured is not there."""


def at_end(record: PipelineRecord | None) -> Spans:
    """Of a run that is over."""
    if record is None or record.error is not None:
        return _spans({}, {})
    stages = {stage.name: StageSpan(stage.judged_ms, _counts(record, stage)) for stage in record.stages}
    return _spans(stages, _lags(record, live=False))


def live(figures: PipelineFigures | None, *, window: float | None, measured: bool) -> Spans:
    """While a run is on. window: the seconds that latencies are of; None: of all since the warm-up. measured: whether
    the span is long enough for them.
    """
    if figures is None or figures.error is not None or not figures.now:
        return _spans({}, {})
    stages = {}
    for stage in figures.stages:
        latency = stage.judged_ms if window is None else _of_window(figures, stage, window)
        stages[stage.name] = StageSpan(latency if measured else None, _counts(figures, stage))
    return _spans(stages, _lags(figures, live=True))


def _of_window(figures: PipelineFigures, stage: StageRecord, window: float) -> HopLatency | None:
    """Where nothing came all the while, the next to come is the oldest, and is at least as late as it is old now."""
    found = figures.window.get(stage.name)
    if found is not None or stage.oldest_s is None or stage.oldest_s < window:
        return found
    age = stage.oldest_s * 1000
    return HopLatency(p50=age, p95=age, p99=age, max=age)


def backlog(figures: PipelineFigures | None) -> dict[str, int]:
    """Stage, or `lag of GROUP` → transactions that have not come there. What is not measured now is not there."""
    if figures is None or figures.error is not None or not figures.now:
        return {}
    found = {stage.name: stage.under_way for stage in figures.stages if _counts(figures, stage) is not None}
    lags = {f"{LAG_OF}{lag.consumer_group}": lag.total for lag in figures.lag if lag.why is None}
    return {**found, **{name: total for name, total in lags.items() if total is not None}}


def _spans(stages: dict[str, StageSpan], lags: dict[str, LagSpan]) -> Spans:
    return {StageThresholds.mapping: stages, LagThresholds.mapping: lags}


def _counts(record: PipelineRecord, stage: StageRecord) -> StageRecord | None:
    return None if stage.lost is not None or record.not_measured else stage


def _lags(record: PipelineRecord, *, live: bool) -> dict[str, LagSpan]:
    return {lag.consumer_group: LagSpan(lag, live) for lag in record.lag if lag.why is None}


def pipeline_faults(record: PipelineRecord, thresholds: Sequence[Threshold]) -> list[str]:
    """Why a run does not pass beside its thresholds, a few words each."""
    if record.error is not None:
        return [f"not measured behind the hub: {record.error}"]
    found = [words for stage in record.hops for words in _of_one(stage, {each.name for each in thresholds})]
    if record.not_measured:
        found.insert(0, f"not measured behind the hub: {record.not_measured:,} transactions that could not be kept")
    return found


def _of_one(stage: StageRecord, thresholds: set[str]) -> Iterator[str]:
    if stage.lost is not None:
        yield f"stage {stage.name} was not read to its end: {stage.lost}"
    found = [
        f"{count:,} {name}"
        for name in _FAULTS
        if (count := getattr(stage, name)) and f"{StageThresholds.mapping}.{stage.name}.{name}" not in thresholds
    ]
    if stage.under_way:
        found.append(f"{stage.under_way:,} still under way")
    if found:
        yield f"stage {stage.name}: {', '.join(found)}"
