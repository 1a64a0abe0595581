"""A run proves what arrived: clean ones say so, and every error that is planted in the hub is found, exactly."""

import os
import re
import signal
import subprocess

import pytest
from azure.eventhub import EventData, EventHubProducerClient

from tests.support.running import Hub, LoadTest
from tests.support.waiting import wait_until

pytestmark = [
    pytest.mark.usefixtures("unmeasured_processes"),
    pytest.mark.busy("processes are ended in a moment of their life"),
]

CONFIG = """
simulator:
  output:
    batch_size: 20
    event_hub: {partition_by: PARTITION_BY}
  transaction:
    population: {customers: 200, merchants: 50}
    volume: {total: 1500, rate: 400}
    violations: {duplicate: 0.05, negative_amount: 0.05, malformed_json: 0.02}
  verify: {timeout: 1}
"""
ONE_BY_KEY = CONFIG.replace("PARTITION_BY", "customer_id")
PLACED = CONFIG.replace("PARTITION_BY", "round_robin")
ENDLESS = PLACED.replace("total: 1500, ", "")
HEADLESS = ("--headless", "--only-summary", "-u", "10", "-r", "10")
FAULTS = ("lost", "duplicated", "unexpected", "unknown_arrived", "expired")


def found(load_test: LoadTest) -> dict:
    """What verifying found: name → count, where it is not zero."""
    delivery = load_test.summary["delivery"]
    return {name: delivery[name] for name in (*FAULTS, "out_of_order") if delivery[name]}


def others_send(hub: Hub, run_id: str = "") -> None:
    """Events of somebody else's, with and without message ids and properties; one claims to be of a run."""
    with EventHubProducerClient.from_connection_string(hub.connection_string) as client:
        batch = client.create_batch()
        for number in range(30):
            event = EventData(b"{}")
            event.message_id = None if number % 3 else str(number)  # type: ignore[assignment]  # it takes None
            event.properties = {"paysim-run": run_id or "another"} if number % 2 else None  # type: ignore[assignment]
            batch.add(event)
        client.send_batch(batch)


def test_a_clean_run_says_that_all_is_there(start, hub):
    others_send(hub)
    load_test = start(*HEADLESS, config=ENDLESS)
    hub.wait_for(400)
    others_send(hub)
    load_test.signal(signal.SIGTERM)
    assert load_test.wait() == 0, load_test.logs()
    summary = load_test.summary
    delivery = summary["delivery"]
    acked = summary["transactions"]["acked"]
    assert found(load_test) == {}
    assert delivery["arrived"] == acked > 300
    assert delivery["foreign"] == 30  # those before the run are before its positions
    assert delivery["out_of_order"] is None
    assert 0 <= delivery["delay_ms"]["p50"] <= delivery["delay_ms"]["max"] < 60_000
    assert delivery["contract"]["checked"] > 100
    assert (delivery["contract"]["bad"], delivery["contract"]["good"]) == (0, 0)
    assert sum(last - first for first, last in summary["hub"]["positions"].values()) == acked + 30
    assert f"all {acked:,} acknowledged transactions" in load_test.out.read_text()


def test_planted_errors_are_found_exactly(start, hub):
    planted = {"lose-event": ("lost", 3), "double-event": ("duplicated", 2), "swap-events": ("out_of_order", 1)}
    for fault, (_, count) in planted.items():
        hub.fault(fault, str(count))
    load_test = start(*HEADLESS, config=ONE_BY_KEY.replace("duplicate: 0.05, ", ""))
    assert load_test.wait() == 1, load_test.logs()
    assert found(load_test) == dict(planted.values())
    for finding, count in planted.values():
        ranges = load_test.summary["delivery"]["ranges"][finding]
        assert sum(last - first + 1 for _, first, last in ranges) == count
    told = re.search(r"in the hub .*", load_test.out.read_text())
    assert told is not None and "3 LOST, 2 DUPLICATED, 1 OUT OF ORDER" in told[0]


