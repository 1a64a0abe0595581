"""How fast the watcher reads what lies in a hub and in a table already, and what memory that takes: prints figures."""

import os
import signal
import sqlite3
import threading
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import psutil
import pytest
from azure.eventhub import EventData

from paysim.config.schema import Config
from paysim.pipeline import records
from paysim.pipeline.watcher_process import WatcherProcess
from tests.support.environment import unmeasured_environ
from tests.support.hub_process import HubProcess
from tests.support.pipeline import RUN, id_of, row
from tests.support.running import Hub, LoadTest
from tests.support.waiting import wait_until

MOST = 150_000
LATE = 1.0
"""Seconds from intended to there, by the stamps of the table; a microsecond more for each row."""
COLUMNS = "transaction_id, stored_at, payment_no"
QUERY = f"SELECT {COLUMNS} FROM payments WHERE stored_at >= :since ORDER BY stored_at LIMIT :limit"


@pytest.fixture
def hub() -> Iterator[HubProcess]:
    process = HubProcess("--hub", "payments", "--hub", "validated", "--partitions", "2", env=unmeasured_environ())
    yield process
    process.stop()


def fill(hub: HubProcess, name: str) -> None:
    """Numbers 0 to MOST, alternately in both partitions."""

    def half(partition: int) -> None:
        with hub.producer(name) as producer:
            for first in range(partition * 500, MOST, 1000):
                batch = producer.create_batch(partition_id=str(partition))
                for each in range(first, first + 500):
                    event = EventData(b"{}")
                    event.message_id = uuid.UUID(bytes=id_of(each))  # type: ignore[assignment]  # AMQP's own form
                    batch.add(event)
                producer.send_batch(batch)

    threads = [threading.Thread(target=half, args=(partition,)) for partition in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.mark.long
@pytest.mark.timeout(300)
def test_twenty_thousand_ids_a_second_from_a_hub_and_a_table_that_are_full(hub, tmp_path: Path):
    path = tmp_path / "ledger.db"
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE payments (payment_no INTEGER PRIMARY KEY, transaction_id TEXT, stored_at TEXT)")
        database.execute("CREATE INDEX stored ON payments (stored_at)")
    sql = {"url": f"sqlite:///{path}", "query": QUERY, "time": "stored_at", "row": "payment_no"}
    stages = [
        {"name": "validated", "event_hub": {"eventhub_name": "validated"}},
        {"name": "stored", "sql": sql},
    ]
    event_hub = {"connection_string": hub.connection_string, "eventhub_name": "payments"}
    config = Config.model_validate({"output": {"event_hub": event_hub}, "pipeline": {"stages": stages}})
    watcher = WatcherProcess(config, None, "$Default", lambda text, trouble: print(text))
    watcher.ready()
    watcher.begin(RUN.number)
    child = psutil.Process(watcher.pid)
    before = child.memory_info().rss
    os.kill(watcher.pid, signal.SIGSTOP)  # it reads from where the hubs stood at the beginning
    try:
        sent_us = int(time.time() * 1e6)
        fill(hub, "payments")
        fill(hub, "validated")

        def stored(number: int) -> str:
            return datetime.fromtimestamp(sent_us / 1e6 + LATE + number / 1e6, UTC).strftime("%Y-%m-%d %H:%M:%S.%f")

        with sqlite3.connect(path) as database:
            database.executemany(
                "INSERT INTO payments VALUES (?, ?, ?)",
                ((each, str(uuid.UUID(bytes=id_of(each))), stored(each)) for each in range(MOST)),
            )
        for first in range(0, MOST, 500):
            watcher.sent(np.array([row(records.ACKED, first, 500, sent_us, sent_us)]).tobytes())
    finally:
        began, cpu = time.perf_counter(), sum(child.cpu_times()[:2])
        os.kill(watcher.pid, signal.SIGCONT)

    def right() -> list[int]:
        figures = watcher.figures or {"stages": []}
        return [stage["right"] for stage in figures["stages"]]

    wait_until(lambda: right() == [MOST, MOST], timeout=120)
    seconds, cpu = time.perf_counter() - began, sum(child.cpu_times()[:2]) - cpu
    found = watcher.end(0, 60)
    grown = child.memory_info().rss - before
    watcher.close()
    per_s = 2 * MOST / seconds
    print(
        f"\nwatcher: {per_s:,.0f} ids/s out of two stages, besides {MOST / seconds:,.0f}/s of the hub that is loaded; "
        f"{cpu / seconds:.1f} cores; {grown / 1e6:.0f} MB more; at most {found['most_bytes'] / 1e6:.0f} MB are kept"
    )
    assert per_s > 20_000
    assert grown < found["most_bytes"]
    assert found["not_measured"] == 0
    # From the stamps, however long the reading took.
    assert found["stages"][1]["latency_ms"]["p99"] == pytest.approx(LATE * 1000, rel=0.2)


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
STAGE = """
  pipeline:
    wait: 20
    stages:
      - {name: forwarded, event_hub: {eventhub_name: payments, consumer_group: watch}, expects: all}
"""
"""The hub that is loaded, as if it were what comes out: as many events as go in, and no pipeline that takes a core."""


@pytest.mark.long
@pytest.mark.timeout(400)
def test_the_latencies_of_a_load_of_five_thousand_a_second_with_and_without_a_stage(tmp_path: Path):
    found: dict[str, list[float]] = {"without": [], "with": []}
    for number in range(6):
        which = ("without", "with")[number % 2]
        folder = tmp_path / f"{which}{number}"
        folder.mkdir()
        hub = Hub("--hub", "payments", "--consumer-group", "watch")
        config = LOAD.format(pipeline=STAGE if which == "with" else "")
        test = LoadTest(folder, config, "-t", "15s", "-u", "50", "-r", "50", "--headless", hub=hub)
        try:
            assert test.wait(120) == 0, test.logs()
        finally:
            hub.close()
        latency = test.summary["latency_ms"]["response"]
        print(f"\n{which} a stage: response p50 {latency['p50']} ms, p95 {latency['p95']} ms")
        found[which].append(latency["p50"])
    best = {which: min(values) for which, values in found.items()}
    print(f"best p50 of three: {best['without']} ms without, {best['with']} ms with a stage")
    assert best["with"] < 10 * best["without"]
