"""The AMQP 1.0 type system, as far as a hub needs it: bytes to Python values and back.

Source: OASIS AMQP 1.0 part 1, section 1.6. Nothing here knows frames, messages or links. Every read is
checked against the end of the buffer, because the bytes come from anybody who can connect.
"""

import struct
from collections.abc import Callable
from typing import Any

MAX_DEPTH = 16  # lists and maps inside each other; honest messages stay below 6
MAX_ARRAY = 256  # items; honest arrays are capability lists

_U32 = struct.Struct(">I")
_U64 = struct.Struct(">Q")
_I64 = struct.Struct(">q")

Buffer = bytes | bytearray | memoryview


class DecodeError(ValueError):
    """The bytes are not the AMQP value they should be."""


class Described:
    """A value under a descriptor, such as a filter or a terminus."""

    __slots__ = ("descriptor", "value")

    def __init__(self, descriptor: Any, value: Any) -> None:
        self.descriptor = descriptor
        self.value = value

    def __repr__(self) -> str:
        return f"Described({self.descriptor!r}, {self.value!r})"


# Constructor byte → how its value reads. The high half of the byte gives the width (section 1.2).
_FIXED_WIDTH = {0x4: 0, 0x5: 1, 0x6: 2, 0x7: 4, 0x8: 8, 0x9: 16}


def value_end(data: Buffer, at: int) -> int:
    """Where the value that begins at `at` ends, without building it. Raises DecodeError."""
    for _ in range(MAX_DEPTH):
        try:
            code = data[at]
        except IndexError:
            raise DecodeError("a value is missing") from None
        if code == 0:  # described: the descriptor, then the value itself
            if data[at + 1 : at + 2] == b"\0":
                raise DecodeError("a descriptor is described itself")
            at = value_end(data, at + 1)
            continue
        kind = code >> 4
        width = _FIXED_WIDTH.get(kind)
        if width is not None:
            end = at + 1 + width
        elif kind in (0xA, 0xC, 0xE):
            end = at + 2 + _byte(data, at + 1)
        elif kind in (0xB, 0xD, 0xF):
            end = at + 5 + _uint(data, at + 1)
        else:
            raise DecodeError(f"0x{code:02x} is no AMQP type")
        if end > len(data):
            raise DecodeError("a value is cut off")
        return end
    raise DecodeError("values are nested too deep")


def read_value(data: Buffer, at: int, depth: int = 0) -> tuple[Any, int]:
    """The value that begins at `at`, and where it ends. Raises DecodeError.

    Symbols and strings become str, binaries bytes, described values Described.
    """
    if depth > MAX_DEPTH:
        raise DecodeError("values are nested too deep")
    end = value_end(data, at)
    code = data[at]
    if code == 0:
        descriptor, at = read_value(data, at + 1, depth + 1)
        value, end = read_value(data, at, depth + 1)
        return Described(descriptor, value), end
    try:
        return _READERS[code](data, at + 1, end, depth), end
    except KeyError:
        raise DecodeError(f"0x{code:02x} is no AMQP type") from None
    except (UnicodeDecodeError, struct.error, TypeError) as error:
        raise DecodeError(str(error)) from None


def read_items(data: Buffer, at: int, end: int, count: int, depth: int = 0) -> list[Any]:
    """`count` values one after the other between `at` and `end`."""
    items = []
    for _ in range(count):
        if at >= end:
            raise DecodeError("a list ends early")
        value, at = read_value(data, at, depth)
        items.append(value)
    if at > end:
        raise DecodeError("a list overruns its size")
    return items


def descriptor(data: Buffer, at: int) -> tuple[int | str, int]:
    """The descriptor of the described value at `at`, a code or a symbol, and where the value itself begins.

    Both forms mean the same (section 1.3.1); which symbol stands for which code is the caller's to know.
    """
    if data[at : at + 2] == b"\0\x53" and len(data) > at + 2:
        return data[at + 2], at + 3
    if data[at : at + 1] != b"\0" or len(data) < at + 2 or data[at + 1] not in _DESCRIPTORS:
        raise DecodeError("what should be described has no descriptor")
    return read_value(data, at + 1)


_DESCRIPTORS = {0x44, 0x53, 0x80, 0xA3, 0xB3}  # ulong and symbol


def compound(data: Buffer, at: int) -> tuple[int, int, int]:
    """A list's or map's number of items, where the first begins, and where the whole ends."""
    end = value_end(data, at)
    code = data[at]
    if code == 0x45:
        return 0, end, end
    if code in (0xC0, 0xC1):
        return _byte(data, at + 2), at + 3, end
    if code in (0xD0, 0xD1):
        return _uint(data, at + 5), at + 9, end
    raise DecodeError(f"0x{code:02x} is no list or map")


def _byte(data: Buffer, at: int) -> int:
    try:
        return data[at]
    except IndexError:
        raise DecodeError("a size is missing") from None


def _uint(data: Buffer, at: int) -> int:
    try:
        return int(_U32.unpack_from(data, at)[0])
    except struct.error:
        raise DecodeError("a size is missing") from None


def _list(data: Buffer, at: int, end: int, depth: int) -> list[Any]:
    count, first, end = compound(data, at - 1)
    return read_items(data, first, end, count, depth + 1)


