"""The search for the limit against a real hub: it finds the rate, and names what holds the run there."""

import statistics
import time

import pytest

from paysim.bench import processes
from paysim.bench.load_test import LoadTest
from paysim.bench.processes import BenchHub
from tests.support.running import Hub

LONGEST = 300.0
"""Seconds of a search."""

pytestmark = [pytest.mark.usefixtures("unmeasured"), pytest.mark.timeout(3 * LONGEST)]


def config(find, **output):
    options = ", ".join(f"{key}: {value}" for key, value in output.items())
    return f"""
simulator:
  output: {{{options}}}
  transaction: {{population: {{customers: 2000, merchants: 200}}}}
  verify: {{enabled: false}}
  load: {{find_limit: {find}}}
"""


def search(start, hub, text, *options):
    """The summary of a search, which came to its end in time."""
    began = time.monotonic()
    load_test = start(
        "--headless", "--only-summary", *options, config=text, EVENTHUB_CONNECTION_STRING=hub.connection_string
    )
    code = load_test.wait(LONGEST + 30)
    assert time.monotonic() - began < LONGEST, load_test.logs()
    assert code == 0, load_test.logs()
    return load_test.summary


def told(load_test):
    return load_test.out.read_text()


@pytest.mark.long
@pytest.mark.parametrize("again", [False, True])
def test_three_throughput_units_are_found_and_named(start, again):
    hub = Hub("--throughput-units", "3")
    try:
        find = "{from: 1000, to: 8000, hold: 12s, precision: 0.03, confirm: 30s}"
        limit = search(start, hub, config(find, batch_size=100))["limit"]
    finally:
        hub.close()
    assert limit["throughput_units"] == pytest.approx(3, rel=0.05), limit
    assert limit["culprit"] == "throughput units", limit
    assert limit["confirmed"] and not limit["at_least"]
    assert "raise throughput units: 3 were taken up" in limit["advice"]


@pytest.mark.long
@pytest.mark.parametrize("again", [False, True])
def test_four_connections_are_found_and_named_where_acknowledgements_are_late(start, again):
    hub = Hub()
    try:
        hub.fault("ack-delay", "50")
        find = "{from: 1000, to: 32000, hold: 10s, precision: 0.04, confirm: 25s}"
        text = config(find, batch_size=100, event_hub="{connections: 4}")
        limit = search(start, hub, text)["limit"]
    finally:
        hub.close()
    assert limit["per_s"] == pytest.approx(4 * 100 / 0.050, rel=0.1), limit
    assert limit["culprit"] == "connections", limit
    assert "raise output.event_hub.connections to 8" in limit["advice"]


@pytest.mark.long
@pytest.mark.busy("the throughput of two runs is compared")
def test_without_either_the_generator_is_named_near_what_paysim_bench_measures(start, tmp_path):
    found, shares = [], []
    with BenchHub(tmp_path) as hub:
        bench = LoadTest(tmp_path, hub.connection_string)

        def measured():
            return [bench.measure(500, 8.0).per_s for _ in range(2)]

        try:
            bench.ready()
            before = measured()
            for _ in range(2):  # in turn, as the speed of a machine that others use too changes by the minute
                found.append(_generators_limit(start, hub.connection_string))
                after = measured()
                shares.append(found[-1]["per_s"] / statistics.median(before + after))
                print("limit", found[-1]["per_s"], "bench", *map(round, before + after))
                before = after
        finally:
            bench.close()
    for limit, share in zip(found, shares, strict=True):
        assert limit["culprit"] == "generator", limit
        assert share == pytest.approx(1, rel=0.15), (limit, shares)
    assert shares[0] == pytest.approx(shares[1], rel=0.1)


def _generators_limit(start, connection_string):
    find = "{from: 30000, to: 960000, hold: 10s, precision: 0.05, confirm: 20s}"
    began = time.monotonic()
    load_test = start(
        *("--headless", "--only-summary", "--master", "--expect-workers", "1"),
        config=config(find, batch_size=500),
        EVENTHUB_CONNECTION_STRING=connection_string,
    )
    worker = load_test.add_worker()
    processes.place(worker.pid, measured=True)
    processes.place(load_test.process.pid, measured=False)
    assert load_test.wait(LONGEST + 30) == 0, load_test.logs()
    assert time.monotonic() - began < LONGEST
    return load_test.summary["limit"]


def test_a_run_that_ends_before_the_search_says_at_least_and_is_interrupted(start, hub):
    find = "{from: 200, to: 100000, hold: 5s}"
    load_test = start("--headless", "--only-summary", "-t", "9s", config=config(find, batch_size=100))
    assert load_test.wait() == 1, load_test.logs()
    limit, verdict = load_test.summary["limit"], load_test.summary["verdict"]
    assert (limit["per_s"], limit["at_least"], limit["confirmed"]) == (200, True, False), limit
    assert verdict["outcome"] == "interrupted"
    assert verdict["reasons"] == ["the search for the limit did not come to its end: the limit is at least 200/s"]
    assert "limit         at least 200/s" in told(load_test)


def test_where_the_highest_rate_holds_the_limit_is_at_least_that_and_the_run_has_passed(start, hub):
    find = "{from: 300, to: 300, hold: 5s, confirm: 5s}"
    load_test = start("--headless", "--only-summary", config=config(find, batch_size=100))
    assert load_test.wait() == 0, load_test.logs()
    summary = load_test.summary
    limit = summary["limit"]
    assert (limit["per_s"], limit["at_least"], limit["confirmed"]) == (300, True, True), limit
    assert [step["ok"] for step in limit["steps"]] == [True, True]
    assert summary["verdict"] == {"outcome": "passed", "exit_code": 0, "reasons": []}
    assert "limit         at least 300/s" in told(load_test)
    assert summary["transactions"]["unknown"] == summary["transactions"]["failed"] == 0
