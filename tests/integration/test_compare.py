"""Repeated real runs against the local hub: a build that is a tenth slower is found, and none among repeats of one."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.environment import unmeasured_environ
from tests.support.running import LoadTest

pytestmark = [
    pytest.mark.long,
    pytest.mark.timeout(900),
    pytest.mark.busy("latencies are compared, which other work on the machine changes"),
]

CONFIG = """
simulator:
  output: {batch_size: 10}
  transaction:
    population: {customers: 200, merchants: 50}
    volume: {rate: 200}
"""
ROUNDS = 5
NORMAL_MS, SLOWER_MS = "40", "44"
"""What the hub takes for an acknowledgement. A send is little else, so the second is a build that is a tenth slower."""


def compare(folder: Path, a: str, b: str) -> tuple[int, dict[str, Any]]:
    command = [sys.executable, "-m", "paysim", "compare", a, b, "--json", "compared.json"]
    done = subprocess.run(command, cwd=folder, env=unmeasured_environ(), capture_output=True, text=True, timeout=60)
    print(done.stdout, done.stderr)
    return done.returncode, json.loads((folder / "compared.json").read_bytes())


def test_five_runs_of_a_build_that_is_a_tenth_slower_are_found_and_none_among_ten_of_the_same(start, hub, tmp_path):
    for _ in range(ROUNDS):  # they take turns, so that what else the machine does is in all of them alike
        for group, delay in (("before", NORMAL_MS), ("after", SLOWER_MS), ("again", NORMAL_MS)):
            hub.fault("ack-delay", delay)
            load_test: LoadTest = start("--headless", "--only-summary", "-u", "5", "-r", "5", "-t", "5s", config=CONFIG)
            assert load_test.wait() == 0, load_test.logs()
            latest = tmp_path / "output" / os.readlink(tmp_path / "output" / "latest")
            shutil.copytree(latest, tmp_path / group / latest.name)
    code, found = compare(tmp_path, "before", "after")
    assert code == 1
    assert "service_p50" in found["worse"]
    change = next(each["change"] for each in found["metrics"] if each["name"] == "service_p50")
    assert 0.05 < change < 0.2
    assert not [note for note in found["notes"] if "differ" in note]
    code, found = compare(tmp_path, "before", "again")
    assert (code, found["worse"]) == (0, [])
