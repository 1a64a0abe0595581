"""What a client's frames say, read before Proton sees them.

Proton's Python binding hides a delivery's message format and copies every payload three times. So each
transfer is read here: its payload and format are kept in the link's queue, and Proton gets the same transfer
without payload and goes on keeping the state (ids, windows, settlement). Attach and begin frames are noted in
their order, which is the order of Proton's events. No I/O; everything else passes through untouched.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from paysim.localhub import frames
from paysim.localhub.encoding import (
    Buffer,
    DecodeError,
    Described,
    compound,
    read_items,
    read_value,
    value_end,
)

MAX_MESSAGE = 1_048_576  # bytes of one event or batch: the link's limit in the standard tier
DEFAULT_FORMAT = 0


class Incoming:
    """One delivery from a client: its message format and its payload, which may still be arriving."""

    __slots__ = ("aborted", "chunks", "message_format", "size")

    def __init__(self, message_format: int) -> None:
        self.message_format = message_format
        self.chunks: list[bytes] = []
        self.size = 0
        self.aborted = False

    @property
    def too_large(self) -> bool:
        return self.size > MAX_MESSAGE

    def add(self, payload: Buffer) -> None:
        self.size += len(payload)
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
    deliveries: deque[Incoming] = field(default_factory=deque)  # complete ones, oldest first


class InboundTap:
    """Reads a connection's incoming bytes and hands on what Proton shall see of them."""

    def __init__(self) -> None:
        self._reader = frames.FrameReader()
        self._links: dict[tuple[int, int], Attach] = {}
        self._partial: dict[tuple[int, int], Incoming] = {}
        self.attached: deque[Attach] = deque()  # in the order of Proton's link events

    def feed(self, data: Buffer) -> Iterator[Buffer]:
        """The frames to push into Proton. Raises FrameError or DecodeError on a broken stream."""
        for frame in self._reader.feed(data):
            if not frames.is_amqp(frame):
                yield frame
                continue
            code, at = frames.performative(frame)
            if code == frames.TRANSFER:
                yield self._transfer(frame, at)
            else:
                if code == frames.ATTACH:
                    self._attach(frame, at)
                yield frames.lowered_max_frame(frame) if code == frames.OPEN else frame

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
        incoming = self._partial.pop(key, None) or Incoming(message_format or DEFAULT_FORMAT)
        incoming.add(frame[end:])
        incoming.aborted = aborted
        if more and not aborted:
            self._partial[key] = incoming
        elif key in self._links:  # an unknown handle is Proton's to refuse
            self._links[key].deliveries.append(incoming)
        return b"".join((end.to_bytes(4, "big"), frame[4:end]))

    def _attach(self, frame: memoryview, at: int) -> None:
        count, first, end = compound(frame, at)
        fields = read_items(frame, first, end, count)
        fields += [None] * (14 - count)
        source, target = _terminus(fields[5]), _terminus(fields[6])
        filters = source[7] if len(source) > 7 else None
        attach = Attach(
            name=str(fields[0]),
            client_receives=fields[2] is True,
            source=_address(source),
            target=_address(target),
            filters=filters if isinstance(filters, dict) else {},
            properties=fields[13] if isinstance(fields[13], dict) else {},
            capabilities=_symbols(fields[12]),
        )
        key = (_channel(frame), fields[1])
        if not isinstance(fields[1], int):
            raise DecodeError("an attach without a handle")
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
