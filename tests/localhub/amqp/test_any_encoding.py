"""A whole conversation in every encoding that the standard allows: descriptors, numbers, lists and maps."""

import struct
from collections.abc import Callable

import pytest

from paysim.localhub.amqp import encoding, frames
from tests.support.amqp_client import NULL, AmqpClient, data_section, framed, token
from tests.support.hub_process import HubProcess, stored

_SYMBOLS = {
    frames.OPEN: "amqp:open:list",
    frames.BEGIN: "amqp:begin:list",
    frames.ATTACH: "amqp:attach:list",
    frames.FLOW: "amqp:flow:list",
    frames.TRANSFER: "amqp:transfer:list",
    0x28: "amqp:source:list",
    0x29: "amqp:target:list",
    0x74: "amqp:application-properties:map",
    0x77: "amqp:amqp-value:*",
    0x75: "amqp:data:binary",
}


def _code(code: int) -> bytes:
    return b"\0\x53" + bytes((code,))


def _long_code(code: int) -> bytes:
    return b"\0\x80" + code.to_bytes(8, "big")


def _symbol(code: int) -> bytes:
    return b"\0" + encoding.symbol(_SYMBOLS[code])


def _long_symbol(code: int) -> bytes:
    name = _SYMBOLS[code].encode()
    return b"\0\xb3" + len(name).to_bytes(4, "big") + name


def _short_uint(value: int) -> bytes:
    return b"\x43" if value == 0 else b"\x52" + bytes((value,)) if value < 256 else _long_uint(value)


def _long_uint(value: int) -> bytes:
    return b"\x70" + struct.pack(">I", value)


def _short_list(*fields: bytes) -> bytes:
    body = b"".join(fields)
    if not fields:
        return b"\x45"
    return b"\xc0" + bytes((len(body) + 1, len(fields))) + body if len(body) < 255 else _long_list(*fields)


def _long_list(*fields: bytes) -> bytes:
    return encoding.list_of(list(fields))


def _long_string(text: str) -> bytes:
    return b"\xb1" + len(text).to_bytes(4, "big") + text.encode()


@pytest.mark.parametrize("descriptor", [_code, _long_code, _symbol, _long_symbol])
@pytest.mark.parametrize(
    ("uint", "listed", "string", "false"),
    [
        (_short_uint, _short_list, encoding.string, b"\x42"),
        (_long_uint, _long_list, _long_string, b"\x56\x00"),
    ],
    ids=["short", "long"],
)
def test_a_client_may_encode_as_it_likes(
    hub: HubProcess,
    name: str,
    descriptor: Callable[[int], bytes],
    uint: Callable[[int], bytes],
    listed: Callable[..., bytes],
    string: Callable[[str], bytes],
    false: bytes,
) -> None:
    client = AmqpClient(hub.port)

    def say(code: int, *fields: bytes, payload: bytes = b"") -> None:
        client.send(framed(descriptor(code) + listed(*fields) + payload))

    def attach(handle: int, address: str, receives: bool) -> None:
        source, target = (descriptor(code) + listed(string(address)) for code in (0x28, 0x29))
        role = b"\x41" if receives else false
        say(frames.ATTACH, string(f"l{handle}"), uint(handle), role, NULL, NULL, source, target, NULL, NULL, uint(0))
        client.expect(frames.ATTACH)

    client.send(b"AMQP\x00\x01\x00\x00")
    say(frames.OPEN, string("bare"), string("127.0.0.1"), _long_uint(65_536))
    say(frames.BEGIN, NULL, uint(0), _long_uint(1 << 30), _long_uint(1 << 30))
    client.expect(frames.BEGIN)
    attach(0, "$cbs", True)
    attach(1, "$cbs", False)
    say(frames.FLOW, uint(0), _long_uint(1 << 30), uint(0), _long_uint(1 << 30), uint(0), uint(0), uint(10))
    properties = [
        *(string("operation"), string("put-token"), string("type"), string("servicebus.windows.net:sastoken")),
        *(string("name"), string(f"sb://127.0.0.1/{name}")),
    ]
    put = descriptor(0x74) + encoding.mapping(properties) + descriptor(0x77)
    put += string(token("127.0.0.1", name, "RootManageSharedAccessKey", hub.key))
    say(frames.TRANSFER, uint(1), uint(0), encoding.binary(b"t"), uint(0), false, payload=put)
    assert b"Accepted" in client.expect(frames.TRANSFER)[-1]
    attach(2, f"{name}/Partitions/0", False)
    batch = descriptor(0x75) + b"\xa0" + bytes((len(data_section(b"x")),)) + data_section(b"x")
    say(frames.TRANSFER, uint(2), uint(1), encoding.binary(b"u"), _long_uint(0x80013700), false, payload=batch)
    assert client.expect(frames.DISPOSITION)[4].descriptor == 0x24
    client.close()
    assert stored(hub, name) == [b"x"]
