"""Events are read from their bytes as the SDK reads them; what is not understood is refused, never guessed."""

import contextlib
import random
import uuid

import pytest
from azure.eventhub._pyamqp._encode import encode_payload
from azure.eventhub._pyamqp.message import Message, Properties
from azure.eventhub._pyamqp.types import TYPE, VALUE, AMQPTypes

from paysim.eventhub import event_bytes
from paysim.eventhub.event_bytes import Unreadable
from paysim.localhub.amqp.messages import delivered
from tests.support import others

ID = uuid.UUID(int=0x0123456789ABCDEF8123456789ABCDEF)


def annotations(sequence: int = 7) -> dict:
    return {
        b"x-opt-sequence-number": {TYPE: AMQPTypes.long, VALUE: sequence},
        b"x-opt-offset": b"1",
        b"x-opt-enqueued-time": {TYPE: AMQPTypes.timestamp, VALUE: 1_800_000_000_123},
    }


def encoded(**parts) -> bytes:
    message = {"message_annotations": annotations(), "data": [b"{}"], **parts}
    return bytes(encode_payload(bytearray(), Message(**message)))


@pytest.mark.parametrize("sequence", [0, 127, 128, 70_000, 2**40])
def test_sequence_time_and_id(sequence):
    data = encoded(
        message_annotations=annotations(sequence),
        properties=Properties(message_id=ID, content_type=b"application/json"),
        application_properties={b"paysim-run": b"r"},
    )
    event = event_bytes.read(b"before" + data + b"after", 6, 6 + len(data))
    assert (event.sequence, event.enqueued_ms, event.id) == (sequence, 1_800_000_000_123, ID.bytes)
    assert b"paysim-run" in event.application
    assert event_bytes.body(b"before" + data, event.body, 6 + len(data)) == b"{}"


@pytest.mark.parametrize("message_id", [None, "text", b"bytes", 5])
def test_a_message_id_that_is_no_uuid_is_none(message_id):
    data = encoded(properties=Properties(message_id=message_id))
    assert event_bytes.read(data, 0, len(data)).id is None


def test_an_event_without_properties_has_none():
    data = encoded()
    event = event_bytes.read(data, 0, len(data))
    assert (event.id, event.application) == (None, b"")


def test_bodies_of_every_size_and_several_sections():
    for body in (b"", b"x" * 255, b"x" * 256, b"y" * 200_000):
        data = encoded(data=[body, b"+"])
        assert event_bytes.body(data, event_bytes.read(data, 0, len(data)).body, len(data)) == body + b"+"


def test_an_event_without_annotations_is_refused():
    data = encoded(message_annotations={})
    with pytest.raises(Unreadable):
        event_bytes.read(data, 0, len(data))


def test_mutated_bytes_are_read_or_refused():
    rng = random.Random(1)
    whole = encoded(properties=Properties(message_id=ID), application_properties={b"paysim-run": b"r"})
    for _ in range(5000):
        data = bytearray(whole)
        for _ in range(rng.randrange(1, 6)):
            data[rng.randrange(len(data))] = rng.randrange(256)
        data = data[: rng.randrange(1, len(data) + 1)]
        with contextlib.suppress(Unreadable):
            event_bytes.read(bytes(data), 0, len(data))


@pytest.mark.parametrize("what", others.LEGAL)
def test_every_type_and_section_of_amqp_is_stepped_over(what):
    data = delivered(others.LEGAL[what], 70_001, 5, 1_800_000_000_123, None)
    event = event_bytes.read(data, 0, len(data))
    assert (event.sequence, event.enqueued_ms, event.id) == (70_001, 1_800_000_000_123, None)
    assert not event_bytes.texts(event.application).keys() & {b"paysim-run"}


@pytest.mark.parametrize("what", others.JUNK)
def test_of_what_is_no_amqp_the_sequence_number_is_read(what):
    data = delivered(others.JUNK[what], 70_001, 5, 1_800_000_000_123, None)
    try:
        event = event_bytes.read(data, 0, len(data))
        assert event.id is None
        event_bytes.texts(event.application)
        sequence = event.sequence
    except Unreadable as error:
        sequence = error.sequence if error.sequence is not None else 70_001
    assert sequence == 70_001


def test_application_properties_are_read_whatever_stands_beside_them():
    pairs = [(others.string("k"), others.TYPES["char"]), (others.listed(others.string("a")), others.string("v"))]
    section = b"\x00\x53\x74" + others.mapping(
        *(part for pair in pairs for part in pair), others.string("paysim-run"), others.string("r")
    )
    assert event_bytes.texts(section) == {b"paysim-run": b"r"}
