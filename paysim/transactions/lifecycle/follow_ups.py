"""What follows the payments of one method: which of them wait for what, and what their next events say.

A payment that goes out becomes a row (`payment_rows`) that waits for its next event. When that is due its story is
told again (`stories`), the event is drawn like a payment whose picks are known, and the row waits for the one after.
How that becomes bytes is `events/follow_up_events`.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from paysim.contract.fields import DETAILS
from paysim.transactions.behaviour.payment_records import SampledPayments
from paysim.transactions.behaviour.payment_sampler import PaymentSampler
from paysim.transactions.randomness import Streams

from . import fates, life_story
from .begun_payments import BegunOfDraw, BegunPayments, Moments
from .due_events import DueEvents
from .follow_up_outcomes import TYPE_OF_STEP
from .life_story import NEVER
from .payment_rows import PaymentRows
from .speedup import StoryTime
from .stories import StoryTeller
from .waiting import Room, Waiting, chosen, joined

_WEEK = 7 * 86_400_000  # ms
_TOLD = 512  # events that are told at once: one or two milliseconds
_FLUSHED = 512  # payments that may wait to become rows


@dataclass(frozen=True, slots=True)
class StoryClock:
    """When follow-ups come. width: milliseconds between which they are not told apart. exactly: whether they are all
    the same. end: after which nothing comes, None in a live run. time: that of stories, where it is not the events'.
    """

    width: int
    exactly: bool = False
    end: int | None = None
    time: StoryTime | None = None


class FollowUps:
    """The payments of one method that something follows."""

    def __init__(
        self,
        sampler: PaymentSampler,
        teller: StoryTeller,
        clock: StoryClock,
        room: Room,
        streams: Streams,
        lay_out: Callable[[DueEvents], None],
    ) -> None:
        """lay_out: gives events their pieces."""
        self._sampler, self._teller, self._clock, self._room = sampler, teller, clock, room
        self._streams, self._lay_out = streams, lay_out
        outcomes = sampler.records.follow_ups
        assert outcomes is not None
        self._outcomes, self._rows = outcomes, PaymentRows(sampler)
        self._waiting = Waiting(self._rows.dtype, clock.width, room)
        self._fresh = BegunPayments(clock.time)
        self._ahead: DueEvents | None = None
        self._second: list[np.ndarray] = []  # attempts that have gone out, and are no payments yet
        self._second_since = 0
        self._fates: dict[int, int] = {}  # by number, of payments that are no rows yet
        self.after_end = 0
        self._counts: Counter[str] = Counter()

    @property
    def counts(self) -> Counter[str]:
        """Events by type, as far as they have gone out."""
        return self._counts if self._ahead is None else self._counts + _types(self._ahead)

    @property
    def open(self) -> int:
        """Payments that something is still to follow."""
        self._flush()
        self._begin_second()
        ahead = 0 if self._ahead is None else int(self._ahead.last[self._ahead.gone :].sum())
        return ahead + len(self._waiting) + self.after_end

    def _pilot(self, start: int, length: int) -> np.ndarray:
        """Rows of the payments of a pilot, made evenly from `start` on over so many milliseconds."""
        pilot = self._sampler.pilot
        each = np.arange(pilot.count)
        rows = self._rows.of(BegunOfDraw(pilot, each, each.astype(np.uint64), 0, start + each * length // pilot.count))
        return chosen(rows, rows["state"] != life_story.OVER)

    def refund(self, wanted: float, start: int) -> float:
        """So many refunds shall come for each payment: in replay from `start` to its end, in a live run ever. Returns
        how many can."""
        end = self._clock.end
        rows = self._pilot(start, _WEEK if end is None else end - start)
        payments, teller = self._rows.payments(rows), self._teller
        teller.refunds = np.inf  # everybody's, each of which counts by its chance
        times = teller.tell(payments).times[[life_story.REFUND, life_story.MORE]]
        in_time = (times < (NEVER if end is None else end)).sum(axis=0)

        def reached(factor: float) -> float:
            chance = teller.refund_chance(payments.category, factor)
            return float((chance * in_time).sum()) / self._sampler.pilot.count

        low, high = 0.0, 1.0
        for at in range(80):
            middle = high if at < 20 else (low + high) / 2
            short = reached(middle) < wanted
            if at < 20:
                low, high = (high, 2 * high) if short else (low, high)
            else:
                low, high = (middle, high) if short else (low, middle)
        teller.refunds = high if wanted else 0.0
        return min(wanted, reached(teller.refunds))

    def suited(self, wanted: str, start: int) -> float:
        """The share of payments that can have one of these fates (`fates.FATES`): in replay from `start` to its end."""
        end = self._clock.end
        rows = self._pilot(start, _WEEK if end is None else end - start)
        return float((self._decided(fates.FATES[wanted], rows) != fates.NONE).sum()) / self._sampler.pilot.count

    def _decided(self, fate: fates.Fate, rows: np.ndarray) -> np.ndarray:
        end = self._clock.end
        found = fate.decide(self._teller, self._rows.payments(rows), NEVER if end is None else end)
        if fate.is_genuine:
            found[~self._rows.from_own_device(rows)] = fates.NONE
        return found

    def decide(
        self, wanted: str, drawn: SampledPayments, position: int, number: int, sent: int, begun: int
    ) -> str | None:
        """Give a payment that goes out next one of these fates. Returns the role that it has by it; None where it can
        have none. See `begin`."""
        rows = self._rows.of(
            BegunOfDraw(drawn, np.array([position]), np.array([number], np.uint64), sent, self._fresh.at(begun))
        )
        fate = fates.FATES[wanted]
        found = int(self._decided(fate, rows)[0])
        if found == fates.NONE:
            return None
        self._fates[number] = fate.stories[found]
        return fate.roles[found]

    def delays(self, start: int) -> np.ndarray:
        """How long after a payment its follow-ups come: milliseconds, sorted, of all follow-ups of the payments of a
        pilot that are made in the week from `start` on; divided by their number they are those of one payment."""
        rows = self._pilot(start, _WEEK)
        times = self._teller.tell(self._rows.payments(rows)).times
        return np.sort((times - rows["begun"])[times != NEVER])

    def close(self) -> None:
        """Nothing follows them any more."""
        self._ahead, self._second = None, []
        self._fresh = BegunPayments(self._clock.time)
        self._waiting.close()

    def begin(
        self, drawn: SampledPayments, positions: np.ndarray, numbers: np.ndarray, sent: Moments, begun: Moments
    ) -> None:
        """Payments have gone out. positions: in `drawn`; numbers: their sequence numbers; sent: the time in their ids;
        begun: when. Unix milliseconds, one for all or one each."""
        if len(positions):
            self._fresh.add(drawn, positions, numbers, sent, begun)
            self._flush_many()

    def begin_run(self, drawn: SampledPayments, position: int, count: int, number: int, now: int) -> None:
        """The same of neighbours in a live run; position, number: of the first. Runs of one draw become rows
        together."""
        self._fresh.add_run(drawn, position, count, number, now)
        self._flush_many()

    def _flush_many(self) -> None:
        if len(self._fresh) >= _FLUSHED:
            self._flush()

    def forget(self, first: int) -> None:
        """Payments from this number on did not go out."""
        self._second = [chosen(rows, rows["number"] < first) for rows in self._second]
        self._fates = {number: fate for number, fate in self._fates.items() if number < first}
        self._fresh.forget(first)

    def due(self, until: int) -> int:
        """How many events are due by a moment of story time, Unix milliseconds."""
        # Rows of a few cost as much as rows of many: in a live run they are made together, a little later.
        if self._fresh and (self._clock.exactly or until - self._fresh.oldest > self._clock.width):
            self._flush()
        if self._second and (self._clock.exactly or until - self._clock.width > self._second_since):
            self._begin_second()
        self._waiting.open(until, exactly=self._clock.exactly)
        return self.ready

    @property
    def ready(self) -> int:
        """How many events are due, as far as `due` was asked."""
        ahead = self._ahead
        return self._waiting.ready if ahead is None else self._waiting.ready + ahead.drawn.count - ahead.gone

    def take(
        self, most: int, first: int, sent: Callable[[np.ndarray], Moments], now: int | None = None
    ) -> tuple[DueEvents, slice]:
        """The next events, `most` at the most and at least one, and which of these they are. first: the sequence number
        of the first of them. sent: from their times the times in their ids. now: Unix milliseconds, in a live run."""
        events = self._ahead
        if events is None:
            events = self._ahead = self._told(self._waiting.take(_TOLD), now)
            self._lay_out(events)
        which = events.take(most)
        if events.tried and events.tried[0] < which.stop:
            self._try_again(events, which, first, sent)
        if not len(events):
            self._counts += _types(events)
            self._ahead = None
        return events, which

    def _told(self, rows: np.ndarray, now: int | None) -> DueEvents:
        """What the next events of payments say; what their network numbers by the hour is of the time at which they go
        out, in a live run `now`. What comes after them waits from now on: it is due later, and is not
        told before all of these have gone out."""
        count = len(rows)
        story = self._teller.tell(self._rows.payments(rows))
        kind, moments = rows["step"].astype(np.intp), rows["due"].copy()
        picks = self._rows.picks(rows)
        picks["outcome"] = self._outcomes.of(kind, rows["pick outcome"], story, picks.get("entry"))
        if "entry" in picks:
            picks["entry"] = self._sampler.records.presented_again(picks["entry"])
        columns = self._sampler.columns(count, picks, moments if now is None else now, self._streams)
        drawn = SampledPayments(count, picks, story.amounts[kind, np.arange(count)], columns, moments)
        self._keep(drawn, rows, kind)
        tried = np.flatnonzero(kind == life_story.RETRY)
        again = chosen(rows, tried)
        again["begun"], again["tries"] = moments[tried], again["tries"] + 1
        again["state"] = np.where(story.approved[tried], life_story.APPROVED, life_story.DECLINED)
        purchase, sent, number = (rows[name].copy() for name in ("purchase", "sent", "number"))
        rows["step"], rows["due"] = story.after(kind, moments)
        rows["due"][tried] = NEVER  # they are payments of their own
        last = rows["due"] == NEVER
        self._wait(rows)
        denied = np.flatnonzero((rows["fate"] == life_story.DENIED) & (kind == life_story.DISPUTE)).tolist()
        return DueEvents(drawn, purchase, sent, number, moments, kind, tried.tolist(), again, last, denied)

    def _try_again(self, events: DueEvents, which: slice, first: int, sent: Callable[[np.ndarray], Moments]) -> None:
        """Second attempts are payments of their own, of the same purchase."""
        positions, rows = events.second_attempts(which.stop)
        rows["number"], rows["sent"] = first + positions - which.start, sent(events.moments[positions])
        if not self._second:
            self._second_since = int(rows["begun"].min())
        self._second.append(rows)

    def _begin_second(self) -> None:
        """Let second attempts that have gone out wait for what follows them."""
        if self._second:
            rows, self._second = joined(self._second), []
            rows["step"], rows["due"] = self._first(rows)
            self._wait(rows)

    def _keep(self, drawn: SampledPayments, rows: np.ndarray, kind: np.ndarray) -> None:
        """What the payment said once its follow-ups repeat. A second attempt says it anew, and so does who is approved
        only then."""
        for name in self._rows.kept:
            path = f"{DETAILS}.{name}"
            known = np.where(kind == life_story.RETRY, b"", rows[name]).tolist()
            values = drawn.drawn[path] = [old or new for old, new in zip(known, drawn.drawn[path], strict=True)]
            rows[name] = [value or b"" for value in values]

    def _flush(self) -> None:
        """Make rows of what has gone out."""
        if not self._fresh:
            return
        rows = joined([self._rows.of(each) for each in self._fresh.take()])
        for number in list(self._fates):
            mine = rows["number"] == number
            if mine.any():
                rows["fate"][mine] = self._fates.pop(number)
        rows = chosen(rows, (rows["state"] != life_story.OVER) & (rows["fate"] != life_story.SILENT))
        rows["step"], rows["due"] = self._first(rows)
        rows = chosen(rows, rows["due"] != NEVER)
        if len(rows) and self._room.is_tight(len(rows)):
            rows = chosen(rows, self._room.admit(self._teller.chance(rows["number"])))
        self._wait(rows)

    def _wait(self, rows: np.ndarray) -> None:
        """Let rows wait until they are due; those after the end are counted alone."""
        waits = rows["due"] != NEVER
        if self._clock.end is not None:
            later = waits & (rows["due"] >= self._clock.end)
            self.after_end += int(later.sum())
            waits &= ~later
        self._waiting.add(rows if waits.all() else chosen(rows, waits))

    def _first(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The first step of each, and when it is due."""
        return self._teller.begin(self._rows.payments(rows)).first()


def _types(events: DueEvents) -> Counter[str]:
    """How many have gone out, by type."""
    found: Counter[str] = Counter()
    for at, number in enumerate(np.bincount(events.kind[: events.gone]).tolist()):
        if number:
            found[TYPE_OF_STEP[at]] += number
    return found
