"""Application properties that a mapping adds to those that every event of a run has.

A section is `00 53 74` and a map (AMQP 1.0 part 1, section 1.6.23: `c1 size count` or `d1 size32 count32`). The pairs
that the SDK has encoded stay, and those of the mapping are appended.
"""

import struct

import orjson

HEAD = b"\x00\x53\x74"
_U32 = struct.Struct(">I").pack
_I64 = struct.Struct(">q").pack
_DOUBLE = struct.Struct(">d").pack
_keys: dict[str, bytes] = {}


def extended(section: bytes, properties: bytes) -> bytes:
    """A section of application properties with more pairs. properties: a JSON object of single values.

    Raises ValueError where the section is no map.
    """
    if section[3:4] == b"\xc1":
        count, pairs = section[5], section[6:]
    elif section[3:4] == b"\xd1":
        count, pairs = int.from_bytes(section[8:12], "big"), section[12:]
    else:
        raise ValueError("the SDK encodes application properties in another way")
    parts = [pairs]
    for name, value in orjson.loads(properties).items():
        key = _keys.get(name)
        if key is None:
            key = _keys[name] = _text(name)
        parts += (key, _value(value))
        count += 2
    whole = b"".join(parts)
    return HEAD + b"\xd1" + _U32(len(whole) + 4) + _U32(count) + whole


def _text(text: str) -> bytes:
    encoded = text.encode()
    if len(encoded) < 256:
        return b"\xa1" + bytes([len(encoded)]) + encoded
    return b"\xb1" + _U32(len(encoded)) + encoded


def _value(value: object) -> bytes:
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, bool):
        return b"\x41" if value else b"\x42"
    if isinstance(value, int):
        return b"\x81" + _I64(value)
    if isinstance(value, float):
        return b"\x82" + _DOUBLE(value)
    return b"\x40"
