"""Filled batches onto the wire: the transfer frames that the SDK would make of them, made and written in one go.

The SDK copies a batch six times on its way (payload, slice, frame, header and frame, for each frame of 64 kB) and
encodes a performative several times for each send. Here the payload is copied into its frames once and written with
one call; the performative is the SDK's own encoding with delivery id and tag put in. All else, the state of link,
session and connection, time-outs and errors, stays the SDK's.

This replaces `_outgoing_transfer` of one sender link and `send_frame` of one transport, which are private: the SDK's
minor version is pinned, `same_as_sdk` compares the frames with the SDK's once in a process, and what is not as
expected (another kind of message, a session that is not ready, a WebSocket) goes the SDK's way.
"""

import logging
from collections.abc import Iterator
from functools import cache
from types import SimpleNamespace
from typing import Any

log = logging.getLogger(__name__)

try:
    from azure.eventhub._pyamqp._encode import encode_frame
    from azure.eventhub._pyamqp._transport import SSLTransport
    from azure.eventhub._pyamqp.constants import SessionState, SessionTransferState
    from azure.eventhub._pyamqp.message import BatchMessage
    from azure.eventhub._pyamqp.performatives import TransferFrame
    from azure.eventhub._pyamqp.sender import PendingDelivery, SenderLink
    from azure.eventhub._pyamqp.session import Session
except ImportError as missing:  # another version: `same_as_sdk` says so, and nothing of it is used
    log.debug("transfer frames: %s", missing)

_ID, _TAG = 0x7F7F7F7F, b"\x7e\x7e\x7e\x7e"
_SMALLEST_WIDE_ID = 256
"""From here on the SDK writes a delivery id in four bytes."""
_DATA = 5
"""Where a message has its data sections."""


class Sections:
    """The data sections of a whole batch, encoded. first: how long the value of the first is.

    The SDK itself can encode it too, if need be: as the value of the first section, byte by byte.
    """

    __slots__ = ("encoded", "first")

    def __init__(self, encoded: bytes, first: int) -> None:
        self.encoded, self.first = encoded, first

    def __len__(self) -> int:
        return self.first

    def __iter__(self) -> Iterator[int]:
        return iter(self._value)

    @property
    def _value(self) -> memoryview:
        return memoryview(self.encoded)[5 if self.first < 256 else 8 :]

    def for_sdk(self) -> bytes:
        """As a value of which the SDK writes the header."""
        value = _Value(self._value)
        value.first = self.first
        return value


class _Value(bytes):
    """Several data sections, of which the SDK shall write the header of the first.

    The SDK encodes a data section as a header with `len(value)` and then the bytes of the value. Here the
    length is the first event's, the bytes go on with the other events, each after a header of its own.
    """

    first: int

    def __len__(self) -> int:
        return self.first


class _Written:
    """Frames that are encoded."""

    __slots__ = ("encoded",)

    def __init__(self, encoded: memoryview) -> None:
        self.encoded = encoded


def install(handler: Any) -> None:
    """Let a sender that is open (the SDK's `SendClient`) send `Sections` so; it stays as it is where that cannot be."""
    try:
        link, transport = handler._link, handler._connection._transport
        by_sdk, send_frame = link._outgoing_transfer, transport.send_frame
    except AttributeError as error:
        log.debug("transfer frames: %s", error)
        return
    ready = same_as_sdk() and isinstance(transport, SSLTransport)

    def outgoing_transfer(delivery: "PendingDelivery") -> bool:
        message: Any = delivery.message
        data = message[_DATA]
        if len(data) != 1 or type(data[0]) is not Sections:
            return bool(by_sdk(delivery))
        session = link._session
        plain = not (message[0] or message[2] or message[3] or message[4])
        if ready and plain and session.state == SessionState.MAPPED and session.remote_incoming_window > 0:
            return _transfer(link, session, delivery, data[0].encoded)
        delivery.message = message._replace(data=[data[0].for_sdk()])
        return bool(by_sdk(delivery))

    def send(channel: int, frame: Any, **options: Any) -> None:
        if type(frame) is _Written:
            transport.write(frame.encoded)
        else:
            send_frame(channel, frame, **options)

    link._outgoing_transfer = outgoing_transfer
    transport.send_frame = send


def _transfer(link: Any, session: Any, delivery: "PendingDelivery", payload: bytes) -> bool:
    """What `SenderLink._outgoing_transfer` and `Session._outgoing_transfer` do for an unsettled delivery."""
    count, number = link.delivery_count + 1, session.next_outgoing_id
    delivery.frame = {"delivery_id": number}
    tag = abs(count).to_bytes(4, "big")
    most = session._connection._remote_max_frame_size
    message: Any = delivery.message
    frames = _frames(session.channel, link.handle, message._code, number, tag, payload, most)
    session._connection._process_outgoing_frame(session.channel, _Written(memoryview(frames)))
    session.next_outgoing_id += 1
    session.remote_incoming_window -= 1
    session.outgoing_window -= 1
    delivery.transfer_state = SessionTransferState.OKAY
    link.delivery_count = count
    link.current_link_credit -= 1
    delivery.sent = True
    return False


