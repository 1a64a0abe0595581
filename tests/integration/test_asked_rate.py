"""The load that was asked for: a rate and a total over several workers, also when one of them dies."""

import json
import re
import signal
import time
from collections import Counter

import pytest

from paysim.delivery.ranges import Ranges
from tests.support.cluster import cluster, kill
from tests.support.reading import read_all
from tests.support.running import assert_agree
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.usefixtures("unmeasured"), pytest.mark.busy("rates are measured")]

RATE = """
simulator:
  output: {batch_size: 10}
  transaction:
    population: {customers: 200, merchants: 50}
    volume: {rate: 1000}
"""


@pytest.mark.long
@pytest.mark.parametrize(("workers", "seconds"), [(2, 8), (3, 12)])
def test_a_rate_is_the_rate_of_the_whole_test_and_not_complained_of(start, hub, workers, seconds):
    load_test = cluster(start, RATE, workers, "-u", "60", "-r", "20", "-t", f"{seconds}s")
    assert load_test.wait() == 0, load_test.logs()
    summary = load_test.summary
    arrived = read_all(hub.connection_string)
    assert_agree(summary, arrived)
    assert summary["rate"]["target_per_s"] == 1000
    # A worker sends from when it has made its population, which takes a busy machine a second.
    assert summary["transactions"]["acked"] == pytest.approx(1000 * summary["duration_s"], rel=0.3)
    assert summary["latency_ms"]["from_schedule"] is not None
    first = min(event.enqueued_ms for event in arrived)
    windows = Counter((event.enqueued_ms - first) // 100 for event in arrived)
    # A window of 100 ms has 100 transactions; noisy machines delay some, which then come with the next ones.
    assert max(n for window, n in windows.items() if window >= 10) <= 1000
    assert "users change concurrency, not rate" in load_test.log.read_text()
    assert summary["rate"]["asked"]["reached"]
    assert re.search(r": passed$", load_test.out.read_text().splitlines()[0])
    assert "is not reached" not in load_test.log.read_text()


OTHERS = """
from locust import User, constant_throughput, task

from paysim.loadtest import PaymentUser


class Other(User):
    wait_time = constant_throughput(100)

    @task
    def ask(self):
        self.environment.events.request.fire(
            request_type="GET", name="/", response_time=1, response_length=1, exception=None, context={}
        )
"""


@pytest.mark.parametrize("workers", [0, pytest.param(2, marks=pytest.mark.long)])
def test_requests_of_other_users_are_not_counted_towards_min_rate(start, tmp_path, workers):
    locustfile = tmp_path / "others.py"
    locustfile.write_text(OTHERS)
    config = RATE.replace("rate: 1000", "rate: 100") + "  thresholds: {min_rate: 200}\n"
    options = ["--headless", "--only-summary", "-u", "20", "-r", "20", "-t", "8s", "-f", str(locustfile)]
    if workers:
        options += ["--master", "--expect-workers", str(workers)]
    load_test = start(*options, config=config)
    for _ in range(workers):
        load_test.add_worker(locustfile=str(locustfile))
    assert load_test.wait() == 1, load_test.logs()
    rate = load_test.summary["rate"]
    assert rate["after_ramp_per_s"] == pytest.approx(100, rel=0.5)
    threshold, share = load_test.summary["thresholds"]
    assert share["name"] == "min_rate_share" and share["ok"]
    assert threshold["actual"] == rate["after_ramp_per_s"] and not threshold["ok"]


def test_what_was_asked_for_counts_every_rate_for_its_time(start, hub):
    config = RATE.replace("rate: 1000", "rate: 1000")
    load_test = start("--headless", "--only-summary", "-u", "10", "-r", "10", "-t", "8s", config=config)
    hub.wait_for(2000)
    load_test.config.write_text(config.replace("rate: 1000", "rate: 100"))
    assert load_test.wait() == 0, load_test.logs()
    summary = load_test.summary
    (reload,) = summary["reloads"]
    expected = 1000 * reload["at_s"] + 100 * (summary["duration_s"] - reload["at_s"])
    assert summary["rate"]["asked"]["transactions"] == pytest.approx(expected, rel=0.01)
    assert summary["rate"]["target_per_s"] == pytest.approx(expected / summary["duration_s"], rel=0.01)
    assert summary["rate"]["asked"]["peak_per_s"] == 1000


@pytest.mark.parametrize("workers", [0, pytest.param(2, marks=pytest.mark.long)])
def test_a_rate_that_is_not_reached_is_told_during_the_run_and_first_at_its_end(start, hub, workers):
    # A user a second makes one batch of 10 in each 200 ms that the hub takes: some 50/s of 1,000/s.
    hub.fault("ack-delay", "200")
    options = ["--headless", "--only-summary", "-u", str(max(1, workers)), "-r", "5", "-t", "12s"]
    load_test = cluster(start, RATE, workers, *options[2:]) if workers else start(*options, config=RATE)
    assert load_test.wait() == 1, load_test.logs()
    asked, first = load_test.summary["rate"]["asked"], load_test.out.read_text().splitlines()[0]
    assert asked["share"] < 0.5 and not asked["reached"]
    assert re.search(r": FAILED, with \d\.?\d? % of the rate: [\d.]+/s of 1,000/s asked$", first), first
    assert re.search(r"WARNING .*the rate is not reached: [\d.]+/s of (1,000|99\d)/s asked", load_test.log.read_text())


@pytest.mark.parametrize("workers", [2, pytest.param(3, marks=pytest.mark.long)])
def test_a_total_over_workers_is_exact(start, hub, workers):
    config = RATE.replace("{rate: 1000}", "{total: 4007, rate: 2000}")
    load_test = cluster(start, config, workers, "-u", "30", "-r", "30")
    assert load_test.wait() == 0, load_test.logs()
    arrived = read_all(hub.connection_string)
    assert_agree(load_test.summary, arrived)
    assert len(arrived) == 4007


@pytest.mark.long
def test_a_worker_killed_in_full_load_is_missed_replaced_and_reported(start, hub):
    config = RATE.replace("{rate: 1000}", "{total: 20000, rate: 1000}")
    load_test = cluster(start, config, 3, "-u", "30", "-r", "30")
    hub.wait_for(3000)
    kill(load_test.workers[1])
    load_test.wait_for_log("went silent", timeout=20)
    code = load_test.wait(120)
    summary = load_test.summary
    assert code == 1, load_test.logs()  # what the killed worker sent after its last report nobody can account for
    silent = [producer for producer in summary["producers"] if producer.get("silent")]
    assert len(silent) == 1
    assert summary["workers"] == 3
    arrived = read_all(hub.connection_string)
    surplus = summary["transactions"]["surplus_max"]
    assert 20000 <= len(arrived) <= 20000 + surplus
    assert 0 < surplus < 20000
    # Everything that the summary holds is there; what arrived besides is the dead worker's, after its last report.
    ours = [event for event in arrived if event.identity.producer != silent[0]["producer"]]
    rest = {**summary, "producers": [producer for producer in summary["producers"] if not producer.get("silent")]}
    rest["transactions"] = {**summary["transactions"], "acked": len(ours)}
    assert_agree(rest, ours)
    dead = {event.identity.sequence for event in arrived if event.identity.producer == silent[0]["producer"]}
    unknown = Ranges(silent[0]["unknown"])
    assert {n for n in range(silent[0]["next_sequence"]) if n not in unknown} <= dead
    # The rate is back: in the last seconds the two others carry it all.
    end = max(event.enqueued_ms for event in arrived)
    late = [event for event in arrived if event.enqueued_ms > end - 4000]
    assert len(late) == pytest.approx(4000, rel=0.5)


def test_the_rate_follows_stages(start, hub):
    config = (
        RATE.replace("rate: 1000", "rate: 200")
        + "  load:\n    stages:\n"
        + "      - {duration: 4, users: 10, spawn_rate: 10}\n"
        + "      - {duration: 4, users: 20, spawn_rate: 10, rate: 1000}\n"
        + "      - {duration: 4, users: 10, spawn_rate: 10, rate: 0.5, ramp: true}\n"
    )
    load_test = start("--headless", "--only-summary", config=config)
    assert load_test.wait() == 0, load_test.logs()
    summary = load_test.summary
    expected = 4 * 200 + 4 * 1000 + 4 * 500
    assert summary["transactions"]["acked"] == pytest.approx(expected, rel=0.3)
    assert summary["rate"]["asked"]["transactions"] == pytest.approx(expected, rel=0.02)
    # On a busy machine it takes Locust a moment to end a run whose stages are over, and nothing is asked for in it.
    assert summary["rate"]["target_per_s"] == pytest.approx(expected / summary["duration_s"], rel=0.02)
    assert summary["users_max"] == 20
    assert_agree(summary, read_all(hub.connection_string))


@pytest.mark.long
@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT], ids=["sigterm", "ctrl-c"])
def test_stages_that_are_ended_by_a_signal_leave_a_summary(start, hub, end):
    stages = "  load: {stages: [{duration: 60, users: 10, spawn_rate: 10}]}\n"
    load_test = start("--headless", "--only-summary", config=RATE + stages)
    hub.wait_for(500)
    load_test.signal(end)
    assert load_test.wait() == 1, load_test.logs()
    assert load_test.summary["verdict"]["outcome"] == "interrupted"
    assert_agree(load_test.summary, read_all(hub.connection_string))


