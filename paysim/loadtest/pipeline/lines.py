"""The hops behind the hub as people read them: lines of the console, rows of a table. Pure."""

from paysim.loadtest.report.wording import milliseconds
from paysim.summary.pipeline import HopLatency, PipelineRecord, StageRecord

HEAD = ("behind the hub", "arrived", "missing", "under way", "duplicates", "misjudged", "p50", "p95", "p99", "hop p50")


def rows(record: PipelineRecord) -> list[tuple[str, ...]]:
    """Asked → acknowledged → in the hub → each stage; cells as in HEAD."""
    latency = record.acknowledged_ms
    found = [("acknowledged", f"{record.acked:,}", "", "", "", "", *_percentiles(latency), "")]
    stages = [*([record.in_the_hub] if record.in_the_hub else []), *record.stages]
    return [*found, *map(_row, stages)]


def _row(stage: StageRecord) -> tuple[str, ...]:
    duplicates = "not measured" if stage.duplicates is None else f"{stage.duplicates:,}"
    counts = (f"{stage.arrived:,}", f"{stage.missing:,}", f"{stage.under_way:,}", duplicates, f"{stage.misjudged:,}")
    hop = "" if stage.hop_ms is None else milliseconds(stage.hop_ms.p50)
    return (stage.name, *counts, *_percentiles(stage.latency_ms), hop)


def _percentiles(found: HopLatency | None) -> tuple[str, str, str]:
    if found is None:
        return "", "", ""
    return milliseconds(found.p50), milliseconds(found.p95), milliseconds(found.p99)


def who_could_tell(record: PipelineRecord | None) -> str | None:
    """What would tell whether those come that are still under way: of the last ones of a partition, which nothing
    overtakes, what comes out of a pipeline cannot. None where nothing is, or checkpoints have been read."""
    if (
        record is None
        or any(lag.why is None for lag in record.lag)
        or not any(stage.under_way for stage in record.stages)
    ):
        return None
    return "nothing behind them in their partition has come; checkpoints (pipeline.lag) tell if they will"


def lines(record: PipelineRecord | None) -> list[str]:
    """For the console: a line a hop, then lag."""
    if record is None:
        return []
    if record.error is not None:
        return [f"  behind hub    not measured: {record.error}"]
    found = [f"  {'behind the hub':<18}{'arrived':>10}{'missing':>9}{'twice':>7}{'wrong':>7}{'p50':>11}{'p95':>11}"]
    for name, arrived, missing, under_way, duplicates, misjudged, p50, p95, *_ in rows(record):
        twice = "–" if duplicates == "not measured" else duplicates
        late = f"  {under_way} under way" if under_way not in ("", "0") else ""
        found.append(f"    {name:<16}{arrived:>10}{missing:>9}{twice:>7}{misjudged:>7}{p50:>11}{p95:>11}{late}")
    if (told := who_could_tell(record)) is not None:
        found.append(f"    under way: {told}")
    for lag in record.lag:
        grows = "" if lag.slope_per_s is None else f", growing by {lag.slope_per_s:,.0f}/s"
        told = f"not measured: {lag.why}" if lag.total is None else f"{lag.total:,} events{grows}"
        found.append(f"    lag of {lag.consumer_group}: {told}")
    return found
