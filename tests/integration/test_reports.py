"""What a run leaves for people and machines to read: its log, its reports for CI, its progress."""

import contextlib
import json
import os
import pty
import re
import signal
import sys
import time
from xml.etree import ElementTree

import pytest

from tests.support.present import first_group
from tests.support.running import LOCUSTFILE

pytestmark = [pytest.mark.usefixtures("unmeasured"), pytest.mark.busy("rates and ramps are measured")]

HEADLESS = ("--headless", "--only-summary", "-u", "10", "-r", "10")
KEYS = ["time", "level", "logger", "worker", "run_id", "event"]


def test_a_dead_hub_is_a_line_a_second_and_no_secret_is_told_at_debug(start, hub):
    config = """
simulator:
  output:
    batch_size: 10
    event_hub: {send_timeout: 1, retry: {max_retries: 0}}
  transaction: {population: {customers: 200, merchants: 50}, volume: {rate: 500}}
  verify: {timeout: 5}
  logging: {level: DEBUG, format: json, file: logs/paysim.log}
"""
    load_test = start(*HEADLESS, config=config)
    load_test.wait_for_users()
    key = first_group("SharedAccessKey=([^;]+)", hub.connection_string)
    hub.close()
    load_test.wait_for_log("not acknowledged")
    time.sleep(4)
    load_test.config.write_text(config.replace("DEBUG", "WARNING"))
    load_test.wait_for_log("the configuration was reloaded: logging.level: DEBUG → WARNING")
    load_test.signal(signal.SIGTERM)
    assert load_test.wait() == 1, load_test.logs()
    told = load_test.log.read_text()
    # What Locust says before it asks paysim has Locust's own form.
    lines = [json.loads(line) for line in told.splitlines() if not line.startswith("[")]
    assert all(list(line)[:6] == KEYS for line in lines)
    assert {line["worker"] for line in lines} == {"standalone"}
    assert {line["run_id"] for line in lines if "not acknowledged" in line["event"]} == {load_test.summary["run_id"]}
    failures = [line for line in lines if "not acknowledged" in line["event"]]
    per_second = len(failures) / (1 + _seconds(failures[-1]) - _seconds(failures[0]))
    assert per_second <= 1.01
    assert "locust.main" in {line["logger"] for line in lines}
    reloaded = next(at for at, line in enumerate(lines) if "was reloaded" in line["event"])
    assert "DEBUG" in {line["level"] for line in lines[:reloaded]}
    assert {line["level"] for line in lines[reloaded + 1 :]} <= {"WARNING", "ERROR"}
    file = (load_test.folder / "logs" / "paysim.log").read_text()
    assert [json.loads(line) for line in file.splitlines()] == lines
    assert key not in told
    assert len(lines) < 200, "that many lines can only be one a transaction"


def _seconds(line):
    hours, minutes, seconds = line["time"].rstrip("Z").split("T")[1].split(":")
    return int(hours) * 3600 + int(minutes) * 60 + float(seconds)


def test_workers_follow_the_form_and_the_level_of_the_master(start):
    config = "simulator: {logging: {format: json, level: DEBUG, file: paysim.log}}"
    load_test = start(*HEADLESS, "--master", "--expect-workers", "1", config=config)
    load_test.add_worker()
    load_test.wait_for_users()
    load_test.config.write_text(config.replace("DEBUG", "ERROR"))
    load_test.wait_for_log("DEBUG → ERROR")
    worker = load_test.folder / "worker0.log"
    time.sleep(0.5)
    load_test.signal(signal.SIGTERM)
    assert load_test.wait() == 0, load_test.logs()
    lines = [json.loads(line) for line in worker.read_text().splitlines() if not line.startswith("[")]
    assert {line["worker"] for line in lines} == {"worker-0"}
    assert load_test.summary["run_id"] in {line["run_id"] for line in lines}
    assert "10 users spawned" in {line["event"] for line in lines}
    assert not any("Stopping" in line["event"] for line in lines)  # Locust says so at DEBUG, and it was ERROR by then
    assert (load_test.folder / "paysim.worker-0.log").read_text()
    assert "worker-0" not in (load_test.folder / "paysim.log").read_text()


CI = """
simulator:
  output: {batch_size: 10}
  transaction: {population: {customers: 200, merchants: 50}, volume: {rate: 300}}
  thresholds: {p99_ms: 60000, error_rate: 0, min_rate: 200}
"""


