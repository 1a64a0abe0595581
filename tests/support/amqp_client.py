"""A bare AMQP 1.0 client over a socket: for what the SDK would never send, and for load without its cost.

Blocking, one session, no flow control of its own; frames are built field by field and answers are decoded
as lists. Only as much as tests and benchmarks need.
"""

import hashlib
import hmac
import socket
import struct
import time
from base64 import b64encode
from typing import Any
from urllib.parse import quote_plus

from paysim.localhub.amqp import encoding, frames

SASL_HEADER = b"AMQP\x03\x01\x00\x00"
AMQP_HEADER = b"AMQP\x00\x01\x00\x00"
NULL = b"\x40"
BATCH_FORMAT = 0x80013700


def uint(value: int) -> bytes:
    return b"\x70" + struct.pack(">I", value)


def ulong(value: int) -> bytes:
    return b"\x53" + bytes((value,))


def listed(*fields: bytes) -> bytes:
    body = b"".join(fields)
    return b"\xd0" + struct.pack(">II", len(body) + 4, len(fields)) + body


def described(code: int, *fields: bytes) -> bytes:
    return b"\x00" + ulong(code) + listed(*fields)


def framed(body: bytes, channel: int = 0, kind: int = 0) -> bytes:
    return struct.pack(">IBBH", len(body) + 8, 2, kind, channel) + body


def data_section(body: bytes) -> bytes:
    return b"\x00\x53\x75\xb0" + struct.pack(">I", len(body)) + body


def batch(bodies: list[bytes]) -> bytes:
    """A message in the batch format."""
    return b"".join(data_section(data_section(body)) for body in bodies)


def token(host: str, hub: str, key_name: str, key: str, expires: int | None = None) -> str:
    resource = quote_plus(f"sb://{host}/{hub}")
    expiry = str(expires if expires is not None else int(time.time()) + 3600)
    signed = hmac.new(key.encode(), f"{resource}\n{expiry}".encode(), hashlib.sha256).digest()
    fields = {"sr": resource, "sig": quote_plus(b64encode(signed).decode()), "se": expiry, "skn": key_name}
    return "SharedAccessSignature " + "&".join(f"{name}={value}" for name, value in fields.items())


