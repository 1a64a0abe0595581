"""Receivers: where they begin, how much they get, and how the SDK sees it."""

import datetime
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from azure.eventhub import EventData

from paysim.localhub.amqp import encoding, frames
from tests.support.amqp_client import NULL, AmqpClient, batch, data_section
from tests.support.hub_process import HubProcess, connected, stored
from tests.support.present import present
from tests.support.waiting import eventually


@pytest.fixture(scope="module")
def filled(hub: HubProcess) -> tuple[str, datetime.datetime]:
    """A hub with twenty events in partition 0, ten before a moment and ten after it."""
    name = next(hub.names)  # type: ignore[attr-defined]
    with hub.producer(name) as producer:
        for half in range(2):
            sent = producer.create_batch(partition_id="0")
            for number in range(10):
                sent.add(EventData(str(half * 10 + number)))
            producer.send_batch(sent)
            if half == 0:
                moment = datetime.datetime.now(datetime.UTC)
                threading.Event().wait(0.05)
    return name, moment


def test_the_sdk_reads_from_every_kind_of_position(hub: HubProcess, filled) -> None:
    name, moment = filled
    everything = hub.read("0", 20, hub=name, group="audit", track_last_enqueued_event_properties=True)
    assert [int(event.body_as_str()) for event in everything] == list(range(20))
    metrics = present(everything[0].raw_amqp_message.delivery_annotations)
    assert metrics[b"last_enqueued_sequence_number"] == 19
    assert metrics[b"last_enqueued_offset"] == present(everything[19].offset).encode()
    offset = everything[4].offset
    cases = [
        (4, False, 5),
        (offset, False, 5),
        (offset, True, 4),
        (moment, False, 10),
        (everything[10].enqueued_time, True, 10),
    ]
    with ThreadPoolExecutor(5) as pool:
        reads = [
            pool.submit(hub.read, "0", 20 - first, start=start, inclusive=inclusive, hub=name)
            for start, inclusive, first in cases
        ]
    for (start, inclusive, first), read in zip(cases, reads, strict=True):
        assert [e.sequence_number for e in read.result()] == list(range(first, 20)), (start, inclusive)


def test_latest_gets_what_is_sent_afterwards(hub: HubProcess, name: str) -> None:
    consumer, got = hub.consumer(name), list[str]()
    ready = threading.Event()

    def take(_, events):
        ready.set()
        got.extend(event.body_as_str() for event in events)

    with hub.producer(name) as producer:
        producer.send_event(EventData("before"), partition_id="0")
        thread = threading.Thread(
            target=lambda: consumer.receive_batch(
                take, partition_id="0", starting_position="@latest", max_wait_time=0.3
            )
        )
        thread.start()
        assert ready.wait(10)
        producer.send_event(EventData("after"), partition_id="0")
        assert eventually(lambda: bool(got))
        consumer.close()
        thread.join(10)
    assert got == ["after"]


def _receiver(hub: HubProcess, name: str, partition: int = 0, filters: bytes = NULL) -> tuple[AmqpClient, int]:
    client = AmqpClient(hub.port)
    client.open()
    assert client.authorize(name, hub.key) == 202
    handle = client.attach(f"{name}/ConsumerGroups/$Default/Partitions/{partition}", receiver=True, filters=filters)
    return client, handle


def test_a_receiver_gets_as_many_events_as_it_has_credit_for(hub: HubProcess, filled) -> None:
    client, handle = _receiver(hub, filled[0])
    client.expect(frames.ATTACH)
    client.credit(handle, 3)
    for _ in range(3):
        client.expect(frames.TRANSFER)
    client.socket.settimeout(0.3)
    with pytest.raises(TimeoutError):
        client.expect(frames.TRANSFER)
    client.close()


def test_drained_credit_is_given_back_when_there_is_nothing_to_send(hub: HubProcess, filled) -> None:
    client, handle = _receiver(hub, filled[0], partition=3)
    client.expect(frames.ATTACH)
    client.credit(handle, 5, drain=True)
    flow = client.expect(frames.FLOW)
    assert (flow[5], flow[6]) == (5, 0)  # delivery count moved up, no credit left
    client.close()


def test_a_selector_that_the_service_does_not_know_is_refused(hub: HubProcess, filled) -> None:
    key = encoding.symbol("apache.org:selector-filter:string")
    selector = b"\x00" + key + encoding.string("colour = 'blue'")
    client, _ = _receiver(hub, filled[0], filters=encoding.mapping([key, selector]))
    assert client.expect(frames.DETACH)[2].value[0] == "amqp:invalid-field"
    client.close()