def _map(data: Buffer, at: int, end: int, depth: int) -> dict[Any, Any]:
    items = _list(data, at, end, depth)
    if len(items) % 2:
        raise DecodeError("a map has a key without a value")
    return dict(zip(items[::2], items[1::2], strict=True))


def _array(data: Buffer, at: int, end: int, depth: int) -> list[Any]:
    small = data[at - 1] == 0xE0
    count, at = (_byte(data, at + 1), at + 2) if small else (_uint(data, at + 4), at + 8)
    if at >= end or count > MAX_ARRAY:
        raise DecodeError("an array ends early, or is absurdly long")
    first = at
    while data[at : at + 1] == b"\0":  # of described values
        at = value_end(data, at + 1)
    at += 1
    constructor = bytes(data[first:at])
    items: list[Any] = []
    for _ in range(count):
        value, after = read_value(constructor + bytes(data[at:end]), 0, depth + 1)
        items.append(value)
        at += after - len(constructor)
    return items


def _signed(width: int) -> Callable[[Buffer, int, int, int], int]:
    return lambda data, at, end, depth: int.from_bytes(data[at : at + width], "big", signed=True)


def _unsigned(width: int) -> Callable[[Buffer, int, int, int], int]:
    return lambda data, at, end, depth: int.from_bytes(data[at : at + width], "big")


def _text(skip: int) -> Callable[[Buffer, int, int, int], str]:
    return lambda data, at, end, depth: bytes(data[at + skip : end]).decode()


def _binary(skip: int) -> Callable[[Buffer, int, int, int], bytes]:
    return lambda data, at, end, depth: bytes(data[at + skip : end])


def _constant(value: Any) -> Callable[[Buffer, int, int, int], Any]:
    return lambda data, at, end, depth: value


_READERS: dict[int, Callable[[Buffer, int, int, int], Any]] = {
    0x40: _constant(None),
    0x41: _constant(True),
    0x42: _constant(False),
    0x43: _constant(0),
    0x44: _constant(0),
    0x45: lambda data, at, end, depth: [],
    0x50: _unsigned(1),
    0x51: _signed(1),
    0x52: _unsigned(1),
    0x53: _unsigned(1),
    0x54: _signed(1),
    0x55: _signed(1),
    0x56: lambda data, at, end, depth: data[at] != 0,
    0x60: _unsigned(2),
    0x61: _signed(2),
    0x70: _unsigned(4),
    0x71: _signed(4),
    0x72: lambda data, at, end, depth: struct.unpack_from(">f", data, at)[0],
    0x73: _unsigned(4),
    0x74: _binary(0),
    0x80: _unsigned(8),
    0x81: _signed(8),
    0x82: lambda data, at, end, depth: struct.unpack_from(">d", data, at)[0],
    0x83: _signed(8),
    0x84: _binary(0),
    0x94: _binary(0),
    0x98: _binary(0),
    0xA0: _binary(1),
    0xA1: _text(1),
    0xA3: _text(1),
    0xB0: _binary(4),
    0xB1: _text(4),
    0xB3: _text(4),
    0xC0: _list,
    0xC1: _map,
    0xD0: _list,
    0xD1: _map,
    0xE0: _array,
    0xF0: _array,
}


def string(text: str) -> bytes:
    """Encode a str as an AMQP string."""
    return _variable(0xA1, text.encode())


def symbol(text: str) -> bytes:
    """Encode a str as an AMQP symbol (ASCII)."""
    return _variable(0xA3, text.encode("ascii", "replace"))


def binary(data: bytes) -> bytes:
    """Encode bytes as an AMQP binary."""
    return _variable(0xA0, data)


def long(value: int) -> bytes:
    """Encode an int as an AMQP long."""
    return b"\x81" + _I64.pack(value)


def integer(value: int) -> bytes:
    """Encode an int as an AMQP int."""
    return b"\x71" + struct.pack(">i", value)


def timestamp(milliseconds: int) -> bytes:
    """Encode milliseconds since 1970 as an AMQP timestamp."""
    return b"\x83" + _I64.pack(milliseconds)


def boolean(value: bool) -> bytes:
    """Encode a bool."""
    return b"\x41" if value else b"\x42"


def string_array(texts: list[str]) -> bytes:
    """Encode texts as an AMQP array of strings."""
    return _text_array(b"\xb1", texts)


def symbol_array(texts: list[str]) -> bytes:
    """Encode ASCII texts as an AMQP array of symbols."""
    return _text_array(b"\xb3", texts)


def _text_array(constructor: bytes, texts: list[str]) -> bytes:
    body = constructor + b"".join(_U32.pack(len(raw)) + raw for raw in (text.encode() for text in texts))
    return b"\xf0" + _U32.pack(len(body) + 4) + _U32.pack(len(texts)) + body


def list_of(items: list[bytes]) -> bytes:
    """Encode a list from its items, each already encoded."""
    body = b"".join(items)
    return b"\xd0" + _U32.pack(len(body) + 4) + _U32.pack(len(items)) + body


def mapping(pairs: list[bytes]) -> bytes:
    """Encode a map from its keys and values, each already encoded and in turn."""
    body = b"".join(pairs)
    return b"\xd1" + _U32.pack(len(body) + 4) + _U32.pack(len(pairs)) + body


def _variable(code: int, raw: bytes) -> bytes:
    if len(raw) < 256:
        return bytes((code, len(raw))) + raw
    return bytes((code + 0x10,)) + _U32.pack(len(raw)) + raw
