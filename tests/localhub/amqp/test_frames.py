"""Frames: however a stream is chopped, and full to the last field when they go out."""

import struct

import pytest
from azure.eventhub._pyamqp._decode import decode_frame
from hypothesis import given, settings
from hypothesis import strategies as st

from paysim.localhub.amqp import encoding, frames
from paysim.localhub.amqp.encoding import DecodeError
from paysim.localhub.amqp.frames import FrameError, FrameReader, padded
from paysim.localhub.amqp.inbound import InboundTap
from tests.support.amqp_client import (
    AMQP_HEADER,
    NULL,
    described,
    framed,
    listed,
    transfer_frames,
    uint,
)

FIELDS = [
    (frames.OPEN, 10),
    (frames.BEGIN, 8),
    (frames.ATTACH, 14),
    (frames.FLOW, 11),
    (frames.TRANSFER, 11),
    (frames.DISPOSITION, 6),
    (frames.DETACH, 3),
    (frames.END, 1),
    (frames.CLOSE, 1),
]


def _error(code: int = 0x1D) -> bytes:
    return described(code, encoding.symbol("amqp:not-found"))


@pytest.mark.parametrize(("code", "count"), FIELDS)
def test_every_performative_goes_out_with_all_its_fields(code: int, count: int) -> None:
    for given_fields in ([], [uint(0)], [uint(0)] * (count - 1), [uint(0)] * count):
        frame = padded(framed(described(code, *given_fields)))
        assert struct.unpack(">I", frame[:4])[0] == len(frame)
        kind, fields = decode_frame(memoryview(frame)[8:])
        assert kind == code
        assert fields[: len(given_fields)] == [0] * len(given_fields)
        assert len(fields) == count + (code == frames.TRANSFER)


def test_an_empty_list_is_filled_too() -> None:
    kind, fields = decode_frame(memoryview(padded(framed(b"\x00\x53\x18\x45")))[8:])
    assert (kind, fields) == (frames.CLOSE, [None])


def test_a_transfer_keeps_its_payload() -> None:
    (frame,) = transfer_frames(3, 9, b"payload")
    _, fields = decode_frame(memoryview(padded(frame))[8:])
    assert (fields[0], fields[1], bytes(fields[11])) == (3, 9, b"payload")


@pytest.mark.parametrize(("code", "at"), [(frames.DETACH, 2), (frames.END, 0), (frames.CLOSE, 0)])
def test_an_error_goes_out_with_all_its_fields(code: int, at: int) -> None:
    frame = padded(framed(described(code, *[NULL] * at, _error())))
    assert decode_frame(memoryview(frame)[8:])[1][at] == [b"amqp:not-found", None, None]


def test_a_rejection_goes_out_with_all_fields_of_its_error() -> None:
    rejected = described(0x25, _error())
    frame = padded(framed(described(frames.DISPOSITION, NULL, uint(1), uint(1), NULL, rejected)))
    assert decode_frame(memoryview(frame)[8:])[1][4] == {"rejected": [[b"amqp:not-found", None, None]]}


def test_long_fields_stay_whole() -> None:
    frame = padded(framed(described(frames.OPEN, encoding.string("c" * 250))))
    assert decode_frame(memoryview(frame)[8:])[1][0] == b"c" * 250


@pytest.mark.parametrize(
    "frame", [AMQP_HEADER, framed(b""), framed(b"\x00\x53\x40\xc0\x01\x00", kind=1), framed(listed(NULL)[:0])]
)
def test_headers_heartbeats_and_sasl_pass_unchanged(frame: bytes) -> None:
    assert padded(frame) == frame


def test_a_client_is_asked_for_less_than_its_frames_hold() -> None:
    opened = framed(described(frames.OPEN, encoding.string("c"), NULL, uint(65_536)))
    _, fields = decode_frame(memoryview(frames.lowered_max_frame(opened))[8:])
    assert fields[2] == 65_536 - frames.PADDING
    for other in ([encoding.string("c")], [encoding.string("c"), NULL, NULL]):
        frame = framed(described(frames.OPEN, *other))
        assert frames.lowered_max_frame(frame) == frame
    with pytest.raises(DecodeError):  # three fields are promised, two are there
        frames.lowered_max_frame(framed(b"\x00\x53\x10\xc0\x03\x03\x40\x40"))


@given(st.lists(st.binary(max_size=50), max_size=8), st.integers(1, 60))
def test_frames_come_out_whole_however_the_stream_is_chopped(bodies: list[bytes], step: int) -> None:
    wanted = [AMQP_HEADER, *(framed(body) for body in bodies)]
    stream, reader = b"".join(wanted), FrameReader()
    got = [bytes(f) for at in range(0, len(stream), step) for f in reader.feed(stream[at : at + step])]
    assert got == wanted


@pytest.mark.parametrize("head", ["00000007 02000000", "7fffffff 02000000", "00000010 01000000", "00000010 05000000"])
def test_what_cannot_be_a_frame_is_refused(head: str) -> None:
    with pytest.raises(FrameError):
        list(FrameReader().feed(bytes.fromhex(head) + b"\0" * 16))


@settings(max_examples=600)
@given(
    st.sampled_from([code for code, _ in FIELDS] + [0x99]),
    st.binary(max_size=120),
    st.lists(st.tuples(st.integers(0, 300), st.integers(0, 255)), max_size=4),
)
def test_mutated_frames_are_read_or_refused_and_nothing_else(
    code: int, body: bytes, mutations: list[tuple[int, int]]
) -> None:
    stream = bytearray(
        framed(b"\x00\x53" + bytes((code,)) + body) + b"".join(transfer_frames(0, 1, body)) + framed(body)
    )
    for at, value in mutations:
        stream[at % len(stream)] = value
    tap = InboundTap()
    try:
        for frame in tap.feed(bytes(stream)):
            padded(frame)
    except (FrameError, DecodeError):
        pass
