"""The pipeline of a measurement: takes each event of the hub `payments` and writes a row. As little CPU as can be.

`python -m tests.bench.pipeline_writer GROUP FILE`: the ledger is an SQLite file, the hub is that of
EVENTHUB_CONNECTION_STRING. It says `reading` once it has attached, and ends when its standard input closes.
"""

import os
import sqlite3
import sys
import threading
import time
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from azure.eventhub import EventHubConsumerClient

from paysim.config.sections.event_hub import EventHub
from paysim.eventhub.address import HubAddress
from paysim.eventhub.consuming.following import Follower
from paysim.eventhub.consuming.sink import Decoded, Meaning
from paysim.eventhub.event_bytes import Event

COMMIT_SECONDS = 0.05
TABLE = "CREATE TABLE payments (payment_no INTEGER PRIMARY KEY, transaction_id BLOB, stored_at REAL)"
INDEX = "CREATE INDEX stored ON payments (stored_at)"


class Ledger:
    """The table. Partitions add ids; one thread writes them."""

    def __init__(self, path: Path) -> None:
        self._ids: list[bytes] = []
        self._database = sqlite3.connect(path)
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = OFF")
        self._database.execute(TABLE)
        self._database.execute(INDEX)
        self._database.commit()

    def add(self, id: bytes) -> None:
        self._ids.append(id)

    def write(self, ended: threading.Event) -> None:
        while not ended.wait(COMMIT_SECONDS):
            ids, self._ids = self._ids, []
            now = time.time()
            with self._database:
                self._database.executemany(
                    "INSERT INTO payments (transaction_id, stored_at) VALUES (?, ?)", [(id, now) for id in ids]
                )


class Partition:
    """The sink of one partition."""

    def __init__(self, name: str, ledger: Ledger) -> None:
        self.name, self.position = name, 0
        self._ledger = ledger

    def meaning(self, application: bytes) -> Meaning:
        return Meaning(True)

    def means(self, properties: Mapping[Any, Any]) -> Meaning:
        return Meaning(True)

    def event(self, event: Event, meaning: Meaning, data: bytes, end: int) -> None:
        self.position = event.sequence + 1
        assert event.id is not None
        self._ledger.add(event.id)

    def decoded(self, event: Decoded) -> None:
        self.position = event.sequence + 1
        self._ledger.add(uuid.UUID(str(event.message_id)).bytes)

    def unreadable(self, sequence: int | None) -> None: ...

    def pause(self) -> None: ...


def main() -> None:
    group, path = sys.argv[1:]
    connection_string = os.environ["EVENTHUB_CONNECTION_STRING"]
    ledger, ended = Ledger(Path(path)), threading.Event()
    address = HubAddress(EventHub(eventhub_name="payments"), connection_string)
    follower = Follower(address, group, lambda why, _: print(why, file=sys.stderr), lambda _: None)
    with EventHubConsumerClient.from_connection_string(connection_string, group, eventhub_name="payments") as client:
        names = client.get_partition_ids()
    for name in names:
        threading.Thread(target=follower.follow, args=(Partition(name, ledger), ended), daemon=True).start()
    threading.Thread(target=_wait_for_the_end, args=(ended,), daemon=True).start()
    print("reading", flush=True)
    ledger.write(ended)


def _wait_for_the_end(ended: threading.Event) -> None:
    sys.stdin.read()
    ended.set()


if __name__ == "__main__":
    main()
