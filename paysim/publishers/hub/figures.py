"""Counts what the workers do: all of them together (many threads add, anyone reads), and each by itself."""

import threading
from dataclasses import replace

from paysim.eventhub.failures import Again, Failure
from paysim.publishers.base import ConnectionFigures, PublisherFigures


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


class ConnectionFiguresOfWorker:
    """What one worker counts: its own, and into the figures of all. Only the worker's thread adds."""

    def __init__(self, of_all: Figures) -> None:
        self._all = of_all
        self._now = ConnectionFigures()

    def begin(self) -> None:
        self._now = ConnectionFigures()

    def sent(self) -> None:
        self._now.sends += 1
        self._all.sent()

    def acked(self, events: int, size: int) -> None:
        self._now.events += events
        self._now.bytes += size

    def retried(self) -> None:
        self._now.retries += 1
        self._all.retried()

    def reconnected(self) -> None:
        self._now.reconnects += 1
        self._all.reconnected()

    def resent_unknown(self, transactions: int) -> None:
        self._all.resent_unknown(transactions)

    def failed(self, failure: Failure) -> None:
        self._now.throttled += failure.again is Again.WAIT
        self._all.failed(failure)

    def snapshot(self, state: str) -> ConnectionFigures:
        return replace(self._now, state=state)
