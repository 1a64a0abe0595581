"""Reads a hub back with the SDK's own consumer: what really arrived."""

import threading
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from azure.eventhub import EventData, EventHubConsumerClient, PartitionContext

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


def _arrived(event: EventData, partition: str) -> Arrived:
    message: Any = event
    message_id = message.raw_amqp_message.properties.message_id
    return Arrived(
        message_id.bytes if isinstance(message_id, UUID) else message_id,
        b"".join(message.body),
        {key.decode(): value.decode() for key, value in message.properties.items()},
        partition,
        message.sequence_number,
        int(message.enqueued_time.timestamp() * 1000),
    )


def read_all(connection_string: str, eventhub_name: str | None = None, timeout: float = 60) -> list[Arrived]:
    """Every event that the hub holds now, of all partitions."""
    named: dict[str, Any] = {"eventhub_name": eventhub_name} if eventhub_name else {}
    client = EventHubConsumerClient.from_connection_string(connection_string, "$Default", **named)
    partitions: dict[str, _Partition] = {}
    for partition_id in client.get_partition_ids():
        properties = client.get_partition_properties(partition_id)
        if not properties["is_empty"]:
            partitions[partition_id] = _Partition(properties["last_enqueued_sequence_number"])

    def on_batch(context: PartitionContext, batch: list[EventData]) -> None:
        partition = partitions.get(context.partition_id)
        if partition is None:
            return
        partition.events += [_arrived(event, context.partition_id) for event in batch]
        if partition.events and partition.events[-1].sequence_number >= partition.last:
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
