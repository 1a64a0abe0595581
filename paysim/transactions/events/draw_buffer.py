"""Payments of one method drawn ahead, so that handing out a single one is cheap and each draw is short."""

from bisect import bisect_left, bisect_right
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import accumulate, pairwise
from typing import Any, NamedTuple

import numpy as np

from paysim.contract.labels import SCENARIOS, Scenario
from paysim.transactions.behaviour.payment_records import SampledPayments
from paysim.transactions.behaviour.payment_sampler import PaymentSampler
from paysim.transactions.behaviour.timing.calendar import Slice
from paysim.transactions.lifecycle.refunds import Refund, RefundPool, SentPayment
from paysim.transactions.scenarios.clocks import Clocks
from paysim.transactions.scenarios.episodes import PlannedEpisode
from paysim.transactions.scenarios.marking import Marker

from .payment_pieces import PaymentPieces
from .repeats.copies import Copy

_DRAWN_AT_ONCE = 1024  # payments, at the most: about two milliseconds
_DRAWN_AHEAD = 4096  # payments of all methods together, for which a method draws its share ahead
_AT_LEAST = 16
_SPARE = 1.5  # payments kept for each refund where replay does not know how many will be taken
_FIRST_DRAWN = 16  # fewer at first: what is drawn together cannot refund each other
_JOINED_AHEAD = 64  # events joined at once for who takes them one at a time


class Mark(NamedTuple):
    """A payment that takes more than a stamp. position: in `drawn`; kind: refund, refundable, unrefunded (one that
    should have been a refund), again or a scenario's name; scenario: that, looked up.

    payment: what is kept of it, if it may be refunded. refund: what goes out instead. step: of an episode. again: a
    payment that goes out here. copy: of an earlier one, that goes out here.
    """

    kind: str
    drawn: SampledPayments
    position: int
    scenario: Scenario | None = None
    step: tuple[PlannedEpisode, int] | None = None
    payment: SentPayment | None = None
    refund: Refund | None = None
    again: SentPayment | None = None
    copy: Copy | None = None


@dataclass(slots=True)
class TakenPayments:
    """Payments that were taken from the buffer, in order.

    columns: the pieces of their events, to be joined; together: whether they stand side by side there. marks: position
    among them → what else is to be done. keys: of their partitions, if those go by key. times: Unix milliseconds, in
    replay. fraud: positions of those that are fraud in truth. parts: what was drawn, and which of it was taken; order:
    which of these each is now, None: as they come.
    """

    count: int = 0
    columns: list[list[bytes]] = field(default_factory=list)
    marks: dict[int, Mark] = field(default_factory=dict)
    keys: list[str] | None = None
    times: np.ndarray | None = None
    together: bool = True
    fraud: list[int] = field(default_factory=list)
    parts: list[tuple[SampledPayments, int, int]] = field(default_factory=list)
    order: np.ndarray | None = None

    def unmark(self, position: int, *, is_document: bool) -> None:
        """The payment at `position` goes out as it was drawn. is_document: each event is built by itself."""
        if is_document:
            self.marks[position] = self.marks[position]._replace(kind="plain", scenario=None, refund=None)
        else:
            del self.marks[position]

    def reorder(self, positions: list[int]) -> dict[int, int]:
        """Keep the payments at `positions`, in that order. Returns a map from old to new position."""
        places = {position: at for at, position in enumerate(positions)}
        columns = [list(map(b"".join, zip(*self.columns, strict=True)))] if self.together else self.columns
        self.order = (np.arange(self.count) if self.order is None else self.order)[positions]
        self.count = len(positions)
        self.columns = [[column[position] for position in positions] for column in columns]
        self.marks = dict(sorted((places[p], mark) for p, mark in self.marks.items() if p in places))
        if self.keys is not None:
            self.keys = [self.keys[position] for position in positions]
        if self.times is not None:
            self.times = self.times[positions]
        self.fraud = sorted(places[position] for position in self.fraud if position in places)
        return places

    def runs(self, others: Sequence[int]) -> Iterator[tuple[int, int, SampledPayments, int]]:
        """Neighbours of one draw in a live run, without the `others`: position, how many, the draw, position in it."""
        order = range(self.count) if self.order is None else self.order
        cuts = {0, self.count, *others, *(at + 1 for at in others)}
        if self.order is not None:
            cuts.update((np.flatnonzero(np.diff(self.order) != 1) + 1).tolist())
        ends = list(accumulate(stop - start for _, start, stop in self.parts))
        cuts.update(bisect_left(order, end) for end in ends)
        for at, end in pairwise(sorted(cuts)):
            if at not in others:
                part = bisect_right(ends, order[at])
                drawn, _, stop = self.parts[part]
                yield at, end - at, drawn, stop - ends[part] + int(order[at])

    def leave_out(self, positions: list[int]) -> None:
        """Take away the payments at `positions`: few, ascending."""
        gone = set(positions)

        def place(position: int) -> int:
            return position - bisect_left(positions, position)

        lists: list[list[Any]] = [*self.columns]
        if self.keys is not None:
            lists.append(self.keys)
        for each in lists:
            for position in reversed(positions):
                del each[position]
        self.order = np.delete(np.arange(self.count) if self.order is None else self.order, positions)
        self.count -= len(positions)
        self.marks = {place(position): mark for position, mark in self.marks.items() if position not in gone}
        if self.times is not None:
            self.times = np.delete(self.times, positions)
        self.fraud = [place(position) for position in self.fraud if position not in gone]


