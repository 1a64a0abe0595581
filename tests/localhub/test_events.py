"""What producers send through the real SDK is what consumers get."""

from azure.eventhub import EventData

from paysim.localhub.storage.partitioning import partition_of_key
from tests.support.hub_process import HubProcess, stored
from tests.support.present import present


def _batch(producer, bodies, **where):
    batch = producer.create_batch(**where)
    for body in bodies:
        batch.add(EventData(body))
    producer.send_batch(batch)


def test_a_batch_arrives_event_by_event_in_order(hub: HubProcess, name: str) -> None:
    bodies = [f"{number:04}" * 200 for number in range(500)]
    with hub.producer(name) as producer:
        _batch(producer, bodies, partition_id="1")
    got = hub.read("1", 500, hub=name)
    assert [event.body_as_str() for event in got] == bodies
    assert [event.sequence_number for event in got] == list(range(500))
    offsets = [int(present(event.offset)) for event in got]
    assert offsets == sorted(set(offsets))


def test_a_single_event_keeps_its_properties_and_annotations(hub: HubProcess, name: str) -> None:
    event = EventData(b"\x00\xffbody")
    event.properties = {"paysim-run": "r1", "count": 7}
    event.message_id, event.content_type, event.correlation_id = "id-1", "application/json", "c-1"
    event.raw_amqp_message.annotations = {"x-own": "kept"}
    with hub.producer(name) as producer:
        producer.send_event(event, partition_id="0")
    (got,) = hub.read("0", 1, hub=name)
    assert got.body_as_str(encoding="latin-1") == "\x00\xffbody"
    assert got.properties == {b"paysim-run": b"r1", b"count": 7}
    assert (got.message_id, got.content_type, got.correlation_id) == ("id-1", "application/json", "c-1")
    annotations = present(got.raw_amqp_message.annotations)
    assert annotations[b"x-own"] == b"kept"
    assert annotations[b"x-opt-sequence-number"] == 0
    assert isinstance(annotations[b"x-opt-offset"], bytes)
    assert annotations[b"x-opt-enqueued-time"] > 1_600_000_000_000


def test_sends_without_a_partition_go_to_each_in_turn(hub: HubProcess, name: str) -> None:
    with hub.producer(name) as producer:
        for _ in range(8):
            _batch(producer, ["a", "b"])
        properties = [producer.get_partition_properties(str(n)) for n in range(4)]
    assert [p["last_enqueued_sequence_number"] for p in properties] == [3, 3, 3, 3]


def test_a_partition_key_always_leads_to_the_partition_of_its_hash(hub: HubProcess, name: str) -> None:
    keys = ["customer-1", "customer-2", "k", "a much longer partition key than that"]
    with hub.producer(name) as producer:
        for key in keys:
            _batch(producer, [f"batch {key}"], partition_key=key)
            producer.send_event(EventData(f"single {key}"), partition_key=key)
    for partition in range(4):
        wanted = [key for key in keys if partition_of_key(key, 4) == partition]
        texts = [f"{kind} {key}".encode() for key in wanted for kind in ("batch", "single")]
        assert stored(hub, name, partition) == texts


def test_the_sdk_sees_the_partition_key_of_batches_and_single_events(hub: HubProcess, name: str) -> None:
    with hub.producer(name) as producer:
        _batch(producer, ["in a batch"], partition_key="k")
        producer.send_event(EventData("alone"), partition_key="k")
    got = hub.read(str(partition_of_key("k", 4)), 2, hub=name)
    assert [event.partition_key for event in got] == [b"k", b"k"]
