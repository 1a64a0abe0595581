"""What of a pipeline's figures fails a run: every sentence says yes and no."""

from typing import Any

import pytest

from paysim.config.sections.pipeline import Pipeline
from paysim.loadtest.pipeline.limits import limits, pipeline_faults
from paysim.summary.pipeline import PipelineRecord

STAGE = {
    "name": "stored", "expects": "good", "expected": 10, "arrived": 10, "right": 10, "missing": 0, "under_way": 0,
    "duplicates": 0, "misjudged": 0, "foreign": 0, "unrecorded": 0,
    "latency_ms": {"p50": 10.0, "p95": 100.0, "p99": 200.0, "max": 300.0}, "hop_ms": None,
    "clock_offset_ms": 0.0, "clock_error_ms": None,
}  # fmt: skip
LAG = {"consumer_group": "ingest", "partitions": {"0": 50}, "total": 50, "slope_per_s": 2.0, "why": None}


def faults(stage: dict[str, Any], thresholds: dict[str, Any] | None = None, **more: Any) -> list[str]:
    record = PipelineRecord.of({"stages": [{**STAGE, **stage}], **more})
    hub = {"eventhub_name": "stored"}
    lag = {"consumer_group": "ingest", "checkpoints": {"blob": "https://a.blob.core.windows.net", "container": "c"}}
    lag["thresholds"] = {"slope_per_s": 5, "events": 100}
    plain = {"stages": [{"name": "stored", "event_hub": hub, "thresholds": thresholds or {}}]}
    record.thresholds = limits(Pipeline.model_validate(plain | ({"lag": [lag]} if "lag" in more else {})), record)
    return pipeline_faults(record)


def test_all_that_was_sent_and_came_passes():
    assert faults({}) == []


@pytest.mark.parametrize("name", ["missing", "duplicates", "misjudged"])
def test_each_fault_fails_a_run_unless_a_limit_allows_it(name):
    assert faults({name: 3}) == [f"stage stored: 3 {name}"]
    assert faults({name: 3}, {name: 3}) == []
    assert faults({name: 3}, {name: 2}) == [f"stored: {name} was 3, and has to be ≤ 2"]


def test_what_is_under_way_is_neither_missing_nor_passed():
    assert faults({"under_way": 4}) == ["stage stored: 4 still under way"]


def test_a_latency_is_held_and_one_that_was_not_measured_is_missed():
    assert faults({}, {"p95_ms": 100}) == []
    assert faults({}, {"p95_ms": 99}) == ["stored: p95_ms was 100, and has to be ≤ 99"]
    assert faults({"latency_ms": None}, {"p95_ms": 99}) == ["stored: p95_ms was not measured, and has to be ≤ 99"]


def test_a_stage_that_was_not_read_to_its_end_does_not_pass_and_its_counts_are_not_measured():
    assert faults({"lost": "gone"}, {"missing": 5}) == [
        "stored: missing was not measured, and has to be ≤ 5", "stage stored was not read to its end: gone"
    ]  # fmt: skip


def test_lag_is_held_by_its_slope_and_without_checkpoints_it_is_missed():
    assert faults({}, lag=[LAG]) == []
    assert faults({}, lag=[{**LAG, "slope_per_s": 9.0}]) == ["lag of ingest: slope_per_s was 9, and has to be ≤ 5"]
    assert len(faults({}, lag=[{**LAG, "total": None, "slope_per_s": None, "why": "no checkpoints"}])) == 2


def test_what_was_not_measured_at_all_says_only_that():
    assert faults({}, error="the watcher process ended") == ["not measured behind the hub: the watcher process ended"]
    assert faults({}, not_measured=5) == ["not measured behind the hub: 5 transactions beyond those that are kept"]
