"""What watching costs the load that is watched: its latencies with and without a stage, and whose CPU it is."""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from tests.support.environment import ROOT, unmeasured_environ
from tests.support.running import Hub, LoadTest

PAIRS = 5
SECONDS = 12
WINDOW = 9.0
"""Seconds of the run in which CPU is counted, from when all users are there."""
SHOWN = ("p50", "p95", "p99")
LOAD = """
simulator:
  output:
    batch_size: 100
    event_hub: {{connection_string: "${{EVENTHUB_CONNECTION_STRING}}", eventhub_name: payments}}
  transaction:
    volume: {{rate: 5000}}
  verify: {{enabled: false}}
{pipeline}
"""
STAGES = {
    "table": """
  pipeline:
    wait: 20
    stages:
      - name: stored
        expects: all
        sql:
          url: sqlite:///{ledger}
          query: >-
            SELECT transaction_id, stored_at, payment_no FROM payments WHERE stored_at >= :since
            ORDER BY stored_at LIMIT :limit
          time: stored_at
          row: payment_no
""",
    "hub": """
  pipeline:
    wait: 20
    stages:
      - {{name: forwarded, expects: all, event_hub: {{eventhub_name: payments, consumer_group: watch}}}}
""",
}
"""hub: that which is loaded, as if it were what comes out. As many events as go in, and nobody who sends them."""

Cpu = dict[str, float]
"""Who → cores, over the window."""


class Writer:
    """The pipeline under test, in both runs of a pair: it reads the hub and writes each transaction to a table."""

    def __init__(self, hub: Hub, ledger: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.pipeline_writer", "ingest", str(ledger)],
            cwd=ROOT,
            env={**unmeasured_environ(), "EVENTHUB_CONNECTION_STRING": hub.connection_string},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "reading\n"

    def close(self) -> None:
        self.process.communicate(timeout=20)


def cpu_seconds(process: psutil.Process) -> float:
    """Of all its threads so far, in nanoseconds' grain; 0 once it has gone."""
    try:
        return sum(
            int((Path(f"/proc/{process.pid}/task/{thread.id}/schedstat")).read_text().split()[0]) / 1e9
            for thread in process.threads()
        )
    except (OSError, psutil.Error):
        return 0.0


def cpu_by_process(test: LoadTest, others: dict[str, psutil.Process]) -> Cpu:
    """From when all users are there. The watcher is the load's only child that pays."""
    test.wait_for_users()
    load = psutil.Process(test.process.pid)
    who = {"load": [load], **{name: [each] for name, each in others.items()}, "watcher": load.children(recursive=True)}
    before, began = {name: sum(map(cpu_seconds, each)) for name, each in who.items()}, time.perf_counter()
    time.sleep(WINDOW)
    seconds = time.perf_counter() - began
    return {name: (sum(map(cpu_seconds, each)) - before[name]) / seconds for name, each in who.items()}


def measured(folder: Path, pipeline: Callable[[Path], str]) -> tuple[dict[str, float], Cpu]:
    """One run: percentiles of the response in ms, and cores by process."""
    folder.mkdir()
    hub = Hub("--hub", "payments", "--consumer-group", "ingest", "--consumer-group", "watch")
    try:
        writer = Writer(hub, folder / "ledger.db")
        try:
            config = LOAD.format(pipeline=pipeline(folder / "ledger.db"))
            test = LoadTest(folder, config, "-t", f"{SECONDS}s", "-u", "50", "-r", "50", "--headless", hub=hub)
            others = {"hub": psutil.Process(hub.process.pid), "pipeline": psutil.Process(writer.process.pid)}
            try:
                cpu = cpu_by_process(test, others)
            finally:
                code = test.wait(120)
            assert code == 0, test.logs()
        finally:
            writer.close()
    finally:
        hub.close()
    return {name: test.summary["latency_ms"]["response"][name] for name in SHOWN}, cpu


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize("kind", STAGES)
def test_the_latencies_of_a_load_of_five_thousand_a_second_with_and_without_a_stage(tmp_path: Path, kind: str):
    """Two runs in turn, five times, and the medians of each.

    Both have the same hub and the same pipeline, which reads the hub and writes every transaction to a table; in one
    paysim watches what comes out of it (the table, or a hub) and the hub that is loaded, in the other nothing. So what
    differs is the watcher, what the hub and the database give to it, and what senders tell it.
    """
    found: dict[str, list[dict[str, float]]] = {"without": [], "with": []}
    cores: dict[str, list[Cpu]] = {"without": [], "with": []}
    stage = STAGES[kind]
    print(f"\na stage of kind {kind}; load on this machine: {os.getloadavg()[0]:.1f}")
    for number in range(2 * PAIRS):
        which = ("without", "with")[number % 2]

        def pipeline(ledger: Path, which: str = which) -> str:
            return stage.format(ledger=ledger) if which == "with" else ""

        latency, cpu = measured(tmp_path / f"{number}{which}", pipeline)
        found[which].append(latency)
        cores[which].append(cpu)
        print(f"{which:8}", _line(latency, "{} {:.3f} ms"), "·", _line(cpu, "{} {:.3f}"), flush=True)
    medians = {
        which: {name: statistics.median(each[name] for each in values) for name in SHOWN}
        for which, values in found.items()
    }
    for which, values in cores.items():
        cpu = {name: statistics.median(each[name] for each in values) for name in values[0]}
        print(f"medians {which:8}", _line(medians[which], "{} {:.3f} ms"), "· cores:", _line(cpu, "{} {:.3f}"))
    assert medians["with"]["p50"] < 10 * medians["without"]["p50"]


def _line(figures: dict[str, float], form: str) -> str:
    return ", ".join(form.format(name, value) for name, value in figures.items())
