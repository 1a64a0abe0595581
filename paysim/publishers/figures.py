"""Counting what the lanes do: many threads add, anyone reads."""

import threading

from .base import PublisherFigures
from .failures import Again, Failure


class Figures:
    """Counters of one run at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._now = PublisherFigures()

    def begin(self) -> None:
        with self._lock:
            self._now = PublisherFigures()

    def sent(self) -> None:
        with self._lock:
            self._now.sends += 1

    def retried(self) -> None:
        with self._lock:
            self._now.retries += 1

    def reconnected(self) -> None:
        with self._lock:
            self._now.reconnects += 1

    def resent_unknown(self, transactions: int) -> None:
        with self._lock:
            self._now.resent_unknown += transactions

    def failed(self, failure: Failure) -> None:
        with self._lock:
            self._now.throttled += failure.again is Again.WAIT
            reasons = self._now.attempts_failed
            reasons[failure.reason] = reasons.get(failure.reason, 0) + 1

    def snapshot(self) -> PublisherFigures:
        with self._lock:
            now = self._now
            return PublisherFigures(
                now.sends,
                now.retries,
                now.throttled,
                now.reconnects,
                dict(now.attempts_failed),
                now.resent_unknown,
            )
