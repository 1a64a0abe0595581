"""One partition, read from a sequence number on: by the SDK's receiver, with its bytes taken as they come.

The SDK opens the connection, signs in and attaches the link, without an owner level, so that nobody's receiver is
stolen; nothing is ever written, no checkpoint either. From then on frames are read here in large pieces, and events as
`events` reads them: 6 µs each instead of 80. Frames that carry no event still go to the SDK.

That uses private parts of the SDK, whose minor version is pinned. The first events of each connection, the run's and
others', are also decoded by the SDK; where they differ in what is the run's, or a private part is missing, the
partition is read as the SDK documents it (`read_as_documented`), at about a quarter of the speed. So is AMQP over
WebSocket. `attach` shows in either way that a partition may be read.

Anybody may write into a hub, legal or not, so one event never stops the rest: what is not understood here is the SDK's
to read, and what it does not read either is nobody's that matters (`Sink.unreadable`).
"""

import contextlib
import logging
import select
import struct
import time
import uuid
from collections.abc import Callable, Mapping
from traceback import walk_tb
from typing import Any, NamedTuple, Protocol

from azure.eventhub import EventData, EventHubConsumerClient

from . import event_bytes
from .event_bytes import Event, Unreadable
from .failures import causes

log = logging.getLogger(__name__)

Consumer = EventHubConsumerClient
"""The SDK's client that reads a hub."""
ReceivedEvent = EventData
"""An event as the SDK has decoded it."""

CREDIT = 2000
"""Events that the hub may send ahead."""
PIECE = 262_144
COMPARED = 20
"""So many events of the run, and so many of others, are decoded by the SDK too in each connection."""
OPEN_AGAIN = 1500.0
"""Seconds after which a connection is opened anew: its token lasts an hour, and is not renewed here."""
ATTACH_SECONDS = 15.0
QUIET_SECONDS = 3.0
"""After so long without an error a partition without events is taken to be readable, where the SDK does not tell."""
_U32 = struct.Struct(">I").unpack_from
_TRANSFER = 0x14


class Meaning(NamedTuple):
    """What the application properties of an event say. label: of a violation. readable: whether they are a map."""

    ours: bool
    label: str | None = None
    readable: bool = True


class Decoded(NamedTuple):
    """An event as the SDK decodes it. id: of 16 bytes, None where the message id is none or no AMQP uuid.

    message_id: as the SDK gives it.
    """

    sequence: int
    enqueued_ms: int
    id: bytes | None
    properties: Mapping[Any, Any]
    body: Callable[[], bytes]
    message_id: Any = None


class Sink(Protocol):
    """Takes events in the order of the partition."""

    position: int
    """The sequence number that comes next."""

    def meaning(self, application: bytes) -> Meaning:
        """Of a section of application properties, as encoded."""

    def event(self, event: Event, meaning: Meaning, data: bytes, end: int) -> None:
        """`data` up to `end` is what the event was read from."""

    def means(self, properties: Mapping[Any, Any]) -> Meaning:
        """Of application properties that the SDK has decoded."""

    def decoded(self, event: Decoded) -> None:
        """An event that the SDK has decoded."""

    def unreadable(self, sequence: int | None) -> None:
        """An event that neither this nor the SDK can read. sequence: None where not even that can be."""

    def pause(self) -> None:
        """Nothing more is there for the moment, or a piece is worked off."""


def decoders() -> Any:
    """The SDK's module that decodes frames and messages. Raises Unreadable where it has none."""
    try:
        from azure.eventhub._pyamqp import _decode
    except ImportError as error:
        raise Unreadable(str(error)) from None
    return _decode


def _opened(client: EventHubConsumerClient, group: str, partition: str, position: int | str) -> Any:
    """The SDK's consumer, its link attached. Raises what the SDK raises, Unreadable where it is another than expected.

    `client.receive` would make it and keep it for itself, and does not say when the link is there.
    """
    try:
        create: Any = client._create_consumer
        consumer: Any = create(group, partition, position, _nobody, event_position_inclusive=True, prefetch=CREDIT)
        attached = consumer._open
        consumer._keep_alive = 0  # a thread of the SDK's that would read frames too
    except (AttributeError, TypeError) as error:
        raise Unreadable(str(error)) from None
    deadline = time.monotonic() + ATTACH_SECONDS
    try:
        while not attached():
            if time.monotonic() > deadline:
                raise TimeoutError
    except BaseException:
        consumer.close()
        raise
    return consumer


