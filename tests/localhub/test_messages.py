"""Messages and batches: the hub's annotations in front, the producer's bytes behind, untouched."""

import contextlib

import pytest
from azure.eventhub._pyamqp._decode import decode_payload
from azure.eventhub._pyamqp._encode import encode_payload
from azure.eventhub._pyamqp.message import Header, Message, Properties
from hypothesis import given, settings
from hypothesis import strategies as st

from paysim.localhub.encoding import DecodeError
from paysim.localhub.messages import BATCH_FORMAT, count_events, delivered, envelope, event_at, read_send
from paysim.localhub.requests import decode
from tests.localhub.amqp_client import batch, data_section


def _encoded(**parts: object) -> bytes:
    output = bytearray()
    encode_payload(output, Message(**parts))
    return bytes(output)


def _small_section(body: bytes) -> bytes:
    return b"\x00\x53\x75\xa0" + bytes((len(body),)) + body


def test_the_bare_message_is_not_touched() -> None:
    bare = _encoded(properties=Properties(message_id="m"), application_properties={"a": 1}, data=[b"x" * 300])
    message = _encoded(
        header=Header(durable=True),
        message_annotations={"x-own": "kept", "x-opt-partition-key": "k", "x-opt-sequence-number": 99},
        properties=Properties(message_id="m"),
        application_properties={"a": 1},
        data=[b"x" * 300],
    )
    got = delivered(message, 5, 1234, 1_700_000_000_000, None)
    assert got.endswith(bare)
    decoded = decode_payload(memoryview(got))
    assert decoded.header.durable is True
    assert decoded.message_annotations == {
        b"x-opt-sequence-number": 5,
        b"x-opt-offset": b"1234",
        b"x-opt-enqueued-time": 1_700_000_000_000,
        b"x-opt-partition-key": b"k",
        b"x-own": b"kept",
    }


def test_the_key_of_a_batch_is_the_key_of_its_events() -> None:
    got = decode_payload(memoryview(delivered(data_section(b"body"), 1, 2, 3, "batch-key")))
    assert got.message_annotations[b"x-opt-partition-key"] == b"batch-key"
    assert list(got.data) == [b"body"]


def test_a_message_that_cannot_be_read_is_passed_on_whole() -> None:
    for garbage in (b"", b"\x00", b"no message", b"\x00\x53\x72\xd1\xff\xff\xff\xff"):
        assert delivered(garbage, 1, 2, 3, None).endswith(garbage)


@given(st.lists(st.binary(max_size=400), min_size=1, max_size=20), st.booleans())
def test_a_batch_holds_its_events_in_order(bodies: list[bytes], keyed: bool) -> None:
    outer = _encoded(message_annotations={"x-opt-partition-key": "k"}) if keyed else b""
    whole = outer + b"".join(_small_section(body) if len(body) < 256 else data_section(body) for body in bodies)
    head = envelope(whole)
    assert head.partition_key == ("k" if keyed else None)
    count, last = count_events(whole, head.bare)
    at, got = head.bare, []
    while at < len(whole):
        place = at
        begin, at = event_at(whole, at)
        got.append(whole[begin:at])
    assert (got, count, last) == (bodies, len(bodies), place)


@pytest.mark.parametrize(
    "payload",
    [b"", batch([b"x"])[:-1], batch([b"x"]) + b"\x00", b"\x00\x53\x77\xa1\x01v", b"\x00\x53\x75\xa1\x01v"],
    ids=["empty", "cut off", "overhanging", "a value", "a string for data"],
)
def test_what_is_no_batch_is_refused(payload: bytes) -> None:
    with pytest.raises(DecodeError):
        count_events(payload, 0)


def test_long_descriptors_are_understood() -> None:
    section = b"\x00\x80" + (0x75).to_bytes(8, "big") + b"\xa0\x01x"
    assert count_events(section * 2, 0) == (2, len(section))
    assert event_at(section, 0) == (12, 13)
    assert envelope(section).bare == 0


def test_annotations_of_the_wrong_length_are_refused() -> None:
    with pytest.raises(DecodeError):
        envelope(b"\x00\x53\x72\xc1\x06\x02\xa3\x01a\x41\x41" + data_section(b""))


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"\x00\x53",
        b"\x00\x53\x72",
        b"\x00\x53\x72\xc1\x04\x02\x45\x40\x40",
        b"\x00\x53\x72\xc1\x04\x02\x45\x45" + data_section(b""),
        b"\x00\x80\x00",
    ],
)
def test_any_message_is_read_or_refused(message: bytes) -> None:
    with contextlib.suppress(DecodeError):
        read_send(0, message)
    with pytest.raises(DecodeError):
        read_send(BATCH_FORMAT, message)


@settings(max_examples=1000)
@given(
    st.binary(max_size=60), st.sampled_from([b"", b"\x00\x53\x72", b"\x00\x53\x73", b"\x00\x53\x74", b"\x00\x53\x75"])
)
def test_any_bytes_are_a_send_or_a_request_or_refused(data: bytes, start: bytes) -> None:
    for read in (
        lambda: read_send(0, start + data),
        lambda: read_send(BATCH_FORMAT, data),
        lambda: decode(start + data),
    ):
        with contextlib.suppress(DecodeError):
            read()
