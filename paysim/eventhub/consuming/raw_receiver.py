"""One partition, read from a sequence number on, by the bytes of the SDK's receiver.

The SDK has opened the receiver (`attaching`). From then on frames are read here in large pieces, and events as
`event_bytes` reads them: 6 µs each instead of 80. Frames that carry no event still go to the SDK.

That uses private parts of the SDK, whose minor version is pinned. Of each connection the first events, the run's and
others', are also decoded by the SDK; where they differ in what is the run's, or a private part is missing, the
partition is read as the SDK documents it (`documented`), at about a quarter of the speed. So is AMQP over WebSocket.

Anybody may write into a hub, legal AMQP or not, so one event never stops the rest: what is not understood here is given
to the SDK, and what the SDK cannot read either is counted (`Sink.unreadable`).
"""

import select
import struct
import time
from typing import Any

from paysim.eventhub import event_bytes
from paysim.eventhub.event_bytes import Event, Unreadable

from .attaching import opened
from .documented import CREDIT, Consumer
from .sdk_decoding import decoders, of_message
from .sink import Decoded, Meaning, Sink

PIECE = 262_144
"""Bytes that are taken from the socket at once, at the most."""
COMPARED = 20
"""So many events of the run, and so many of others, are decoded by the SDK too in each connection."""
OPEN_AGAIN = 1500.0
"""Seconds after which a connection is opened anew: its token lasts an hour, and is not renewed here."""
_U32 = struct.Struct(">I").unpack_from
_TRANSFER = 0x14
"""The descriptor of the performative that carries events (AMQP 1.0 part 2, section 2.7.5)."""


class RawReceiver:
    """A receiver whose frames are read here."""

    def __init__(self, client: Consumer, group: str, partition: str, position: int | str) -> None:
        """Open it. Raises what the SDK raises, Unreadable where its bytes cannot be had."""
        self._sdk = decoders()
        self._consumer = opened(client, group, partition, position)
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
        """Whether it is time to open another receiver."""
        return time.monotonic() - self._opened > OPEN_AGAIN

    def _see_state(self) -> None:
        self._link.get_state()  # raises the error that the hub detached it with
        if self._connection._error:
            raise self._connection._error
        if not self._connection._can_read():
            raise ConnectionError("the hub closed the connection")

    def _take(self, data: bytes, sink: Sink) -> bytes:
        """Take all whole frames. Returns what has come of the next one."""
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
        """The message as the SDK decodes it, None where it cannot: it does not know all of AMQP, and raises
        anything."""
        try:
            return of_message(self._sdk.decode_payload(memoryview(data)))
        except Exception:
            return None

    def _for_the_sdk(self, frame: memoryview) -> None:
        channel = int.from_bytes(frame[6:8], "big")
        payload = frame[4 * frame[4] :]
        decoded = self._sdk.decode_frame(payload) if len(payload) else self._sdk.decode_empty_frame(frame[:8])
        self._connection._process_incoming_frame(channel, decoded)

    def _account(self, transfers: int, deliveries: int) -> None:
        """Update the SDK's counters, as it would for each transfer, but once for all of a piece."""
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


def _compare(event: Event, meaning: Meaning, theirs: Decoded | None, sink: Sink) -> None:
    """Raises Unreadable where the SDK makes something else of an event of the run's."""
    if theirs is None:
        return
    their_meaning = sink.means(theirs.properties)
    if not (meaning.ours or their_meaning.ours):
        return
    if theirs[:3] != (event.sequence, event.enqueued_ms, event.id) or their_meaning != meaning:
        raise Unreadable("the SDK reads another id, sequence number, time or label")
