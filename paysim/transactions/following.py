"""What follows the payments of one producer, over all payment methods: what is due, and the batches of it.

In replay story time is the time of the events. In a live run it goes by faster than the clock (`lifecycle_speedup`),
and an event's time is when it goes out.
"""

from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from paysim.config.schema import Config
from paysim.transactions.behaviour.payment_sampler import PaymentSampler
from paysim.transactions.behaviour.timing.calendar import Calendar
from paysim.transactions.events.follow_up_events import FollowUpWriter
from paysim.transactions.events.stamps import Moments
from paysim.transactions.lifecycle.follow_ups import FollowUps, StoryClock
from paysim.transactions.lifecycle.open_days import OpenDays
from paysim.transactions.lifecycle.speedup import StoryTime, speedup_of
from paysim.transactions.lifecycle.stories import StoryTeller
from paysim.transactions.lifecycle.waiting import Room
from paysim.transactions.randomness import Streams

from .batch import Batch

_HOUR = 3_600_000  # ms
_A_MINUTE = 60_000
_KEPT = 4  # configurations whose payments go on
_OFTEN = 10  # ms until it is looked again whether anything is due
_LATE = 2_000  # ms after which what is due goes out, though it fills no batch


@dataclass(slots=True)
class FollowUpFigures:
    """counts: follow-ups that went out, by type. open: payments that something is still to follow. thinned: payments
    that nothing follows, for want of room. cut_off: the same, because the configuration changed too often."""

    counts: Counter[str] = field(default_factory=Counter)
    open: int = 0
    thinned: int = 0
    cut_off: int = 0


@dataclass(slots=True)
class Line:
    """The payments of a method under one configuration. waits_since: when something was first due."""

    method: str
    follow_ups: FollowUps
    writer: FollowUpWriter
    waits_since: int | None = None


class Following:
    """What follows payments. seed: names run and producer."""

    def __init__(self, seed: tuple[int, ...]) -> None:
        self._seed = seed
        self._room = Room()
        self._cards, self._schemes = OpenDays.of_cards(), OpenDays.of_schemes()
        self.lines: list[Line] = []
        self._before: Counter[str] = Counter()
        self._cut_off = self._number = 0
        self._looked = 0  # when nothing was ready
        self._end: int | None = None
        self.time: StoryTime | None = None

    def configure(self, config: Config, calendar: Calendar | None, now: int) -> None:
        """From now on payments are made by this configuration. calendar: of replay. now: Unix milliseconds."""
        self._end = None if calendar is None else calendar.end
        for days in (self._cards, self._schemes):
            days.prepare(now if calendar is None else round(calendar.start))
        if calendar is not None:
            self.time = None
        elif self.time is None:
            self.time = StoryTime(now, now, speedup_of(config))
        elif speedup_of(config) != self.time.speedup:
            self.time = StoryTime(now, self.time.at(now), speedup_of(config))

    def line(self, sampler: PaymentSampler, refunds: float | None, start: int) -> FollowUps:
        """For payments of this sampler. refunds: for each payment; None: as the facts say. start: of the window in
        replay, Unix milliseconds."""
        method = sampler.method
        teller = StoryTeller(method, self._seed, self._cards, self._schemes)
        schedule = StoryClock(_HOUR, exactly=True, end=self._end)
        if self.time is not None:
            schedule = StoryClock(int(min(_HOUR, max(_A_MINUTE, 1000 * self.time.speedup))), time=self.time)
        self._number += 1
        streams = Streams(*self._seed, method.name, "follow-ups", self._number)
        found = FollowUps(sampler, teller, schedule, self._room, streams)
        if refunds is not None:
            found.refund(refunds, start)
        return found

    def add(self, method: str, follow_ups: FollowUps, writer: FollowUpWriter) -> None:
        """The payments of a method from now on; those of the configurations before go on as they were."""
        self.lines.append(Line(method, follow_ups, writer))
        mine = [line for line in self.lines if line.method == method]
        for old in mine[:-_KEPT]:
            self._cut_off += old.follow_ups.open
            self._before += old.follow_ups.counts
            old.follow_ups.close()
            self.lines.remove(old)

    def forget(self, first: int) -> None:
        """Transactions from this sequence number on did not go out."""
        for line in self.lines:
            line.follow_ups.forget(first)

    def ready(self, now: int, most: int) -> tuple[Line, int] | None:
        """Whose follow-ups are to go out now, if any, and how many: where they fill a batch of `most`, or have waited
        too long. now: Unix milliseconds."""
        if now - self._looked < _OFTEN:
            return None
        until = self._end if self.time is None else self.time.at(now)
        assert until is not None
        best, number = None, 0
        for line in self.lines:
            due = line.follow_ups.due(until)
            if not due:
                line.waits_since = None
                continue
            if line.waits_since is None:
                line.waits_since = now
            if due > number and (due >= most or now - line.waits_since > _LATE):
                best, number = line, due
        if best is None:
            self._looked = now
        return None if best is None else (best, number)

    def due_before(self, moment: int) -> Line | None:
        """In replay: whose follow-ups are due before a moment, if any are."""
        return next((line for line in self.lines if line.follow_ups.due(moment)), None)

    def take(self, line: Line, most: int, first: int, now: int, own_time: bool) -> tuple[Batch, np.ndarray | None]:
        """The next events, and in replay their times. first: the sequence number of the first. own_time: ids carry the
        times of the events."""
        is_live = self.time is not None

        def sent(moments: np.ndarray) -> Moments:
            return moments if own_time else now

        events = line.follow_ups.take(most, first, sent)
        line.waits_since = None
        times: Moments = now if is_live else events.moments
        batch = line.writer.write(events, sent(events.moments), times, first)
        return batch, None if is_live else events.moments

    @property
    def figures(self) -> FollowUpFigures:
        counts = self._before.copy()
        for line in self.lines:
            counts += line.follow_ups.counts
        opened = sum(line.follow_ups.open for line in self.lines)
        return FollowUpFigures(counts, opened, self._room.thinned, self._cut_off)
