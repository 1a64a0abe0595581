"""Which hub a run goes to, and which one is read: one and the same, or it is said; never a loss."""

from pathlib import Path

import pytest

from paysim.cli import main
from paysim.config.schema import Config
from paysim.contract.identity import Run
from paysim.loadtest.report.summary import make
from paysim.loadtest.run.verifier import Verifier
from tests.support.accounts import account, facts
from tests.support.running import Hub, LoadTest, WebUI
from tests.support.runs import RestartedHub
from tests.support.servers import free_port
from tests.support.waiting import wait_until

pytestmark = [
    pytest.mark.usefixtures("unmeasured_processes"),
    pytest.mark.busy("hubs are restarted in a moment of a run"),
]

CONFIG = """
simulator:
  output: {batch_size: 20}
  transaction:
    population: {customers: 200, merchants: 50}
    volume: {rate: 300}
  verify: {timeout: 2}
"""
TOTAL = CONFIG.replace("rate: 300", "rate: 300, total: 600")
HEADLESS = ("--headless", "--only-summary", "-u", "6", "-r", "6")
MASTER = (*HEADLESS, "--master", "--expect-workers", "1")


@pytest.fixture
def other():
    """Another hub, of the same name, on the same machine."""
    hub = Hub()
    yield hub
    hub.close()


def refused(load_test: LoadTest, worker, code: int = 2) -> str:
    assert load_test.wait(60) == code, load_test.logs()
    assert worker.returncode == code
    logs = load_test.logs()
    assert "Traceback" not in logs
    return logs


def test_a_worker_that_sends_to_another_hub_than_the_master_reads_is_refused_when_it_joins(start, hub, other):
    load_test = start(*MASTER, config=CONFIG)
    worker = load_test.add_worker(EVENTHUB_CONNECTION_STRING=other.connection_string)
    logs = refused(load_test, worker)
    assert "cannot take part: it sends to another hub, payments of 2" in logs
    assert "than the one that the master reads, payments of 2" in logs
    assert other.stored() == hub.stored() == 0


def test_workers_that_send_to_different_hubs_are_refused_where_the_master_reads_none(start, hub, other):
    config = CONFIG.replace("verify: {timeout: 2}", "verify: {enabled: false}")
    gone = hub.connection_string.replace(f":{hub.port}", f":{free_port()}")
    load_test = start(*HEADLESS, "--master", "--expect-workers", "2", config=config, EVENTHUB_CONNECTION_STRING=gone)
    load_test.add_worker(EVENTHUB_CONNECTION_STRING=hub.connection_string)
    load_test.wait_for_log("1 of 2 ready")
    worker = load_test.add_worker(EVENTHUB_CONNECTION_STRING=other.connection_string)
    assert load_test.process.wait(60) == 2, load_test.logs()
    worker.wait(20)
    logs = load_test.logs()
    load_test.kill()
    assert "it sends to another hub, payments of 2" in logs and "than the workers before it, payments of 2" in logs


def test_a_run_is_not_read_back_from_another_hub_than_it_goes_to(start, hub, other):
    config = CONFIG.replace("timeout: 2", f"timeout: 2, connection_string: '{other.connection_string}'")
    load_test = start(*HEADLESS, "-t", "3s", config=config)
    assert load_test.wait() == 2, load_test.logs()
    assert "the run would be read back from another hub, payments of 2" in load_test.log.read_text()
    assert hub.stored() == 0


@pytest.mark.parametrize("enabled", [pytest.param("true", marks=pytest.mark.long), "auto"])
def test_what_was_to_be_verified_and_was_not_is_exit_code_1_in_words(start, hub, enabled):
    """The master's configuration says `embedded`, and its worker has a hub of its own."""
    config = TOTAL.replace("timeout: 2", f"timeout: 2, enabled: {enabled}")
    load_test = start(*MASTER, config=config, EVENTHUB_CONNECTION_STRING="")
    load_test.add_worker(EVENTHUB_CONNECTION_STRING=hub.connection_string)
    assert load_test.wait() == 1, load_test.logs()
    words = "not verified: the run goes to LOCAL HUB, not Azure, which this process is not configured for"
    assert load_test.summary["verdict"]["reasons"] == [words]
    assert words in load_test.out.read_text()


@pytest.mark.parametrize(("enabled", "verifies"), [(True, True), ("auto", False)])
def test_auto_is_about_the_hub_that_is_loaded_and_true_is_asked_for(enabled, verifies):
    config = Config.model_validate({"verify": {"enabled": enabled}})
    verifier = Verifier(config, lambda: None, None)
    verifier.begin(Run.new(), "contoso-load/payments")
    summary = make(facts(), [account(0, 200)])
    verifier.finish(summary)
    assert verifier.verifies is verifies
    words = "not verified: the run goes to contoso-load/payments, which this process is not configured for"
    assert (summary.delivery and summary.delivery.error) == (words if verifies else None)


