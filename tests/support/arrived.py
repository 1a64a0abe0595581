"""What has arrived in a hub, as the SDK reads it."""

import threading
from typing import Any

from azure.eventhub import EventData, EventHubConsumerClient

from tests.support.running import Hub
from tests.support.waiting import wait_until


def arrived(hub: Hub, count: int) -> list[tuple[str, EventData]]:
    """All events of the hub with their partitions, as the SDK reads them."""
    found: list[tuple[str, EventData]] = []
    client = EventHubConsumerClient.from_connection_string(hub.connection_string, "$Default")

    def taken(context: Any, events: list[EventData]) -> None:
        found.extend((context.partition_id, event) for event in events)

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