def _frames(channel: int, handle: int, code: int, number: int, tag: bytes, payload: bytes, most: int) -> bytes:
    """The transfer frames of one delivery. most: the largest frame in bytes."""
    more, last = (_performative(handle, code, number, tag, more=more) for more in (True, False))
    room = most - len(last) - 8
    after = b"\x02\x00" + channel.to_bytes(2, "big")  # data offset, frame type AMQP, channel
    view = memoryview(payload)
    whole = (8 + len(more) + room).to_bytes(4, "big") + after + more
    pieces: list[bytes | memoryview] = []
    at = 0
    while len(payload) - at > room:
        pieces += (whole, view[at : at + room])
        at += room
    pieces += ((8 + len(last) + len(payload) - at).to_bytes(4, "big") + after + last, view[at:])
    return b"".join(pieces)


def _performative(handle: int, code: int, number: int, tag: bytes, *, more: bool) -> bytes:
    if number < _SMALLEST_WIDE_ID:
        return _encoded(handle, code, number, tag, more=more)
    before, between, after = _template(handle, code, more=more)
    return b"".join((before, number.to_bytes(4, "big"), between, tag, after))


@cache
def _template(handle: int, code: int, *, more: bool) -> tuple[bytes, bytes, bytes]:
    """What stands around delivery id and tag."""
    before, _, rest = _encoded(handle, code, _ID, _TAG, more=more).partition(_ID.to_bytes(4, "big"))
    between, _, after = rest.partition(_TAG)
    return before, between, after


def _encoded(handle: int, code: int, number: int, tag: bytes, *, more: bool) -> bytes:
    frame = TransferFrame(
        handle=handle,
        delivery_id=number,
        delivery_tag=tag,
        message_format=code,
        settled=False,
        more=more,
        rcv_settle_mode=None,
        state=None,
        resume=None,
        aborted=None,
        batchable=None,
        payload=b"",
    )
    return bytes(encode_frame(frame)[1] or b"")


@cache
def same_as_sdk() -> bool:
    """Whether the frames made here are the SDK's, byte for byte, and change the same things."""
    try:
        same = all(_compare(size, number) for size in (300, 70_000, 200_000) for number in (0, 1, 255, 256, 70_000))
    except Exception as error:  # whatever another version of the SDK does here
        log.debug("transfer frames: %s", type(error).__name__)
        same = False
    if not same:
        log.warning("azure-eventhub sends batches in another way than expected; using its own, which is slower")
    return same


def _compare(size: int, number: int) -> bool:
    found = []
    for mine in (True, False):
        written = bytearray()
        link, session = _stand_in(number, written)
        sections = Sections(b"\x00\x53\x75\xb0" + (size).to_bytes(4, "big") + bytes(size), size)
        data: Any = [sections if mine else sections.for_sdk()]
        delivery: Any = PendingDelivery(message=BatchMessage(data=data))
        if mine:
            settled = _transfer(link, session, delivery, sections.encoded)
        else:
            settled = SenderLink._outgoing_transfer(link, delivery)
        after = {name: getattr(session, name) for name in ("next_outgoing_id", "remote_incoming_window")}
        state = (delivery.sent, delivery.transfer_state, delivery.frame["delivery_id"], settled, after)
        counts = (session.outgoing_window, link.delivery_count, link.current_link_credit)
        found.append((bytes(written), state, counts))
    return found[0] == found[1]


def _stand_in(number: int, written: bytearray) -> tuple[Any, Any]:
    """A link and a session with nothing behind them but `written`."""

    def process(channel: int, frame: Any) -> None:
        if type(frame) is _Written:
            written.extend(frame.encoded)
        else:
            header, performative = encode_frame(frame)
            written.extend(header + channel.to_bytes(2, "big") + (performative or b""))

    connection = SimpleNamespace(_remote_max_frame_size=65_536, _process_outgoing_frame=process)
    session = SimpleNamespace(
        state=SessionState.MAPPED,
        channel=1,
        next_outgoing_id=number,
        remote_incoming_window=65_536,
        outgoing_window=65_536,
        _connection=connection,
    )
    session._outgoing_transfer = Session._outgoing_transfer.__get__(session)
    link = SimpleNamespace(
        handle=2, delivery_count=number, current_link_credit=50, network_trace=False, network_trace_params={}
    )
    link._session = session
    return link, session
