"""Whether what became of a run behind the hub is as it has to be: limits of stages, and what none of them allows.

Missing transactions, copies and misjudged ones fail a run, as lost ones do, unless a limit says how many there may be.
What is still under way fails it too: it is neither missing nor passed. Pure.
"""

from collections.abc import Iterator

from paysim.config.sections.pipeline import ConsumerLag, Pipeline
from paysim.loadtest.report.wording import number
from paysim.summary.pipeline import LagRecord, PipelineRecord, StageLimit, StageRecord

_FAULTS = ("missing", "duplicates", "misjudged")


def limits(pipeline: Pipeline, record: PipelineRecord) -> list[StageLimit]:
    """Each configured limit; one whose figure was not measured is missed."""
    stages = {stage.name: stage for stage in record.stages}
    groups = {lag.consumer_group: lag for lag in record.lag}
    found = []
    for stage in pipeline.stages:
        for name, limit in stage.thresholds.model_dump(exclude_none=True).items():
            found.append(_limit(stage.name, name, limit, _of_stage(stages.get(stage.name), record, name)))
    for lag in pipeline.lag:
        for name, limit in lag.thresholds.model_dump(exclude_none=True).items():
            found.append(_limit(_group(lag), name, limit, _of_lag(groups.get(lag.consumer_group), name)))
    return found


def _group(lag: ConsumerLag | LagRecord) -> str:
    return f"lag of {lag.consumer_group}"


def _limit(of: str, name: str, limit: float, actual: float | None) -> StageLimit:
    return StageLimit(of=of, name=name, limit=limit, actual=actual, ok=actual is not None and actual <= limit)


def _of_stage(stage: StageRecord | None, record: PipelineRecord, name: str) -> float | None:
    if stage is None or record.not_measured:
        return None
    if name in ("p95_ms", "p99_ms"):
        return None if stage.latency_ms is None else float(getattr(stage.latency_ms, name.removesuffix("_ms")))
    return None if stage.lost is not None else getattr(stage, name)


def _of_lag(lag: LagRecord | None, name: str) -> float | None:
    if lag is None or lag.why is not None:
        return None
    return lag.total if name == "events" else lag.slope_per_s


def limit_missed(limit: StageLimit) -> str:
    """A few words on one that was not held."""
    actual = "was not measured" if limit.actual is None else f"was {number(limit.actual)}"
    return f"{limit.of}: {limit.name} {actual}, and has to be ≤ {number(limit.limit)}"


def pipeline_faults(record: PipelineRecord) -> list[str]:
    """Why a run does not pass, a few words each."""
    missed = [] if record.error is not None else [limit_missed(each) for each in record.thresholds if not each.ok]
    return [*missed, *other_faults(record)]


def other_faults(record: PipelineRecord) -> list[str]:
    """Those that no limit is about."""
    if record.error is not None:
        return [f"not measured behind the hub: {record.error}"]
    allowed = {(limit.of, limit.name) for limit in record.thresholds}
    found = [words for stage in record.hops for words in _of_one(stage, allowed)]
    if record.not_measured:
        found.insert(0, f"not measured behind the hub: {record.not_measured:,} transactions beyond those that are kept")
    return found


def _of_one(stage: StageRecord, allowed: set[tuple[str, str]]) -> Iterator[str]:
    if stage.lost is not None:
        yield f"stage {stage.name} was not read to its end: {stage.lost}"
    found = [
        f"{count:,} {name}" for name in _FAULTS if (count := getattr(stage, name)) and (stage.name, name) not in allowed
    ]
    if stage.under_way:
        found.append(f"{stage.under_way:,} still under way")
    if found:
        yield f"stage {stage.name}: {', '.join(found)}"
