"""One AMQP connection to the hub: open, send, abort, close. Only this file knows the inside of the SDK's producer.

Why not `EventHubProducerClient.send_batch`: after any failure it opens a new producer and sends the batch again
by itself, whatever `retry_total` says, so that a batch whose outcome was lost would be stored twice without
anybody knowing. `EventHubProducer.send`, which it calls, tries once. It is private, as is the link whose
delivery count tells whether a batch was given to the connection as a whole; the SDK's minor version is pinned. Where an
SDK has no such producer `send_batch` is used all the same, and everything counts as sent perhaps twice.

A connection is used by one thread at a time; only `abort` and `left` may be called from another.
"""

import contextlib
import logging
import os
import select
import socket
import time
from functools import cache
from typing import Any

from azure.eventhub import EventDataBatch

from .address import HubAddress
from .sdk_parts import OF_PRODUCER, tell_missing_of
from .transfer import install

log = logging.getLogger(__name__)

OPEN_TIMEOUT = 15.0
"""Seconds to connect, authenticate and attach; the SDK itself would wait for ever."""
LEAST_OPEN_TIMEOUT = 3.0
"""Seconds that opening gets at least, however short a send may be: it takes many round trips, and the SDK sleeps."""
MAX_SOCKET_TIMEOUT = 10.0
"""Seconds that a write may wait for a slow hub before the SDK gives the connection up; its default is 0.2."""
FRESH = 0.05
"""Seconds after a send during which the connection is taken to be as it was."""
MAX_UNREAD = 20
DEFAULT_LIMIT = 1_048_576


class HubConnection:
    """One producer, for one partition or for all (None). Raises what the SDK raises."""

    def __init__(self, address: HubAddress, partition: str | None, send_timeout: float) -> None:
        self._address = address
        self._partition = partition
        self._send_timeout = send_timeout
        self._client: Any = None
        self._producer: Any = None
        self._link: Any = None
        self._before = 0
        self._used = 0.0
        self._aborted = False
        self.limit = DEFAULT_LIMIT
        """The largest batch the hub takes on this link, in bytes."""
        self.repeats = False
        """Whether the SDK may send a batch a second time without telling."""

    def open(self) -> None:
        """Connect, authenticate, attach. May hang: bound it with `abort`."""
        self._client = self._address.client(self._send_timeout, min(MAX_SOCKET_TIMEOUT, max(0.2, self._send_timeout)))
        try:
            producer: Any = self._client._create_producer(partition_id=self._partition, send_timeout=self._send_timeout)
            attach, _ = producer._open_with_retry, producer._handler
        except (AttributeError, TypeError) as error:
            _warn_once(str(error))
            self.repeats = True
            self.limit = self._client.create_batch().max_size_in_bytes
            return
        self._producer = producer
        if self._aborted:
            raise TimeoutError("aborted")
        attach()
        tell_missing_of(producer, OF_PRODUCER)
        install(producer._handler)
        self.limit = getattr(producer, "_max_message_size_on_link", None) or DEFAULT_LIMIT

    def partition_ids(self) -> list[str]:
        """The hub's partitions, asked over a connection of its own. May hang, and `abort` does not end it."""
        return list(map(str, self._client.get_partition_ids()))

    def alive(self) -> bool:
        """Whether the connection is still open. What the hub says while nobody sends is read now.

        It is asked before a send: a batch that is written to a connection that has ended would have no known outcome.
        """
        if self.repeats or time.perf_counter() - self._used < FRESH:
            return True
        try:
            from azure.eventhub._pyamqp.constants import ConnectionState, LinkState

            connection, link = self._producer._handler._connection, self._producer._handler._link
            held, listen, link_state = connection._transport.sock, connection.listen, link.get_state
        except (ImportError, AttributeError):  # another version of the SDK: the send itself will tell
            return True
        if held is None:
            return False
        poll = select.poll()
        with contextlib.suppress(Exception):
            poll.register(_socket_of(connection), select.POLLIN)
            for _ in range(MAX_UNREAD):
                if not poll.poll(0):
                    break
                listen(wait=False)
            return bool(connection.state == ConnectionState.OPENED and link_state() == LinkState.ATTACHED)
        return False

    def send(self, batch: EventDataBatch, timeout: float) -> float:
        """Send and wait for the acknowledgement; seconds it took. The batch is for this connection's partition."""
        self._link = getattr(getattr(self._producer, "_handler", None), "_link", None)
        self._before = getattr(self._link, "delivery_count", 0)
        send = self._client.send_batch if self.repeats else self._producer.send
        started = time.perf_counter()
        send(batch, timeout=timeout)
        self._used = time.perf_counter()
        return self._used - started

    @property
    def left(self) -> bool:
        """Whether the last batch was written to the socket as a whole; the hub stores nothing of an incomplete one."""
        return getattr(self._link, "delivery_count", None) != self._before

    @property
    def ended(self) -> BaseException | None:
        """The error with which the hub ended the link of the last batch, None where it did not."""
        return getattr(self._link, "_error", None)

    def abort(self) -> None:
        """End the connection while another thread uses it: whatever that thread waits for fails at once."""
        self._aborted = True
        handler = getattr(self._producer, "_handler", None)
        connection = getattr(handler, "_connection", None)
        held = _socket_of(connection)
        # Through a second descriptor: the SDK's own object would lose its TLS state under the thread that reads.
        with (
            contextlib.suppress(OSError, ValueError, AttributeError),
            socket.socket(fileno=os.dup(held.fileno())) as duplicate,
        ):
            duplicate.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Close frame and socket. Does not raise."""
        producer, self._producer = self._producer, None
        with contextlib.suppress(Exception):
            if producer is not None:
                producer.close()
            elif self.repeats:
                self._client.close()


def _socket_of(connection: Any) -> Any:
    held = getattr(getattr(connection, "_transport", None), "sock", None)
    return getattr(held, "sock", held)  # a WebSocket holds the socket one deeper


@cache
def _warn_once(reason: str) -> None:
    log.warning("azure-eventhub has no producer that tries once, what is sent may arrive twice: %s", reason)