def outcomes(path):
    return {case.get("name"): case.find("failure") is None for case in ElementTree.parse(path).iter("testcase")}


def the_run_folder_holds_all_of_it(load_test):
    folder = load_test.folder / "output" / "latest"
    expected = ["junit.xml", "labels.jsonl", "report.html", "run.log", "summary.json"]
    assert sorted(each.name for each in folder.iterdir()) == expected
    assert "beside it     report.html, junit.xml, labels.jsonl, run.log" in load_test.out.read_text()
    log, said = (folder / "run.log").read_text(), load_test.log.read_text()
    for line in ("Run time limit set", f"run {load_test.summary['run_id']} → ", "limit reached"):
        assert line in log and line in said, "from before the run until its end"


def test_thresholds_that_hold_end_with_0_a_green_case_each_and_a_job_summary(start, hub, tmp_path):
    step = tmp_path / "step.md"
    load_test = start(*HEADLESS[:2], "-u", "10", "-r", "5", "-t", "10s", config=CI, GITHUB_STEP_SUMMARY=str(step))
    assert load_test.wait() == 0, load_test.logs()
    the_run_folder_holds_all_of_it(load_test)
    junit = outcomes(load_test.folder / "output" / "latest" / "junit.xml")
    assert all(junit.values())
    assert {"p99_ms ≤ 60,000", "error_rate ≤ 0", "min_rate ≥ 200"} < set(junit)
    assert step.read_text().startswith("## ✅ paysim: passed")
    told = load_test.log.read_text()  # there is no terminal: progress is lines of the log
    assert re.search(
        r"INFO    paysim.loadtest.live.progress: "
        r"0:(0\d|10)/0:10  [\d.]+/s of 300/s  p95 [\d.]+ ms  [\d,]+ sent  0 failed  ",
        told,
    )
    assert not {"\r", "\x1b"} & set(told)
    rate = load_test.summary["rate"]
    assert 0.5 < rate["ramp_s"] < 4
    assert 200 <= rate["after_ramp_per_s"] <= 450


def test_a_missed_threshold_ends_with_1_and_is_named_in_both(start, hub, tmp_path):
    step = tmp_path / "step.md"
    config = CI.replace("min_rate: 200", "min_rate: 100000")
    load_test = start(*HEADLESS, "-t", "4s", config=config, GITHUB_STEP_SUMMARY=str(step))
    assert load_test.wait() == 1, load_test.logs()
    junit = outcomes(load_test.folder / "output" / "latest" / "junit.xml")
    assert [name for name, ok in junit.items() if not ok] == ["min_rate ≥ 100,000"]
    assert "| min_rate | ≥ 100,000 |" in step.read_text()


@pytest.mark.long
def test_workers_count_towards_the_rate_after_the_ramp(start, hub):
    load_test = start(*HEADLESS, "--master", "--expect-workers", "2", "-t", "7s", config=CI)
    for _ in range(2):
        load_test.add_worker()
    assert load_test.wait() == 0, load_test.logs()
    assert 200 <= load_test.summary["rate"]["after_ramp_per_s"] <= 450


def test_progress_is_a_line_below_the_log_on_a_terminal(tmp_path, hub):
    config = tmp_path / "config.yaml"
    config.write_text("simulator: {transaction: {volume: {rate: 100}}}")
    command = [sys.executable, "-m", "locust", "-f", str(LOCUSTFILE), "--paysim-config", str(config)]
    environ = {**os.environ, "EVENTHUB_CONNECTION_STRING": hub.connection_string, "TERM": "xterm"}
    process, terminal = pty.fork()
    if process == 0:
        os.chdir(tmp_path)
        os.execve(sys.executable, [*command, *HEADLESS, "-t", "5s"], environ)
    written = b""
    with contextlib.suppress(OSError):  # the terminal ends with the process
        while chunk := os.read(terminal, 65536):
            written += chunk
    assert os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == 0, written
    shown = [line.rpartition("\r\x1b[K")[2].rstrip("\r") for line in written.decode().split("\n")]
    assert re.search(
        r"\r\x1b\[K0:0[1-5]/0:05  [\d.]+/s of 100/s  p95 [\d.]+ ms  \d+ sent  0 failed  \d+ late  0 throttled",
        written.decode(),
    )
    assert not [line for line in shown if line.startswith("0:0")], "the line stayed on the screen"
    assert any("limit reached" in line for line in shown)
    assert any(line.startswith("paysim run") for line in shown)
