"""Turns taken payments into a batch: stamps them, and makes refunds and scenarios of those that are marked.

What a refund or a scenario needs is known only when it goes out: which payments can be refunded, which id comes next,
what went out last. Payments are joined from their pieces here and refunds in `refund_events`; scenarios are built one
at a time (`document_events`), and what repeats another transaction is put in its place (`repeats`).
"""

import numpy as np

from paysim.contract.labels import SCENARIOS, EpisodePart
from paysim.transactions.batch import Batch
from paysim.transactions.behaviour.timing.calendar import Slice
from paysim.transactions.lifecycle.follow_ups import FollowUps
from paysim.transactions.lifecycle.refunds import RefundPool
from paysim.transactions.scenarios.base import Repeat
from paysim.transactions.scenarios.follow_ups import OtherFate
from paysim.transactions.scenarios.marking import of_a_payment

from .document_events import DocumentEvents
from .draw_buffer import DrawBuffer, Mark, TakenPayments
from .mapping import CompiledMapping, rfc3339
from .pieces import BETWEEN
from .refund_events import RefundEvents
from .repeats.copies import LastSent, WaitingCopies
from .repeats.sending_again import SendingAgain, sent
from .sources import STAMPED
from .stamp_texts import Moments
from .stamps import Stamper, uuid_text

_PAYMENTS = ("plain", "refundable", "unrefunded")
"""Marks of payments that are like any other."""