@pytest.mark.parametrize(
    ("annotation", "value", "what"),
    [
        ("offset", "999999999", "offset"),
        ("offset", "1:2:3", "offset"),  # as a namespace that is replicated writes them
        ("offset", "", "offset"),
        ("sequence-number", "21", "sequence number"),
        ("sequence-number", "soon", "sequence number"),
    ],
)
def test_a_position_where_the_partition_has_not_been_is_refused(
    hub: HubProcess, filled, annotation: str, value: str, what: str
) -> None:
    key = encoding.symbol("apache.org:selector-filter:string")
    selector = b"\x00" + key + encoding.string(f"amqp.annotation.x-opt-{annotation} > '{value}'")
    client, _ = _receiver(hub, filled[0], filters=encoding.mapping([key, selector]))
    condition, description, *_ = client.expect(frames.DETACH)[2].value
    assert condition == "com.microsoft:argument-error"
    assert description.startswith(f"The supplied {what} '{value}' is invalid. The last {what} in the system is '")
    client.close()


@pytest.mark.parametrize("comparison", ["sequence-number > '19'", "sequence-number >= '20'", "offset > '-1'"])
def test_a_position_at_the_end_or_the_beginning_is_taken(hub: HubProcess, filled, comparison: str) -> None:
    key = encoding.symbol("apache.org:selector-filter:string")
    selector = b"\x00" + key + encoding.string(f"amqp.annotation.x-opt-{comparison}")
    client, _ = _receiver(hub, filled[0], filters=encoding.mapping([key, selector]))
    assert client.expect(frames.ATTACH)[5] is not None
    client.close()


def test_an_attach_is_answered_with_source_target_filter_and_limit(hub: HubProcess, filled) -> None:
    key = encoding.symbol("apache.org:selector-filter:string")
    selector = b"\x00" + key + encoding.string("amqp.annotation.x-opt-offset > '-1'")
    client, _ = _receiver(hub, filled[0], filters=encoding.mapping([key, selector]))
    answer = client.expect(frames.ATTACH)
    assert answer[5].value[0].endswith("Partitions/0")
    assert "apache.org:selector-filter:string" in answer[5].value[7]
    assert answer[6].value[0].endswith("Partitions/0")
    assert answer[10] == 1_048_576
    client.close()


def test_a_message_of_many_frames_arrives_whole(hub: HubProcess, name: str) -> None:
    body = bytes(range(256)) * 3_900
    client, handle = connected(hub, f"{name}/Partitions/0")
    client.transfer(handle, data_section(body))
    client.expect(frames.DISPOSITION)
    client.close()
    assert stored(hub, name) == [body]


def test_a_receiver_that_leaves_is_not_sent_to_any_more(hub: HubProcess, name: str) -> None:
    client, handle = _receiver(hub, name)
    client.expect(frames.ATTACH)
    client.credit(handle, 10)
    client.performative(frames.DETACH, b"\x70" + handle.to_bytes(4, "big"), b"\x41")
    client.expect(frames.DETACH)
    sender = client.attach(f"{name}/Partitions/0")
    client.expect(frames.FLOW)
    client.transfer(sender, batch([b"x"]), 0x80013700)
    assert client.expect(frames.DISPOSITION)[4].descriptor == 0x24
    client.close()


def test_a_closed_session_window_holds_events_back_and_an_opened_one_lets_them_go(hub: HubProcess, name: str) -> None:
    client, sender = connected(hub, f"{name}/Partitions/0")
    for _ in range(12):
        client.transfer(sender, batch([b"x" * 100_000] * 8), 0x80013700)
        client.expect(frames.DISPOSITION)
    handle = client.attach(f"{name}/ConsumerGroups/$Default/Partitions/0", receiver=True)
    client.expect(frames.ATTACH)
    client.credit(handle, 96, window=4)
    for _ in range(3):  # one frame has come before, the token's answer
        client.expect(frames.TRANSFER)
    client.socket.settimeout(0.3)
    with pytest.raises(TimeoutError):
        client.expect(frames.TRANSFER)
    client.socket.settimeout(10)
    client.credit(handle, 96)
    for _ in range(96 * 2 - 3):
        client.expect(frames.TRANSFER)
    client.close()
