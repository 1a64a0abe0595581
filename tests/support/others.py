"""Events of other producers, as any AMQP 1.0 library may write them: every type, every form of a section, and junk.

What they have in common: they are not of a run of paysim's, so they must neither stop a reader nor count as anything.
"""

import struct

from paysim.localhub.amqp import frames
from tests.support.amqp_client import AmqpClient

TYPES = {
    "null": b"\x40",
    "true": b"\x41",
    "false": b"\x42",
    "boolean": b"\x56\x01",
    "ubyte": b"\x50\x07",
    "ushort": b"\x60\0\x07",
    "uint": b"\x70\0\0\0\x07",
    "smalluint": b"\x52\x07",
    "uint0": b"\x43",
    "ulong": b"\x80" + bytes(8),
    "smallulong": b"\x53\x07",
    "ulong0": b"\x44",
    "byte": b"\x51\x07",
    "short": b"\x61\0\x07",
    "int": b"\x71\0\0\0\x07",
    "smallint": b"\x54\x07",
    "long": b"\x81" + bytes(8),
    "smalllong": b"\x55\x07",
    "float": b"\x72" + bytes(4),
    "double": b"\x82" + bytes(8),
    "decimal32": b"\x74\0\0\0\x01",
    "decimal64": b"\x84" + bytes(8),
    "decimal128": b"\x94" + bytes(15) + b"\x01",
    "char": b"\x73\0\0\0A",
    "timestamp": b"\x83" + bytes(8),
    "uuid": b"\x98" + bytes(16),
    "vbin8": b"\xa0\x02\xff\xfe",
    "vbin32": b"\xb0\0\0\0\x02\xff\xfe",
    "str8": b"\xa1\x01v",
    "str32": b"\xb1\0\0\0\x01v",
    "sym8": b"\xa3\x01v",
    "sym32": b"\xb3\0\0\0\x01v",
    "list0": b"\x45",
    "list8": b"\xc0\x04\x01\xa1\x01v",
    "list32": b"\xd0\0\0\0\x07\0\0\0\x01\xa1\x01v",
    "map8": b"\xc1\x07\x02\xa1\x01k\xa1\x01v",
    "map32": b"\xd1\0\0\0\x0a\0\0\0\x02\xa1\x01k\xa1\x01v",
    "array8": b"\xe0\x06\x02\xa3\x01a\x01b",
    "array32": b"\xf0\0\0\0\x09\0\0\0\x02\xa3\x01a\x01b",
    "described": b"\x00\xa3\x01d\x81" + bytes(8),
    "described twice": b"\x00\x53\x01\x00\x53\x02\x40",
}
"""Each encoding of each primitive type (part 1, section 1.6), and described ones."""


def string(text: str | bytes) -> bytes:
    data = text.encode() if isinstance(text, str) else text
    return b"\xa1" + bytes([len(data)]) + data


def symbol(text: str) -> bytes:
    return b"\xa3" + string(text)[1:]


def mapping(*items: bytes) -> bytes:
    body = b"".join(items)
    return b"\xd1" + struct.pack(">II", len(body) + 4, len(items)) + body


def listed(*items: bytes) -> bytes:
    body = b"".join(items)
    return b"\xd0" + struct.pack(">II", len(body) + 4, len(items)) + body


def data(body: bytes = b"x") -> bytes:
    return b"\x00\x53\x75\xb0" + struct.pack(">I", len(body)) + body


def properties(value: bytes, key: bytes | None = None) -> bytes:
    """A section of application properties."""
    return b"\x00\x53\x74" + mapping(string("k") if key is None else key, value)


def _sections() -> dict[str, bytes]:
    return {
        "an AmqpValue": b"\x00\x53\x77" + string("hi"),
        "AmqpSequences": b"\x00\x53\x76" + listed(string("a")) + b"\x00\x53\x76" + listed(string("b")),
        "a footer": data() + b"\x00\x53\x78" + mapping(symbol("f"), string("v")),
        "a message id that is text": b"\x00\x53\x73" + listed(string("not-a-uuid")) + data(),
        "a message id that is a number": b"\x00\x53\x73" + listed(b"\x80" + bytes(8)) + data(),
        "properties without fields": b"\x00\x53\x73\x45" + data(),
        "an empty body": data(b""),
        "a body of 8-byte section codes": b"\x00\x80" + bytes(7) + b"\x75\xa0\x01x",
        "application properties of 8-byte section codes": b"\x00\x80"
        + bytes(7)
        + b"\x74"
        + mapping(string("k"), TYPES["char"])
        + data(),
        "a header": b"\x00\x53\x70" + listed(b"\x41", b"\x50\x05") + data(),
        "delivery annotations": b"\x00\x53\x71" + mapping(symbol("x"), string("v")) + data(),
        "a value that looks like a sequence number": b"\x00\x53\x72"
        + mapping(symbol("zz"), string(b"x-opt-sequence-number\x81\x00\x00\x00\x00\x00\x00\x10\x00"))
        + data(),
        "a sequence number of its own": b"\x00\x53\x72"
        + mapping(
            *(symbol("x-opt-sequence-number"), b"\x81\0\0\0\0\0\0\x10\0"),
            *(symbol("x-opt-enqueued-time"), b"\x83" + bytes(8)),
        )
        + data(),
        "a label that is no text": properties(TYPES["vbin8"], string("paysim-violation")) + data(),
        "a run that is no text": properties(TYPES["list8"], string("paysim-run")) + data(),
    }


LEGAL = (
    {f"a property of type {name}": properties(value) + data() for name, value in TYPES.items()}
    | {f"a property called by a {name}": properties(string("v"), value) + data() for name, value in TYPES.items()}
    | {
        f"an annotation of type {name}": b"\x00\x53\x72" + mapping(symbol("k"), value) + data()
        for name, value in TYPES.items()
    }
    | _sections()
)
"""What it is → the message, encoded."""

JUNK = {
    "properties that are no map": b"\x00\x53\x74\x45" + data(),
    "a map that is cut off": b"\x00\x53\x74\xc1\x07\x04" + string("k") + string("v") + data(),
    "no section at all": b"\x01\x02\x03",
    "a type that does not exist": properties(b"\x3f") + data(),
    "a section that does not exist": b"\x00\x53\x10" + listed() + data(),
}
"""No AMQP; a hub may store it all the same, as an event of a batch."""


def send(
    port: int, key: str, partition: str, messages: list[bytes], hub: str = "payments", *, batch: bool = False
) -> None:
    """Have a hub store them. batch: as the events of one batch, which a hub does not look into.

    Raises OSError where the hub does not take them.
    """
    client = AmqpClient(port)
    try:
        client.open()
        assert client.authorize(hub, key) == 202
        link = client.attach(f"{hub}/Partitions/{partition}")
        client.expect(frames.ATTACH)
        client.expect(frames.FLOW)
        if batch:
            messages, message_format = [b"".join(map(data, messages))], 0x80013700
        else:
            message_format = 0
        client.expect_settled([client.transfer(link, message, message_format) for message in messages][-1])
    finally:
        client.close()