class Emitter:
    """Turns drawn payments of one method into events."""

    def __init__(
        self,
        buffer: DrawBuffer,
        stamper: Stamper,
        mapping: CompiledMapping,
        refundable: RefundPool,
        copies: WaitingCopies,
        rng: np.random.Generator,
        follow_ups: FollowUps | None = None,
    ) -> None:
        """follow_ups: what follows these payments, where anything does."""
        self.buffer, self.stamper, self.follow_ups = buffer, stamper, follow_ups
        self._mapping, self._refundable, self._pieces = mapping, refundable, buffer.pieces
        self._refund_events = RefundEvents(buffer.pieces, stamper)
        self._documents = DocumentEvents(buffer, stamper, mapping, rng)
        self._again = SendingAgain(buffer, stamper, mapping, copies, rng)
        self.last: LastSent | None = None
        """What a duplicate that comes next repeats."""
        self.payments_for_refunds = 0

    def narrow(self, window: Slice, count: int) -> None:
        """Take the next `count` from a part of the window; nothing from before it is repeated in it."""
        self.buffer.narrow(window, count)
        self.last = None

    def remember_last(self, batch: Batch) -> None:
        """Note the last transaction: a duplicate that comes first in the next batch repeats it."""
        self.last = sent(batch, len(batch) - 1, None)

    def take_back(self, last: LastSent | None) -> None:
        """What was emitted last does not go out, and a duplicate repeats `last`."""
        self.last = last
        self._documents.take_back()

    def is_event_of_its_own(self, batch: Batch) -> bool:
        """Whether the only transaction of a batch is a document, and no copy of another."""
        if 0 not in batch.labels:
            return True
        scenario = SCENARIOS[batch.labels[0]]
        return scenario.is_object and not isinstance(scenario, Repeat)

    def replace(self, batch: Batch, body: bytes) -> None:
        """Put another body in the place of the only one of a batch; copies of that transaction have it too."""
        batch.bodies[0] = body
        if not batch.labels and self.last is not None:
            self.last = (body, *self.last[1:])

    def emit(
        self, method: str, taken: TakenPayments, first: int, now: int, own_time: bool
    ) -> tuple[Batch, int, np.ndarray | None]:
        """Make the batch of what was taken.

        first: its first sequence number. now: Unix milliseconds. own_time: ids carry the transactions' own times.
        Returns the batch, how many sequence numbers it took, and in replay the times of its transactions.
        """
        self._documents.begin()
        self._refund_marked(taken)
        if self.buffer.has_repeats:
            self._again.choose(taken, None if own_time else now)
        if taken.times is not None:
            taken.reorder(np.argsort(taken.times, kind="stable").tolist())
        repeats, originals = self._again.repeats(taken, self.last)
        gone = sorted(repeats)
        if gone:
            taken.leave_out(gone)
        times = taken.times
        moments = now if times is None else times
        fated = self._decide(taken, moments if own_time else now, moments, first)
        batch = self.stamped(method, taken, moments if own_time else now, moments, first)
        for position, mark in taken.marks.items():
            if mark.payment is not None:
                self._refund_events.note(mark.payment, batch, position, first + position)
        self._refund_events.prepare(list(taken.marks.values()))
        for position, mark in taken.marks.items():
            moment = now if times is None else int(times[position])
            if mark.kind == "refund" and self._refund_events.place(batch, position, mark, moment):
                continue
            if mark.kind not in _PAYMENTS or self._pieces.layout is None:
                self._documents.write(batch, position, mark, first + position, moment)
        for position, (name, role) in fated.items():
            batch.labels[position], batch.episodes[position] = name, EpisodePart(batch.ids[position], role)
        batch.fraud = [position for position in taken.fraud if self._goes_out(taken.marks.get(position))]
        self._again.keep(originals, batch, gone, self.last, times, first, None if own_time else now)
        if gone:
            batch, times = self._again.put_in(batch, repeats, gone, self.last, times)
        clean = next((p for p in range(len(batch) - 1, -1, -1) if p not in batch.labels), None)
        if clean is not None:
            self.last = sent(batch, clean, times)
        return batch, taken.count, times

    def _decide(self, taken: TakenPayments, ids: Moments, times: Moments, first: int) -> dict[int, tuple[str, str]]:
        """What scenarios make of what follows payments: position → label and role. These go out as they were drawn, and
        so do those whose stories have no place for it."""
        found: dict[int, tuple[str, str]] = {}
        for position, mark in list(taken.marks.items()):
            scenario = mark.scenario
            if isinstance(scenario, OtherFate) and position in taken.fraud:  # fraud in truth is nobody's own story
                taken.unmark(position, is_document=self._pieces.layout is None)
            elif isinstance(scenario, OtherFate):
                assert self.follow_ups is not None
                sent, begun = (each if isinstance(each, int) else int(each[position]) for each in (ids, times))
                role = self.follow_ups.decide(scenario.fate, mark.drawn, mark.position, first + position, sent, begun)
                if role is not None:
                    found[position] = scenario.name, role
                taken.unmark(position, is_document=self._pieces.layout is None)
        return found

    @staticmethod
    def _goes_out(mark: Mark | None) -> bool:
        """Whether a payment goes out as it was drawn: nothing else takes its place."""
        return mark is None or mark.kind in _PAYMENTS

    def stamped(self, method: str, taken: TakenPayments, ids: Moments, times: Moments, first: int) -> Batch:
        """What was taken, with stamps of these times (Unix milliseconds), as `Stamper.columns` has them."""
        columns = self.stamper.columns(ids, times, first, taken.count, taken.columns)
        if self.follow_ups is not None:
            self._begin(self.follow_ups, taken, ids, times, first)
        joined = list(map(b"".join, zip(*columns, strict=False)))  # what is the same for all has no end
        made = self.stamper.ids(ids, first, taken.count)
        keys = taken.keys
        if keys is not None and self._pieces.partition_by in STAMPED:
            keys = self._stamped_keys(keys, made, times, first)
        return self.batch(method, joined, made, keys)

    def _begin(self, follow_ups: FollowUps, taken: TakenPayments, ids: Moments, times: Moments, first: int) -> None:
        """Tell `follow_ups` which payments go out as they were drawn."""
        others = [at for at, mark in taken.marks.items() if mark.kind not in _PAYMENTS]
        if isinstance(ids, int) and ids == times:
            for at, count, drawn, position in taken.runs(others):
                follow_ups.begin_run(drawn, position, count, first + at, ids)
            return
        order = np.arange(taken.count) if taken.order is None else taken.order
        goes_out = np.ones(taken.count, bool)
        goes_out[others] = False
        base = 0
        for drawn, start, stop in taken.parts:
            mine = np.flatnonzero(goes_out & (order >= base) & (order < base + stop - start))
            sent, begun = (each if isinstance(each, int) else each[mine] for each in (ids, times))
            follow_ups.begin(drawn, order[mine] - base + start, first + mine, sent, begun)
            base += stop - start

    def begin_alone(self, sequence: int, now: int) -> None:
        """Tell `follow_ups` of the payment that the buffer gave alone."""
        if self.follow_ups is not None and self.buffer.taken_alone is not None:
            drawn, position = self.buffer.taken_alone
            self.follow_ups.begin_run(drawn, position, 1, sequence, now)

    def batch(self, method: str, joined: list[bytes], ids: list[bytes], keys: list[str] | None = None) -> Batch:
        """Events as they are joined: where there are application properties, they stand before the body."""
        if not self._mapping.properties:
            return Batch(method, joined, ids, keys=keys)
        apart = [event.partition(BETWEEN) for event in joined]
        bodies, properties = [body for _, _, body in apart], [found for found, _, _ in apart]
        return Batch(method, bodies, ids, keys=keys, properties=properties)

    def _stamped_keys(self, keys: list[str], ids: list[bytes], times: Moments, first: int) -> list[str]:
        path = self._pieces.partition_by
        if path == "transaction_id":
            return list(map(uuid_text, ids))
        if path == "correlation_id":
            return [self.stamper.correlation(first + at) for at in range(len(ids))]
        if path == "transaction_timestamp":
            moments = [times] * len(ids) if isinstance(times, int) else times.tolist()
            return list(map(rfc3339, moments))
        return keys  # a payment has no original_transaction_id

    def _refund_marked(self, taken: TakenPayments) -> None:
        """Find payments for what gives back more or other than a refund does. What has none to refund stays a
        payment."""
        for position, mark in list(taken.marks.items()):
            if mark.kind == "refund":
                assert mark.refund is not None
                if mark.refund.payment.is_forgotten:  # it was dropped: it goes out now, as a payment
                    self.payments_for_refunds += 1
                    taken.marks[position] = mark._replace(kind="again", refund=None, again=mark.refund.payment)
            elif mark.kind == "unrefunded":
                self.payments_for_refunds += 1
            elif mark.scenario is not None and of_a_payment(mark.scenario):
                self._refund_wrongly(taken, position, mark)

    def _refund_wrongly(self, taken: TakenPayments, position: int, mark: Mark) -> None:
        refund = self._refundable.choose_sent()
        if refund is None:
            self.payments_for_refunds += 1
            taken.unmark(position, is_document=self._pieces.layout is None)
            return
        taken.marks[position] = mark._replace(refund=refund)
        if taken.times is not None and self.buffer.window is not None:
            taken.times[position] = self.buffer.after(refund.payment)
