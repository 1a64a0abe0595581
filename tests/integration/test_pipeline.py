"""A run watched behind the hub: a real load, a local hub, the example pipeline and its ledger."""

import contextlib
import json
import math
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.support.azurite import account  # noqa: F401
from tests.support.environment import ROOT, unmeasured_environ
from tests.support.pipeline import HAS_POSTGRES, postgres
from tests.support.present import present
from tests.support.running import Hub, LoadTest
from tests.support.servers import Gate
from tests.support.waiting import wait_until

CONFIG = """
simulator:
  output:
    batch_size: 20
    event_hub: {{connection_string: "${{EVENTHUB_CONNECTION_STRING}}", eventhub_name: payments}}
  transaction:
    population: {{customers: 200, merchants: 20}}
    volume: {{rate: {rate}}}
    violations: {{negative_amount: 0.05, duplicate: 0.01, excess_amount: 0.01}}
  pipeline:
    wait: {wait}
    stages:
      - {{name: validated, event_hub: {{eventhub_name: validated}}}}
      - name: stored
        sql:
          url: "${{DATABASE_URL}}"
          time: stored_at
          row: payment_no
          query: "SELECT transaction_id, stored_at, payment_no FROM payments WHERE stored_at >= :since ORDER BY stored_at LIMIT :limit"
      - {{name: rejected, event_hub: {{eventhub_name: rejected}}, expects: bad}}
"""  # noqa: E501


class Example:
    """The example pipeline in a process of its own."""

    def __init__(self, hub: Hub, folder: Path, *switches: str, **environ: str) -> None:
        self.truth = folder / "truth.jsonl"
        self.database = f"sqlite:///{folder}/ledger.db"
        environ = {"DATABASE_URL": self.database, **environ}
        self.database = environ["DATABASE_URL"]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "examples.pipeline", "--truth", str(self.truth), *switches],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=(folder / "pipeline.log").open("w"),
            text=True,
            env={**unmeasured_environ(), "EVENTHUB_CONNECTION_STRING": hub.connection_string, **environ},
        )
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "pipeline: reading\n"

    def planted(self, what: str) -> int:
        return sum(each["what"] == what for each in self.notes())

    def notes(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.truth.read_text().splitlines()] if self.truth.exists() else []

    def wait_for(self, stored: int) -> None:
        """Until it has stored so many."""
        wait_until(lambda: len(self.latencies("stored")) >= stored, timeout=60)

    def latencies(self, stage: str) -> list[float]:
        """Milliseconds from the hub to a stage, as the pipeline measures them itself, ascending."""
        return sorted(each for note in self.notes() if note["what"] == stage for each in note["latencies_ms"])

    def close(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.process.pid, signal.SIGCONT)
        self.process.kill()
        self.process.wait()


@pytest.fixture
def hub() -> Iterator[Hub]:
    found = Hub("--hub", "payments", "--hub", "validated", "--hub", "rejected", "--consumer-group", "ingest")
    yield found
    found.close()


@pytest.fixture
def example(hub, tmp_path) -> Iterator[Any]:
    begun: list[Example] = []

    def begin(*switches: str, **environ: str) -> Example:
        begun.append(Example(hub, tmp_path, *switches, **environ))
        return begun[-1]

    yield begin
    for each in begun:
        each.close()


def output(test: LoadTest) -> str:
    return test.out.read_text() + test.logs()