class Raw:
    """A receiver whose frames are read here."""

    def __init__(self, client: EventHubConsumerClient, group: str, partition: str, position: int | str) -> None:
        """Open it. Raises what the SDK raises, Unreadable where its bytes cannot be had."""
        self._sdk = decoders()
        self._consumer = _opened(client, group, partition, position)
        self._opened = time.monotonic()
        self._to_compare = {True: COMPARED, False: COMPARED}  # the run's, others'
        self._rest = b""
        self._partial = bytearray()
        try:
            handler: Any = self._consumer._handler
            self._link, self._session, self._connection = handler._link, handler._session, handler._connection
            self._socket = self._connection._transport.sock
            if not hasattr(self._socket, "recv_into"):
                raise Unreadable("AMQP over WebSocket")
        except (AttributeError, Unreadable) as error:
            self.close()
            raise Unreadable(str(error)) from None

    def receive(self, sink: Sink) -> None:
        """Take what has come, or wait for some of a second. Raises OSError, AMQPError, Unreadable."""
        link, connection = self._link, self._connection
        if link.current_link_credit <= CREDIT // 2:
            link.flow(link_credit=CREDIT)
        connection._get_remote_timeout(time.time())  # a heartbeat, where one is due
        try:
            piece = self._socket.recv(PIECE)
        except TimeoutError:
            sink.pause()
            self._see_state()
            return
        if not piece:
            raise ConnectionError("the hub closed the connection")
        self._rest = self._take(self._rest + piece if self._rest else piece, sink)
        connection._last_frame_received_time = time.time()
        sink.pause()
        self._see_state()

    @property
    def has_more(self) -> bool:
        """Whether something has come that was not taken yet."""
        pending = getattr(self._socket, "pending", None)  # TLS has taken it from the socket already
        return bool(pending and pending()) or bool(select.select([self._socket], [], [], 0)[0])

    @property
    def old(self) -> bool:
        """Whether it is time for a fresh one."""
        return time.monotonic() - self._opened > OPEN_AGAIN

    def _see_state(self) -> None:
        self._link.get_state()  # raises the error that the hub detached it with
        if self._connection._error:
            raise self._connection._error
        if not self._connection._can_read():
            raise ConnectionError("the hub closed the connection")

    def _take(self, data: bytes, sink: Sink) -> bytes:
        """Work off whole frames; what is left of the last one."""
        at, end = 0, len(data)
        transfers = deliveries = 0
        while end - at >= 8:
            stop = at + int(_U32(data, at)[0])
            if stop > end:
                break
            begin = at + 4 * data[at + 4]
            if stop > begin and data[begin + 2] == _TRANSFER and data[begin + 1] == 0x53:
                transfers += 1
                payload, more = event_bytes.transfer(data, begin, stop)
                if more or self._partial:
                    self._partial += data[payload:stop]
                    if not more:
                        deliveries += 1
                        whole, self._partial = bytes(self._partial), bytearray()
                        self._deliver(whole, 0, len(whole), sink)
                else:
                    deliveries += 1
                    self._deliver(data, payload, stop, sink)
            else:
                self._for_the_sdk(memoryview(data)[at:stop])
            at = stop
        self._account(transfers, deliveries)
        return data[at:]

    def _deliver(self, data: bytes, at: int, end: int, sink: Sink) -> None:
        try:
            event = event_bytes.read(data, at, end)
        except Unreadable as reason:
            theirs = self._decoded(data[at:end])
            if theirs is not None and sink.means(theirs.properties).ours:
                sink.decoded(theirs)
            else:
                sink.unreadable(reason.sequence)
            return
        meaning = sink.meaning(event.application)
        if self._to_compare[meaning.ours]:
            self._to_compare[meaning.ours] -= 1
            _compare(event, meaning, self._decoded(data[at:end]), sink)
        sink.event(event, meaning, data, end)

    def _decoded(self, data: bytes) -> Decoded | None:
        """As the SDK decodes it, None where it cannot: legal AMQP is more, and it raises whatever comes up."""
        try:
            return _of_message(self._sdk.decode_payload(memoryview(data)))
        except Exception:
            return None

    def _for_the_sdk(self, frame: memoryview) -> None:
        channel = int.from_bytes(frame[6:8], "big")
        payload = frame[4 * frame[4] :]
        decoded = self._sdk.decode_frame(payload) if len(payload) else self._sdk.decode_empty_frame(frame[:8])
        self._connection._process_incoming_frame(channel, decoded)

    def _account(self, transfers: int, deliveries: int) -> None:
        """What the SDK notes of each transfer, at once."""
        link, session = self._link, self._session
        link.current_link_credit -= deliveries
        link.delivery_count += deliveries
        session.next_incoming_id += transfers
        session.remote_outgoing_window -= transfers
        session.incoming_window -= transfers
        if session.incoming_window < session.target_incoming_window // 2:
            session.incoming_window = session.target_incoming_window
            session._outgoing_flow()

    def close(self) -> None:
        self._consumer.close()


