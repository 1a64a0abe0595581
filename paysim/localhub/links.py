"""What hangs behind a link: a node for requests, a way into a hub, a way out of a partition.

Each class answers one kind of attach. They know the namespace and the engine's links, not sockets or tokens.
"""

import time
from collections import deque
from collections.abc import Callable
from typing import Protocol

from paysim.localhub.encoding import DecodeError
from paysim.localhub.engine import Delivery, Link
from paysim.localhub.faults import Faults
from paysim.localhub.filters import Position
from paysim.localhub.namespace import Hub, Namespace
from paysim.localhub.partition_log import Cursor, PartitionLog
from paysim.localhub.requests import Answer, Request, decode, encode

CREDIT = 300  # messages a sender may have open
_PUMP = 128  # events sent on one link before others get their turn

NOT_ALLOWED = "amqp:not-allowed"
TOO_LARGE = "amqp:link:message-size-exceeded"
DECODE_ERROR = "amqp:decode-error"
FULL = "amqp:resource-limit-exceeded"

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


class Ingress:
    """Takes events into a hub."""

    def __init__(
        self,
        link: Link,
        namespace: Namespace,
        hub: Hub,
        partition: PartitionLog | None,
        faults: Faults,
        later: Later,
    ) -> None:
        self._namespace, self.hub, self._partition = namespace, hub, partition
        self._faults, self._later = faults, later
        self._credit = CreditKeeper(link)

    def on_delivery(self, delivery: Delivery) -> None:
        self._credit.spend()
        incoming = delivery.incoming
        if incoming.too_large:
            return delivery.reject(TOO_LARGE, f"The message of {incoming.size} bytes exceeds the link's limit.")
        try:
            self._namespace.store(self.hub, self._partition, incoming.message_format, incoming.payload())
        except DecodeError as error:
            return delivery.reject(DECODE_ERROR, f"The message cannot be read: {error}.")
        except OSError as error:
            return delivery.reject(FULL, f"The local hub cannot store the message: {error.strerror}.")
        if self._faults.ack_delay:
            self._later(self._faults.ack_delay, delivery.accept)
        else:
            delivery.accept()
        return None

    def on_credit(self) -> None: ...

    def on_detach(self) -> None: ...


class Egress:
    """Sends a partition's events to a receiver, as fast as credit and socket allow."""

    def __init__(
        self, link: Link, hub: Hub, log: PartitionLog, start: Position, wake: Callable[["Egress"], None]
    ) -> None:
        self._link, self.hub, self._log = link, hub, log
        self._cursor = Cursor(log, start)
        self._wake = wake
        log.listen(self._on_append)

    def _on_append(self) -> None:
        self._wake(self)

    def pump(self) -> bool:
        """Send some events. Returns whether there may be more to send now."""
        for _ in range(min(_PUMP, self._link.credit)):
            event = self._cursor.next()
            if event is None:
                self._link.drained()
                return False
            self._link.send(event.message)
        return self._link.credit > 0

    def on_delivery(self, delivery: Delivery) -> None: ...

    def on_credit(self) -> None:
        self._wake(self)

    def on_detach(self) -> None:
        self._log.unlisten(self._on_append)


class Replies:
    """The way back of a request node: answers wait here for credit."""

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
    """The way into a request node: each message is answered on the reply link the connection has for it."""

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
