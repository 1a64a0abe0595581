"""Messages and batches: the hub's annotations in front, the producer's bytes behind, untouched."""

import contextlib
from typing import Any

import pytest
from azure.eventhub._pyamqp._decode import decode_payload
from azure.eventhub._pyamqp._encode import encode_payload
from azure.eventhub._pyamqp.message import Header, Message, Properties
from hypothesis import given, settings
from hypothesis import strategies as st

from paysim.localhub.amqp import encoding
from paysim.localhub.amqp.encoding import DecodeError
from paysim.localhub.amqp.messages import (
    BATCH_FORMAT,
    annotation_values,
    count_events,
    delivered,
    envelope,
    event_at,
    first_event,
    read_send,
    sections,
)
from paysim.localhub.amqp.requests import decode
from paysim.localhub.faults import planted
from tests.support.amqp_client import batch, data_section
from tests.support.present import present


def _encoded(**parts: Any) -> bytes:
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
    assert present(decoded.header).durable is True
    assert decoded.message_annotations == {
        b"x-opt-sequence-number": 5,
        b"x-opt-offset": b"1234",
        b"x-opt-enqueued-time": 1_700_000_000_000,
        b"x-opt-partition-key": b"k",
        b"x-own": b"kept",
    }


def test_the_key_of_a_batch_is_the_key_of_its_events() -> None:
    got = decode_payload(memoryview(delivered(data_section(b"body"), 1, 2, 3, "batch-key")))
    assert present(got.message_annotations)[b"x-opt-partition-key"] == b"batch-key"
    assert list(present(got.data)) == [b"body"]


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


# The same two events as each encoder puts them into a batch, recorded on the wire but for the last: what stands in
# front, the data sections' heads up to the size, the events, and what stands behind.
_ENCODERS = {
    "@azure/event-hubs 6.0.4": (
        "00537045 005372d10000000400000000 00537345",
        ["005375a0", "005375a0"],
        [
            "00537045 005372d10000000400000000 005373d00000000700000001a1016d"
            "005374d10000000900000002a1016e5201 005375a0077b2261223a317d",
            "00537045 00537345 005375a0027b7d",
        ],
        "",
    ),
    "azure-eventhub 5.10 (uamqp)": (
        "005370c006054140404043 005372c11902a313782d6f70742d706172746974696f6e2d6b6579a1016b",
        ["005375a0", "005375a0"],
        [
            "005370c006054040404043 00537345 005374c10602a1016e5400 005375a0077b2261223a317d",
            "005370c006054140404043 005372c11902a313782d6f70742d706172746974696f6e2d6b6579a1016b"
            "00537345 005375a0027b7d",
        ],
        "",
    ),
    "azure-eventhub 5.15 (pyamqp)": ("", ["005375a0"] * 2, ["005375a0077b2261223a317d", "005375a0027b7d"], ""),
    "rhea 3.0.5, with a footer": (
        "00537045 00537345 005378d10000000900000002a101665201",
        ["005375a0"] * 2,
        ["00537045 00537345 005375a0077b2261223a317d", "00537045 00537345 005375a0027b7d"],
        "",
    ),
    "the longest of everything": (
        "00800000000000000070d0000000050000000141"
        + b"\0\xa3\x1camqp:message-annotations:map".hex()
        + "d10000000400000000"
        + b"\0\xb3\0\0\0\x14amqp:properties:list".hex()
        + "d00000000400000000",
        ["00800000000000000075b0", b"\0\xa3\x10amqp:data:binary".hex() + "b0"],
        ["005375a0077b2261223a317d", "005375a0027b7d"],
        b"\0\xa3\x0famqp:footer:map\xc1\x01\0".hex(),
    ),
}


def _recorded(encoder: str) -> bytes:
    front, heads, events, behind = _ENCODERS[encoder]
    parts = [bytes.fromhex(front)]
    for head, event in zip(map(bytes.fromhex, heads), map(bytes.fromhex, events), strict=True):
        parts += [head, len(event).to_bytes(1 if head[-1] == 0xA0 else 4, "big"), event]
    return b"".join([*parts, bytes.fromhex(behind)])


@pytest.mark.parametrize("encoder", _ENCODERS)
def test_a_batch_is_read_whoever_has_encoded_it(encoder: str) -> None:
    payload = _recorded(encoder)
    send = read_send(BATCH_FORMAT, payload)
    assert _bodies(payload) == [b'{"a":1}', b"{}"]
    assert send.events == 2
    begin, end = event_at(payload, send.last_at)
    assert payload[begin:end].endswith(b"{}")
    assert send.partition_key == ("k" if "uamqp" in encoder else None)


@pytest.mark.parametrize("encoder", _ENCODERS)
def test_planted_errors_rewrite_a_batch_whoever_has_encoded_it(encoder: str) -> None:
    payload = _recorded(encoder)
    first, second = _bodies(payload)
    assert _bodies(planted.without_first(payload)) == [second]
    assert _bodies(planted.with_first_twice(payload)) == [first, first, second]
    assert _bodies(planted.with_first_two_swapped(payload)) == [second, first]


