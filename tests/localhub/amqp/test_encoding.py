"""The AMQP type system: what is written reads back, and no bytes can do harm."""

import struct

import pytest
from azure.eventhub._pyamqp._encode import encode_value
from hypothesis import given, settings
from hypothesis import strategies as st

from paysim.localhub.amqp import encoding
from paysim.localhub.amqp.encoding import DecodeError, Described, read_value, value_end


@pytest.mark.parametrize(
    ("encoded", "value"),
    [
        (b"\x40", None),
        (b"\x41", True),
        (b"\x42", False),
        (b"\x56\x01", True),
        (b"\x43", 0),
        (b"\x52\xff", 255),
        (b"\x70\x00\x01\x00\x00", 65_536),
        (b"\x55\xff", -1),
        (b"\x81" + struct.pack(">q", -5), -5),
        (b"\x72" + struct.pack(">f", 1.5), 1.5),
        (b"\x82" + struct.pack(">d", 2.5), 2.5),
        (b"\xa3\x03abc", "abc"),
        (b"\xb1\x00\x00\x00\x02hi", "hi"),
        (b"\xa0\x01\xff", b"\xff"),
        (b"\x45", []),
        (b"\xc0\x03\x02\x41\x42", [True, False]),
        (b"\xc1\x05\x02\xa1\x01k\x41", {"k": True}),
        (b"\xe0\x06\x02\xa3\x01a\x01b", ["a", "b"]),
        (b"\xe0\x02\x00\xa3", []),
        (b"\xe0\x02\x02\x41", [True, True]),
        (b"\xf0\x00\x00\x00\x07\x00\x00\x00\x02\x50\x01\x02", [1, 2]),
        (b"\x44", 0),
        (b"\x53\xff", 255),
        (b"\x80" + struct.pack(">Q", 2**40), 2**40),
        (b"\x50\xff", 255),
        (b"\x51\xff", -1),
        (b"\x54\x80", -128),
        (b"\x60\xff\xff", 65_535),
        (b"\x61\xff\xff", -1),
        (b"\x71\xff\xff\xff\xff", -1),
        (b"\x56\x00", False),
        (b"\x83" + struct.pack(">q", -1), -1),
        (b"\xd0\x00\x00\x00\x05\x00\x00\x00\x01\x43", [0]),
        (b"\xd1\x00\x00\x00\x06\x00\x00\x00\x02\x43\x44", {0: 0}),
    ],
)
def test_every_type_reads_as_its_value(encoded: bytes, value: object) -> None:
    assert read_value(encoded, 0) == (value, len(encoded))
    assert value_end(encoded, 0) == len(encoded)


def test_a_described_value_keeps_its_descriptor() -> None:
    value, end = read_value(b"\x00\xa3\x01d\xa1\x01v", 0)
    assert isinstance(value, Described)
    assert (value.descriptor, value.value, end) == ("d", "v", 7)


def test_an_array_of_described_values_is_read() -> None:
    values, end = read_value(b"\xe0\x08\x02\x00\xa3\x01d\x50\x01\x02", 0)
    assert [(each.descriptor, each.value) for each in values] == [("d", 1), ("d", 2)]
    assert end == 10


@pytest.mark.parametrize(
    ("encoded", "found"),
    [
        (b"\0\x53\x75", 0x75),
        (b"\0\x44", 0),
        (b"\0\x80" + bytes(7) + b"\x75", 0x75),
        (b"\0\xa3\x01d", "d"),
        (b"\0\xb3\0\0\0\x01d", "d"),
    ],
)
def test_a_descriptor_is_a_code_or_a_symbol_in_any_encoding(encoded: bytes, found: int | str) -> None:
    assert encoding.descriptor(encoded + b"\x40", 0) == (found, len(encoded))


@pytest.mark.parametrize("encoded", [b"", b"\0", b"\0\x53", b"\x53\x75", b"\0\x50\x75", b"\0\xa1\x01d", b"\0\x80\0"])
def test_what_is_no_descriptor_is_refused(encoded: bytes) -> None:
    with pytest.raises(DecodeError):
        encoding.descriptor(encoded, 0)


def test_what_is_written_reads_back() -> None:
    long_text = "x" * 300
    pairs = [
        *(encoding.string("s"), encoding.string(long_text)),
        *(encoding.symbol("y"), encoding.binary(b"raw")),
        *(encoding.string("l"), encoding.long(-(2**40))),
        *(encoding.string("i"), encoding.integer(-7)),
        *(encoding.string("t"), encoding.timestamp(1_700_000_000_123)),
        *(encoding.string("b"), encoding.boolean(True)),
        *(encoding.string("a"), encoding.string_array(["0", "1", "22"])),
    ]
    value, _ = read_value(encoding.mapping(pairs), 0)
    assert value == {
        "s": long_text,
        "y": b"raw",
        "l": -(2**40),
        "i": -7,
        "t": 1_700_000_000_123,
        "b": True,
        "a": ["0", "1", "22"],
    }


@given(st.recursive(st.booleans() | st.integers(0, 2**31 - 1) | st.text(max_size=300), st.lists, max_leaves=20))
def test_values_of_the_sdk_encoder_read_back(value: object) -> None:
    output = bytearray()
    encode_value(output, value)
    assert read_value(bytes(output), 0) == (value, len(output))


@pytest.mark.parametrize(
    "encoded",
    [
        b"",
        b"\x70\x00",
        b"\xa1\x05abc",
        b"\xb0\xff\xff\xff\xff",
        b"\x10",
        b"\xc0\x02\x05\x41",
        b"\xc1\x02\x01\x41",
        b"\xa1\x01\xff",
        b"\x00" * 4000,
        b"\xc0\xff\xff" * 4000,
        b"\xf0\x00\x00\x00\x09\xff\xff\xff\xff\x40" + b"\x40" * 20,
        b"\xc1\x04\x02\x45\x40\x40",
    ],
)
def test_broken_values_are_refused(encoded: bytes) -> None:
    with pytest.raises(DecodeError):
        read_value(encoded, 0)


@settings(max_examples=2000)
@given(st.binary(max_size=200))
def test_any_bytes_read_as_a_value_or_are_refused(data: bytes) -> None:
    try:
        _, end = read_value(data, 0)
    except DecodeError:
        return
    assert 0 < end <= len(data)
