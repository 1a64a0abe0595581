"""What follows the payments of one method: which of them wait for what, and what their next events say.

A payment that goes out becomes a row of some hundred bytes: its number, time and amount, where its records are, and
which of its events is the next. When that is due its story is told again (`stories`), the event is drawn like a payment
whose picks are known, and the row waits for the one after. How that becomes bytes is `events/follow_up_events`.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from paysim.contract.fields import DETAILS
from paysim.transactions.behaviour.payment_records import SampledPayments
from paysim.transactions.behaviour.payment_sampler import PaymentSampler
from paysim.transactions.randomness import Streams

from . import fates, stories
from .follow_up_outcomes import TYPE_OF_STEP
from .speedup import StoryTime
from .stories import NEVER, Payments, StoryTeller
from .waiting import Room, Waiting, joined

_PICKS = ("customer", "merchant", "place", "device", "address", "currency", "entry", "risk", "outcome")
_STATES = {"completed": stories.APPROVED, "pending": stories.PENDING, "failed": stories.DECLINED}
_WEEK = 7 * 86_400_000  # ms
_UNKNOWN = -1  # when the first event of a second attempt is due: told for many together
_TOLD = 256  # events that are drawn at once, for who takes fewer
_FLUSHED = 512  # payments that may wait to become rows
Moments = int | np.ndarray


@dataclass(frozen=True, slots=True)
class StoryClock:
    """When follow-ups come. width: milliseconds between which they are not told apart. exactly: whether they are all
    the same. end: after which nothing comes, None in a live run. time: that of stories, where it is not the events'.
    """

    width: int
    exactly: bool = False
    end: int | None = None
    time: StoryTime | None = None


@dataclass(slots=True)
class FollowUpEvents:
    """Events that are due, in columns. drawn: them as if they were payments. purchase: the number of the first attempt
    of their purchase; sent, original: milliseconds and number in the id of the transaction that they name. moments: in
    story time, Unix milliseconds."""

    drawn: SampledPayments
    purchase: np.ndarray
    sent: np.ndarray
    original: np.ndarray
    moments: np.ndarray

    def __len__(self) -> int:
        return self.drawn.count

    def part(self, of: slice) -> "FollowUpEvents":
        drawn = self.drawn
        picks = {source: which[of] for source, which in drawn.picks.items()}
        columns = {path: values[of] for path, values in drawn.drawn.items()}
        pieces = [column[of] for column in drawn.columns]
        keys = None if drawn.keys is None else drawn.keys[of]
        some = SampledPayments(
            len(self.purchase[of]), picks, drawn.minor[of], columns, self.moments[of], columns=pieces, keys=keys
        )
        return FollowUpEvents(some, self.purchase[of], self.sent[of], self.original[of], self.moments[of])


@dataclass(slots=True)
class _Told:
    """Events that are due. left: rows of what comes after them; kind: positions in STEPS; approved: see `LifeStory`."""

    events: FollowUpEvents
    left: np.ndarray
    kind: np.ndarray
    approved: np.ndarray

    def split(self, count: int) -> "tuple[_Told, _Told | None]":
        """The first so many, and the others, if there are any."""
        if count >= len(self.events):
            return self, None
        one, other = (
            _Told(self.events.part(of), self.left[of], self.kind[of], self.approved[of])
            for of in (slice(None, count), slice(count, None))
        )
        return one, other


@dataclass(slots=True)
class _Begun:
    """Payments that have gone out and are no rows yet."""

    drawn: SampledPayments
    positions: np.ndarray
    numbers: np.ndarray
    sent: Moments
    begun: Moments


class FollowUps:
    """The payments of one method that something follows. counts: events by type, as far as they have gone out."""

    def __init__(
        self,
        sampler: PaymentSampler,
        teller: StoryTeller,
        clock: StoryClock,
        room: Room,
        streams: Streams,
        lay_out: Callable[[SampledPayments], None],
    ) -> None:
        """lay_out: gives events their pieces."""
        self._sampler, self._teller, self._clock, self._room = sampler, teller, clock, room
        self._streams, self._lay_out = streams, lay_out
        records, world = sampler.records, sampler.world
        outcomes = records.follow_ups
        assert outcomes is not None
        self._outcomes = outcomes
        self._sources = [source for source in _PICKS if source in records.by_source]
        self._kept = dict(sampler.method.kept)
        fields: list[tuple[str, str]] = [("due", "i8"), ("begun", "i8"), ("sent", "i8"), ("number", "u8")]
        fields += [
            ("purchase", "u8"),
            ("minor", "i8"),
            ("step", "i1"),
            ("state", "i1"),
            ("tries", "i1"),
            ("fate", "i1"),
        ]
        fields += [(f"pick {source}", "i4") for source in self._sources]
        fields += [(name, f"S{width}") for name, width in self._kept.items()]
        self._dtype = np.dtype(fields)
        self._waiting = Waiting(self._dtype, clock.width, room)
        status = [_STATES.get(each, stories.OVER) for each in records.outcomes.status]
        self._state = np.full(len(records.by_source["outcome"]), stories.OVER, np.int8)
        self._state[: len(status)] = status
        self._remote = np.array([device["channel"] != "pos" for device in records.by_source["device"]])
        self._category = world.merchant_category
        self._country = world.country if sampler.method.settlement == "scheme" else world.merchant_country
        self._of = "pick customer" if sampler.method.settlement == "scheme" else "pick merchant"
        self._fresh: list[_Begun] = []
        self._count_fresh = 0
        self._ahead: _Told | None = None
        self._left: list[np.ndarray] = []
        self._alone: list[tuple[int, int, int]] = []  # positions, numbers and times of payments that went out alone
        self._alone_of: SampledPayments | None = None
        self._fates: dict[int, int] = {}  # by number, of payments that are no rows yet
        self.after_end = 0
        self.counts: Counter[str] = Counter()

    @property
    def open(self) -> int:
        """Payments that something is still to follow."""
        self._begin_those_alone()
        self._flush()
        self._wait_on()
        ahead = 0 if self._ahead is None else len(self._ahead.events)
        return ahead + len(self._waiting) + self.after_end

    def _pilot(self, start: int, length: int) -> np.ndarray:
        """Rows of the payments of a pilot, made evenly from `start` on over so many milliseconds."""
        pilot = self._sampler.pilot
        each = np.arange(pilot.count)
        rows = self._rows(_Begun(pilot, each, each.astype(np.uint64), 0, start + each * length // pilot.count))
        found: np.ndarray = rows[rows["state"] != stories.OVER]
        return found

    def refund(self, wanted: float, start: int) -> None:
        """So many refunds shall come for each payment: in replay from `start` to its end, in a live run ever."""
        end = self._clock.end
        rows = self._pilot(start, _WEEK if end is None else end - start)
        payments, teller = self._payments(rows), self._teller
        teller.refunds = np.inf  # everybody's, each of which counts by its chance
        times = teller.tell(payments).times[[stories.REFUND, stories.MORE]]
        in_time = (times < (NEVER if end is None else end)).sum(axis=0)
        low, high = 0.0, 1.0
        for at in range(80):
            middle = high if at < 20 else (low + high) / 2
            chance = teller.refund_chance(payments.category, middle)
            short = float((chance * in_time).sum()) / self._sampler.pilot.count < wanted
            if at < 20:
                low, high = (high, 2 * high) if short else (low, high)
            else:
                low, high = (middle, high) if short else (low, middle)
        teller.refunds = high if wanted else 0.0

    def suited(self, wanted: str, start: int) -> float:
        """The share of payments that can have one of these fates (`fates.FATES`): in replay from `start` to its end."""
        end = self._clock.end
        rows = self._pilot(start, _WEEK if end is None else end - start)
        found = fates.FATES[wanted].decide(self._teller, self._payments(rows), NEVER if end is None else end)
        return float((found != fates.NONE).sum()) / self._sampler.pilot.count

    def decide(
        self, wanted: str, drawn: SampledPayments, position: int, number: int, sent: int, begun: int
    ) -> str | None:
        """Give a payment that goes out next one of these fates. Returns the role that it has by it; None where it can
        have none. See `begin`."""
        rows = self._rows(_Begun(drawn, np.array([position]), np.array([number], np.uint64), sent, self._at(begun)))
        end = self._clock.end
        fate = fates.FATES[wanted]
        found = int(fate.decide(self._teller, self._payments(rows), NEVER if end is None else end)[0])
        if found == fates.NONE:
            return None
        self._fates[number] = fate.stories[found]
        return fate.roles[found]

    def _at(self, moment: int) -> int:
        """A time of a payment in story time."""
        return moment if self._clock.time is None else self._clock.time.at(moment)

    def delays(self, start: int) -> np.ndarray:
        """How long after a payment its follow-ups come: milliseconds, sorted, of all follow-ups of the payments of a
        pilot that are made in the week from `start` on; divided by their number they are those of one payment."""
        rows = self._pilot(start, _WEEK)
        times = self._teller.tell(self._payments(rows)).times
        return np.sort((times - rows["begun"])[times != NEVER])

    def close(self) -> None:
        """Nothing follows them any more."""
        self._ahead, self._left, self._alone = None, [], []
        self._fresh, self._count_fresh = [], 0
        self._waiting.close()

    def begin(
        self, drawn: SampledPayments, positions: np.ndarray, numbers: np.ndarray, sent: Moments, begun: Moments
    ) -> None:
        """Payments have gone out. positions: in `drawn`; numbers: their sequence numbers; sent: the time in their ids;
        begun: when. Unix milliseconds, one for all or one each."""
        if isinstance(begun, int):
            begun = self._at(begun)
        self._fresh.append(_Begun(drawn, positions, numbers, sent, begun))
        self._count_fresh += len(positions)
        if self._count_fresh >= _FLUSHED:
            self._flush()

    def begin_alone(self, drawn: SampledPayments, position: int, number: int, now: int) -> None:
        """The same of one payment of a live run; those of one draw become rows together."""
        if self._alone and self._alone_of is not drawn:
            self._begin_those_alone()
        self._alone_of = drawn
        self._alone.append((position, number, now))

    def _begin_those_alone(self) -> None:
        drawn, alone, self._alone = self._alone_of, self._alone, []
        if alone and drawn is not None:
            positions, numbers, moments = np.array(alone, np.int64).T
            time = self._clock.time
            begun = moments if time is None else np.array([time.at(moment) for moment in moments.tolist()], np.int64)
            self.begin(drawn, positions, numbers, moments, begun)

    def forget(self, first: int) -> None:
        """Payments from this number on did not go out."""
        self._begin_those_alone()
        self._left = [rows[rows["number"] < first] for rows in self._left]
        self._fates = {number: fate for number, fate in self._fates.items() if number < first}
        for each in self._fresh:
            kept = each.numbers < first
            each.positions, each.numbers = each.positions[kept], each.numbers[kept]
            each.sent = each.sent if isinstance(each.sent, int) else each.sent[kept]
            each.begun = each.begun if isinstance(each.begun, int) else each.begun[kept]

    def due(self, until: int) -> int:
        """How many events are due by a moment of story time, Unix milliseconds."""
        # Rows of a few cost as much as rows of many: in a live run they are made together, a little later.
        if self._alone and (self._clock.exactly or len(self._alone) >= _TOLD or self._is_old(until)):
            self._begin_those_alone()
        fresh = self._fresh
        if fresh and (self._clock.exactly or until - int(np.min(fresh[0].begun)) > self._clock.width):
            self._flush()
        if self._left and (self._clock.exactly or until - self._clock.width > _earliest(self._left[0])):
            self._wait_on()
        self._waiting.open(until, exactly=self._clock.exactly)
        return self.ready

    def _is_old(self, until: int) -> bool:
        """Whether the first of those who went out alone is so old that something may follow it."""
        time = self._clock.time
        return time is None or until - time.at(self._alone[0][2]) > self._clock.width

    @property
    def ready(self) -> int:
        """How many events are due, as far as `due` was asked."""
        return self._waiting.ready + (0 if self._ahead is None else len(self._ahead.events))

    def take(self, most: int, first: int, sent: Callable[[np.ndarray], Moments]) -> FollowUpEvents:
        """The next events, `most` at the most. first: the sequence number of the first of them. sent: from their times
        the times in their ids."""
        if self._ahead is None:
            self._ahead = self._told(self._waiting.take(max(most, _TOLD)))
            self._lay_out(self._ahead.events.drawn)
        told, self._ahead = self._ahead.split(most)
        events, left = told.events, told.left
        tried = np.flatnonzero(told.kind == stories.RETRY)
        if len(tried):
            left[tried] = self._tried_again(told, tried, first, sent(events.moments))
        for at, number in enumerate(np.bincount(told.kind).tolist()):
            if number:
                self.counts[TYPE_OF_STEP[at]] += number
        if sum(map(len, self._left)) >= _FLUSHED:
            self._wait_on()
        self._left.append(left)
        return events

    def _wait_on(self) -> None:
        """Let what has gone out wait for what comes after it."""
        if self._left:
            left, self._left = joined(self._left), []
            begun = left["due"] == _UNKNOWN
            if begun.any():
                left["step"][begun], left["due"][begun] = self._first(left[begun])
            self._wait(left)

    def _told(self, rows: np.ndarray) -> _Told:
        """What the next events of payments say, and what they wait for after that."""
        count = len(rows)
        story = self._teller.tell(self._payments(rows))
        kind, moments = rows["step"].astype(np.intp), rows["due"].copy()
        picks = {source: rows[f"pick {source}"].astype(np.intp) for source in self._sources}
        picks["instrument"] = picks["customer"]
        picks["outcome"] = self._outcomes.of(kind, rows["pick outcome"], story)
        if "entry" in picks:
            picks["entry"] = self._sampler.records.presented_again(picks["entry"])
        columns = self._sampler.columns(count, picks, moments, self._streams)
        drawn = SampledPayments(count, picks, story.amounts[kind, np.arange(count)], columns, moments)
        self._keep(drawn, rows, kind)
        events = FollowUpEvents(drawn, rows["purchase"], rows["sent"], rows["number"], moments)
        left = rows.copy()
        left["step"], left["due"] = story.after(kind, moments)
        return _Told(events, left, kind, story.approved)

    def _tried_again(self, told: _Told, at: np.ndarray, first: int, sent: Moments) -> np.ndarray:
        """Second attempts are payments of their own, of the same purchase."""
        found: np.ndarray = told.left[at]
        found["number"], found["begun"] = first + at, told.events.moments[at]
        found["sent"] = sent if isinstance(sent, int) else sent[at]
        found["state"] = np.where(told.approved[at], stories.APPROVED, stories.DECLINED)
        found["tries"] += 1
        found["due"] = _UNKNOWN
        return found

    def _keep(self, drawn: SampledPayments, rows: np.ndarray, kind: np.ndarray) -> None:
        """What the payment said once its follow-ups repeat. A second attempt says it anew, and so does who is approved
        only then."""
        for name in self._kept:
            path = f"{DETAILS}.{name}"
            known = np.where(kind == stories.RETRY, b"", rows[name]).tolist()
            values = drawn.drawn[path] = [old or new for old, new in zip(known, drawn.drawn[path], strict=True)]
            rows[name] = [value or b"" for value in values]

    def _flush(self) -> None:
        """Make rows of what has gone out."""
        if not self._fresh:
            return
        rows = joined([self._rows(each) for each in self._fresh])
        self._fresh, self._count_fresh = [], 0
        for number, fate in self._fates.items():
            rows["fate"][rows["number"] == number] = fate
        self._fates = {}
        rows = rows[(rows["state"] != stories.OVER) & (rows["fate"] != stories.SILENT)]
        rows["step"], rows["due"] = self._first(rows)
        rows = rows[rows["due"] != NEVER]
        if len(rows) and self._room.is_tight(len(rows)):
            rows = rows[self._room.admit(self._teller.chance(rows["number"]))]
        self._wait(rows)

    def _rows(self, begun: _Begun) -> np.ndarray:
        drawn, positions = begun.drawn, begun.positions
        rows = np.zeros(len(positions), self._dtype)
        rows["number"] = rows["purchase"] = begun.numbers
        rows["sent"], rows["begun"], rows["minor"] = begun.sent, begun.begun, drawn.minor[positions]
        for source in self._sources:
            rows[f"pick {source}"] = drawn.picks[source][positions]
        rows["state"] = self._state[rows["pick outcome"]]
        for name in self._kept:
            column = drawn.drawn[f"{DETAILS}.{name}"]
            rows[name] = [column[at] or b"" for at in positions.tolist()]
        return rows

    def _wait(self, rows: np.ndarray) -> None:
        """Let rows wait until they are due; those after the end are counted alone."""
        rows = rows[rows["due"] != NEVER]
        if self._clock.end is not None:
            later = rows["due"] >= self._clock.end
            self.after_end += int(later.sum())
            rows = rows[~later]
        self._waiting.add(rows)

    def _first(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The first step of each, and when it is due."""
        return self._teller.tell(self._payments(rows)).first()

    def _payments(self, rows: np.ndarray) -> Payments:
        return Payments(
            number=rows["number"],
            begun=rows["begun"],
            minor=rows["minor"],
            state=rows["state"],
            tries=rows["tries"],
            remote=self._remote[rows["pick device"]],
            category=self._category[rows["pick merchant"]],
            country=self._country[rows[self._of]],
            fate=rows["fate"],
        )


def _earliest(rows: np.ndarray) -> int:
    """When the first of these is due, as far as that is known."""
    due = rows["due"]
    return int(due.min(initial=NEVER, where=due != _UNKNOWN))
