"""The pipeline: `python -m examples.pipeline --help`.

It reads the input hub with checkpoints, holds each event against the contract, sends good ones to the hub `validated`
and stores them in the ledger, and sends the others to the hub `rejected`. A batch is checkpointed once it is stored and
sent; after a crash some are handled again, as with any such consumer.
"""

import argparse
import contextlib
import os
import signal
import sys
import threading
import time
import uuid
from pathlib import Path
from typing import Any

from azure.eventhub import EventData, EventHubConsumerClient, EventHubProducerClient

from .faults import Faults, Switches
from .ledger import Ledger, ledger
from .validation import is_valid, transaction_id

CHECKPOINT_SECONDS = 1.0


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="python -m examples.pipeline", description=__doc__)
    made.add_argument("--group", default="$Default", help="consumer group (%(default)s)")
    made.add_argument("--input", default="payments", help="hub that is read (%(default)s)")
    made.add_argument("--validated", default="validated", help="hub of good ones (%(default)s)")
    made.add_argument("--rejected", default="rejected", help="hub of bad ones (%(default)s)")
    made.add_argument("--container", default="ingest", help="container of checkpoints, with CHECKPOINTS (%(default)s)")
    made.add_argument("--truth", type=Path, help="file to note in what it does wrong, as JSON Lines")
    made.add_argument("--lose", type=int, default=0, metavar="N", help="drop one in N good ones")
    made.add_argument("--double", type=int, default=0, metavar="N", help="store one in N good ones twice")
    made.add_argument("--misplace", type=int, default=0, metavar="N", help="reject one in N good ones")
    made.add_argument("--accept", type=int, default=0, metavar="N", help="store one in N bad ones")
    made.add_argument("--slow-ms", type=float, default=0, metavar="MS", help="take so long for each event besides")
    made.add_argument("--pause-at", type=float, default=5, metavar="S", help="stop S seconds after the first event …")
    made.add_argument("--pause-s", type=float, default=0, metavar="S", help="… for S seconds")
    return made


class Pipeline:
    """Handles batches of events, one at a time."""

    def __init__(
        self, stored_in: Ledger, validated: EventHubProducerClient, rejected: EventHubProducerClient, faults: Faults
    ):
        self._ledger, self._validated, self._rejected, self._faults = stored_in, validated, rejected, faults

    def handle(self, events: list[EventData]) -> None:
        """All of them, or an exception: then they are to be given again."""
        self._faults.hold_up(len(events))
        good: list[tuple[uuid.UUID, bytes]] = []
        bad: list[tuple[uuid.UUID | None, bytes]] = []
        store: list[uuid.UUID] = []
        enqueued: list[float] = []
        for event in events:
            body = b"".join(event.body)
            id = transaction_id(body, event.message_id)
            if id is None or not is_valid(body):
                if id is not None and self._faults.of_bad(id) == "accepted":
                    store.append(id)
                    enqueued.append(event.enqueued_time.timestamp())
                else:
                    bad.append((id, body))
                continue
            fault = self._faults.of_good(id)
            if fault == "lost":
                continue
            if fault == "misplaced":
                bad.append((id, body))
                continue
            good.append((id, body))
            store += [id, id] if fault == "doubled" else [id]
            enqueued.append(event.enqueued_time.timestamp())
        _send(self._validated, good)
        _send(self._rejected, bad)
        if store:
            self._store(store)
            now = time.time()
            self._faults.stored([round((now - moment) * 1000, 1) for moment in enqueued])

    def _store(self, ids: list[uuid.UUID]) -> None:
        while True:
            try:
                self._ledger.store(ids)
                return
            except Exception as error:  # a database that restarts: what is stored once is not stored again
                print(f"pipeline: the ledger cannot be written: {type(error).__name__}", file=sys.stderr)
                time.sleep(0.5)


def _send(producer: EventHubProducerClient, found: list[Any]) -> None:
    if not found:
        return
    batch = producer.create_batch()
    for id, body in found:
        event = EventData(body)
        event.message_id = id
        try:
            batch.add(event)
        except ValueError:
            producer.send_batch(batch)
            batch = producer.create_batch()
            batch.add(event)
    producer.send_batch(batch)


def main() -> int:
    asked = parser().parse_args()
    address = os.environ.get("EVENTHUB_CONNECTION_STRING", "")
    if not address.startswith("Endpoint="):
        print("pipeline: set EVENTHUB_CONNECTION_STRING to the namespace's connection string", file=sys.stderr)
        return 2
    store: Any = None
    if checkpoints := os.environ.get("CHECKPOINTS"):
        from azure.core.exceptions import ResourceExistsError
        from azure.eventhub.extensions.checkpointstoreblob import BlobCheckpointStore
        from azure.storage.blob import ContainerClient

        with contextlib.suppress(ResourceExistsError):
            ContainerClient.from_connection_string(checkpoints, asked.container).create_container()
        store = BlobCheckpointStore.from_connection_string(checkpoints, asked.container)
    switches = Switches(
        asked.lose, asked.double, asked.misplace, asked.accept, asked.slow_ms, asked.pause_at, asked.pause_s
    )
    stored_in = ledger(os.environ.get("DATABASE_URL") or "sqlite:///ledger.db")
    outputs = os.environ.get("OUTPUT_HUB") or address
    producers = [
        EventHubProducerClient.from_connection_string(outputs, eventhub_name=name)
        for name in (asked.validated, asked.rejected)
    ]
    pipeline = Pipeline(stored_in, producers[0], producers[1], Faults(switches, asked.truth))
    client = EventHubConsumerClient.from_connection_string(
        address, asked.group, eventhub_name=asked.input, checkpoint_store=store
    )
    checkpointed: dict[str, float] = {}
    unsaved: dict[str, EventData] = {}

    def batch(context: Any, events: list[EventData]) -> None:
        partition = context.partition_id
        if events:
            pipeline.handle(events)
            unsaved[partition] = events[-1]
        due = not events or time.monotonic() - checkpointed.get(partition, 0) > CHECKPOINT_SECONDS
        if store is not None and due and partition in unsaved:
            context.update_checkpoint(unsaved.pop(partition))
            checkpointed[partition] = time.monotonic()

    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=client.close, daemon=True).start())
    print("pipeline: reading", flush=True)
    with client:
        client.receive_batch(batch, starting_position="-1", max_batch_size=300, max_wait_time=0.05)
    return 0


if __name__ == "__main__":
    sys.exit(main())
