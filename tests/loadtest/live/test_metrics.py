"""The metrics of a run: Prometheus' form and naming rules, and the numbers of the run."""

import itertools
import json
import re

import pytest
from prometheus_client import generate_latest
from prometheus_client.openmetrics.exposition import generate_latest as openmetrics
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics_families
from prometheus_client.parser import text_string_to_metric_families

from paysim.loadtest.live.figures import Live
from paysim.loadtest.live.metrics import BOUNDS, registry
from paysim.loadtest.sending.latency import Latencies
from paysim.publishers.base import PublisherFigures
from paysim.summary.model import FollowUpsRecord
from tests.support.accounts import RUN, account
from tests.support.dashboard import DASHBOARD, dashboard_metrics
from tests.support.hops import figures, stage


@pytest.fixture
def live():
    live = Live()
    accounts = {"a": account(0, 1000, failed=2, unknown=3, late=7), "b": account(1, 500)}
    for one in accounts.values():
        states = {"healthy": 2, "failing": 1}
        one.hub = PublisherFigures(throttled=4, connections=3, states=states, all_busy_s=0.5)
        one.partitions = {"0": 10, "1": 20}
        one.follow_ups = FollowUpsRecord(by_type={"capture": 30, "dispute_end": 1}, open=9, thinned=2)
    accounts["other"] = account(2, 99).model_copy(update={"run": "another"})
    live.accounts = lambda: accounts
    live.begin(RUN)
    live.tick(3.0, 50, 800.0)
    return live


def samples(live):
    text = generate_latest(registry(live, lambda: "LOCAL HUB, not Azure")).decode()
    families = list(text_string_to_metric_families(text))
    return {(s.name, *sorted(s.labels.items())): s.value for family in families for s in family.samples}, families


def test_both_parsers_of_prometheus_read_a_scrape(live):
    _, families = samples(live)
    found = registry(live, lambda: '<x> "quoted" \\ \n')
    strict = list(openmetrics_families(openmetrics(found).decode()))
    assert len(strict) == len(families) > 15


def test_names_and_labels_follow_the_rules_of_prometheus(live):
    _, families = samples(live)
    for family in families:
        assert re.fullmatch(r"paysim(_[a-z]+)+", family.name), family.name
        assert family.documentation
        # Units are base units and stand at the end, before what marks a counter.
        assert not re.search(r"_(ms|milliseconds|minutes|mb|kb|percent)(_|$)", family.name)
        assert not re.search(r"_(counter|gauge|histogram|summary)(_|$)", family.name)
        for sample in family.samples:
            assert all(re.fullmatch(r"[a-z][a-z_]*", label) for label in sample.labels)
            assert not set(sample.labels) & {"job", "instance"}
            if family.type == "counter":
                assert sample.name == f"{family.name}_total"
            else:
                assert not sample.name.endswith("_total")
            if family.type == "histogram":
                assert family.name.endswith("_seconds")


def test_the_numbers_are_those_of_the_accounts_of_this_run(live):
    found, _ = samples(live)
    method = ("payment_method", "credit_card")
    assert found["paysim_transactions_total", ("outcome", "acked"), method] == 1500
    assert found["paysim_transactions_total", ("outcome", "failed"), method] == 2
    assert found["paysim_transactions_total", ("outcome", "unknown"), method] == 3
    assert found["paysim_acked_bytes_total", method] == 1_500_000
    assert found["paysim_hub_throttled_sends_total",] == 8
    assert found["paysim_hub_all_connections_busy_seconds_total",] == 1.0
    assert found["paysim_hub_connections", ("state", "healthy")] == 4
    assert found["paysim_hub_connections", ("state", "reconnecting")] == 0
    assert found["paysim_hub_partition_events_total", ("partition", "1")] == 40
    assert found["paysim_late_transactions_total",] == 7
    assert found["paysim_follow_up_transactions_total", ("transaction_type", "capture")] == 60
    assert found["paysim_follow_up_transactions_total", ("transaction_type", "dispute_end")] == 2
    assert (found["paysim_open_payments",], found["paysim_thinned_payments_total",]) == (18, 4)
    assert found["paysim_users",] == 50
    assert found["paysim_senders",] == 2
    assert found["paysim_target_transactions_per_second",] == 800
    assert found["paysim_running",] == 1


def test_counters_do_not_go_back_when_the_statistics_are_reset(live):
    before, _ = samples(live)
    live.reset()
    after, _ = samples(live)
    assert after == before


def test_latencies_are_histograms_of_all_senders_in_seconds(live):
    for name, one in live.accounts().items():
        latencies = Latencies()
        latencies.record("response", 0.020, 30)
        latencies.record("response", 3.0 if name == "a" else 0.0004, 10)
        one.latencies = latencies.encode()
    found, _ = samples(live)

    def bucket(bound):
        return found["paysim_response_time_seconds_bucket", ("le", f"{bound:g}" if bound != "+Inf" else bound)]

    assert [bucket(bound) for bound in (0.001, 0.01, 0.025, 2.5, 5, "+Inf")] == [10, 10, 70, 70, 80, 80]
    assert found["paysim_response_time_seconds_count",] == 80
    assert found["paysim_response_time_seconds_sum",] == pytest.approx(60 * 0.02 + 10 * 3 + 10 * 0.0004, rel=0.001)
    assert found["paysim_from_schedule_time_seconds_count",] == 0
    values = [bucket(bound) for bound in BOUNDS]
    assert values == sorted(values)


def test_before_the_first_run_there_is_a_scrape_too():
    found, _ = samples(Live())
    assert found["paysim_running",] == 0
    assert found["paysim_response_time_seconds_count",] == 0


def test_a_run_without_follow_ups_has_no_metrics_of_them(live):
    for one in live.accounts().values():
        one.follow_ups = None
    assert not any("follow_up" in name or "payments" in name for name, *_ in samples(live)[0])


def test_after_a_run_its_counters_stay_and_nobody_is_there(live):
    live.tick(4.0, 0, 800.0, running=False)
    found, _ = samples(live)
    assert found["paysim_transactions_total", ("outcome", "acked"), ("payment_method", "credit_card")] == 1500
    assert (found["paysim_running",], found["paysim_users",]) == (0, 0)
    assert ("paysim_target_transactions_per_second",) not in found


def test_the_dashboard_asks_only_for_metrics_that_there_are(live):
    live.pipeline = lambda: figures(stages=[stage(duplicates=0)])
    live.look_behind(4.0)
    names = {name for name, *_ in samples(live)[0]}
    assert len(dashboard_metrics()) > 15
    assert dashboard_metrics() <= names


def test_panels_of_the_dashboard_do_not_overlap():
    taken: set[tuple[int, int]] = set()
    for panel in json.loads(DASHBOARD.read_text())["panels"]:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        columns, rows = (range(place[at], place[at] + place[size]) for at, size in (("x", "w"), ("y", "h")))
        cells = set(itertools.product(columns, rows))
        assert not cells & taken, panel["title"]
        taken |= cells
