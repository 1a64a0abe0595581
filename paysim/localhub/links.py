"""What all links of the hub have in common. The kinds of links are in `ingress`, `egress` and `nodes`."""

from collections.abc import Callable
from typing import Protocol

from paysim.localhub.engine import Delivery, Link

CREDIT = 300  # messages a sender may have open

NOT_ALLOWED = "amqp:not-allowed"
TOO_LARGE = "amqp:link:message-size-exceeded"
DECODE_ERROR = "amqp:decode-error"
FULL = "amqp:resource-limit-exceeded"
STOLEN = "amqp:link:stolen"

Later = Callable[[float, Callable[[], None]], None]  # call this after so many seconds, then send what came of it


class Node(Protocol):
    """What a link's happenings go to."""

    def on_delivery(self, delivery: Delivery) -> None: ...

    def on_credit(self) -> None: ...

    def on_detach(self) -> None: ...


class CreditKeeper:
    """Keeps a client that sends supplied with credit, in few flow frames."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._left = 0
        self.spend(0)

    def spend(self, messages: int = 1) -> None:
        self._left -= messages
        if self._left < CREDIT // 2 and not self._link.ended:
            self._link.grant(CREDIT - self._left)
            self._left = CREDIT