def test_a_hub_restarted_without_its_data_while_a_run_is_on_is_said_and_nothing_counts_as_arrived(tmp_path):
    hub = RestartedHub(tmp_path / "data")
    try:
        folder = tmp_path / "run"
        folder.mkdir()
        load_test = LoadTest(folder, CONFIG, *HEADLESS, "-t", "8s", EVENTHUB_CONNECTION_STRING=hub.connection_string)
        load_test.wait_for_users()
        hub.restart(keep=False)
        assert load_test.wait() == 1, load_test.logs()
    finally:
        hub.stop()
    delivery = load_test.summary["delivery"]
    assert (delivery["arrived"], delivery["lost"]) == (0, None)
    assert "not verifiable: this is another hub, payments of 2" in load_test.out.read_text()
    assert load_test.summary["verdict"]["reasons"][-1].startswith("not verifiable: this is another hub")


def test_partitions_that_are_added_while_a_run_is_on_are_read(tmp_path, monkeypatch):
    hub = RestartedHub(tmp_path / "data", "--partitions", "2")
    try:
        folder = tmp_path / "run"
        folder.mkdir()
        config = CONFIG.replace("rate: 300", "rate: 300, total: 1800") + "  thresholds: {error_rate: 0.5, lost: 0}\n"
        load_test = LoadTest(folder, config, *HEADLESS, EVENTHUB_CONNECTION_STRING=hub.connection_string)
        load_test.wait_for_users()
        hub.restart("--partitions", "5")
        assert load_test.wait() == 0, load_test.logs()
        summary = load_test.summary
        delivery, counts = summary["delivery"], summary["transactions"]
        assert (delivery["arrived"] - delivery["unknown_arrived"], delivery["lost"]) == (counts["acked"], 0)
        assert {name: first for name, (first, _) in summary["hub"]["positions"].items()}["4"] == 0
        monkeypatch.chdir(folder)
        monkeypatch.setenv("EVENTHUB_CONNECTION_STRING", hub.connection_string)
        assert main(["verify", "--summary", "output/latest/summary.json", "--config", "config.yaml"]) == 0
    finally:
        hub.stop()


def test_positions_belong_to_the_beginning_of_a_run_and_not_to_a_look_before_it(tmp_path):
    """A developer restarts the local hub between two runs of the web UI."""
    hub = RestartedHub(tmp_path / "data")
    port = free_port()
    try:
        folder = tmp_path / "run"
        folder.mkdir()
        options = ("--web-host", "127.0.0.1", "--web-port", str(port))
        load_test = LoadTest(folder, CONFIG, *options, EVENTHUB_CONNECTION_STRING=hub.connection_string)
        web = WebUI(port)
        wait_until(web.up, why=load_test.logs)
        found = []
        for _ in range(2):
            load_test.log.write_text("")
            web.swarm(6, 6)
            load_test.wait_for_users()
            wait_until(lambda: web.stats()["stats"][-1]["num_requests"] > 200)
            web.stop()
            latest = folder / "output" / "latest" / "summary.json"
            wait_until(latest.exists, why=load_test.logs)
            found.append(load_test.summary)
            latest.unlink()
            hub.restart(keep=False)
    finally:
        load_test.kill()
        hub.stop()
    for summary in found:
        delivery = summary["delivery"]
        assert (delivery["lost"], delivery["error"], summary["exit_code"]) == (0, None, 0), load_test.logs()
        assert delivery["arrived"] == summary["transactions"]["acked"] > 0


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """A run, and the folder of its hub, which is stopped."""
    hub = RestartedHub(tmp_path_factory.mktemp("hub") / "data", "--hub", "payments", "--hub", "other")
    load_test = LoadTest(
        tmp_path_factory.mktemp("ran"),
        TOTAL.replace("batch_size: 20", "batch_size: 20, event_hub: {eventhub_name: payments}"),
        *HEADLESS,
        EVENTHUB_CONNECTION_STRING=hub.connection_string,
    )
    assert load_test.wait() == 0, load_test.logs()
    yield load_test, hub
    hub.stop()


@pytest.fixture
def verify(ran, monkeypatch, capsys):
    """`paysim verify` in the folder of the run, against a connection string."""

    def verify(connection_string: str, config: str = "config.yaml") -> tuple[int, str]:
        monkeypatch.chdir(ran[0].folder)
        monkeypatch.setenv("EVENTHUB_CONNECTION_STRING", connection_string)
        code = main(["verify", "--summary", "output/latest/summary.json", "--config", config])
        captured = capsys.readouterr()
        return code, captured.out + captured.err

    return verify


def test_a_run_is_verified_by_whatever_address_leads_to_its_hub(ran, verify):
    _, hub = ran
    hub.restart()
    code, out = verify(hub.connection_string.replace("127.0.0.1", "localhost"))
    assert (code, "all 600 acknowledged transactions; none lost" in out) == (0, True), out


def test_a_run_is_not_verifiable_in_another_hub_of_its_namespace_or_of_its_name(ran, verify, other):
    load_test, hub = ran
    code, out = verify(other.connection_string)
    assert (code, "not verifiable: this is another hub, payments of 2" in out) == (1, True), out
    Path(load_test.folder / "other.yaml").write_text(
        load_test.config.read_text().replace("eventhub_name: payments", "eventhub_name: other")
    )
    code, out = verify(hub.connection_string, "other.yaml")
    assert (code, "not verifiable: this is another hub, other of 2" in out) == (1, True), out
    assert "LOST" not in out
