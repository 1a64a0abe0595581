"""Which lane sends which parcel: parcels wait in line, lanes come for them.

One dispatcher with many lanes where the hub places the events; one with a single lane for each partition where
the key does, so that nothing overtakes. Lanes with a broken connection get work only while no lane has a whole
one, and then try to connect for it: so an outage fails sends by the rules of `retry`, and ends by itself.
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
"""Seconds that a parcel waits for a lane before lanes are added."""

MakeLane = Callable[["ConnectionPool"], ConnectionWorker]


class ConnectionPool:
    """`most` > `lanes` lets it add lanes while parcels wait."""

    def __init__(self, make_lane: MakeLane, lanes: int, most: int, done: Callable[[SendRequest], None]) -> None:
        self._make_lane = make_lane
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
        self.lanes: list[ConnectionWorker] = [make_lane(self) for _ in range(lanes)]
        self._healthy.update(lane for lane in self.lanes if lane.healthy)

    def start(self) -> None:
        for lane in self.lanes:
            lane.start()

    def submit(self, parcel: SendRequest) -> None:
        """To a free lane, or into the line. Never waits: a greenlet that is killed cannot be killed in here."""
        with self._lock:
            lane = self._free()
            if lane is None:
                self._waiting.append(parcel)
                if self._busy_since is None:
                    self._busy_since = time.perf_counter()
        if lane is not None:
            lane.mailbox.put(parcel)

    def next(self, lane: ConnectionWorker, patience: float) -> SendRequest | None:
        """The next parcel for this lane; None where none came within `patience` seconds."""
        with self._lock:
            if self._waiting and (lane.healthy or not self._healthy):
                return self._take()
            pool = self._idle if lane.healthy else self._broken
            pool.append(lane)
        try:
            return lane.mailbox.get(timeout=patience)
        except queue.Empty:
            with self._lock:
                if lane in pool:
                    pool.remove(lane)
                    return None
            return lane.mailbox.get()  # it was given one in this very moment

    def opened(self, lane: ConnectionWorker, limit: int) -> None:
        with self._lock:
            if lane in self.lanes:
                self._healthy.add(lane)
                self.limit = limit

    def lost(self, lane: ConnectionWorker) -> None:
        """The lane has no connection. Where no other has one either, waiting parcels go to the broken ones."""
        with self._lock:
            self._healthy.discard(lane)
            given = []
            while self._waiting and not self._healthy and self._broken:
                given.append((self._broken.pop(), self._take()))
        for other, parcel in given:
            other.mailbox.put(parcel)

    def replace(self, lane: ConnectionWorker) -> None:
        """A lane whose thread cannot be ended: another takes its place."""
        fresh = self._make_lane(self)
        with self._lock:
            if lane not in self.lanes:
                return
            self.lanes[self.lanes.index(lane)] = fresh
            self._healthy.discard(lane)
        lane.stop()
        fresh.start()

    def grow(self) -> None:
        """More lanes while parcels wait; called every now and then."""
        with self._lock:
            # Opening takes time from the sends that go on, so not for a burst that is over in a moment; not before
            # those that were added last have come up; not while the hub is away.
            count = 0
            waited = time.perf_counter() - self._waiting[0].ready if self._waiting else 0.0
            if waited > GROW_AFTER and len(self._healthy) == len(self.lanes):
                count = min(len(self._waiting), self._most - len(self.lanes))
            added = [self._make_lane(self) for _ in range(count)]
            self.lanes += added
        for lane in added:
            lane.start()

    def clear(self) -> None:
        """Forget the parcels in line; they are settled by whoever knows them all."""
        with self._lock:
            self._waiting.clear()
            self._end_of_wait()

    def begin(self) -> None:
        with self._lock:
            self._busy = 0.0

    @property
    def all_busy(self) -> float:
        """Seconds since `begin` during which a parcel waited for a lane."""
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
        parcel = self._waiting.popleft()
        self._end_of_wait()
        return parcel

    def _end_of_wait(self) -> None:
        if not self._waiting and self._busy_since is not None:
            self._busy += time.perf_counter() - self._busy_since
            self._busy_since = None
