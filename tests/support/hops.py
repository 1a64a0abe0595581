"""What a watcher tells, in short: the hub that is loaded, two stages and a group."""

from typing import Any

from paysim.summary.pipeline import PipelineFigures

LATENCY = {"p50": 10.0, "p95": 250.0, "p99": 300.0, "max": 400.0}


def stage(name: str = "stored", **more: Any) -> dict[str, Any]:
    return {
        "name": name, "expects": "good", "expected": 100, "arrived": 90, "right": 90, "missing": 2, "under_way": 8,
        "duplicates": None, "misjudged": 1, "foreign": 3, "unrecorded": 0, "latency_ms": LATENCY,
        "judged_ms": LATENCY, "hop_ms": None,
        "clock_offset_ms": 0.0, "clock_error_ms": None, **more,
    }  # fmt: skip


def now(hop: str, per_s: float = 20.0, **more: Any) -> dict[str, Any]:
    return {"hop": hop, "per_s": per_s, **LATENCY, **more}


def figures(**more: Any) -> PipelineFigures:
    """Of a run that is on; `stored` loses, doubles and misjudges."""
    group = {"consumer_group": "ingest", "partitions": {"0": 7, "1": None}, "total": 7, "slope_per_s": 1.5, "why": None}
    plain = {
        "acked": 100,
        "acknowledged_ms": LATENCY,
        "in_the_hub": stage("in the hub", expects="all", missing=0, under_way=0, misjudged=0, duplicates=0),
        "stages": [stage(), stage("rejected", expects="bad", misjudged=0, missing=0, duplicates=0)],
        "lag": [group],
        "now": [now("acknowledged"), now("in the hub"), now("stored", 12.5), now("rejected", 0.0, p50=None)],
    }
    return PipelineFigures.model_validate({**plain, **more})
