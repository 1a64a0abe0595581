"""The stages behind the hub as Prometheus metrics."""

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from paysim.loadtest.live.pipeline_metrics import PipelineCollector

STAGE = {
    "name": "stored", "arrived": 90, "foreign": 3, "missing": 2, "under_way": 8, "duplicates": None, "misjudged": 1,
    "latency_ms": {"p50": 10.0, "p95": 250.0, "p99": 300.0, "max": 400.0},
}  # fmt: skip


def samples(figures) -> dict:
    made = CollectorRegistry()
    made.register(PipelineCollector(lambda: figures))
    families = text_string_to_metric_families(generate_latest(made).decode())
    return {(each.name, *each.labels.values()): each.value for family in families for each in family.samples}


def test_each_stage_and_the_lag_have_theirs_and_what_is_not_measured_has_none():
    lag = [{"consumer_group": "ingest", "partitions": {"0": 7, "1": None}}]
    found = samples({"in_the_hub": None, "stages": [STAGE], "lag": lag})
    assert found["paysim_stage_arrived_total", "stored"] == 90
    assert found["paysim_stage_missing", "stored"] == 2
    assert found["paysim_stage_under_way", "stored"] == 8
    assert found["paysim_stage_latency_seconds", "0.95", "stored"] == 0.25
    assert found["paysim_consumer_lag_events", "ingest", "0"] == 7
    assert ("paysim_stage_duplicates", "stored") not in found
    assert ("paysim_consumer_lag_events", "ingest", "1") not in found


def test_without_a_pipeline_there_are_none():
    assert samples(None) == {}
