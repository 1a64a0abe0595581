"""The `$management` node: what a hub and its partitions look like."""

from paysim.localhub.amqp.encoding import boolean, integer, long, string, string_array, timestamp
from paysim.localhub.amqp.requests import Answer, Request
from paysim.localhub.refusals import missing, missing_partition, tracked
from paysim.localhub.storage.namespace import Hub

HUB_TYPE = "com.microsoft:eventhub"
PARTITION_TYPE = "com.microsoft:partition"
NOT_IMPLEMENTED = "amqp:not-implemented"
_NEVER_MS = -62_135_596_800_000  # year 1: how the service writes a time that is not there


def read(request: Request, hub: Hub | None, host: str) -> Answer:
    """Answer a READ for the hub that the request names (None: there is no such hub). `host` is the namespace's."""
    if request.text("operation") != "READ":
        return _refused(400, NOT_IMPLEMENTED, tracked("The operation is not READ."))
    name, kind = request.text("name"), request.text("type")
    if hub is None:
        return _refused(404, *missing(host, name))
    if kind == HUB_TYPE:
        return Answer(200, "OK", _hub(hub))
    if kind == PARTITION_TYPE:
        return _partition(hub, str(request.properties.get("partition", "")), host)
    return _refused(400, NOT_IMPLEMENTED, tracked(f"'{kind}' cannot be read."))


def _refused(status: int, condition: str, description: str) -> Answer:
    return Answer(status, description, condition=condition)


def _hub(hub: Hub) -> list[bytes]:
    return [
        *(string("name"), string(hub.name)),
        *(string("type"), string(HUB_TYPE)),
        *(string("created_at"), timestamp(hub.created_ms)),
        *(string("partition_count"), integer(len(hub.partitions))),
        *(string("partition_ids"), string_array([str(n) for n in range(len(hub.partitions))])),
    ]


def _partition(hub: Hub, partition_id: str, host: str) -> Answer:
    log = hub.partition(partition_id)
    if log is None:
        return _refused(400, *missing_partition(host, hub.name, partition_id, len(hub.partitions)))
    last = log.last
    body = [
        *(string("name"), string(hub.name)),
        *(string("type"), string(PARTITION_TYPE)),
        *(string("partition"), string(partition_id)),
        *(string("begin_sequence_number"), long(log.begin_sequence)),
        *(string("last_enqueued_sequence_number"), long(log.next_sequence - 1)),
        *(string("last_enqueued_offset"), string(str(last.last_offset) if last else "-1")),
        *(string("last_enqueued_time_utc"), timestamp(last.enqueued_ms if last else _NEVER_MS)),
        *(string("is_partition_empty"), boolean(log.next_sequence == log.begin_sequence)),
    ]
    return Answer(200, "OK", body)
