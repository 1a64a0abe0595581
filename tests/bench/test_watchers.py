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
