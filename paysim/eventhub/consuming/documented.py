"""A partition read by the SDK's own means, as it documents them: where its private parts are not what is expected."""

import time
from collections.abc import Callable

from azure.eventhub import EventData, EventHubConsumerClient

Consumer = EventHubConsumerClient
"""The SDK's client that reads a hub."""
ReceivedEvent = EventData
"""An event as the SDK has decoded it."""

CREDIT = 2000
"""Events that the hub may send ahead."""
BATCH_EVENTS = 1000
BATCH_SECONDS = 0.2
"""At most so many events are taken at once, and at the latest after so long."""
QUIET_SECONDS = 3.0
"""A partition without events is taken to be readable after so long without an error: the SDK does not tell."""


def read(
    client: Consumer,
    partition: str,
    position: int | str,
    batch: Callable[[list[ReceivedEvent]], None],
    trouble: Callable[[Exception], None],
    *,
    alone: bool = False,
) -> None:
    """Give `batch` the events from a position on, until the client is closed; now and then it gets none.

    alone: each event comes by itself, and the next once `batch` has seen it.
    """
    client.receive_batch(
        lambda _, received: batch(received),
        partition_id=partition,
        starting_position=position,
        starting_position_inclusive=True,
        max_batch_size=1 if alone else BATCH_EVENTS,
        max_wait_time=BATCH_SECONDS,
        prefetch=1 if alone else CREDIT,
        on_error=lambda _, error: trouble(error),
    )


def attach(client: Consumer, partition: str) -> None:
    """Show that the partition may be read, and close the client.

    The SDK does not tell when a link is there: an event shows it, or some seconds without an error. Raises what the
    SDK raises.
    """
    failed: list[Exception] = []
    began = time.monotonic()

    def batch(received: list[ReceivedEvent]) -> None:
        if received or time.monotonic() - began > QUIET_SECONDS:
            client.close()

    def trouble(error: Exception) -> None:
        failed.append(error)
        client.close()

    read(client, partition, "-1", batch, trouble, alone=True)
    if failed:
        raise failed[0]
