"""What all links of the hub have in common. The kinds of links are in `ingress`, `egress` and `request_links`."""

from collections.abc import Callable
from typing import Protocol

from paysim.localhub.amqp.proton_link import Delivery, Link

CREDIT = 300  # messages a sender may have open
REQUEST_CREDIT = 20  # requests that may be without an answer

Later = Callable[[float, Callable[[], None]], None]  # call this after so many seconds, then send what came of it


class Node(Protocol):
    """What a link's happenings go to."""

    def on_delivery(self, delivery: Delivery) -> None: ...

    def on_credit(self) -> None: ...

    def on_detach(self) -> None: ...


class CreditKeeper:
    """Keeps a client that sends supplied with credit, in few flow frames."""

    def __init__(self, link: Link, most: int = CREDIT) -> None:
        """`most`: messages the client may have open."""
        self._link, self._most = link, most
        self._left = 0
        self.spend(0)

    def spend(self, messages: int = 1) -> None:
        self._left -= messages
        if self._left < self._most // 2 and not self._link.ended:
            self._link.grant(self._most - self._left)
            self._left = self._most
