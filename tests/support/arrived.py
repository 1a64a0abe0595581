"""What has arrived in a hub, as the SDK reads it."""

import threading
from dataclasses import dataclass
from typing import Any

from azure.eventhub import EventData, EventHubConsumerClient

from tests.support.running import Hub
from tests.support.waiting import wait_until


@dataclass(frozen=True)
class Arrival:
    """An event. properties: with text as the SDK has it, in bytes."""

    partition: str
    body: bytes
    properties: dict[str, Any]
    content_type: str | None

    @property
    def label(self) -> str:
        """What is wrong with it on purpose, or nothing."""
        return str(self.properties.get("paysim-violation", b"").decode())


def arrived(hub: Hub, count: int) -> list[Arrival]:
    """All events of the hub."""
    found: list[Arrival] = []
    client = EventHubConsumerClient.from_connection_string(hub.connection_string, "$Default")

    def taken(context: Any, events: list[EventData]) -> None:
        for event in events:
            body: Any = event.body
            own = {_text(name): value for name, value in (event.properties or {}).items()}
            found.append(Arrival(context.partition_id, b"".join(body), own, event.content_type))

    options = {"starting_position": "-1", "max_batch_size": 1000, "max_wait_time": 0.1}
    reader = threading.Thread(target=client.receive_batch, args=(taken,), kwargs=options)
    reader.start()
    try:
        wait_until(lambda: len(found) >= count)
    finally:
        client.close()
        reader.join(20)
    assert len(found) == count
    return found


def _text(name: str | bytes) -> str:
    return name.decode() if isinstance(name, bytes) else name