class DrawBuffer:
    """Holds payments of one method that were drawn and not yet taken.

    window: where replay draws its times from, None for live. has_repeats: whether anything is marked to be sent again.
    """

    def __init__(
        self,
        sampler: PaymentSampler,
        pieces: PaymentPieces,
        marker: Marker,
        refundable: RefundPool,
        clocks: Clocks,
        share: float = 1.0,
    ) -> None:
        """share: of the method among all payments. Little is drawn ahead for a rare one: its payers are people who have
        not paid for a while when they are drawn, and by the time it goes out they may have paid otherwise."""
        self.sampler, self.pieces, self._refundable, self.clocks = sampler, pieces, refundable, clocks
        self._least = min(_DRAWN_AT_ONCE, max(_AT_LEAST, round(share * _DRAWN_AHEAD)))
        self._most = _FIRST_DRAWN
        self._together = pieces.layout is None or pieces.layout.stamp_first
        self._marker = marker
        self._cast = sampler.cast(marker.episodes.rng)
        self.has_repeats = marker.has_repeats
        self._drawn: SampledPayments | None = None
        self._marks: list[Mark] = []
        self._position = self._next_mark = 0
        self._ahead_from, self._ahead = 0, list[Sequence[bytes]]()  # rows of the draw for who takes one at a time
        self._room: int | None = None
        self.window: Slice | None = None
        self.taken_alone: tuple[SampledPayments, int] | None = None
        """What `single` gave last."""

    @property
    def is_limited(self) -> bool:
        """Whether it is known how many will be taken."""
        return self._room is not None

    def narrow(self, window: Slice, room: int | None = None) -> None:
        """Draw times from this window from now on, and drop what was drawn ahead.

        room: how many will be taken from it, if that is known; then no more are drawn.
        """
        self.window = window
        self._room = room
        self._drawn = None
        self._refundable.open(window.end, whole=room is None)
        self.sampler.narrow(window, room)
        self._marker.episodes.narrow(window, room)

    def take(self, count: int, now: int) -> TakenPayments:
        """The next `count` payments. now: Unix milliseconds."""
        taken = TakenPayments(together=self._together)
        for drawn, start, stop in self._parts(count, now):
            base = taken.count - start
            taken.parts.append((drawn, start, stop))
            pieces = [column[start:stop] for column in drawn.columns]
            taken.columns = [a + b for a, b in zip(taken.columns, pieces, strict=True)] if taken.count else pieces
            taken.count += stop - start
            if drawn.fraud:
                taken.fraud += [base + position for position in drawn.fraud if start <= position < stop]
            if drawn.keys is not None:
                taken.keys = (taken.keys or []) + drawn.keys[start:stop]
            if drawn.times is not None:
                times = drawn.times[start:stop]
                taken.times = times if taken.times is None else np.concatenate([taken.times, times])
            while self._next_mark < len(self._marks) and self._marks[self._next_mark].position < stop:
                mark = self._marks[self._next_mark]
                taken.marks[base + mark.position] = mark
                self._next_mark += 1
        return taken

    def single(self, now: int) -> Sequence[bytes] | None:
        """The pieces of the next payment where a stamp is all it takes, else None, and it is still the next."""
        if self._drawn is None or self._position == self._drawn.count:
            self._fill(now)
        drawn, at = self._drawn, self._position
        assert drawn is not None
        if drawn.times is not None or drawn.keys is not None:
            return None
        if self._next_mark < len(self._marks) and self._marks[self._next_mark].position == at:
            return None
        if at in drawn.fraud:
            return None
        self._position = at + 1
        self.taken_alone = drawn, at
        if not 0 <= at - self._ahead_from < len(self._ahead):
            pieces = [column[at : at + _JOINED_AHEAD] for column in drawn.columns]
            rows = zip(*pieces, strict=True)
            self._ahead = list(zip(map(b"".join, rows), strict=True)) if self._together else list(rows)
            self._ahead_from = at
        return self._ahead[at - self._ahead_from]

    def _refund_slots(self, count: int, room: int, free: int) -> list[int]:
        """Which of those among the next `count` that are free are refunds; some of what is due is left for refunds that
        are wrong."""
        return self._refundable.slots(count, room, self._marker.refund_part, free)

    def _next_count(self, wanted: int) -> int:
        """How many are drawn next. Towards the end of a window they are fewer and fewer, so that hardly any refund is
        drawn too late."""
        most, self._most = self._most, min(2 * self._most, _DRAWN_AT_ONCE)
        if self._room is None:
            return min(most, max(self._least, wanted))
        if self.window is not None and self.window.is_last:
            most = min(most, max(_FIRST_DRAWN, self._room // 2))
        return min(most, self._room)

    def after(self, payment: SentPayment) -> int:
        """A time after a payment's, in replay."""
        assert self.window is not None
        return min(max(payment.due, payment.milliseconds + 1, self.window.start), self.window.end - 1)

    def _remember(
        self, drawn: SampledPayments, kinds: Mapping[int, str], refunds: Container[int]
    ) -> dict[int, SentPayment]:
        """Keep some of the payments for refunds: position → what is kept. refunds: positions of refunds, which are
        drawn as payments where they are made of a document."""
        rates = self.sampler.refundable(drawn)
        rates[[at for at, kind in kinds.items() if kind != "refund" or at in refunds]] = 0.0
        times = drawn.times
        if times is not None and self.window is not None:  # time must be left in which to refund it
            rates[times >= self.window.end - 1] = 0.0
        chances = None
        if times is not None:
            chances = self.sampler.refund_chances(drawn) * (_SPARE if self._room is None else 1.0)
        chosen = self._marker.refundable(rates, chances)
        positions = np.flatnonzero(chosen)
        if not len(positions):
            return {}
        places = positions.tolist()
        minor = drawn.minor[positions].astype(np.int64).tolist()
        picks, rows = self.sampler.records.kept(drawn, positions)
        moments, due = [0] * len(places), [0] * len(places)
        if times is not None:
            moments, due = times[positions].tolist(), self.sampler.refund_times(drawn, positions)
        found = {
            place: SentPayment(
                picks, row, amount, amount, time, {path: column[place] for path, column in drawn.drawn.items()}, back
            )
            for place, row, amount, time, back in zip(places, rows, minor, moments, due, strict=True)
        }
        self._refundable.remember(found.values())
        return found

    def _parts(self, count: int, now: int) -> Iterator[tuple[SampledPayments, int, int]]:
        while count:
            if self._drawn is None or self._position == self._drawn.count:
                self._fill(now, count)
            assert self._drawn is not None
            start = self._position
            self._position = min(start + count, self._drawn.count)
            count -= self._position - start
            yield self._drawn, start, self._position

    def _fill(self, now: int, wanted: int = 1) -> None:
        count, room = self._next_count(wanted), self._room
        dealt = self._marker.episodes.deal(count, self._cast, self._room)
        if self._room is not None:
            self._room -= count
        kinds = self._marker.kinds(count, dealt, None if room is None else partial(self._refund_slots, count, room))
        slots = [position for position, kind in kinds.items() if kind == "refund"]
        refunds = dict(zip(slots, self._refundable.choose(len(slots)), strict=False))
        if self.window is not None:
            for refund in refunds.values():
                refund.moment = self.after(refund.payment)
        drawn = self._drawn = self.sampler.draw(count, now, self.window, dealt, refunds)
        self.pieces.add(drawn)
        self.clocks.mark(kinds, drawn.picks)
        payments = self._remember(drawn, kinds, refunds)
        steps = {position: (told, number) for position, told, number in dealt}
        kinds |= dict.fromkeys(slots[len(refunds) :], "unrefunded")
        kinds |= dict.fromkeys((position for position in payments if position not in kinds), "refundable")
        self._marks = [
            Mark(kind, drawn, at, SCENARIOS.get(kind), steps.get(at), payments.get(at), refunds.get(at))
            for at, kind in sorted(kinds.items())
        ]
        self._position = self._next_mark = 0
        self._ahead = []
        if self.pieces.layout is None:  # every one is built by itself at hand-out
            known = {mark.position: mark for mark in self._marks}
            self._marks = [known.get(position) or Mark("plain", drawn, position) for position in range(drawn.count)]