class AmqpClient:
    """One connection. Every `expect` returns the fields of the next frame of that kind."""

    def __init__(self, port: int, timeout: float = 10.0, host: str = "127.0.0.1") -> None:
        self.socket = socket.create_connection((host, port), timeout=timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._reader = frames.FrameReader(1 << 24)
        self._frames: list[bytes] = []
        self._handles = 0
        self._deliveries = 0

    def send(self, data: bytes | bytearray) -> None:
        self.socket.sendall(data)

    def performative(self, code: int, *fields: bytes, payload: bytes = b"") -> None:
        self.send(framed(described(code, *fields) + payload))

    def frame(self) -> bytes:
        """The next frame that is not a heartbeat. Raises ConnectionError at the end of the stream."""
        while True:
            while self._frames:
                frame = self._frames.pop(0)
                if len(frame) > 8 or frame[:4] == b"AMQP":
                    return frame
            data = self.socket.recv(65_536)
            if not data:
                raise ConnectionError("the hub has closed the connection")
            self._frames += [bytes(frame) for frame in self._reader.feed(data)]

    def expect(self, code: int) -> list[Any]:
        """Wait for a performative, passing over others."""
        while True:
            frame = self.frame()
            if not frames.is_amqp(frame):
                continue
            found, at = frames.performative(frame)
            if found == code:
                count, first, end = encoding.compound(frame, at)
                return [*encoding.read_items(frame, first, end, count), frame[end:]]

    def expect_settled(self, delivery: int) -> None:
        """Wait until a delivery and those before it are settled, by dispositions of one or many."""
        last = -1
        while last < delivery:
            _, first, end, *_ = self.expect(frames.DISPOSITION)
            last = max(last, first if end is None else end)

    def open(self, *, idle_timeout_ms: int | None = None) -> list[Any]:
        self.send(SASL_HEADER + framed(described(0x41, encoding.symbol("ANONYMOUS")), kind=1))
        self.send(AMQP_HEADER)
        idle = NULL if idle_timeout_ms is None else uint(idle_timeout_ms)
        self.performative(frames.OPEN, encoding.string("bare"), encoding.string("127.0.0.1"), uint(65_536), NULL, idle)
        self.performative(frames.BEGIN, NULL, uint(0), uint(1 << 30), uint(1 << 30))
        return self.expect(frames.OPEN)

    def attach(self, address: str, *, receiver: bool = False, filters: bytes = NULL, properties: bytes = NULL) -> int:
        """Attach a link without waiting; returns its handle."""
        handle = self._handles
        self._handles += 1
        source = described(0x28, encoding.string(address), *[NULL] * 6, filters)
        target = described(0x29, encoding.string(address))
        self.performative(
            frames.ATTACH,
            encoding.string(f"link-{handle}"),
            uint(handle),
            encoding.boolean(receiver),
            NULL,
            NULL,
            source,
            target,
            NULL,
            NULL,
            NULL if receiver else uint(0),
            NULL,
            NULL,
            NULL,
            properties,
        )
        return handle

    def credit(self, handle: int, credit: int, *, drain: bool = False, window: int = 1 << 30) -> None:
        self.performative(
            frames.FLOW,
            uint(0),
            uint(window),
            uint(0),
            uint(1 << 30),
            uint(handle),
            uint(0),
            uint(credit),
            NULL,
            encoding.boolean(drain),
        )

    def next_delivery(self) -> int:
        """Use up a delivery id: they count through the session, whichever link."""
        self._deliveries += 1
        return self._deliveries - 1

    def transfer(self, handle: int, payload: bytes, message_format: int = 0) -> int:
        """Send a message; returns its delivery id."""
        delivery = self.next_delivery()
        for frame in transfer_frames(handle, delivery, payload, message_format):
            self.send(frame)
        return delivery

    def authorize(self, hub: str, key: str, *, put: str | None = None) -> int:
        """Put a token for a hub; returns the status of the answer."""
        port = self.socket.getpeername()[1]
        reply, request = self.attach("$cbs", receiver=True), self.attach("$cbs")
        self.credit(reply, 10)
        self.expect(frames.FLOW)
        text = put if put is not None else token("127.0.0.1", hub, "RootManageSharedAccessKey", key)
        properties = encoding.mapping(
            [
                *(encoding.string("operation"), encoding.string("put-token")),
                *(encoding.string("type"), encoding.string("servicebus.windows.net:sastoken")),
                *(encoding.string("name"), encoding.string(f"sb://127.0.0.1:{port}/{hub}")),
            ]
        )
        message = b"\x00\x53\x74" + properties + b"\x00\x53\x77" + encoding.string(text)
        self.transfer(request, message)
        answer = self.expect(frames.TRANSFER)[-1]
        at = answer.index(b"\x00\x53\x74") + 3
        return int(encoding.read_value(answer, at)[0]["status-code"])

    def close(self) -> None:
        self.socket.close()


def transfer_frames(handle: int, delivery: int, payload: bytes, message_format: int = 0) -> list[bytes]:
    """One delivery as the frames that carry it."""
    room = frames.MAX_FRAME - 64
    parts = [payload[at : at + room] for at in range(0, len(payload), room)] or [b""]
    return [
        framed(
            described(
                frames.TRANSFER,
                uint(handle),
                uint(delivery),
                encoding.binary(struct.pack(">I", delivery)),
                uint(message_format),
                encoding.boolean(False),
                encoding.boolean(number < len(parts) - 1),
            )
            + part
        )
        for number, part in enumerate(parts)
    ]