def attach(client: EventHubConsumerClient, group: str, partition: str) -> None:
    """Show that the partition may be read: a receiver for what is yet to come, closed at once.

    Raises what the SDK raises.
    """
    consumer = None
    with contextlib.suppress(Unreadable):
        consumer = _opened(client, group, partition, "@latest")
    if consumer is None:
        attach_as_documented(client, partition)
    else:
        consumer.close()


def attach_as_documented(client: EventHubConsumerClient, partition: str) -> None:
    """The same by the SDK's own way, and the client is closed by it.

    The SDK does not tell when a link is there: an event shows it, or some seconds without an error.
    """
    failed: list[Exception] = []
    began = time.monotonic()

    def batch(received: list[EventData]) -> None:
        if received or time.monotonic() - began > QUIET_SECONDS:
            client.close()

    def trouble(error: Exception) -> None:
        failed.append(error)
        client.close()

    read_as_documented(client, partition, "-1", batch, trouble, alone=True)
    if failed:
        raise failed[0]


def is_the_decoders(error: BaseException) -> bool:
    """Whether the SDK's decoder raised this, for a message: it tells nobody which."""
    try:
        code = decoders().decode_payload.__code__
    except (Unreadable, AttributeError):
        return False
    return any(frame.f_code is code for cause in causes(error) for frame, _ in walk_tb(cause.__traceback__))


def _compare(event: Event, meaning: Meaning, theirs: Decoded | None, sink: Sink) -> None:
    """Raises Unreadable where the SDK makes something else of an event of the run's."""
    if theirs is None:
        return
    their_meaning = sink.means(theirs.properties)
    if not (meaning.ours or their_meaning.ours):
        return
    if theirs[:3] != (event.sequence, event.enqueued_ms, event.id) or their_meaning != meaning:
        raise Unreadable("the SDK reads another id, sequence number, time or label")


def _of_message(message: Any) -> Decoded:
    """A message of the SDK's, before it becomes an EventData. Raises what comes up where it lacks a hub's notes."""
    notes = message.message_annotations
    sequence, enqueued = int(notes[b"x-opt-sequence-number"]), int(notes[b"x-opt-enqueued-time"])
    id = message.properties.message_id if message.properties else None
    properties = message.application_properties or {}
    return Decoded(sequence, enqueued, _of_uuid(id), properties, lambda: _joined(message.data), id)


def _joined(parts: Any) -> bytes:
    """The data sections of a body; one of another kind has none."""
    try:
        return b"".join(parts)
    except TypeError:
        return b""


def _of_uuid(id: Any) -> bytes | None:
    return id.bytes if isinstance(id, uuid.UUID) else None


def of_event(event: EventData) -> Decoded:
    """An event as the SDK documents it. Raises Unreadable."""
    enqueued, sequence = event.enqueued_time, event.sequence_number
    if sequence is None or enqueued is None:
        raise Unreadable("an event without sequence number or enqueued time")
    id, properties = _of_uuid(event.message_id), event.properties or {}
    body = event.raw_amqp_message
    stamp = round(enqueued.timestamp() * 1000)
    return Decoded(sequence, stamp, id, properties, lambda: _joined(body.body), event.message_id)


def read_as_documented(
    client: EventHubConsumerClient,
    partition: str,
    position: int | str,
    batch: Callable[[list[EventData]], None],
    trouble: Callable[[Exception], None],
    *,
    alone: bool = False,
) -> None:
    """The SDK's own way; comes back when the client is closed. `batch` is called with none now and then.

    alone: each event comes by itself, and the next once `batch` has seen it.
    """
    client.receive_batch(
        lambda _, received: batch(received),
        partition_id=partition,
        starting_position=position,
        starting_position_inclusive=True,
        max_batch_size=1 if alone else 1000,
        max_wait_time=0.2,
        prefetch=1 if alone else CREDIT,
        on_error=lambda _, error: trouble(error),
    )


def _nobody(*_: object) -> None: ...
