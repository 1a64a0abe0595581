"""paysim in Locust's web UI, through its API: form, tabs, CSV, reset, stop; alone and distributed."""

import csv
import io
import json
import time

import pytest

from tests.support.present import first_group
from tests.support.running import WebUI
from tests.support.waiting import wait_until
from tests.support.web import CONFIG, COUNTS, data, serve, settled, swarm

pytestmark = [pytest.mark.usefixtures("unmeasured"), pytest.mark.busy("figures of the last seconds are compared")]


def tab(web: WebUI, key: str) -> list[dict]:
    return next(table["data"] for table in web.stats()["extended_stats"] if table["key"] == key)


def rows(web: WebUI, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(web.get(f"/payments/{name}.csv").decode())))


def test_the_form_sets_the_rate_and_tabs_page_and_csv_agree_with_the_statistics(start, hub):
    load_test, web = serve(start)
    wait_until(web.up)
    assert data(web)["now"] is None
    assert rows(web, "payments") == []

    refused = swarm(web, paysim_rate="-5", paysim_batch_size="x")
    assert not refused["success"]
    assert refused["message"] == 'batch size must be a whole number, not the text "x"'
    assert "rate must be a number above 0" in swarm(web, paysim_rate="-5")["message"]
    assert "the configuration says so, not this field" in swarm(web, host="contoso/payments")["message"]
    assert data(web)["state"] == "ready"

    assert swarm(web, paysim_rate="600", paysim_batch_size="10", paysim_total="")["success"]
    wait_until(lambda: data(web)["now"] and data(web)["now"]["elapsed"] > 6)
    wait_until(lambda: 400 < data(web)["now"]["total"]["per_s"] < 900)
    wait_until(lambda: sum(each["events"] for each in data(web)["now"]["partitions"].values()) > 1000)
    now = data(web)["now"]
    assert now["target_per_s"] == 600
    assert now["methods"]["credit_card"]["acked"] == pytest.approx(0.6 * now["total"]["acked"], rel=0.1)
    assert now["latency_ms"]["from_schedule"]["p99"] > 0
    assert now["hub"]["connections"] >= 4
    assert now["hub"]["sends"] == pytest.approx(now["total"]["acked"] / 10, rel=0.2)

    # An edit of the running test changes the rate at once; what it leaves out stays.
    assert swarm(web, paysim_rate="900")["success"]
    assert data(web)["reloads"][0]["change"] == "rate 600 → 900"
    load_test.config.write_text(CONFIG.replace("rate: 400", "rate: 100, arrivals: poisson"))
    load_test.wait_for_log("transaction.volume.rate stays 900, as the start form set it")
    wait_until(lambda: len(data(web)["reloads"]) == 2)
    wait_until(lambda: data(web)["now"]["target_per_s"] == 900)
    assert '"default_value": "900"' in web.get("/").decode()

    web.stop()
    wait_until(lambda: data(web)["state"] == "stopped")
    counted = settled(web)
    now = data(web)["now"]
    assert not now["running"]
    assert counted["Aggregated"] == sum(now["total"][name] for name in COUNTS)
    assert counted["Aggregated"] == load_test.summary["transactions"]["acked"]
    for name, flow in now["methods"].items():
        assert counted[name] == sum(flow[count] for count in COUNTS)
    assert [(row["name"], row["acked"]) for row in tab(web, "payments")] == [
        *((name, now["methods"][name]["acked"]) for name in ("credit_card", "debit_card", "bank_transfer")),
        ("Total", now["total"]["acked"]),
    ]
    assert [row["Acked"] for row in rows(web, "payments")] == [str(row["acked"]) for row in tab(web, "payments")]
    assert [row["name"] for row in tab(web, "event-hub")][:1] == ["partition 0"]
    assert rows(web, "event-hub")[-1]["Events"] == str(now["total"]["acked"])

    assert "progress" not in load_test.log.read_text()  # the page shows it

    # What no page may say.
    key = first_group("SharedAccessKey=([^;]+)", hub.connection_string)
    for path in ("/", "/payments", "/payments/data", "/stats/requests", "/payments/event-hub.csv"):
        assert key not in web.get(path).decode()
        assert str(load_test.folder) not in web.get(path).decode()


