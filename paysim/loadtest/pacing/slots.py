"""Slots to send in: users wait here for the time at which they may send.

`schedule` says when; this file waits, with gevent. A user that is killed while it waits leaves no trace: its slot goes
to the next. A worker gives slots while it has a lease (`shares`) and no longer; time without one is not made up for.
"""

import math
import random
from collections import deque
from dataclasses import dataclass
from time import perf_counter

import gevent
from gevent.event import AsyncResult, Event

from . import schedule


@dataclass(slots=True)
class Slot:
    """Leave to send n transactions. `scheduled` is the intended time of an open schedule, else None."""

    n: int
    scheduled: float | None = None


NO_TURN = Slot(0)
"""For users that waited where no slots are given any more: they ask again, and wait where slots are given now."""


class ClosedSlots:
    """Closed model: each user keeps its own pace; a ceiling, where there is one, is shared by all."""

    ahead = 0.0
    """See `Schedule.ahead`: nothing is drawn here."""

    def __init__(
        self, batch_size: int, rate_per_user: float | None, ceiling: float | None, until: float = math.inf
    ) -> None:
        """Rates in transactions/s; `ceiling` is this worker's part of `rate_limit`, `until` the end of its lease."""
        self._batch_size = batch_size
        self._rate_per_user = rate_per_user
        self._retired = Event()
        self._ceiling = ceiling
        self._free_at = perf_counter()
        self._until = until
        self._lapses = 0
        self._leased = Event()

    def extend(self, until: float) -> None:
        """The lease goes on until then."""
        now = perf_counter()
        if now >= self._until:
            self._lapses += 1  # places that users have in the queue for the ceiling are void
            self._free_at = now
        self._until = until
        self._leased.set()

    def set_rate(self, rate: float | None, slope: float = 0.0) -> None:
        """A new ceiling for this worker, transactions/s. A ceiling has no slope."""
        self._ceiling = rate

    @property
    def _n(self) -> int:
        pace = min(self._rate_per_user or math.inf, self._ceiling or math.inf)
        return schedule.batch_of(self._batch_size, pace)

    def first(self) -> float:
        """The imagined previous start of a new user, so that users do not beat in step."""
        if self._rate_per_user is None:
            return perf_counter()
        return perf_counter() - random.random() * self._n / self._rate_per_user

    def wait(self, previous: float) -> tuple[Slot, float]:
        """Wait for the slot of a user whose last began at `previous`; returns it and its beginning.

        Returns at once where it is due: sending a slot lets others run.
        """
        while True:
            n, lapses = self._n, self._lapses
            begin = schedule.next_start(previous, n, self._rate_per_user, perf_counter())
            if self._ceiling is not None:
                begin = max(begin, self._free_at)
                self._free_at = begin + n / self._ceiling if self._ceiling > 0 else math.inf
            pause = begin - perf_counter()
            if pause > 0 and self._retired.wait(None if pause == math.inf else pause):
                return NO_TURN, previous
            if perf_counter() >= self._until:
                self._leased.clear()
                self._leased.wait()
                if self._retired.is_set():
                    return NO_TURN, previous
            elif lapses == self._lapses:
                return Slot(n), begin

    def retire(self) -> None:
        """No more slots are given here."""
        self._retired.set()
        self._leased.set()


class OpenSlots:
    """Open model: one schedule for the worker; whichever user is free takes the next slot."""

    def __init__(self, batch_size: int, schedule: schedule.Schedule) -> None:
        self.batch_size = batch_size
        self._schedule = schedule
        self._waiting: deque[AsyncResult] = deque()
        self._returned: deque[Slot] = deque()  # of users that were killed before they came to take theirs
        self._changed = Event()
        self._greenlet = gevent.spawn(self._run)

    def set_rate(self, rate: float, slope: float = 0.0) -> None:
        """This worker's share of the rate, transactions/s, growing by `slope` a second."""
        self._schedule.change_rate(perf_counter(), rate, slope)
        self._changed.set()

    def extend(self, until: float) -> None:
        """The lease goes on until then."""
        self._schedule.extend(perf_counter(), until)
        self._changed.set()

    @property
    def ahead(self) -> float:
        """See `Schedule.ahead`."""
        return self._schedule.ahead

    def first(self) -> float:
        """Users of an open schedule have no pace of their own."""
        return 0.0

    def owed(self) -> float:
        """Transactions that are due and that no user has taken."""
        return self._schedule.owed(perf_counter()) + sum(slot.n for slot in self._returned)

    def wait(self, previous: float) -> tuple[Slot, float]:
        """Wait for the next slot that nobody else takes."""
        if not self._waiting and self._due() <= perf_counter() < self._schedule.until:
            slot = self._take()
        else:
            place: AsyncResult = AsyncResult()
            self._waiting.append(place)
            self._changed.set()
            try:
                slot = place.get()
            except BaseException:
                if place in self._waiting:
                    self._waiting.remove(place)
                elif place.value is not None and place.value is not NO_TURN:
                    self._returned.append(place.value)
                    self._changed.set()
                raise
        return slot, slot.scheduled or previous

    def retire(self) -> None:
        """No more slots are given here."""
        self._greenlet.kill(block=False)
        while self._waiting:
            self._waiting.popleft().set(NO_TURN)

    def _due(self) -> float:
        """When the next slot is; one that was returned is at once."""
        return self._schedule.due() if not self._returned else -math.inf

    def _take(self) -> Slot:
        if self._returned:
            return self._returned.popleft()
        n = schedule.batch_of(self.batch_size, self._schedule.next_rate)
        return Slot(n, self._schedule.take(n))

    def _run(self) -> None:
        while True:
            self._changed.clear()
            if not self._waiting or perf_counter() >= self._schedule.until:
                self._changed.wait()
                continue
            pause = self._due() - perf_counter()
            if pause > 0:
                self._changed.wait(None if pause == math.inf else pause)
                continue
            self._waiting.popleft().set(self._take())


SlotScheduler = ClosedSlots | OpenSlots
