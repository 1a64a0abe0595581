"""When the next transactions are due: pure functions of times and counts, no clock and no sleep.

Two models. Closed: each user keeps a pace of its own and waits for its acknowledgement, so a slow hub slows
the test. Open: the test has a rate, transactions fall due whether or not anybody is free to send them, and
what is not sent in time is late, not forgotten. Times are seconds on one monotonic clock.
"""

import math
from collections import deque
from dataclasses import dataclass

from paysim.config.arrivals import Gap

LATE_AFTER = 0.1
"""A transaction that starts more than this after its scheduled time counts as late, in seconds."""


def batch_of(batch_size: int, pace: float | None) -> int:
    """How many transactions one task makes: the batch size, but at most one second's worth of its pace."""
    if pace is None or pace == math.inf:
        return batch_size
    return max(1, min(batch_size, math.floor(pace)))


def next_start(previous: float, n: int, rate: float | None, now: float) -> float:
    """Closed model: when a user that began n transactions at `previous` may begin the next ones.

    A user that fell behind starts at once and owes nothing: the closed model has no debt.
    """
    if rate is None:
        return now
    return max(now, previous + n / rate)


@dataclass(frozen=True, slots=True)
class _Leg:
    """From `start` on, `count` transactions have fallen due and `rate` (per second) grows by `slope` a second."""

    start: float
    count: float
    rate: float
    slope: float

    def count_at(self, moment: float) -> float:
        t = moment - self.start
        if self.slope < 0:
            t = min(t, self.rate / -self.slope)  # a rate that has fallen to 0 stays there
        return self.count + self.rate * t + self.slope * t * t / 2

    def rate_at(self, moment: float) -> float:
        return max(0.0, self.rate + self.slope * (moment - self.start))

    def moment_of(self, count: float) -> float:
        """When `count` transactions have fallen due, or infinity where this leg never gets there."""
        more = count - self.count
        if more <= 0:
            return self.start
        root = self.rate * self.rate + 2 * self.slope * more
        if root < 0 or self.rate + math.sqrt(root) == 0:
            return math.inf
        # The form of the quadratic formula that does not cancel, and that is more / rate without a slope.
        return self.start + 2 * more / (self.rate + math.sqrt(root))


class Schedule:
    """Open model: the scheduled times of a stream of batches whose rate may change.

    Times are handed out in order. What the past owes is handed out with the times at which it fell due, so a
    stall is followed by exactly what it left undone and no more. Nothing falls due from `until` on, and that time is
    not owed.
    """

    def __init__(self, start: float, rate: float, gap: Gap, phase: float = 0.0, until: float = math.inf) -> None:
        """`rate` in transactions/s, 0 is a pause; the first batch is due when `phase` transactions were."""
        self._gap = gap
        self._legs = deque([_Leg(start, 0.0, rate, 0.0)])
        self._next = phase
        self.until = until
        self.ahead = 0.0
        """How many more were drawn than fall due by the rate in that time, below 0 where fewer were: by chance."""

    def change_rate(self, now: float, rate: float, slope: float = 0.0) -> None:
        """From `now` on transactions fall due at `rate`, which grows by `slope` each second.

        What is owed from before stays owed, and the gap that is running is stretched or shortened.
        """
        newest = self._legs[-1]
        if (newest.rate_at(now), newest.slope) != (rate, slope):
            self._legs.append(_Leg(now, self._count_at(now), rate, slope))

    def extend(self, now: float, until: float) -> None:
        """Transactions fall due until then. Where nothing did since the `until` before, it goes on from `now`."""
        newest = self._legs[-1]
        if now > self.until:
            self._legs.append(_Leg(now, self._count_at(now), newest.rate_at(now), newest.slope))
        self.until = until

    def due(self) -> float:
        """When the next batch is due; infinite while nothing falls due."""
        while len(self._legs) > 1 and self._legs[1].count <= self._next:
            self._legs.popleft()
        moment = self._legs[0].moment_of(self._next)
        return moment if moment < self.until or len(self._legs) > 1 else math.inf

    @property
    def next_rate(self) -> float:
        """The rate at which the next batch falls due, transactions/s: of what a pause left owed, that of then."""
        moment = self.due()
        return self._legs[0].rate_at(self._legs[0].start if moment == math.inf else moment)

    def take(self, n: int) -> float:
        """Hand out the next batch, of n transactions, and return its scheduled time."""
        scheduled = self.due()
        due = n * self._gap()
        self._next += due
        self.ahead += n - due
        return scheduled

    def owed(self, now: float) -> float:
        """Transactions that have fallen due by `now` and were not taken."""
        return max(0.0, self._count_at(now) - self._next)

    def _count_at(self, moment: float) -> float:
        newest = self._legs[-1]
        return newest.count_at(max(newest.start, min(moment, self.until)))
