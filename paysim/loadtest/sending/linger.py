"""Transactions of many users in one send, as with Kafka's linger.ms (`output.linger_ms`).

The first to come waits at most so long for company; a share that is full goes at once. Transactions are made when
their share goes, all of a method in one batch: what a transaction costs is a small part of what it costs by itself.
Nothing piles up here, as a user that waits for its outcome adds nothing more.
"""

from collections.abc import Callable

import gevent

from .in_flight import WaitingUser

FULL = 500
"""A share of so many transactions goes at once: it takes some milliseconds to make, and fits a send."""

Share = dict[str, list[WaitingUser]]
"""Payment method → who waits."""


class Lingering:
    """`send` makes and sends a share; it does not wait."""

    def __init__(self, send: Callable[[Share], None], seconds: float) -> None:
        self.seconds = seconds
        self._send = send
        self._share: Share = {}
        self._count = 0
        self._number = 0

    def add(self, method: str, waiting: WaitingUser) -> None:
        """A user that is killed from now on leaves its transactions here: they go out without it."""
        if not self._count:
            gevent.spawn_later(self.seconds, self._due, self._number)
        self._share.setdefault(method, []).append(waiting)
        self._count += waiting.left
        if self._count >= FULL:
            self.flush()

    def flush(self) -> None:
        """What waits goes now."""
        share, self._share = self._share, {}
        self._count = 0
        self._number += 1
        if share:
            self._send(share)

    def _due(self, number: int) -> None:
        if number == self._number:
            self.flush()
