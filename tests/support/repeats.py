"""Summaries of repeated runs as files have them, with figures that are given."""

import copy
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from tests.support.summaries import A

Plain = dict[str, Any]


def run(number: int, figures: Mapping[str, float] = {}, base: Plain = A) -> Plain:
    """The run of that number, a minute after the one before. figures: metric → value, by `paysim compare`'s names."""
    made = copy.deepcopy(base)
    minute, hour = number % 60, number // 60
    made["run_id"] = f"20260301T{hour:02}{minute:02}00Z-{number:06x}"
    made["started_at"] = f"2026-03-01T{hour:02}:{minute:02}:00.000Z"
    for name, value in figures.items():
        kind, _, percentile = name.rpartition("_")
        if name == "rate":
            made["rate"]["achieved_per_s"] = value
        elif name in ("lost", "duplicated"):
            made["delivery"][name] = value
        elif name in ("failed", "unknown"):  # percent
            made["transactions"][name] = round(made["transactions"]["acked"] * value / (100 - value))
        else:
            zeros = dict.fromkeys(("p50", "p90", "p95", "p99", "p999", "max"), 0.0)
            made["latency_ms"][kind] = {**zeros, **(made["latency_ms"][kind] or {}), percentile: value}
    return made


def behind(name: str, missing: int, p95: float, lost: str | None = None) -> Plain:
    """What became of a run behind the hub, at one stage."""
    counts = dict.fromkeys(("expected", "arrived", "right", "under_way", "duplicates", "misjudged", "foreign"), 0)
    latency = {"p50": 1.0, "p95": p95, "p99": p95, "max": p95}
    stage = {"name": name, "expects": "good", **counts, "missing": missing, "unrecorded": 0, "latency_ms": latency}
    return {"stages": [{**stage, "hop_ms": None, "clock_offset_ms": 0.0, "clock_error_ms": None, "lost": lost}]}


def write(folder: Path, runs: Iterable[Plain]) -> Path:
    """A folder of run folders."""
    for each in runs:
        place = folder / each["run_id"]
        place.mkdir(parents=True)
        (place / "summary.json").write_text(json.dumps(each))
    return folder
