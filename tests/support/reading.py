"""Reads a hub back with the SDK's own consumer: what really arrived."""

import threading
from dataclasses import dataclass, field
from uuid import UUID

from azure.eventhub import EventData, EventHubConsumerClient

from paysim.contract.identity import Identity, parse


@dataclass
class Arrived:
    """One event as the hub gave it."""

    message_id: bytes
    body: bytes
    properties: dict[str, str]
    partition: str
    sequence_number: int
    enqueued_ms: int

    @property
    def identity(self) -> Identity:
        identity = parse(self.message_id)
        assert identity is not None
        return identity


@dataclass
class _Partition:
    last: int
    events: list[Arrived] = field(default_factory=list)
    done: threading.Event = field(default_factory=threading.Event)


def read_all(connection_string: str, eventhub_name: str | None = None, timeout: float = 60) -> list[Arrived]:
    """Every event that the hub holds now, of all partitions."""
    client = EventHubConsumerClient.from_connection_string(
        connection_string, "$Default", **({"eventhub_name": eventhub_name} if eventhub_name else {})
    )
    partitions: dict[str, _Partition] = {}
    for partition_id in client.get_partition_ids():
        properties = client.get_partition_properties(partition_id)
        if not properties["is_empty"]:
            partitions[partition_id] = _Partition(properties["last_enqueued_sequence_number"])

    def on_batch(context, batch: list[EventData]) -> None:
        partition = partitions.get(context.partition_id)
        if partition is None:
            return
        for event in batch:
            message_id = event.raw_amqp_message.properties.message_id
            partition.events.append(
                Arrived(
                    message_id.bytes if isinstance(message_id, UUID) else message_id,
                    b"".join(event.body),
                    {key.decode(): value.decode() for key, value in event.properties.items()},
                    context.partition_id,
                    event.sequence_number,
                    int(event.enqueued_time.timestamp() * 1000),
                )
            )
        if batch and batch[-1].sequence_number >= partition.last:
            partition.done.set()

    with client:
        thread = threading.Thread(
            target=client.receive_batch,
            args=(on_batch,),
            kwargs={"starting_position": "-1", "max_batch_size": 1000, "max_wait_time": 0.2},
            daemon=True,
        )
        thread.start()
        for partition in partitions.values():
            assert partition.done.wait(timeout), "the hub did not give its events back in time"
    thread.join(timeout)
    return [event for partition in partitions.values() for event in partition.events]
