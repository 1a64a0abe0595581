"""Transactions of many users in one send, as with Kafka's linger.ms (`output.linger_ms`).

The first user waits at most `linger_ms` for others; with `FULL` transactions the send goes at once. Transactions are
made when their send goes, those of one method in one batch, which is far cheaper than one by one. The queue cannot
grow, because a user that waits for its outcome adds nothing more.
"""

from collections.abc import Callable

import gevent

from .in_flight import WaitingUser

FULL = 500
"""With so many transactions a send goes at once: they take some milliseconds to make, and fit one send."""

Share = dict[str, list[WaitingUser]]
"""Payment method → who waits."""


class Lingering:
    """send: makes and sends the transactions of these users; it does not wait."""

    def __init__(self, send: Callable[[Share], None], seconds: float) -> None:
        self.seconds = seconds
        self._send = send
        self._share: Share = {}
        self._count = 0
        self._number = 0

    def add(self, method: str, waiting: WaitingUser) -> None:
        """The user waits for the next send. If it is killed meanwhile, its transactions go out without it."""
        if not self._count:
            gevent.spawn_later(self.seconds, self._due, self._number)
        self._share.setdefault(method, []).append(waiting)
        self._count += waiting.left
        if self._count >= FULL:
            self.flush()

    def flush(self) -> None:
        """Send now what waits."""
        share, self._share = self._share, {}
        self._count = 0
        self._number += 1
        if share:
            self._send(share)

    def _due(self, number: int) -> None:
        if number == self._number:
            self.flush()
