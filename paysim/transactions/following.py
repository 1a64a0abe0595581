"""What follows the payments of one producer, over all payment methods: what is due, and the batches of it.

In replay story time is the time of the events. In a live run it goes by faster than the clock (`lifecycle_speedup`),
and an event's time is when it goes out.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from paysim.config.schema import Config
from paysim.transactions.behaviour.payment_sampler import PaymentSampler
from paysim.transactions.behaviour.timing.calendar import Calendar
from paysim.transactions.events.follow_up_events import FollowUpWriter
from paysim.transactions.events.stamp_texts import Moments
from paysim.transactions.lifecycle.follow_ups import FollowUps, StoryClock
from paysim.transactions.lifecycle.open_days import OpenDays
from paysim.transactions.lifecycle.speedup import StoryTime, speedup_of
from paysim.transactions.lifecycle.stories import StoryTeller
from paysim.transactions.lifecycle.waiting import Room
from paysim.transactions.randomness import Streams

from .batch import Batch

_HOUR = 3_600_000  # ms
_A_MINUTE, _SECOND = 60_000, 1_000
_KEPT = 4  # configurations whose payments go on
_OFTEN = 10  # ms until it is looked again what is due
_LATE = 2_000  # ms after which what is due goes out, though it fills no batch


@dataclass(slots=True)
class FollowUpFigures:
    """counts: follow-ups that went out, by type; by_method: by payment method. open: payments that something is still
    to follow. thinned: payments that nothing follows, for want of room. cut_off: the same, because the configuration
    changed too often."""

    counts: Counter[str] = field(default_factory=Counter)
    by_method: Counter[str] = field(default_factory=Counter)
    open: int = 0
    thinned: int = 0
    cut_off: int = 0


@dataclass(slots=True)
class Line:
    """The payments of a method under one configuration. refunds: for each of them, as many as are asked for or, if
    that is less, as there can be; None where none are asked for. waits_since: when something was first due."""

    method: str
    follow_ups: FollowUps
    writer: FollowUpWriter
    refunds: float | None = None
    waits_since: int | None = None

    @property
    def counts(self) -> Counter[tuple[str, str]]:
        """(method, type) → follow-ups that went out."""
        return Counter({(self.method, type_): n for type_, n in self.follow_ups.counts.items()})


@dataclass(frozen=True, slots=True)
class Timing:
    """end: of the window in replay. time: of stories in a live run."""

    end: int | None = None
    time: StoryTime | None = None


class Following:
    """What follows payments. seed: names run and producer."""

    def __init__(self, seed: tuple[int, ...]) -> None:
        self._seed = seed
        self._room = Room()
        self._cards, self._schemes = OpenDays.of_cards(), OpenDays.of_schemes()
        self.lines: list[Line] = []
        self._before: Counter[tuple[str, str]] = Counter()  # (method, type) → follow-ups of those that were cut off
        self._cut_off = 0
        self._looked = 0  # when it was seen what is due, and of whom something is
        self._due: list[Line] = []
        self._timing = Timing()

    def timing(self, config: Config, calendar: Calendar | None, now: int) -> Timing:
        """When things follow under a configuration, from now on. calendar: of replay. now: Unix milliseconds."""
        for days in (self._cards, self._schemes):
            days.prepare(now if calendar is None else round(calendar.start))
        if calendar is not None:
            return Timing(calendar.end, None)
        speedup, time = speedup_of(config), self._timing.time
        if time is None or speedup != time.speedup:
            time = StoryTime(now, now if time is None else time.at(now), speedup)
        return Timing(None, time)

    def line(
        self,
        timing: Timing,
        number: int,
        sampler: PaymentSampler,
        writer: FollowUpWriter,
        refunds: float | None,
        start: int,
    ) -> Line:
        """For payments of this sampler. number: of the configuration. refunds: for each payment; None: as the facts
        say. start: of the window in replay, Unix milliseconds."""
        method = sampler.method
        teller = StoryTeller(method, self._seed, self._cards, self._schemes)
        clock = StoryClock(_HOUR, exactly=True, end=timing.end)
        if timing.time is not None:
            clock = StoryClock(_width(timing.time.speedup), time=timing.time)
        streams = Streams(*self._seed, method.name, "follow-ups", number)
        follow_ups = FollowUps(sampler, teller, clock, self._room, streams, writer.lay_out)
        reached = None if refunds is None else follow_ups.refund(refunds, start)
        return Line(method.name, follow_ups, writer, reached)

    def begin(self, timing: Timing, lines: Sequence[Line]) -> None:
        """Payments are of these lines from now on; those of the configurations before go on as they were."""
        self._timing, self._looked, self._due = timing, 0, []
        for line in lines:
            self.lines.append(line)
            mine = [each for each in self.lines if each.method == line.method]
            for old in mine[:-_KEPT]:
                self._cut_off += old.follow_ups.open
                self._before.update(old.counts)
                old.follow_ups.close()
                self.lines.remove(old)

    def forget(self, first: int) -> None:
        """Transactions from this sequence number on did not go out."""
        for line in self.lines:
            line.follow_ups.forget(first)

    def uncount(self, followed: Counter[tuple[str, str]]) -> None:
        """These did not go out after all. followed: (method, type) → how many."""
        self._before.subtract(followed)

    def ready(self, now: int, most: int) -> Line | None:
        """Whose follow-ups are to go out now, if any: where they fill a batch of `most`, or have waited too long. now:
        Unix milliseconds."""
        if now - self._looked >= _OFTEN:
            self._look(now)
        best, number = None, 0
        for line in self._due:
            due = line.follow_ups.ready
            if line.waits_since is None:
                line.waits_since = now
            if due > number and (due >= most or now - line.waits_since > _LATE):
                best, number = line, due
        return best

    def _look(self, now: int) -> None:
        """See what is due: not at each turn, of which there may be thousands a second."""
        until = self._timing.end if self._timing.time is None else self._timing.time.at(now)
        assert until is not None
        self._looked, self._due = now, []
        for line in self.lines:
            if line.follow_ups.due(until):
                self._due.append(line)
            else:
                line.waits_since = None

    def due_before(self, moment: int) -> Line | None:
        """In replay: whose follow-ups are due before a moment, if any are."""
        return next((line for line in self.lines if line.follow_ups.due(moment)), None)

    def take(self, line: Line, most: int, first: int, now: int, own_time: bool) -> tuple[Batch, np.ndarray | None]:
        """The next events, and in replay their times. first: the sequence number of the first. own_time: ids carry the
        times of the events."""
        is_live = self._timing.time is not None

        def sent(moments: np.ndarray) -> Moments:
            return moments if own_time else now

        events, which = line.follow_ups.take(most, first, sent, now if is_live else None)
        line.waits_since = None
        if is_live and not own_time:
            return line.writer.write(events, which, now, now, first), None
        moments = events.moments[which]
        times: Moments = now if is_live else moments
        return line.writer.write(events, which, sent(moments), times, first), None if is_live else moments

    @property
    def figures(self) -> FollowUpFigures:
        found = FollowUpFigures(thinned=self._room.thinned, cut_off=self._cut_off)
        for counts in (self._before, *(line.counts for line in self.lines)):
            for (method, type_), n in counts.items():
                found.counts[type_] += n
                found.by_method[method] += n
        found.open = sum(line.follow_ups.open for line in self.lines)
        return found


def _width(speedup: float) -> int:
    """Milliseconds of story time between which a live run does not tell follow-ups apart: a second of the clock, but an
    hour at the most where that is half a second or more, so that some come together."""
    return int(max(_A_MINUTE, min(_SECOND * speedup, max(_HOUR, _SECOND / 2 * speedup))))
