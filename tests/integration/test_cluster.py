"""Who may take part in a distributed run, and what travels between master and workers."""

import pytest

from paysim.loadtest.cluster import messages
from tests.support.reading import read_all
from tests.support.relay import Relay
from tests.support.running import LoadTest, assert_agree

pytestmark = [pytest.mark.usefixtures("unmeasured"), pytest.mark.busy("workers have a few seconds to be heard")]

CONFIG = """
simulator:
  output: {batch_size: 10}
  transaction:
    population: {customers: 200, merchants: 50}
    volume: {rate: 200}
"""
HEADLESS = ("--headless", "--only-summary", "-u", "4", "-r", "4", "--master", "--expect-workers", "1")


def test_nothing_between_master_and_worker_holds_a_key(start, hub):
    load_test = start(*HEADLESS, "-t", "4s", config=CONFIG)
    relay = Relay(load_test.master_port)
    load_test.wait_for_log("Starting Locust")
    load_test.add_worker("--master-port", str(relay.port))
    assert load_test.wait() == 0, load_test.logs()
    relay.close()
    assert_agree(load_test.summary, read_all(hub.connection_string))
    key = dict(part.split("=", 1) for part in hub.connection_string.split(";"))["SharedAccessKey"]
    wire = bytes(relay.asked + relay.answered)
    assert b"${EVENTHUB_CONNECTION_STRING:-embedded}" in wire  # it is the configuration that was recorded
    assert b"paysim-final" in wire
    assert key.encode() not in wire
    assert b"SharedAccess" not in wire


@pytest.mark.long  # two such workers are started below
def test_a_worker_needs_no_file_of_its_own(start, hub):
    load_test = start(*HEADLESS, "-t", "4s", config=CONFIG)
    load_test.add_worker(locustfile="-")  # it gets the locustfile and the configuration from the master
    assert load_test.wait() == 0, load_test.logs()
    assert_agree(load_test.summary, read_all(hub.connection_string))


def test_one_command_starts_the_workers_of_a_machine(start, hub):
    # One by one they would write the master's locustfile to the same temporary file, and delete it under one another.
    options = [*HEADLESS[:-1], "2"]
    load_test = start(*options, "-t", "4s", config=CONFIG)
    load_test.add_worker("--processes", "2", locustfile="-")
    assert load_test.wait() == 0, load_test.logs()
    assert load_test.summary["workers"] == 2
    assert load_test.workers[0].returncode == 0
    assert_agree(load_test.summary, read_all(hub.connection_string))


def refused(load_test: LoadTest, worker, code: int) -> str:
    assert load_test.wait(60) == code, load_test.logs()
    assert worker.returncode == code
    logs = load_test.logs()
    assert "Traceback" not in logs
    assert "cannot take part" in load_test.log.read_text()
    return logs


def test_a_worker_without_the_masters_variable_is_refused_by_name(start, hub):
    load_test = start(*HEADLESS, config=CONFIG)
    worker = load_test.add_worker(EVENTHUB_CONNECTION_STRING="")
    assert "EVENTHUB_CONNECTION_STRING is not set here" in refused(load_test, worker, 2)


def test_a_worker_of_another_version_is_refused(start, hub, tmp_path):
    other = tmp_path / "other_version.py"
    other.write_text("import paysim\npaysim.__version__ = '0.0.9'\nfrom paysim.loadtest import PaymentUser\n")
    load_test = start(*HEADLESS, config=CONFIG)
    worker = load_test.add_worker(locustfile=str(other))
    assert "it runs paysim 0.0.9, the master" in refused(load_test, worker, 2)


OTHER_PROTOCOL = """
from paysim.loadtest import PaymentUser
from paysim.loadtest.cluster import messages
messages.PROTOCOL = 0
"""


def test_a_worker_that_speaks_another_protocol_is_refused(start, hub, tmp_path):
    other = tmp_path / "other_protocol.py"
    other.write_text(OTHER_PROTOCOL)
    load_test = start(*HEADLESS, config=CONFIG)
    worker = load_test.add_worker(locustfile=str(other))
    said = refused(load_test, worker, 2)
    ours = messages.PROTOCOL
    assert f"cannot take part: it speaks protocol 0 of paysim's messages, not {ours}: install the same paysim" in said


BAD_ACCOUNT = """
from paysim.loadtest import PaymentUser
from paysim.loadtest.cluster import messages
written = messages.write
messages.write = lambda message: {name: value for name, value in written(message).items() if name != "ledger"}
"""


def test_a_worker_whose_account_cannot_be_read_is_not_accounted_for(start, hub, tmp_path):
    bad = tmp_path / "bad_account.py"
    bad.write_text(BAD_ACCOUNT)
    load_test = start(*HEADLESS, "-t", "2s", config=CONFIG)
    load_test.add_worker(locustfile=str(bad))
    assert load_test.wait(60) == 1, load_test.logs()
    assert "is not taken: its message has not the form of Account: ledger: field required" in load_test.log.read_text()
    assert [producer["silent"] for producer in load_test.summary["producers"]] == [True]


def test_a_worker_that_cannot_reach_the_hub_says_why(start, hub):
    load_test = start(*HEADLESS, config=CONFIG)
    gone = hub.connection_string.replace(f":{hub.port}", ":1")
    worker = load_test.add_worker(EVENTHUB_CONNECTION_STRING=gone)
    assert "refuses connections" in refused(load_test, worker, 3)


def test_workers_of_one_machine_share_the_embedded_hub(start):
    config = CONFIG.replace("batch_size: 10", "batch_size: 100").replace("rate: 200", "rate: 400, total: 800")
    load_test = start(*HEADLESS, "--expect-workers", "2", config=config, EVENTHUB_CONNECTION_STRING="")
    for _ in range(2):  # they ask for it at the same time
        load_test.add_worker()
    assert load_test.wait() == 0, load_test.logs()
    summary = load_test.summary
    assert summary["target"] == "LOCAL HUB, not Azure"
    assert summary["delivery"]["arrived"] == summary["transactions"]["acked"] == 800
    assert [producer["next_sequence"] > 0 for producer in summary["producers"]] == [True, True]
    assert summary["hub"]["sends"] <= 10  # whole batches, from the first on