def _bodies(batch: bytes) -> list[bytes]:
    """The data of the events in a batch, by way of what a receiver is sent."""
    at, bodies = first_event(batch, envelope(batch).bare), []
    _, last = count_events(batch, at)
    while at <= last:
        begin, at = event_at(batch, at)
        got = delivered(batch[begin:at], 0, 0, 0, None)
        data: Any = decode_payload(memoryview(got)).data
        bodies += list(data)
    return bodies


_SYMBOLS = {
    0x70: "amqp:header:list",
    0x71: "amqp:delivery-annotations:map",
    0x72: "amqp:message-annotations:map",
    0x73: "amqp:properties:list",
    0x74: "amqp:application-properties:map",
    0x75: "amqp:data:binary",
    0x78: "amqp:footer:map",
}


def _descriptors(code: int) -> st.SearchStrategy[bytes]:
    """Every way to write a section's descriptor."""
    name = _SYMBOLS[code].encode()
    return st.sampled_from(
        [
            b"\0\x53" + bytes((code,)),
            b"\0\x80" + code.to_bytes(8, "big"),
            b"\0\xa3" + bytes((len(name),)) + name,
            b"\0\xb3" + len(name).to_bytes(4, "big") + name,
        ]
    )


def _compounds(code: int) -> st.SearchStrategy[bytes]:
    """A section that is a list or a map, in every width and with little in it."""
    key, value = encoding.symbol("x-own"), b"\x52\x07"
    pair = key + value
    if code in (0x70, 0x73):
        values = [b"\x45", b"\xc0\x01\x00", b"\xc0\x02\x01\x41", b"\xd0\0\0\0\x05\0\0\0\x01\x41"]
    else:
        values = [b"\xc1\x01\x00", b"\xc1" + bytes((len(pair) + 1, 2)) + pair, encoding.mapping([key, value])]
    return st.builds(bytes.__add__, _descriptors(code), st.sampled_from(values))


def _data(body: bytes) -> st.SearchStrategy[bytes]:
    wide = b"\xb0" + len(body).to_bytes(4, "big") + body
    forms = [wide] if len(body) > 255 else [wide, b"\xa0" + bytes((len(body),)) + body]
    return st.builds(bytes.__add__, _descriptors(0x75), st.sampled_from(forms))


@settings(deadline=None)
@given(st.data(), st.lists(st.binary(max_size=300), min_size=1, max_size=8))
def test_the_fast_way_and_the_general_reader_find_the_same_events(data: st.DataObject, bodies: list[bytes]) -> None:
    front = [code for code in (0x70, 0x71, 0x72, 0x73, 0x74) if data.draw(st.booleans())]
    parts = [data.draw(_compounds(code)) for code in front]
    parts += [data.draw(_data(body)) for body in bodies]
    footer = data.draw(st.sampled_from(["none", "behind", "before"]))
    if footer != "none":
        parts.insert(len(parts) if footer == "behind" else len(front), data.draw(_compounds(0x78)))
    payload = b"".join(parts)
    read = [section for section in sections(payload) if section.code == 0x75]
    send = read_send(BATCH_FORMAT, payload)
    assert (send.events, send.last_at) == (len(bodies), read[-1].start)
    at, got = first_event(payload, envelope(payload).bare), []
    while at <= send.last_at:
        begin, at = event_at(payload, at)
        got.append(payload[begin:at])
    assert got == bodies == [payload[each.end - len(body) : each.end] for each, body in zip(read, bodies, strict=True)]


@pytest.mark.parametrize(
    "message",
    [
        _small_section(b"a") + b"\x00\x53\x77\x41",
        b"\x00\x53\x77\x41" * 2,
        b"\x00\x53\x73\x45" * 2 + _small_section(b"a"),
        b"\x00\x53\x72\x45" + _small_section(b"a"),
        b"\x00\x53\x75\xa1\x01a",
        b"\x00\x53\x79\x45",
        b"\x00\x52\x75\xa0\x01a",
        b"",
    ],
    ids=["two bodies", "two values", "twice", "a list for a map", "text for data", "unknown", "no ulong", "empty"],
)
def test_a_single_event_that_is_no_message_is_refused(message: bytes) -> None:
    with pytest.raises(DecodeError):
        read_send(0, message)


@pytest.mark.parametrize("body", [b"\x00\x53\x77\xa1\x01v", b"\x00\x53\x76\x45" * 2, b"\x00\x53\x75\xa0\x01a" * 2])
def test_values_sequences_and_data_are_bodies_of_an_event(body: bytes) -> None:
    assert read_send(0, body).events == 1


def test_annotations_are_found_by_name_in_any_width() -> None:
    numbers = [(b"\x55\xff", -1), (b"\x61\xff\xfe", -2), (b"\x81" + b"\xff" * 8, -1), (b"\x43", 0), (b"\x54\x07", 7)]
    for encoded, value in numbers:
        pairs = encoding.mapping([encoding.symbol("other"), b"\x41", encoding.symbol("wanted"), encoded])
        message = b"\x00\x53\x70\x45\x00\x53\x72" + pairs + _small_section(b"a")
        assert annotation_values(message, ("wanted", "missing")) == {"wanted": value}


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