@pytest.mark.long
def test_a_distributed_run_adds_up_its_workers_and_reset_counts_from_there(start):
    load_test, web = serve(start, "--master")
    for _ in range(2):
        load_test.add_worker()
    wait_until(web.up)
    wait_until(lambda: json.loads(web.get("/worker-count"))["worker_count"] == 2)
    assert swarm(web)["success"]
    wait_until(lambda: data(web)["now"] and data(web)["now"]["elapsed"] > 6)
    now = data(web)["now"]
    assert [sender["producer"] for sender in now["senders"]] == [0, 1]
    assert sum(sender["flow"]["acked"] for sender in now["senders"]) == now["total"]["acked"]
    wait_until(lambda: 250 < data(web)["now"]["total"]["per_s"] < 600)
    wait_until(lambda: len(data(web)["now"]["partitions"]) == 4)
    history = data(web)["history"]
    assert history["elapsed"][-1] >= 5
    known = data(web, f"?series={data(web)['series']}&after={history['elapsed'][-1]}")["history"]["elapsed"]
    assert all(elapsed > history["elapsed"][-1] for elapsed in known)

    before = now["total"]["acked"]
    assert web.post("/stats/reset") == b"ok"
    assert data(web)["now"]["total"]["acked"] < before
    wait_until(lambda: data(web)["history"]["elapsed"])
    assert data(web)["history"]["elapsed"][0] > 5
    wait_until(lambda: data(web)["now"]["total"]["acked"] > 400)
    web.stop()
    wait_until(lambda: data(web)["state"] == "stopped")
    now = data(web)["now"]
    assert settled(web)["Aggregated"] == sum(now["total"][name] for name in COUNTS)
    assert load_test.summary["transactions"]["acked"] > now["total"]["acked"]

    # A second run begins at nothing, with what the form says for it.
    assert swarm(web, paysim_total="500", paysim_rate="1000")["success"]
    wait_until(lambda: data(web)["state"] == "stopped" and data(web)["now"]["total"]["acked"] == 500)
    assert settled(web)["Aggregated"] == 500
    assert load_test.summary["config"]["transaction"]["volume"]["total"] == 500


def test_the_form_chooses_among_the_files_of_the_folder(start, tmp_path):
    (tmp_path / "slow.yaml").write_text(CONFIG.replace("400", "50").replace("batch_size: 20", "batch_size: 5"))
    (tmp_path / "elsewhere.yaml").write_text(CONFIG.replace("output: {", "output: {destination: stdout, "))
    stages = CONFIG + "  load: {stages: [{duration: 5, users: 3, spawn_rate: 3, rate: 60}]}\n"
    (tmp_path / "stages.yaml").write_text(stages)
    load_test, web = serve(start)
    wait_until(web.up)
    assert '"choices": ["config.yaml", "elsewhere.yaml", "slow.yaml", "stages.yaml"]' in web.get("/").decode()

    assert "there is no configuration" in swarm(web, configuration="../config.yaml")["message"]
    assert "output.destination cannot change" in swarm(web, configuration="elsewhere.yaml")["message"]
    assert swarm(web, configuration="slow.yaml")["success"]
    wait_until(lambda: data(web)["now"] and data(web)["now"]["elapsed"] > 3)
    assert data(web)["now"]["target_per_s"] == 50
    # The chosen file is the one that is watched.
    (tmp_path / "slow.yaml").write_text(CONFIG.replace("400", "70").replace("batch_size: 20", "batch_size: 5"))
    wait_until(lambda: data(web)["now"]["target_per_s"] == 70)
    web.stop()

    wait_until(lambda: data(web)["state"] == "stopped")
    assert swarm(web, configuration="stages.yaml")["success"]
    wait_until(lambda: data(web)["now"] and data(web)["now"]["target_per_s"] == 60)
    wait_until(lambda: data(web)["state"] == "stopped")
    # It is verified first.
    wait_until(lambda: load_test.summary["users_max"] == 3, why=lambda: f"{load_test.summary}\n{load_test.logs()}")


