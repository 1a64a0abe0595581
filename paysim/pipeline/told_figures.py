"""What the watcher tells of a run, as JSON has it: the fields of `summary.pipeline`, `PipelineFigures`."""

import time
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from .matcher import Matcher
from .recent import Recent
from .stage_state import StageCount
from .watched_stage import WatchedStage


def so_far(
    matcher: Matcher, stages: Sequence[WatchedStage], source: WatchedStage | None, counts: Sequence[StageCount]
) -> dict[str, Any]:
    """What is known of the whole run. counts: of each stage, and of the source hub last, where it is read."""
    return {
        "stages": [stage_plain(matcher, stage, count) for stage, count in zip(stages, counts, strict=False)],
        "in_the_hub": None if source is None else stage_plain(matcher, source, counts[-1]),
        "acknowledged_ms": matcher.acknowledged.plain(),
        "acked": matcher.acked,
        "unknown": matcher.unknown,
        "not_measured": matcher.not_measured,
        "kept_most": matcher.under_way.kept_most,
        "most_bytes": matcher.under_way.most_bytes,
    }


def now(acknowledged: Recent, hops: Sequence[WatchedStage]) -> list[dict[str, Any]]:
    """How fast and how late each hop was in the last seconds, in their order."""
    return [
        {"hop": "acknowledged", **acknowledged.plain()},
        *({"hop": hop.name, **hop.recent.plain()} for hop in hops),
    ]


def stage_plain(matcher: Matcher, watched: WatchedStage, count: StageCount) -> dict[str, Any]:
    """One stage, or the source hub: a `StageRecord`."""
    stage, clock = matcher.stages[watched.number], watched.clock
    error = clock.error_us
    counts = asdict(count)
    oldest_us = counts.pop("oldest_us")
    return {
        "name": watched.name,
        "expects": stage.expects,
        **counts,
        "oldest_s": None if oldest_us is None else round(max(0.0, time.time() - oldest_us / 1e6), 3),
        "duplicates": count.duplicates if watched.duplicates else None,
        "foreign": count.foreign + watched.without_id,
        "unrecorded": matcher.unrecorded(watched.number),
        "latency_ms": stage.end_to_end.plain(),
        "judged_ms": stage.judged.plain(),
        "hop_ms": stage.hop.plain(),
        "clock_offset_ms": round(clock.offset_us / 1000, 3),
        "clock_error_ms": None if error is None else round(error / 1000, 3),
        "lost": watched.lost,
    }