def test_a_stalled_hub_shows_from_schedule_and_hides_in_service(start, hub):
    config = RATE.replace("rate: 1000", "rate: 500")
    load_test = start("--headless", "--only-summary", "-u", "5", "-r", "5", "-t", "14s", config=config)
    hub.wait_for(1500)
    hub.fault("stall", "2")
    assert load_test.wait() == 0, load_test.logs()
    summary = load_test.summary
    assert summary["latency_ms"]["service"]["p99"] < 1000
    assert summary["latency_ms"]["from_schedule"]["p99"] > 1000
    assert summary["rate"]["late"] > 0
    said = load_test.out.read_text()
    assert "began late" in said
    assert "next          the hub did not answer for a while" in said, said
    assert "raise output.event_hub.connections" not in said and "users (-u)" not in said
    assert json.loads(json.dumps(summary))["transactions"]["unknown"] == 0


@pytest.mark.long
def test_a_worker_that_ends_by_sigterm_loses_nothing(start, hub):
    load_test = cluster(start, RATE, 2, "-u", "20", "-r", "20", "-t", "10s")
    hub.wait_for(1500)
    load_test.workers[0].send_signal(signal.SIGTERM)
    began = time.monotonic()
    load_test.workers[0].wait(20)
    assert time.monotonic() - began < 10
    assert load_test.wait() == 0, load_test.logs()
    assert_agree(load_test.summary, read_all(hub.connection_string))
    assert "silent" not in json.dumps(load_test.summary["producers"])


@pytest.mark.long
def test_workers_end_when_their_master_is_gone(start, hub):
    load_test = cluster(start, RATE, 1, "-u", "5", "-r", "5")
    hub.wait_for(100)
    kill(load_test.process)
    wait_until(lambda: load_test.workers[0].poll() is not None, timeout=90)