@pytest.mark.long
def test_duplicates_of_the_scenario_are_missed_too(start, hub):
    hub.fault("lose-event", "5")
    shares = "{duplicate: 0.9}"
    load_test = start(*HEADLESS, config=re.sub("violations: .*", f"violations: {shares}", PLACED))
    assert load_test.wait() == 1, load_test.logs()
    assert found(load_test) == {"lost": 5}


def test_a_killed_worker_has_lost_nothing(start, hub):
    load_test = start(*HEADLESS, "--master", "--expect-workers", "2", config=ENDLESS)
    victim = load_test.add_worker()
    load_test.add_worker()
    hub.wait_for(400)
    hub.fault("ack-delay", "400")  # so that it dies with open sends
    hub.wait_for(hub.stored() + 400)
    os.killpg(victim.pid, signal.SIGKILL)
    load_test.wait_for_log("went silent")
    load_test.signal(signal.SIGTERM)
    code = load_test.wait()
    summary = load_test.summary
    counts, delivery = summary["transactions"], summary["delivery"]
    assert (delivery["lost"], delivery["duplicated"], delivery["unexpected"]) == (0, 0, 0), load_test.logs()
    assert counts["unknown"] > 0
    assert code == 1  # for the unknown ones
    assert counts["acked"] + counts["failed"] + counts["unknown"] == counts["generated"]
    silent = [producer for producer in summary["producers"] if producer.get("silent")]
    assert len(silent) == 1
    assert delivery["arrived"] - delivery["unknown_arrived"] == counts["acked"]


def test_what_aged_out_is_never_called_lost(start, tmp_path):
    small = Hub("--retention-mb", "1")
    try:
        config = PLACED.replace("total: 1500, rate: 400", "total: 4000, rate: 2000")
        load_test = start(*HEADLESS, config=config, EVENTHUB_CONNECTION_STRING=small.connection_string)
        assert load_test.wait() == 1, load_test.logs()
    finally:
        small.close()
    delivery = load_test.summary["delivery"]
    assert delivery["lost"] is None
    assert delivery["expired"] + delivery["arrived"] == load_test.summary["transactions"]["acked"] == 4000
    assert delivery["expired"] > 500
    assert f"not verifiable: {delivery['expired']:,} events aged out" in load_test.out.read_text()


def test_a_hub_that_is_gone_is_not_verifiable(start, hub):
    load_test = start(
        *HEADLESS,
        config=ENDLESS,
    )
    hub.wait_for(200)
    hub.close()
    load_test.signal(signal.SIGTERM)
    assert load_test.wait() == 1, load_test.logs()
    delivery = load_test.summary["delivery"]
    assert delivery["lost"] is None
    assert "not verifiable: cannot read" in delivery["error"]
    assert "Traceback" not in load_test.logs()


def test_a_group_that_is_not_there_is_found_before_the_first_user(start, hub):
    load_test = start(*HEADLESS, config=PLACED.replace("timeout: 1", "timeout: 1, consumer_group: nobody"))
    assert load_test.wait() == 3, load_test.logs()
    assert (
        "cannot read 127.0.0.1/payments: there is no event hub payments with a consumer group nobody"
        in load_test.logs()
    )
    assert hub.stored() == 0


def test_a_file_is_not_verified(start):
    load_test = start(*HEADLESS, "-t", "2s", config="simulator: {output: {destination: file}}")
    assert load_test.wait() == 0, load_test.logs()
    assert load_test.summary["delivery"] is None


def reader_of(load_test: LoadTest) -> int | None:
    """The reader process of a load test, while it is its child."""
    listed = subprocess.run(["ps", "-eo", "pid,ppid,args"], capture_output=True, text=True, check=True).stdout
    for line in listed.splitlines()[1:]:
        pid, parent, command = line.split(maxsplit=2)
        if parent == str(load_test.process.pid) and "paysim.delivery.reading.reader" in command:
            assert "SharedAccessKey" not in command
            return int(pid)
    return None


@pytest.mark.long
def test_no_reader_outlives_a_run_that_is_killed(start, hub):
    load_test = start(*HEADLESS, config=ENDLESS)
    hub.wait_for(100)
    reader = reader_of(load_test)
    assert reader is not None
    load_test.kill()
    wait_until(lambda: not _alive(reader))


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
