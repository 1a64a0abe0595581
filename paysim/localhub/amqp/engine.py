"""One AMQP connection's state, kept by Qpid Proton without I/O: bytes in, happenings out, bytes out.

This file and `proton_link` are the only ones that know Proton. They use the binding's low level (`cproton`), because
its object layer costs more per event than the event itself. What a link or a message means is decided in `connection`.
"""

import time
from collections import deque
from collections.abc import Callable
from typing import Any, ClassVar, Protocol

import cproton as pn

from paysim.localhub.amqp import frames
from paysim.localhub.amqp.encoding import Buffer, DecodeError
from paysim.localhub.amqp.inbound import InboundTap, Incoming, LimitError
from paysim.localhub.amqp.proton_link import Delivery, Link
from paysim.localhub.amqp.sasl import Sasl, SaslError

IDLE_TIMEOUT_MS = 240_000  # the service closes an idle connection after four minutes


class Handler(Protocol):
    """What happens on a connection, told while `Engine.receive` or `Engine.handle_events` runs."""

    def on_attach(self, link: Link) -> None: ...

    def on_delivery(self, link: Link, delivery: Delivery) -> None: ...

    def on_credit(self, link: Link) -> None: ...

    def on_detach(self, link: Link) -> None: ...


class Engine:
    """A server connection. After every call that may change something, send what `output` returns."""

    def __init__(self, handler: Handler, container: str, check_key: Callable[[str, str], bool]) -> None:
        """`check_key` says whether the name of a policy and a key belong together."""
        self._handler = handler
        self._sasl: Sasl | None = Sasl(check_key)
        self._said_before = b""  # what the security layer has said, before AMQP
        self._tap = InboundTap()
        self._outgoing = frames.FrameReader(max_frame=1 << 31)
        self._links: dict[int, Link] = {}
        self._connection = pn.pn_connection()
        pn.pn_connection_set_container(self._connection, container)
        self._collector = pn.pn_collector()
        pn.pn_connection_collect(self._connection, self._collector)
        self._transport = pn.pn_transport()
        pn.pn_transport_set_server(self._transport)
        pn.pn_transport_set_max_frame(self._transport, frames.MAX_FRAME)
        pn.pn_transport_set_idle_timeout(self._transport, IDLE_TIMEOUT_MS)
        pn.pn_transport_require_auth(self._transport, False)
        pn.pn_transport_bind(self._transport, self._connection)
        self.alive = True
        self.opened = False
        self._given_up = False

    def trust(self) -> None:
        """The client has shown a key or a token: from now on it may open what it likes."""
        self._tap.trusted = True

    @property
    def trusted(self) -> bool:
        return self._tap.trusted

    @property
    def hostname(self) -> str:
        """The namespace as the client calls it."""
        return pn.pn_connection_remote_hostname(self._connection) or "localhub"

    def receive(self, data: Buffer) -> None:
        """Take bytes from the client. A broken stream ends the connection after what is still to be said."""
        if self._given_up:
            return
        try:
            if self._sasl is not None:
                data = self._secured(self._sasl, data)
            for frame in self._tap.feed(data):
                self._push(frame)
                if self._tap.attached:
                    self.handle_events()  # opens the link before what comes on it is read
        except (frames.FrameError, DecodeError):
            pn.pn_transport_close_tail(self._transport)
        except SaslError:
            self._given_up = True
        except LimitError as error:
            self.close("amqp:resource-limit-exceeded", f"Without a token a connection may not have {error}.")
            self._given_up = True
        self.handle_events()

    def _secured(self, sasl: Sasl, data: Buffer) -> Buffer:
        """Hand bytes to the security layer; returns those that are AMQP already."""
        rest = sasl.feed(data)
        self._said_before += sasl.output()
        if sasl.refused:
            self._given_up = True
        if sasl.knows_key:
            self.trust()
        if sasl.over:
            self._sasl = None
        return rest

    def _push(self, frame: Buffer) -> None:
        at, length = 0, len(frame)
        while at < length:
            taken = pn.pn_transport_push(self._transport, frame[at:] if at else frame)
            if taken <= 0:
                raise frames.FrameError("the connection takes no more bytes")
            at += taken

    def handle_events(self) -> None:
        """Work off what Proton has noted, local or remote."""
        collector = self._collector
        while self.alive:
            event = pn.pn_collector_peek(collector)
            if pn.isnull(event):
                return
            kind = pn.pn_event_type(event)
            action = self._ACTIONS.get(kind)
            if action is not None:
                action(self, event)
            pn.pn_collector_pop(collector)

    def output(self) -> bytes:
        """Everything that is to go to the client now, as the Azure SDK can read it."""
        out, self._said_before = [self._said_before], b""
        while self.alive and self._sasl is None:
            pending = pn.pn_transport_pending(self._transport)
            if pending <= 0:
                break
            _, data = pn.pn_transport_peek(self._transport, pending)
            pn.pn_transport_pop(self._transport, len(data))
            out += [frames.padded(frame) for frame in self._outgoing.feed(data)]
        return b"".join(out)

    def tick(self) -> float | None:
        """Send or expect heartbeats. Returns in how many seconds to call again, None for never."""
        now = int(time.monotonic() * 1000) + 1
        deadline = pn.pn_transport_tick(self._transport, now)
        return max(0.001, (deadline - now) / 1000) if deadline else None

    @property
    def finished(self) -> bool:
        """Whether nothing more will be said: close the socket once `output` is sent."""
        return not self.alive or self._given_up or pn.pn_transport_pending(self._transport) < 0

    def close(self, condition: str, description: str) -> None:
        """Close the connection with an error."""
        cause = pn.pn_connection_condition(self._connection)
        pn.pn_condition_set_name(cause, condition)
        pn.pn_condition_set_description(cause, description)
        pn.pn_connection_open(self._connection)
        pn.pn_connection_close(self._connection)

    def release(self) -> None:
        """Forget the connection and tell the handler of every link that ends by it."""
        if not self.alive:
            return
        self.alive = False
        for link in list(self._links.values()):
            link.end()
            self._handler.on_detach(link)
        self._links.clear()
        pn.pn_transport_unbind(self._transport)
        pn.pn_connection_release(self._connection)
        pn.pn_collector_free(self._collector)
        pn.pn_decref(self._transport)
        pn.pn_decref(self._connection)

    def _on_connection_open(self, event: Any) -> None:
        self.opened = True
        pn.pn_connection_open(self._connection)

    def _on_connection_close(self, event: Any) -> None:
        pn.pn_connection_close(self._connection)

    def _on_session_open(self, event: Any) -> None:
        pn.pn_session_open(pn.pn_event_session(event))

    def _on_session_close(self, event: Any) -> None:
        session = pn.pn_event_session(event)
        for key, link in list(self._links.items()):
            if pn.pn_link_session(link.raw) == session:
                self._forget(key)
        pn.pn_session_close(session)
        pn.pn_session_free(session)

    def _on_link_open(self, event: Any) -> None:
        raw = pn.pn_event_link(event)
        link = Link(self, raw, self._tap.attached.popleft())
        self._links[pn.addressof(raw)] = link
        self._handler.on_attach(link)
        link.attach.filters, link.attach.properties = {}, {}  # as long as the client likes, and read by now

    def _on_link_close(self, event: Any) -> None:
        raw = pn.pn_event_link(event)
        self._forget(pn.addressof(raw))
        pn.pn_link_close(raw)
        pn.pn_link_free(raw)

    def _forget(self, key: int) -> None:
        link = self._links.pop(key, None)
        if link is not None:
            link.end()
            self._tap.forget(link.attach)
            self._handler.on_detach(link)

    def _on_link_flow(self, event: Any) -> None:
        link = self._links.get(pn.addressof(pn.pn_event_link(event)))
        if link is not None and not link.ended:
            self._handler.on_credit(link)

    def _on_delivery(self, event: Any) -> None:
        raw = pn.pn_event_link(event)
        link = self._links.get(pn.addressof(raw))
        if link is None or not pn.pn_link_is_receiver(raw):
            return
        waiting: deque[Incoming] = link.attach.deliveries
        while waiting:
            delivery = pn.pn_link_current(raw)
            if pn.isnull(delivery) or pn.pn_delivery_partial(delivery):
                return
            incoming = waiting.popleft()
            pn.pn_link_advance(raw)
            if incoming.aborted or link.ended:
                pn.pn_delivery_settle(delivery)
            else:
                self._handler.on_delivery(link, Delivery(self, link, delivery, incoming))

    _ACTIONS: ClassVar[dict[int, Any]] = {
        pn.PN_CONNECTION_REMOTE_OPEN: _on_connection_open,
        pn.PN_CONNECTION_REMOTE_CLOSE: _on_connection_close,
        pn.PN_SESSION_REMOTE_OPEN: _on_session_open,
        pn.PN_SESSION_REMOTE_CLOSE: _on_session_close,
        pn.PN_LINK_REMOTE_OPEN: _on_link_open,
        pn.PN_LINK_REMOTE_CLOSE: _on_link_close,
        pn.PN_LINK_REMOTE_DETACH: _on_link_close,
        pn.PN_LINK_FLOW: _on_link_flow,
        pn.PN_DELIVERY: _on_delivery,
    }
