"""The two ends of a request node such as `$cbs`: requests come in on one link, answers go out on another."""

import time
from collections import deque
from collections.abc import Callable

from paysim.localhub.encoding import DecodeError
from paysim.localhub.engine import Delivery, Link
from paysim.localhub.links import DECODE_ERROR, NOT_ALLOWED, CreditKeeper
from paysim.localhub.requests import Answer, Request, decode, encode


class Replies:
    """The way back: answers wait here for credit."""

    def __init__(self, link: Link) -> None:
        self.link = link
        self._waiting: deque[bytes] = deque()

    def send(self, message: bytes) -> None:
        self._waiting.append(message)
        self.on_credit()

    def on_delivery(self, delivery: Delivery) -> None: ...

    def on_credit(self) -> None:
        while self._waiting and self.link.credit > 0:
            self.link.send(self._waiting.popleft())

    def on_detach(self) -> None:
        self._waiting.clear()


class Requests:
    """The way in: each message is answered on the reply link that the connection has for it."""

    def __init__(
        self,
        link: Link,
        handle: Callable[[Request, float], Answer],
        replies: Callable[[Request], Replies | None],
    ) -> None:
        self._handle, self._replies = handle, replies
        self._credit = CreditKeeper(link)

    def on_delivery(self, delivery: Delivery) -> None:
        self._credit.spend()
        try:
            request = decode(delivery.incoming.payload())
        except DecodeError as error:
            return delivery.reject(DECODE_ERROR, f"The request cannot be read: {error}.")
        replies = self._replies(request)
        if replies is None:
            return delivery.reject(NOT_ALLOWED, "There is no link for the answer.")
        delivery.accept()
        replies.send(encode(request, self._handle(request, time.time())))
        return None

    def on_credit(self) -> None: ...

    def on_detach(self) -> None: ...
