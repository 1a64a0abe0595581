"""Which connection worker sends which request: requests wait in line, workers come for them.

Where the hub chooses the partition there is one pool with many workers. Where a key chooses it, each partition has a
pool with one worker, so that nothing overtakes. Workers whose connection is broken get requests only while no worker
has a good one; they then connect in order to send. So in an outage sends fail by the rules of `retry`, and the outage
ends by itself.
"""

import queue
import threading
import time
from collections import deque
from collections.abc import Callable

from paysim.eventhub.connection import DEFAULT_LIMIT

from .connection_worker import ConnectionWorker
from .send_request import SendRequest

GROW_AFTER = 0.05
"""Seconds that a request waits for a worker before more are made."""

MakeWorker = Callable[["ConnectionPool"], ConnectionWorker]


class ConnectionPool:
    """`most` > `workers` lets it make more workers while requests wait."""

    def __init__(self, make_worker: MakeWorker, workers: int, most: int, done: Callable[[SendRequest], None]) -> None:
        self._make_worker = make_worker
        self._most = most
        self._lock = threading.Lock()
        self._waiting: deque[SendRequest] = deque()
        self._idle: list[ConnectionWorker] = []  # last in, first out: the rest may rest
        self._broken: list[ConnectionWorker] = []
        self._healthy: set[ConnectionWorker] = set()
        self._busy_since: float | None = None
        self._busy = 0.0
        self.done = done
        self.limit = DEFAULT_LIMIT
        """The largest batch in bytes, as the hub said when a connection was last opened."""
        self.workers: list[ConnectionWorker] = [make_worker(self) for _ in range(workers)]
        self._healthy.update(worker for worker in self.workers if worker.healthy)

    def start(self) -> None:
        for worker in self.workers:
            worker.start()

    def submit(self, request: SendRequest) -> None:
        """Give a request to a free worker, or put it into the line. Never waits, so no greenlet is killed in here."""
        with self._lock:
            worker = self._free()
            if worker is None:
                self._waiting.append(request)
                if self._busy_since is None:
                    self._busy_since = time.perf_counter()
        if worker is not None:
            worker.mailbox.put(request)

    def next(self, worker: ConnectionWorker, patience: float) -> SendRequest | None:
        """The next request for this worker; None where none came within `patience` seconds."""
        with self._lock:
            if self._waiting and (worker.healthy or not self._healthy):
                return self._take()
            free = self._idle if worker.healthy else self._broken
            free.append(worker)
        try:
            return worker.mailbox.get(timeout=patience)
        except queue.Empty:
            with self._lock:
                if worker in free:
                    free.remove(worker)
                    return None
            return worker.mailbox.get()  # it was given one in this very moment

    def opened(self, worker: ConnectionWorker, limit: int) -> None:
        with self._lock:
            if worker in self.workers:
                self._healthy.add(worker)
                self.limit = limit

    def lost(self, worker: ConnectionWorker) -> None:
        """The worker has no connection. Where no other has one either, waiting requests go to the broken ones."""
        with self._lock:
            self._healthy.discard(worker)
            given = []
            while self._waiting and not self._healthy and self._broken:
                given.append((self._broken.pop(), self._take()))
        for other, request in given:
            other.mailbox.put(request)

    def replace(self, worker: ConnectionWorker) -> None:
        """Put another worker in the place of one whose thread cannot be ended."""
        fresh = self._make_worker(self)
        with self._lock:
            if worker not in self.workers:
                return
            self.workers[self.workers.index(worker)] = fresh
            self._healthy.discard(worker)
        worker.stop()
        fresh.start()

    def grow(self) -> None:
        """Add workers while requests wait. To be called every now and then."""
        with self._lock:
            # Opening takes time from the sends that go on, so not for a burst that is over in a moment; not before
            # those that were added last have come up; not while the hub is away.
            count = 0
            waited = time.perf_counter() - self._waiting[0].ready if self._waiting else 0.0
            if waited > GROW_AFTER and len(self._healthy) == len(self.workers):
                count = min(len(self._waiting), self._most - len(self.workers))
            added = [self._make_worker(self) for _ in range(count)]
            self.workers += added
        for worker in added:
            worker.start()

    def clear(self) -> None:
        """Forget the requests in line; the publisher, which knows them all, closes them."""
        with self._lock:
            self._waiting.clear()
            self._end_of_wait()

    def begin(self) -> None:
        with self._lock:
            self._busy = 0.0

    @property
    def all_busy(self) -> float:
        """Seconds since `begin` during which a request waited for a worker."""
        with self._lock:
            since = self._busy_since
            return self._busy + (time.perf_counter() - since if since is not None else 0.0)

    def _free(self) -> ConnectionWorker | None:
        if self._idle:
            return self._idle.pop()
        if not self._healthy and self._broken:
            return self._broken.pop()
        return None

    def _take(self) -> SendRequest:
        request = self._waiting.popleft()
        self._end_of_wait()
        return request

    def _end_of_wait(self) -> None:
        if not self._waiting and self._busy_since is not None:
            self._busy += time.perf_counter() - self._busy_since
            self._busy_since = None
