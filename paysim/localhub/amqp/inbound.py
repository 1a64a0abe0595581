"""What a client's frames say, read before Proton sees them.

Proton's Python binding hides a delivery's message format and copies every payload three times. So each
transfer is read here: its payload and format are kept in the link's queue, and Proton gets the same transfer
without payload and goes on keeping the state (ids, windows, settlement). Attach frames are noted in
their order, which is the order of Proton's events. No I/O; everything else passes through untouched.

What a client can make the hub keep is bounded here: a payload by its link's limit, which is 0 until the hub has
opened the link and from its end on, and all else by `UNTRUSTED_…` until the client has shown a key or a token.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from paysim.localhub.amqp import frames
from paysim.localhub.amqp.encoding import (
    Buffer,
    DecodeError,
    Described,
    compound,
    read_items,
    read_value,
    value_end,
)

MAX_MESSAGE = 1_048_576  # bytes of one event or batch: the link's limit in the standard tier
MAX_REQUEST = 65_536  # bytes of a request to `$cbs` or `$management`
DEFAULT_FORMAT = 0
# Of a client that has shown neither key nor token. The SDKs begin with one session and the two links of `$cbs`.
UNTRUSTED_SESSIONS = 8
UNTRUSTED_LINKS = 16
UNTRUSTED_ATTACH = 4096  # bytes of an attach frame


class LimitError(Exception):
    """The client has opened more than one without a token may: the message says what."""


class Incoming:
    """One delivery from a client: its message format and its payload, which may still be arriving."""

    __slots__ = ("aborted", "chunks", "message_format", "size", "too_large")

    def __init__(self, message_format: int) -> None:
        self.message_format = message_format
        self.chunks: list[bytes] = []
        self.size = 0
        self.too_large = False
        self.aborted = False

    def add(self, payload: Buffer, limit: int) -> None:
        """Keep a piece of the payload, unless all of it is more than `limit` bytes."""
        self.size += len(payload)
        if self.size > limit:
            self.too_large = True
        if self.too_large:
            self.chunks.clear()
        elif len(payload):
            self.chunks.append(bytes(payload))

    def payload(self) -> bytes:
        return self.chunks[0] if len(self.chunks) == 1 else b"".join(self.chunks)


@dataclass
class Attach:
    """A client's attach frame, as far as the hub cares."""

    name: str
    client_receives: bool
    source: str | None
    target: str | None
    filters: dict[Any, Any]
    properties: dict[Any, Any]
    capabilities: list[str]
    key: tuple[int, int]  # channel and handle
    limit: int = 0  # bytes that a message from the client may have; 0 while the link is not open
    deliveries: deque[Incoming] = field(default_factory=deque)  # complete ones, oldest first


class InboundTap:
    """Reads a connection's incoming bytes and hands on what Proton shall see of them."""

    def __init__(self) -> None:
        self._reader = frames.FrameReader()
        self._links: dict[tuple[int, int], Attach] = {}
        self._partial: dict[tuple[int, int], Incoming] = {}
        self._sessions = 0
        self._opened = 0
        self.attached: deque[Attach] = deque()  # in the order of Proton's link events
        self.trusted = False  # the client has shown a key or a token

    def feed(self, data: Buffer) -> Iterator[Buffer]:
        """The frames to push into Proton. Raises FrameError or DecodeError on a broken stream, LimitError."""
        for frame in self._reader.feed(data):
            if not frames.is_amqp(frame):
                yield frame
                continue
            code, at = frames.performative(frame)
            if frame[frame[4] * 4 + 1] != 0x53:
                frame = memoryview(frames.short(frame, code, at))
                code, at = frames.performative(frame)
            if code == frames.TRANSFER:
                yield self._transfer(frame, at)
            else:
                if not self.trusted and code in (frames.BEGIN, frames.ATTACH):
                    self._count(code, len(frame))
                if code == frames.ATTACH:
                    self._attach(frame, at)
                yield frames.lowered_max_frame(frame) if code == frames.OPEN else frame

    def _count(self, code: int, size: int) -> None:
        self._sessions += code == frames.BEGIN
        self._opened += code == frames.ATTACH
        if self._sessions > UNTRUSTED_SESSIONS:
            raise LimitError(f"more than {UNTRUSTED_SESSIONS} sessions")
        if self._opened > UNTRUSTED_LINKS:
            raise LimitError(f"more than {UNTRUSTED_LINKS} links")
        if code == frames.ATTACH and size > UNTRUSTED_ATTACH:
            raise LimitError(f"an attach frame of more than {UNTRUSTED_ATTACH} bytes")

    def forget(self, attach: Attach) -> None:
        """Forget a link that is gone, and what has arrived on it."""
        if self._links.get(attach.key) is attach:
            del self._links[attach.key]
            self._partial.pop(attach.key, None)

    def _transfer(self, frame: memoryview, at: int) -> bytes:
        count, first, end = compound(frame, at)
        # handle, delivery-id, delivery-tag, message-format, settled, more, …, aborted (section 2.7.5)
        handle, at = read_value(frame, first)
        if not isinstance(handle, int):
            raise DecodeError("a transfer without a handle")
        key = (_channel(frame), handle)
        message_format, more, aborted = None, False, False
        for index in range(1, min(count, 10)):
            if index in (3, 5, 9):
                value, at = read_value(frame, at)
                if index == 3:
                    message_format = value
                elif index == 5:
                    more = value is True
                else:
                    aborted = value is True
            else:
                at = value_end(frame, at)
        link = self._links.get(key)
        if link is not None:  # an unknown handle is Proton's to refuse
            incoming = self._partial.pop(key, None) or Incoming(message_format or DEFAULT_FORMAT)
            incoming.add(frame[end:], link.limit)
            incoming.aborted = aborted
            if more and not aborted:
                self._partial[key] = incoming
            else:
                link.deliveries.append(incoming)
        return b"".join((end.to_bytes(4, "big"), frame[4:end]))

    def _attach(self, frame: memoryview, at: int) -> None:
        count, first, end = compound(frame, at)
        fields = read_items(frame, first, end, count)
        fields += [None] * (14 - count)
        source, target = _terminus(fields[5]), _terminus(fields[6])
        filters = source[7] if len(source) > 7 else None
        if not isinstance(fields[1], int):
            raise DecodeError("an attach without a handle")
        key = (_channel(frame), fields[1])
        attach = Attach(
            name=str(fields[0]),
            client_receives=fields[2] is True,
            source=_address(source),
            target=_address(target),
            filters=filters if isinstance(filters, dict) else {},
            properties=fields[13] if isinstance(fields[13], dict) else {},
            capabilities=_symbols(fields[12]),
            key=key,
        )
        self._links[key] = attach
        self._partial.pop(key, None)
        self.attached.append(attach)


def _channel(frame: memoryview) -> int:
    return int.from_bytes(frame[6:8], "big")


def _terminus(value: Any) -> list[Any]:
    return value.value if isinstance(value, Described) and isinstance(value.value, list) else []


def _address(terminus: list[Any]) -> str | None:
    return terminus[0] if terminus and isinstance(terminus[0], str) else None


def _symbols(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []
