"""A connection worker: one thread with one connection that sends one request after the other.

It opens its connection before it is needed, and replaces a lost one by itself. It retries within a request before it
takes the next, so that order holds where a partition has one worker. It knows its pool as `RequestQueue` alone.
"""

import contextlib
import logging
import math
import queue
import random
import threading
import time
from collections.abc import Iterator
from typing import Protocol

from paysim.config.schema import EventHub
from paysim.eventhub.address import HubAddress
from paysim.eventhub.batch_encoding import EncodedBatch
from paysim.eventhub.connection import LEAST_OPEN_TIMEOUT, OPEN_TIMEOUT, HubConnection
from paysim.eventhub.failures import NO_CONNECTION, TIMED_OUT, Failure, classify
from paysim.publishers.base import Acknowledgement, ConnectionFigures, SendError

from .figures import ConnectionFiguresOfWorker, Figures
from .retry import RetryBudget, backoff
from .send_request import SendRequest

IDLE_LIMIT = 180.0
"""Seconds after which an idle connection is opened anew: the service closes it after 240."""
GRACE = 0.5
"""Seconds that the SDK may take longer than it was told. After that the connection it uses is ended."""
STUCK = 2.0
"""Seconds after that until the thread itself is given up: nothing that it waits for can be ended from outside."""
CLOSE_TIMEOUT = 1.0
MAX_REOPEN_PAUSE = 5.0


log = logging.getLogger(__name__)


class RequestQueue(Protocol):
    """What a worker needs of its pool."""

    @property
    def limit(self) -> int:
        """The largest batch in bytes."""

    def next(self, worker: "ConnectionWorker", patience: float) -> SendRequest | None:
        """The next request for this worker; None where none came within `patience` seconds."""

    def done(self, request: SendRequest) -> None:
        """Nothing more is done for this request."""

    def opened(self, worker: "ConnectionWorker", limit: int) -> None:
        """The worker has a connection, on which a batch has at most `limit` bytes."""

    def lost(self, worker: "ConnectionWorker") -> None:
        """The worker has no connection any more."""


class ConnectionWorker:
    """Lives from `start` to `stop`, and sends what its queue gives it."""

    def __init__(
        self,
        requests: RequestQueue,
        address: HubAddress,
        config: EventHub,
        figures: Figures,
        partition: str | None = None,
        connection: HubConnection | None = None,
    ) -> None:
        self._requests = requests
        self._address = address
        self._config = config
        self._figures = ConnectionFiguresOfWorker(figures)
        self._partition = partition
        self._connection = connection
        self._attempt_timeout = attempt_timeout(config)
        self._failed_openings = 0
        self._lost = False
        # While the SDK works: the connection it works on, and when it must have ended.
        self._in_use: HubConnection | None = None
        self._due = math.inf
        self._overdue = False
        self._stopped = False
        self._wake = threading.Event()
        self.mailbox: queue.SimpleQueue[SendRequest | None] = queue.SimpleQueue()
        self.request: SendRequest | None = None
        self.tried = threading.Event()
        """Set after the first attempt to open."""
        self.ended = threading.Event()
        """Set when the thread has ended and the connection is closed."""

    @property
    def healthy(self) -> bool:
        return self._connection is not None

    @property
    def state(self) -> str:
        if self.healthy:
            return "healthy"
        return "failing" if self._failed_openings else "reconnecting"

    @property
    def figures(self) -> ConnectionFigures:
        """A copy."""
        return self._figures.snapshot(self.state)

    def begin(self) -> None:
        """A run begins: counters start anew, because what was counted is the last run's."""
        self._figures.begin()

    def start(self) -> None:
        threading.Thread(target=self._run, name="publisher-connection", daemon=True).start()

    def stop(self) -> None:
        """End once what is being sent has its outcome; `interrupt` ends that too."""
        self._stopped = True
        self.mailbox.put(None)
        self._wake.set()

    def interrupt(self) -> None:
        """End a pause between two attempts, and a connection that waits for the hub."""
        self._wake.set()
        if (connection := self._in_use) is not None:
            connection.abort()

    def watch(self, now: float) -> bool:
        """End what takes too long. Returns False where that did not help and the worker must be replaced."""
        if now < self._due:
            return True
        self._overdue = True
        if (connection := self._in_use) is not None:
            connection.abort()
        return now < self._due + STUCK

    def _run(self) -> None:
        if self.healthy:
            self.tried.set()
        while not self._stopped:
            if not self.healthy:
                self._reopen()
            # Each at a moment of its own: connections that were opened together would all be closed at the same time.
            patience = IDLE_LIMIT * random.uniform(0.7, 1) if self.healthy else self._reopen_pause()
            request = self._requests.next(self, patience)
            if request is not None:
                self.request = request
                self._wake.clear()
                try:
                    self._deliver(request)
                except Exception as error:
                    log.exception("a send failed in an unexpected way")
                    request.close(f"unexpected {type(error).__name__}")
                self.request = None
                self._requests.done(request)
            elif self.healthy and not self._stopped:
                self._close_connection()
        self._close_connection()
        self.ended.set()

    def _deliver(self, request: SendRequest) -> None:
        waited = time.perf_counter() - request.ready
        for encoded in request.encode(self._requests.limit, self._partition):
            outcome = self._send(request, encoded, waited)
            if outcome is None or not request.report(outcome):
                return

    def _send(self, request: SendRequest, encoded: EncodedBatch, waited: float) -> Acknowledgement | SendError | None:
        """The outcome after as many attempts as it takes; None where nobody waits for it any more."""
        budget = RetryBudget(self._config.retry, request.deadline)
        while True:
            tried = self._attempt(request, encoded)
            if tried is None:
                return None
            if isinstance(tried, float):
                size = sum(batch.size for batch, _ in encoded.parts)
                events = encoded.events
                self._figures.acked(len(events), size, tried, in_doubt=request.in_doubt, wire=events.size_in_bytes)
                return Acknowledgement(tried, waited, maybe_twice=request.in_doubt)
            if request.closed:
                return None
            self._figures.failed(tried)
            pause = budget.pause(tried, time.perf_counter())
            if pause is None or self._stopped:
                return SendError(tried.reason, unknown=request.in_doubt)
            self._wake.wait(pause)
            if request.closed:
                return None
            self._figures.retried()

    def _attempt(self, request: SendRequest, encoded: EncodedBatch) -> float | Failure | None:
        """Seconds the send took, or how it failed; None where the request is closed."""
        left_over = request.deadline - time.perf_counter()
        if left_over <= 0:
            return NO_CONNECTION
        if self._connection is not None and not self._alive(self._connection):
            self._lost = True
            self._close_connection()
        if not self.healthy and (failure := self._open(min(open_timeout(self._config), left_over))):
            return failure
        connection = self._connection
        if connection is None or not request.begin_attempt():
            return None
        self._figures.sent()
        timeout = min(self._attempt_timeout, max(0.1, left_over))
        try:
            with self._bounded(connection, timeout + GRACE):
                took = connection.send(encoded.events, timeout)
        except Exception as error:
            failure = self._failure(error, left=connection.left, ended=connection.ended)
            request.end_attempt(unknown=failure.unknown or connection.repeats)
            if failure.broken:
                self._lost = True
                self._close_connection()
            return failure
        request.end_attempt(unknown=connection.repeats)
        return took

    def _alive(self, connection: HubConnection) -> bool:
        with self._bounded(connection, GRACE):
            return connection.alive()

    def _open(self, timeout: float) -> Failure | None:
        connection = HubConnection(self._address, self._partition, self._config.send_timeout)
        try:
            with self._bounded(connection, timeout):
                connection.open()
        except Exception as error:
            failure = self._failure(error, left=False)
            self._close(connection)
            self._failed_openings += 1
            return failure
        self._connection = connection
        self._failed_openings = 0
        if self._lost:
            self._lost = False
            self._figures.reconnected()
        self._requests.opened(self, connection.limit)
        return None

    def _reopen(self) -> None:
        if (failure := self._open(open_timeout(self._config))) is not None:
            self._figures.failed(failure)
        self.tried.set()

    def _reopen_pause(self) -> float:
        return random.uniform(0.5, 1) * min(MAX_REOPEN_PAUSE, backoff(self._config.retry, self._failed_openings))

    def _failure(self, error: Exception, *, left: bool, ended: BaseException | None = None) -> Failure:
        failure = classify(error, left=left, ended=ended)
        if self._overdue:
            # We have ended the connection that the SDK used; what the SDK says about that is not the cause.
            return Failure(TIMED_OUT.reason, unknown=left)
        return failure

    @contextlib.contextmanager
    def _bounded(self, connection: HubConnection, seconds: float) -> Iterator[None]:
        """The SDK works on the connection, and `watch` ends it after that time."""
        self._overdue = False
        self._in_use, self._due = connection, time.perf_counter() + seconds
        try:
            yield
        finally:
            self._in_use, self._due = None, math.inf

    def _close_connection(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            self._requests.lost(self)
            self._close(connection)

    def _close(self, connection: HubConnection) -> None:
        with self._bounded(connection, CLOSE_TIMEOUT):
            connection.close()


def attempt_timeout(config: EventHub) -> float:
    """Seconds for one attempt: the whole of `send_timeout` shared out among the attempts."""
    return max(1.0, config.send_timeout / (config.retry.max_retries + 1))


def open_timeout(config: EventHub) -> float:
    """Seconds to open a connection: those of one attempt, so that an attempt without an answer does not use up all."""
    return min(OPEN_TIMEOUT, max(LEAST_OPEN_TIMEOUT, attempt_timeout(config)))
