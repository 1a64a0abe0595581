"""One end of a link and what comes in by it, as Qpid Proton keeps them. The connection around them is `engine`'s."""

from typing import Any, Protocol

import cproton as pn

from paysim.localhub.amqp.inbound import MAX_MESSAGE, Attach, Incoming

_PUT = {"short": pn.pn_data_put_short, "int": pn.pn_data_put_int, "long": pn.pn_data_put_long}


class Owner(Protocol):
    """The connection."""

    alive: bool


class Delivery:
    """A message that a client sent, to be accepted or rejected once."""

    __slots__ = ("_delivery", "_engine", "_link", "incoming")

    def __init__(self, engine: Owner, link: "Link", delivery: Any, incoming: Incoming) -> None:
        self._engine = engine
        self._link = link
        self._delivery = delivery
        self.incoming = incoming

    def accept(self) -> None:
        if self._engine.alive and not self._link.ended:
            pn.pn_delivery_update(self._delivery, pn.PN_ACCEPTED)
            pn.pn_delivery_settle(self._delivery)

    def reject(self, condition: str, description: str) -> None:
        if self._engine.alive and not self._link.ended:
            cause = pn.pn_disposition_condition(pn.pn_delivery_local(self._delivery))
            pn.pn_condition_set_name(cause, condition)
            pn.pn_condition_set_description(cause, description)
            pn.pn_delivery_update(self._delivery, pn.PN_REJECTED)
            pn.pn_delivery_settle(self._delivery)


class Link:
    """One end of a link: the client's attach, and what the hub can do with it."""

    def __init__(self, engine: Owner, link: Any, attach: Attach) -> None:
        self._engine = engine
        self.raw = link
        self._sent = 0
        self.attach = attach
        self.ended = False

    def open(self, limit: int = MAX_MESSAGE, properties: list[tuple[str, str, int]] | None = None) -> None:
        """Answer the attach with the client's own source and target.

        `limit`: bytes that a message may have. `properties`: names, AMQP types (short, int or long) and values.
        """
        self.attach.limit = limit
        if properties:
            self._set_properties(properties)
        pn.pn_terminus_copy(pn.pn_link_source(self.raw), pn.pn_link_remote_source(self.raw))
        pn.pn_terminus_copy(pn.pn_link_target(self.raw), pn.pn_link_remote_target(self.raw))
        pn.pn_link_set_snd_settle_mode(self.raw, pn.pn_link_remote_snd_settle_mode(self.raw))
        pn.pn_link_set_rcv_settle_mode(self.raw, pn.pn_link_remote_rcv_settle_mode(self.raw))
        pn.pn_link_set_max_message_size(self.raw, limit)
        pn.pn_link_open(self.raw)

    def _set_properties(self, properties: list[tuple[str, str, int]]) -> None:
        data = pn.pn_link_properties(self.raw)
        pn.pn_data_put_map(data)
        pn.pn_data_enter(data)
        for name, kind, value in properties:
            pn.pn_data_put_symbol(data, name)
            _PUT[kind](data, value)
        pn.pn_data_exit(data)

    def refuse(self, condition: str, description: str) -> None:
        """Answer the attach with neither source nor target, and detach with the error."""
        pn.pn_terminus_set_type(pn.pn_link_source(self.raw), pn.PN_UNSPECIFIED)
        pn.pn_terminus_set_type(pn.pn_link_target(self.raw), pn.PN_UNSPECIFIED)
        pn.pn_link_open(self.raw)
        self.detach(condition, description)

    def detach(self, condition: str, description: str) -> None:
        if self.ended or not self._engine.alive:
            return
        self.end()
        cause = pn.pn_link_condition(self.raw)
        pn.pn_condition_set_name(cause, condition)
        pn.pn_condition_set_description(cause, description)
        pn.pn_link_close(self.raw)

    def end(self) -> None:
        """Note that the link is gone, or soon will be: what still comes on it is not kept."""
        self.ended = True
        self.attach.limit = 0

    def grant(self, credit: int) -> None:
        """Let the client send so many more messages."""
        pn.pn_link_flow(self.raw, credit)

    @property
    def credit(self) -> int:
        """How many more messages may be sent to the client, less what is not yet on the wire."""
        return 0 if self.ended or not self._engine.alive else int(pn.pn_link_credit(self.raw))

    @property
    def waiting(self) -> int:
        """Bytes sent that the client's session window does not let out yet."""
        return int(pn.pn_session_outgoing_bytes(pn.pn_link_session(self.raw))) if self._engine.alive else 0

    def send(self, message: bytes) -> None:
        """Send a message, settled: the service asks for no receipt either."""
        self._sent += 1
        delivery = pn.pn_delivery(self.raw, self._sent.to_bytes(8, "big"))
        pn.pn_link_send(self.raw, message)
        pn.pn_link_advance(self.raw)
        pn.pn_delivery_settle(delivery)

    def drained(self) -> None:
        """Give back credit that a client wants drained and nothing can use."""
        if not self.ended and self._engine.alive and pn.pn_link_get_drain(self.raw):
            pn.pn_link_drained(self.raw)
