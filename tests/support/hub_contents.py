"""Reading the local hub back, and telling it to misbehave."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from azure.eventhub import EventData

from paysim.localhub.command import main
from tests.support.hub_process import HubProcess
from tests.support.waiting import eventually


def read_all(hub: HubProcess, count: int | None, name: str = "payments") -> dict[str, list[EventData]]:
    """Everything in the hub, by partition; `count` is what there must be, and no more (None: unknown)."""
    got: dict[str, list[EventData]] = {partition: [] for partition in ("0", "1", "2", "3")}
    clients = {partition: hub.consumer(name) for partition in got}

    def total() -> int:
        return sum(map(len, got.values()))

    def read(partition: str) -> None:
        clients[partition].receive_batch(
            lambda _, events: got[partition].extend(events),
            partition_id=partition,
            starting_position="-1",
            max_batch_size=1000,
            max_wait_time=0.1,
        )

    with ThreadPoolExecutor(2 * len(got)) as threads:
        for partition in got:
            threads.submit(read, partition)
        if count is None:
            last = 0
            while total() == 0 or last != total():
                last = total()
                eventually(lambda: False, 0.7)
        else:
            eventually(lambda: total() >= count)
            eventually(lambda: total() > count, 0.2)
        for client in clients.values():
            threads.submit(client.close)
    assert count is None or total() == count
    return got


def id_of(event: EventData) -> bytes:
    assert isinstance(event.message_id, uuid.UUID)
    return event.message_id.bytes


def body_of(event: EventData) -> bytes:
    """Of an event whose body is data: bytes, in one piece or several."""
    body: Any = event.body  # what the SDK says of it covers bodies that are values too
    return b"".join(body)


def fault(hub: HubProcess, *arguments: object) -> None:
    """As `paysim localhub fault` does."""
    assert main(["fault", "--port", str(hub.port), *map(str, arguments)]) == 0
