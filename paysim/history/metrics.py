"""The figures by which runs are compared: a row each, which tables, charts and JSON are made from."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from paysim.summary.model import Latency, Summary
from paysim.summary.pipeline import StageRecord

PERCENTILES = ("p50", "p95", "p99")


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One figure.

    name: in JSON, and for `--tolerance`. title: for people. read: takes it out of a summary, None where it was not
    measured. is_ratio: changes are judged as ratios, not as differences. noise: the difference that two single runs may
    have by chance. resolution: a difference that means nothing even where noise is known. counts_at_worst: it should be
    zero, so the worst run of a group stands for the group, and chance does not excuse it.
    """

    name: str
    title: str
    read: Callable[[Summary], float | None]
    unit: str = ""
    more_is_better: bool = False
    is_ratio: bool = True
    noise: float = 0.0
    resolution: float = 0.0
    counts_at_worst: bool = False


def _latency(kind: str, percentile: str) -> Metric:
    def read(summary: Summary) -> float | None:
        found = getattr(summary.latency_ms, kind)
        return None if found is None else float(getattr(found, percentile))

    title = f"{kind.replace('_', ' ')} {percentile}"
    return Metric(name=f"{kind}_{percentile}", title=title, read=read, unit=" ms", noise=1.0, resolution=0.1)


def _percentage(outcome: str) -> Metric:
    def read(summary: Summary) -> float:
        counts = summary.transactions
        return 100 * getattr(counts, outcome) / counts.ended if counts.ended else 0.0

    return Metric(name=outcome, title=outcome, read=read, unit=" %", is_ratio=False)


def _found(finding: str) -> Metric:
    def read(summary: Summary) -> float | None:
        return getattr(summary.delivery, finding, None)  # None where it was not verified, or in vain

    return Metric(name=finding, title=finding, read=read, counts_at_worst=True)


RATE = Metric(
    name="rate",
    title="rate",
    read=lambda summary: summary.rate.achieved_per_s,
    unit="/s",
    more_is_better=True,
)
FAILED, UNKNOWN = _percentage("failed"), _percentage("unknown")
LOST, DUPLICATED = _found("lost"), _found("duplicated")
LATENCIES = {(kind, name): _latency(kind, name) for kind in Latency.model_fields for name in PERCENTILES}
METRICS = (RATE, *LATENCIES.values(), FAILED, UNKNOWN, LOST, DUPLICATED)
"""Those that any run may have."""

UNFOLLOWED = Metric(
    name="unfollowed",
    title="payments that nothing more followed",
    read=lambda summary: None if summary.follow_ups is None else summary.follow_ups.unfollowed,
    counts_at_worst=True,
)
"""For want of room, after too many reloads, or since their process went silent: stories that are not whole."""

FINDINGS = ("missing", "duplicates", "misjudged")


def of(summaries: Iterable[Summary]) -> list[Metric]:
    """All that these runs may have: METRICS, those of follow-ups, and those of each stage behind the hub."""
    every = list(summaries)
    stages = dict.fromkeys(name for each in every for name in stage_names(each))
    followed = [UNFOLLOWED] if any(each.follow_ups is not None for each in every) else []
    return [*METRICS, *followed, *(metric for stage in stages for metric in stage_metrics(stage).values())]


def stage_names(summary: Summary) -> list[str]:
    return [] if summary.pipeline is None else [stage.name for stage in summary.pipeline.stages]


def stage_metrics(stage: str) -> dict[str, Metric]:
    """Percentile or finding → the metric of that stage."""
    return {
        **{name: _stage_latency(stage, name) for name in PERCENTILES},
        **{finding: _stage_finding(stage, finding) for finding in FINDINGS},
    }


def _stage(summary: Summary, name: str) -> StageRecord | None:
    """The record of a stage; None where it was not read to its end, because then nobody knows what it lacks."""
    found = [] if summary.pipeline is None else [each for each in summary.pipeline.stages if each.name == name]
    return found[0] if found and found[0].lost is None else None


def _stage_latency(stage: str, percentile: str) -> Metric:
    def read(summary: Summary) -> float | None:
        found = _stage(summary, stage)
        return None if found is None or found.latency_ms is None else float(getattr(found.latency_ms, percentile))

    name, title = f"stage_{stage}_{percentile}", f"stage {stage} {percentile}"
    return Metric(name=name, title=title, read=read, unit=" ms", noise=1.0, resolution=0.1)


def _stage_finding(stage: str, finding: str) -> Metric:
    def read(summary: Summary) -> float | None:
        found = _stage(summary, stage)
        return None if found is None else getattr(found, finding)

    return Metric(name=f"stage_{stage}_{finding}", title=f"stage {stage} {finding}", read=read, counts_at_worst=True)