def test_a_run_that_is_prepared_has_begun_for_the_page_that_asks(start, tmp_path):
    # Locust itself says "ready" until every listener has returned, and its page then goes back to the form.
    locustfile = tmp_path / "locustfile.py"
    locustfile.write_text(
        "import time\n"
        "from locust import events\n"
        "from paysim.loadtest import PaymentUser\n"
        "events.test_start.add_listener(lambda **_: time.sleep(3))\n"
    )
    _, web = serve(start, "-f", str(locustfile))
    wait_until(web.up)
    assert web.stats()["state"] == "ready"
    assert swarm(web)["success"]
    seen: list[str] = []
    while not seen or seen[-1] != "running":
        seen += [web.stats()["state"], data(web)["state"]]
    assert "ready" not in seen[2:]
    assert "spawning" in seen
    web.stop()
    assert web.stats()["state"] == "stopped"


def test_a_run_whose_start_takes_longer_than_it_lasts_is_accounted_for_alone(start, hub, tmp_path):
    locustfile = tmp_path / "locustfile.py"
    locustfile.write_text(
        "import gevent\n"
        "from paysim.loadtest import PaymentUser\n"
        "from paysim.loadtest.sending import sender\n"
        "made = sender._generator\n"
        "def slowly(*args):\n"
        "    gevent.sleep(2)\n"
        "    return made(*args)\n"
        "sender._generator = slowly\n"
    )
    stages = CONFIG + "  load: {stages: [{duration: 1, users: 3, spawn_rate: 3, rate: 60}]}\n"
    (tmp_path / "stages.yaml").write_text(stages)
    load_test, web = serve(start, "-f", str(locustfile))
    wait_until(web.up)
    assert swarm(web)["success"]
    hub.wait_for(400)
    web.stop()
    wait_until(lambda: data(web)["state"] == "stopped")
    before = load_test.summary
    assert swarm(web)["success"]
    time.sleep(0.5)  # into its beginning, which nothing tells of
    web.stop()  # while it begins
    assert data(web)["state"] == "stopped"
    nothing = load_test.summary
    assert nothing["verdict"]["reasons"] == ["nothing was sent"]
    assert swarm(web, configuration="stages.yaml")["success"]
    ours = (before["run_id"], nothing["run_id"])
    wait_until(lambda: load_test.summary["run_id"] not in ours, why=load_test.logs)
    summary = load_test.summary
    assert (summary["users_max"], summary["delivery"]["lost"]) == (3, 0)
    assert before["transactions"]["acked"] + summary["transactions"]["acked"] == hub.stored()
    assert 0.9 < summary["duration_s"] < 10


def test_thresholds_are_shown_as_they_stand_and_the_verdict_once_there_is_one(start, hub):
    config = CONFIG + "  thresholds: {p95_ms: 60000, min_rate: 90000, min_rate_share: 0.01, lost: 0}\n"
    _, web = serve(start, config=config)
    wait_until(web.up)
    assert not json.loads(web.get("/payments/verdict"))["run_id"]
    assert swarm(web)["success"]

    def states() -> dict[str, str]:
        return {each["name"]: each["state"] for each in data(web)["judgement"]["thresholds"]}

    live = {"p95_ms": "held", "min_rate": "missed", "min_rate_share": "held", "lost": "not measured"}
    wait_until(lambda: states() == live, why=lambda: str(states()))
    assert data(web)["judgement"]["verdict"] is None
    web.stop()
    wait_until(lambda: data(web)["judgement"]["verdict"] is not None)
    found = json.loads(web.get("/payments/verdict"))
    assert found["verdict"]["outcome"] == "failed"
    assert found["verdict"]["reasons"] == [each for each in found["verdict"]["reasons"] if each.startswith("min_rate")]
    assert states() == {**live, "lost": "held"}
