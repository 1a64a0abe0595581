"""The stages behind the hub as Prometheus metrics."""

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from paysim.loadtest.pipeline.metrics import PipelineCollector
from tests.support.hops import figures


def samples(found) -> dict:
    made = CollectorRegistry()
    made.register(PipelineCollector(lambda: found))
    families = text_string_to_metric_families(generate_latest(made).decode())
    return {(each.name, *each.labels.values()): each.value for family in families for each in family.samples}


def test_each_stage_and_the_lag_have_theirs_and_what_is_not_measured_has_none():
    found = samples(figures())
    assert found["paysim_stage_arrived_total", "stored"] == 90
    assert found["paysim_stage_missing", "stored"] == 2
    assert found["paysim_stage_under_way", "stored"] == 8
    assert found["paysim_hop_rate", "stored"] == 12.5
    assert found["paysim_hop_latency_seconds", "stored", "0.95"] == 0.25
    assert found["paysim_consumer_lag_events", "ingest", "0"] == 7
    assert ("paysim_stage_duplicates", "stored") not in found
    assert ("paysim_hop_latency_seconds", "rejected", "0.5") not in found
    assert ("paysim_consumer_lag_events", "ingest", "1") not in found


def test_the_lag_of_a_group_that_cannot_be_looked_at_is_not_the_last_one_seen():
    group = figures().lag[0].model_copy(update={"why": "no answer"})
    assert not [name for name, *_ in samples(figures(lag=[group])) if "lag" in name]


def test_without_a_pipeline_there_are_none():
    assert samples(None) == {}
