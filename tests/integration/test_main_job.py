"""The main job on real parts: Locust drives the SDK into a hub, and an SDK consumer reads it back."""

import json
import os
import signal
from typing import Any

import pytest

from paysim.contract.model import Transaction
from tests.support.load_test_fixtures import CONFIG
from tests.support.reading import read_all
from tests.support.running import Hub, LoadTest, WebUI, assert_agree
from tests.support.servers import free_port
from tests.support.waiting import wait_until

pytestmark = pytest.mark.busy("rates are measured")

BATCH = 20  # of CONFIG
MIX = {"credit_card": 0.6, "debit_card": 0.3, "bank_transfer": 0.1}


def check(load_test: LoadTest, hub: Hub, *, mix: bool = True) -> dict:
    """Summary, statistics and hub agree; bodies keep the contract; the mix is the configured one."""
    summary = load_test.summary
    arrived = read_all(hub.connection_string)
    assert_agree(summary, arrived)
    for event in arrived:
        Transaction.model_validate_json(event.body)
    counts = summary["transactions"]
    settled = counts["acked"] + counts["failed"] + counts["unknown"]
    assert settled == counts["generated"] > 0
    for method, share in MIX.items() if mix else ():
        tally = summary["by_payment_method"][method]
        # Less than one batch of each producer, and as much again where its last batch is cut short.
        astray = 2 * BATCH * max(1, summary["workers"])
        assert abs(tally["acked"] - share * settled) < astray
    return summary


def json_statistics(load_test: LoadTest) -> dict[str, int]:
    entries = json.loads((load_test.folder / "locust.json").read_text())
    return {entry["name"]: entry["num_requests"] for entry in entries}


def check_statistics(load_test: LoadTest, summary: dict) -> None:
    """Locust's own statistics hold every transaction that the ledger holds."""
    assert json_statistics(load_test) == {
        method: tally["acked"] + tally["failed"] + tally["unknown"]
        for method, tally in summary["by_payment_method"].items()
    }


HEADLESS = ("--headless", "--only-summary", "-u", "20", "-r", "20", "--json-file", "locust")


def test_a_standalone_run_that_ends_by_time(start, hub):
    load_test = start(*HEADLESS, "-t", "4s", "--csv", "figures", "--html", "report.html")
    assert load_test.wait() == 0, load_test.logs()
    summary = check(load_test, hub)
    check_statistics(load_test, summary)
    assert summary["exit_code"] == 0
    assert summary["users_max"] == 20
    assert "LOCAL HUB, not Azure" in load_test.out.read_text()
    assert "credit_card" in (load_test.folder / "report.html").read_text()
    assert "credit_card" in (load_test.folder / "figures_stats.csv").read_text()


LONG = pytest.mark.long


@pytest.mark.parametrize("end", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=LONG)], ids=["ctrl-c", "sigterm"])
def test_a_standalone_run_that_ends_by_a_signal(start, hub, end):
    load_test = start(*HEADLESS)
    load_test.wait_for_users()
    hub.wait_for(600)
    load_test.signal(end)
    assert load_test.wait() == 0, load_test.logs()
    check_statistics(load_test, check(load_test, hub))


def distributed(start, *options: str) -> LoadTest:
    load_test = start(*HEADLESS, "--master", "--expect-workers", "2", *options)
    load_test.add_worker()
    load_test.add_worker()
    return load_test


def test_a_master_with_two_workers_that_ends_by_time(start, hub):
    load_test = distributed(start, "-t", "5s")
    assert load_test.wait() == 0, load_test.logs()
    summary = check(load_test, hub)
    check_statistics(load_test, summary)
    assert summary["workers"] == 2
    assert [producer["producer"] for producer in summary["producers"]] == [0, 1]
    assert 0 < summary["rate"]["after_ramp_per_s"] <= 900  # 20 users at 40/s, where the machine is fast enough
    assert not any(producer["silent"] for producer in summary["producers"])


@LONG  # a shorter one, SIGTERM after a reload, is in test_reload.py
@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "sigterm"])
def test_a_master_with_two_workers_that_ends_by_a_signal_to_the_master(start, hub, end):
    load_test = distributed(start)
    load_test.wait_for_users()
    hub.wait_for(600)
    load_test.signal(end)
    assert load_test.wait() == 0, load_test.logs()
    check_statistics(load_test, check(load_test, hub))


@LONG
def test_processes_of_one_command_that_end_by_ctrl_c_of_the_terminal(start, hub):
    load_test = start(*HEADLESS, "--processes", "2")
    load_test.wait_for_users()
    hub.wait_for(600)
    os.killpg(load_test.process.pid, signal.SIGINT)
    assert load_test.wait() == 0, load_test.logs()
    summary = check(load_test, hub)
    check_statistics(load_test, summary)
    assert summary["workers"] == 2


@LONG  # a distributed run that is stopped in the web UI, and a second one after it, are in test_web.py
def test_stop_in_the_web_ui_and_a_second_run_after_it(start, hub):
    port = free_port()
    load_test = start("--master", "--web-host", "127.0.0.1", "--web-port", str(port))
    load_test.add_worker()
    load_test.add_worker()
    web = WebUI(port)
    wait_until(web.up, why=load_test.logs)
    wait_until(lambda: len(web.stats()["workers"]) == 2, why=load_test.logs)
    summaries: list[dict[str, Any]] = []
    for users in (20, 8):
        web.swarm(users, 50)
        before = hub.stored()
        hub.wait_for(before + 400)
        web.stop()
        wait_until(lambda: web.stats()["state"] == "stopped", why=load_test.logs)
        wait_until(lambda: len(list((load_test.folder / "output").glob("2*"))) == len(summaries) + 1)
        summaries.append(load_test.summary)
        rows = {row["name"]: row["num_requests"] for row in web.stats()["stats"]}
        assert rows["Aggregated"] == summaries[-1]["transactions"]["generated"]
    load_test.signal(signal.SIGTERM)
    assert load_test.wait() == 0, load_test.logs()
    arrived = read_all(hub.connection_string)
    for summary in summaries:
        assert_agree(summary, [event for event in arrived if event.properties["paysim-run"] == summary["run_id"]])
    assert len(arrived) == sum(summary["transactions"]["acked"] for summary in summaries)


def test_users_ramped_down_in_full_load_lose_nothing(start, hub):
    port = free_port()
    config = CONFIG.replace("40", "null").replace("batch_size: 20", "batch_size: 2")
    load_test = start("--web-host", "127.0.0.1", "--web-port", str(port), config=config)
    web = WebUI(port)
    wait_until(web.up, why=load_test.logs)
    hub.fault("ack-delay", "50")  # so that every user is in mid-send when it is killed
    web.swarm(40, 100)
    wait_until(lambda: web.stats()["user_count"] == 40, why=load_test.logs)
    hub.wait_for(hub.stored() + 400)
    web.swarm(3, 100)
    wait_until(lambda: web.stats()["user_count"] == 3, why=load_test.logs)
    web.stop()
    wait_until(lambda: web.stats()["state"] == "stopped", why=load_test.logs)
    wait_until(lambda: list((load_test.folder / "output").glob("2*/summary.json")))
    generated = load_test.summary["transactions"]["generated"]
    # Locust says "stopped" before the last acknowledgements are there, and says it again for 2 s.
    wait_until(lambda: {row["name"]: row["num_requests"] for row in web.stats()["stats"]}["Aggregated"] == generated)
    load_test.signal(signal.SIGINT)
    assert load_test.wait() == 0, load_test.logs()
    check(load_test, hub, mix=False)
