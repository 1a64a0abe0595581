"""What a run leaves for people and machines to read: its log."""

import json
import re
import signal
import time

HEADLESS = ("--headless", "--only-summary", "-u", "10", "-r", "10")
KEYS = ["time", "level", "logger", "worker", "run_id", "event"]


def test_a_dead_hub_is_a_line_a_second_and_no_secret_is_told_at_debug(start, hub):
    config = """
simulator:
  output:
    batch_size: 10
    event_hub: {send_timeout: 1, retry: {max_retries: 0}}
  transaction: {volume: {rate: 500}}
  logging: {level: DEBUG, format: json, file: logs/paysim.log}
"""
    load_test = start(*HEADLESS, config=config)
    load_test.wait_for_users()
    key = re.search("SharedAccessKey=([^;]+)", hub.connection_string).group(1)
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
