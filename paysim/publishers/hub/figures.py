"""Counts what the workers do: all of them together (many threads add, anyone reads), and each by itself.

The counters themselves (`paysim.summary.counters`) say what they count of each happening.
"""

import threading
from typing import get_args

from paysim.eventhub.failures import Again, Failure
from paysim.publishers.base import ConnectionFigures, PublisherFigures
from paysim.summary.counters import (
    AcknowledgedBatch,
    Attempt,
    FailedAttempt,
    Happening,
    Reconnection,
    Retried,
    counted,
)

Counts = dict[str, float]
"""Counter → how many."""


class Figures:
    """Counters of one run at a time."""

    def __init__(self) -> None:
        self._counted = {kind: counted(kind) for kind in get_args(Happening)}
        self._lock = threading.Lock()
        self._counts: Counts = {}
        self._reasons: dict[str, int] = {}

    def begin(self) -> None:
        with self._lock:
            self._counts, self._reasons = {}, {}

    def note(self, happening: Happening) -> None:
        """Something happened to a connection or its send."""
        with self._lock:
            self.count(self._counts, happening)
            if isinstance(happening, FailedAttempt):
                self._reasons[happening.reason] = self._reasons.get(happening.reason, 0) + 1

    def count(self, counts: Counts, happening: Happening) -> None:
        """Add what happened to these counts."""
        for name, by in self._counted[type(happening)].items():
            counts[name] = counts.get(name, 0) + by(happening)

    def snapshot(self) -> PublisherFigures:
        with self._lock:
            return PublisherFigures.model_validate({**self._counts, "attempts_failed": dict(self._reasons)})


class ConnectionFiguresOfWorker:
    """What one worker counts: its own, and into the figures of all. Only the worker's thread adds."""

    def __init__(self, of_all: Figures) -> None:
        self._all = of_all
        self._counts: Counts = {}
        self._events = self._bytes = 0

    def begin(self) -> None:
        self._counts, self._events, self._bytes = {}, 0, 0

    def sent(self) -> None:
        self._note(Attempt())

    def acked(self, events: int, size: int, seconds: float, *, in_doubt: bool, wire: int = 0) -> None:
        """size: bytes of bodies. seconds: of the attempt. in_doubt: an earlier attempt may have stored them too.
        wire: bytes of the whole message."""
        self._events += events
        self._bytes += size
        self._note(AcknowledgedBatch(events, size, seconds, in_doubt, wire))

    def retried(self) -> None:
        self._note(Retried())

    def reconnected(self) -> None:
        self._note(Reconnection())

    def failed(self, failure: Failure) -> None:
        self._note(FailedAttempt(failure.reason, failure.again is Again.WAIT))

    def _note(self, happening: Happening) -> None:
        self._all.count(self._counts, happening)
        self._all.note(happening)

    def snapshot(self, state: str) -> ConnectionFigures:
        counts = dict(self._counts)
        return ConnectionFigures.model_validate(
            {**counts, "events": self._events, "bytes": self._bytes, "state": state}
        )
