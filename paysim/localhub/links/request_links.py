"""The two ends of a request node such as `$cbs`: requests come in on one link, answers go out on another.

Anybody may use these nodes, so what waits here is bounded: a request gives its credit back when its answer has left.
"""

import time
from collections import deque
from collections.abc import Callable

from paysim.localhub.amqp.encoding import DecodeError
from paysim.localhub.amqp.proton_link import Delivery, Link
from paysim.localhub.amqp.requests import Answer, Request, decode, encode
from paysim.localhub.conditions import DECODE_ERROR, NOT_ALLOWED, TOO_LARGE, TOO_MANY
from paysim.localhub.links.base import REQUEST_CREDIT, CreditKeeper

_WINDOW = 65_536  # bytes sent beyond the client's session window


class Replies:
    """The way back: answers wait here for credit."""

    def __init__(self, link: Link) -> None:
        self.link = link
        self._waiting: deque[tuple[bytes, Callable[[], None]]] = deque()

    def send(self, message: bytes, left: Callable[[], None]) -> None:
        """Send an answer when there is credit. `left` is called when it has gone, or never will."""
        self._waiting.append((message, left))
        self.on_credit()

    def on_delivery(self, delivery: Delivery) -> None: ...

    def on_credit(self) -> None:
        while self._waiting and self.link.credit > 0 and self.link.waiting <= _WINDOW:
            message, left = self._waiting.popleft()
            self.link.send(message)
            left()

    def on_detach(self) -> None:
        while self._waiting:
            self._waiting.popleft()[1]()


class Requests:
    """The way in: each message is answered on the reply link that the connection has for it."""

    def __init__(
        self,
        link: Link,
        handle: Callable[[Request, float], Answer],
        replies: Callable[[Request], Replies | None],
    ) -> None:
        self._link = link
        self._handle, self._replies = handle, replies
        self._unanswered = 0
        self._credit = CreditKeeper(link, REQUEST_CREDIT)

    def on_delivery(self, delivery: Delivery) -> None:
        self._unanswered += 1
        if self._unanswered > REQUEST_CREDIT:
            return self._link.detach(TOO_MANY, "The client has sent more requests than it had credit for.")
        if delivery.incoming.too_large:
            self._answered()
            return delivery.reject(TOO_LARGE, f"The request of {delivery.incoming.size} bytes is too large.")
        try:
            request = decode(delivery.incoming.payload())
        except DecodeError as error:
            self._answered()
            return delivery.reject(DECODE_ERROR, f"The request cannot be read: {error}.")
        replies = self._replies(request)
        if replies is None:
            self._answered()
            return delivery.reject(NOT_ALLOWED, "There is no link for the answer.")
        delivery.accept()
        replies.send(encode(request, self._handle(request, time.time())), self._answered)
        return None

    def _answered(self) -> None:
        self._unanswered -= 1
        self._credit.spend()

    def on_credit(self) -> None: ...

    def on_detach(self) -> None: ...