def stages(summary: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {stage["name"]: stage for stage in summary["pipeline"]["stages"]}


def test_a_pipeline_that_is_right_passes_and_each_hop_is_exact(hub, example, tmp_path):
    pipeline = example()
    config = CONFIG.format(rate=200, wait=60)
    test = LoadTest(
        tmp_path, config, "-t", "4s", "-u", "5", "-r", "5", "--headless", hub=hub, DATABASE_URL=pipeline.database
    )
    assert test.wait() == 0, output(test)
    summary = test.summary
    found, counts = stages(summary), summary["transactions"]
    bad = counts["violations"]["negative_amount"]
    repeated = counts["violations"].get("duplicate", 0)
    either = counts["violations"]["excess_amount"]
    assert found["stored"]["expected"] == counts["acked"] - repeated - bad - either
    assert found["rejected"]["expected"] == found["rejected"]["right"] == bad
    for name in ("validated", "stored"):
        assert (found[name]["right"], found[name]["missing"], found[name]["under_way"]) == (
            found[name]["expected"],
            0,
            0,
        )
        assert (found[name]["duplicates"], found[name]["misjudged"], found[name]["lost"]) == (0, 0, None)
        assert found[name]["latency_ms"]["p50"] >= found[name]["hop_ms"]["p50"] > 0
    assert summary["pipeline"]["in_the_hub"]["right"] == counts["acked"] - repeated
    assert "behind the hub" in output(test)


@pytest.mark.long
def test_faults_that_were_planted_are_found_exactly(hub, example, tmp_path):
    pipeline = example("--lose", "50", "--double", "70", "--misplace", "90", "--accept", "5")
    config = CONFIG.format(rate=300, wait=15).replace(", duplicate: 0.01, excess_amount: 0.01", "")
    test = LoadTest(
        tmp_path, config, "-t", "10s", "-u", "5", "-r", "5", "--headless", hub=hub, DATABASE_URL=pipeline.database
    )
    assert test.wait() == 1
    summary = test.summary
    found = stages(summary)
    lost, misplaced = pipeline.planted("lost"), pipeline.planted("misplaced")
    assert min(lost, misplaced, pipeline.planted("doubled"), pipeline.planted("accepted")) > 5
    assert found["stored"]["duplicates"] == pipeline.planted("doubled")
    assert found["stored"]["misjudged"] == pipeline.planted("accepted")
    assert found["rejected"]["misjudged"] == misplaced
    for name in ("validated", "stored"):
        assert found[name]["missing"] + found[name]["under_way"] == lost
        assert found[name]["under_way"] <= 4  # the last of each partition, which nothing overtakes
    assert found["rejected"]["missing"] == 0
    assert any(reason.startswith("stage stored: ") for reason in summary["verdict"]["reasons"])


@pytest.mark.long
@pytest.mark.timeout(420)
@pytest.mark.skipif(not HAS_POSTGRES, reason="PostgreSQL's server is not installed (Debian: postgresql)")
def test_on_postgresql_at_two_thousand_a_second_every_planted_fault_is_found(hub, example, tmp_path):
    with postgres() as server:
        switches = ("--lose", "500", "--double", "700", "--misplace", "900", "--accept", "50", "--pause-at", "20")
        pipeline = example(*switches, "--pause-s", "5", DATABASE_URL=server.url)
        config = CONFIG.format(rate=2000, wait=120).replace(", duplicate: 0.01, excess_amount: 0.01", "")
        config += '  report: {html: "output/{run_id}/report.html"}\n'
        options = ("-t", "60s", "-u", "20", "-r", "20", "--headless")
        test = LoadTest(tmp_path, config, *options, hub=hub, DATABASE_URL=server.url)
        assert test.wait(300) == 1
        summary = test.summary
        found = stages(summary)
        assert found["stored"]["duplicates"] == pipeline.planted("doubled")
        assert found["stored"]["misjudged"] == pipeline.planted("accepted")
        assert found["rejected"]["misjudged"] == pipeline.planted("misplaced")
        for name in ("validated", "stored"):
            assert found[name]["missing"] + found[name]["under_way"] == pipeline.planted("lost")
            assert found[name]["under_way"] <= 4  # the last of each partition, which nothing overtakes
        for name in ("validated", "stored", "rejected"):
            inside, hop = pipeline.latencies(name), found[name]["hop_ms"]
            own = {share: inside[math.ceil(int(share[1:]) / 100 * len(inside)) - 1] for share in ("p50", "p95", "p99")}
            print(f"{name}: inside {own}, by paysim {hop}")
            assert {share: hop[share] for share in own} == pytest.approx(own, rel=0.05, abs=5)
        # The pause is in the charts where it was: nothing came, and before it something always did.
        report = (tmp_path / "output" / "latest" / "report.html").read_text()
        (data,) = re.findall(r'<script id="paysim-data" type="application/json">(.*?)</script>', report, re.S)
        points = json.loads(data)["hops"]
        pause = next(note["at"] for note in pipeline.notes() if note["what"] == "pause")
        at = pause - datetime.fromisoformat(summary["started_at"]).timestamp()
        stood = [each["elapsed"] for each in points if each.get("hop3_per_s") == 0 and 5 < each["elapsed"] < 55]
        assert stood and at < min(stood) <= max(stood) < at + 5 + 3, (at, stood)
        for path in [*tmp_path.glob("output/**/*"), test.log, test.out]:
            assert path.is_dir() or server.password not in path.read_text()


@pytest.mark.long
def test_a_group_that_has_passed_the_end_says_that_nothing_more_comes(hub, example, tmp_path, account):  # noqa: F811
    pipeline = example("--lose", "20", "--group", "ingest", CHECKPOINTS=account)
    lag = '    lag: [{consumer_group: ingest, checkpoints: {blob: "${CHECKPOINTS}", container: ingest}}]\n'
    config = CONFIG.format(rate=200, wait=60).replace(", duplicate: 0.01, excess_amount: 0.01", "") + lag
    options = ("-t", "6s", "-u", "5", "-r", "5", "--headless")
    test = LoadTest(tmp_path, config, *options, hub=hub, DATABASE_URL=pipeline.database, CHECKPOINTS=account)
    assert test.wait(120) == 1
    found, behind = stages(test.summary), test.summary["pipeline"]["lag"][0]
    assert (found["stored"]["missing"], found["stored"]["under_way"]) == (pipeline.planted("lost"), 0)
    assert (behind["total"], behind["why"]) == (0, None)
    assert test.summary["pipeline"]["waited_s"] < 50  # nothing more was waited for


@pytest.mark.long
def test_a_pipeline_that_stopped_is_never_called_lossy(hub, example, tmp_path):
    pipeline = example()
    config = CONFIG.format(rate=200, wait=25)
    test = LoadTest(
        tmp_path, config, "-t", "6s", "-u", "5", "-r", "5", "--headless", hub=hub, DATABASE_URL=pipeline.database
    )
    test.wait_for_users()
    wait_until(lambda: any(each["what"] == "stored" for each in pipeline.notes()), timeout=30)
    os.kill(pipeline.process.pid, signal.SIGSTOP)
    assert test.wait() == 1
    os.kill(pipeline.process.pid, signal.SIGCONT)
    summary = test.summary
    for stage in stages(summary).values():
        assert stage["missing"] == 0
    assert stages(summary)["stored"]["under_way"] > 0
    assert any("still under way" in reason for reason in summary["verdict"]["reasons"])


@pytest.mark.long
@pytest.mark.timeout(240)
def test_a_pipeline_that_stood_still_for_half_a_minute_and_went_on_has_lost_nothing(hub, example, tmp_path):
    pipeline = example()
    config = CONFIG.format(rate=200, wait=120)
    test = LoadTest(
        tmp_path, config, "-t", "6s", "-u", "5", "-r", "5", "--headless", hub=hub, DATABASE_URL=pipeline.database
    )
    test.wait_for_users()
    wait_until(lambda: any(each["what"] == "stored" for each in pipeline.notes()), timeout=30)
    os.kill(pipeline.process.pid, signal.SIGSTOP)
    test.wait_for_log("waiting up to 120 s", timeout=60)
    time.sleep(30)  # the length of it is what is tested
    os.kill(pipeline.process.pid, signal.SIGCONT)
    assert test.wait(150) == 0, output(test)
    for stage in stages(test.summary).values():
        assert (stage["right"], stage["missing"], stage["under_way"]) == (stage["expected"], 0, 0)
    assert stages(test.summary)["stored"]["latency_ms"]["max"] > 30_000
    assert test.summary["pipeline"]["waited_s"] > 30


def through(gate: Gate, hub: Hub) -> str:
    """The stages read through a gate, the pipeline writes past it."""
    address = hub.connection_string.replace(f":{hub.port}", f":{gate.port}")
    assert address != hub.connection_string
    return address


GATED = CONFIG.replace(
    "{{eventhub_name: validated}}", '{{connection_string: "${{OUTPUT_HUB}}", eventhub_name: validated}}'
)


@pytest.mark.long
def test_connections_to_an_output_hub_that_are_cut_are_opened_again_and_each_count_is_exact(hub, example, tmp_path):
    pipeline, gate = example(), Gate(hub.port)
    test = LoadTest(
        tmp_path, GATED.format(rate=200, wait=60), "-t", "12s", "-u", "5", "-r", "5", "--headless", hub=hub,
        DATABASE_URL=pipeline.database, OUTPUT_HUB=through(gate, hub),
    )  # fmt: skip
    test.wait_for_users()
    for events in (500, 1000, 1500):
        pipeline.wait_for(events)
        gate.cut()
    assert test.wait(120) == 0, output(test)
    found = stages(test.summary)["validated"]
    assert found["right"] == found["expected"] > 1500
    assert (found["missing"], found["under_way"], found["duplicates"], found["lost"]) == (0, 0, 0, None)
    assert "stage validated: " in test.log.read_text()
    gate.shut()


@pytest.mark.long
def test_an_output_hub_that_stays_away_is_not_read_to_its_end_and_loses_nothing(hub, example, tmp_path):
    pipeline, gate = example(), Gate(hub.port)
    test = LoadTest(
        tmp_path, GATED.format(rate=200, wait=15), "-t", "6s", "-u", "5", "-r", "5", "--headless", hub=hub,
        DATABASE_URL=pipeline.database, OUTPUT_HUB=through(gate, hub),
    )  # fmt: skip
    test.wait_for_users()
    pipeline.wait_for(500)
    gate.shut()
    gate.cut()
    assert test.wait(180) == 1, output(test)
    found = stages(test.summary)
    assert (found["validated"]["missing"], found["stored"]["right"]) == (0, found["stored"]["expected"])
    assert found["validated"]["under_way"] > 0 and found["validated"]["lost"]
    assert any(why.startswith("stage validated was not read to its end") for why in test.summary["verdict"]["reasons"])


@pytest.mark.long
@pytest.mark.skipif(not HAS_POSTGRES, reason="PostgreSQL's server is not installed (Debian: postgresql)")
def test_a_database_that_is_killed_and_restarted_in_mid_run_is_read_to_its_end(hub, example, tmp_path):
    import psycopg

    with postgres() as server:
        pipeline = example(DATABASE_URL=server.url)
        config = CONFIG.format(rate=200, wait=90).replace(", duplicate: 0.01, excess_amount: 0.01", "")
        options = ("-t", "12s", "-u", "5", "-r", "5", "--headless")
        test = LoadTest(tmp_path, config, *options, hub=hub, DATABASE_URL=server.url)
        test.wait_for_users()
        pipeline.wait_for(1000)
        server.kill()
        test.wait_for_log("the database is not there")
        server.start()
        code = test.wait(180)
        with psycopg.connect(server.url) as connection:
            rows = present(
                connection.execute("SELECT count(*), count(DISTINCT transaction_id) FROM payments").fetchone()
            )
        found = stages(test.summary)["stored"]
        # A commit whose answer was lost is done again by the pipeline: that is a copy, and is found as one.
        assert (found["arrived"], found["duplicates"], found["lost"]) == (rows[1], rows[0] - rows[1], None)
        assert (found["right"], found["missing"], found["under_way"]) == (found["expected"], 0, 0)
        assert code == (0 if rows[0] == rows[1] else 1), output(test)
        assert "stage stored is read again" in test.log.read_text()
        assert server.password not in test.logs() + test.out.read_text()


@pytest.mark.long
def test_a_watcher_that_is_killed_leaves_stages_that_are_not_measured(hub, example, tmp_path):
    pipeline = example()
    config = CONFIG.format(rate=200, wait=25)
    test = LoadTest(
        tmp_path, config, "-t", "6s", "-u", "5", "-r", "5", "--headless", hub=hub, DATABASE_URL=pipeline.database
    )
    test.wait_for_users()
    (watcher,) = children(test.process.pid, "paysim.pipeline.watcher")
    os.kill(watcher, signal.SIGKILL)
    assert test.wait() == 1
    assert test.summary["pipeline"]["error"] == "the watcher process ended"
    assert test.summary["verdict"]["reasons"] == ["not measured behind the hub: the watcher process ended"]


@pytest.mark.long
def test_a_pipeline_that_falls_behind_ends_the_run_early_and_the_verdict_names_its_stage(hub, example, tmp_path):
    pipeline = example("--slow-ms", "20")
    config = CONFIG.format(rate=200, wait=0) + "  thresholds: {window: 5, abort: true}\n"
    config = config.replace("- name: stored\n", "- name: stored\n        thresholds: {p95_ms: 3000}\n")
    options = ("-t", "120s", "-u", "5", "-r", "5", "--headless")
    test = LoadTest(tmp_path, config, *options, hub=hub, DATABASE_URL=pipeline.database)
    assert test.wait(150) == 1, output(test)
    summary = test.summary
    assert summary["duration_s"] < 60
    assert summary["verdict"]["outcome"] == "failed"
    why = summary["verdict"]["reasons"][0]
    assert why.startswith("aborted after ") and "stages.stored.p95_ms was " in why
    assert stages(summary)["stored"]["missing"] == 0  # it is slow, and not lossy


@pytest.mark.long
@pytest.mark.timeout(420)
def test_a_search_for_the_limit_finds_that_of_the_pipeline_and_names_its_stage(hub, example, tmp_path):
    pipeline = example("--slow-ms", "4")  # 250/s at the most
    config = CONFIG.format(rate="null", wait=60).replace(", duplicate: 0.01, excess_amount: 0.01", "")
    config += "  load: {find_limit: {from: 50, to: 1600, hold: 15, precision: 0.5, confirm: 15}}\n"
    test = LoadTest(tmp_path, config, "-t", "6m", "--headless", hub=hub, DATABASE_URL=pipeline.database)
    assert test.wait(400) == 0, output(test)
    limit = test.summary["limit"]
    assert 50 <= limit["per_s"] <= 400, limit
    assert limit["culprit"] == "pipeline stage", limit
    assert "validated did not keep up" in limit["because"]


def children(parent: int, module: str) -> list[int]:
    listed = subprocess.run(["ps", "-o", "pid=,args=", "--ppid", str(parent)], capture_output=True, text=True).stdout
    return [int(line.split()[0]) for line in listed.splitlines() if module in line]


@pytest.mark.long
def test_workers_tell_what_they_sent_and_know_nothing_of_the_database(hub, example, tmp_path):
    pipeline = example()
    config = CONFIG.format(rate=200, wait=60)
    options = ("--master", "--expect-workers", "1", "-t", "4s", "-u", "5", "-r", "5", "--headless")
    test = LoadTest(tmp_path, config, *options, hub=hub, DATABASE_URL=pipeline.database)
    test.add_worker(DATABASE_URL="")
    assert test.wait() == 0, output(test)
    found = stages(test.summary)["stored"]
    assert found["right"] == found["expected"] > 300
    assert found["unrecorded"] == 0


def test_a_stage_that_cannot_be_read_ends_the_test_before_it_sends(hub, tmp_path):
    config = CONFIG.format(rate=200, wait=5)
    database = f"sqlite:///{tmp_path}/none/ledger.db"
    test = LoadTest(tmp_path, config, "-t", "4s", "-u", "5", "--headless", hub=hub, DATABASE_URL=database)
    assert test.wait() == 3
    assert "stage stored: sqlite" in output(test)
    assert "Traceback" not in output(test)
