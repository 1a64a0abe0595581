"""Turns taken payments into a batch: stamps them, and makes refunds and scenarios of those that are marked.

What a refund or a scenario needs is known only when it goes out: which payments can be refunded, which id comes next,
what went out last. Scenarios are built one at a time, as documents (`mapping`); the others are joined from their
pieces.
"""

from collections.abc import Sequence
from functools import partial

import numpy as np
import orjson

from paysim.contract.identity import MAX_SEQUENCE
from paysim.contract.labels import SCENARIOS, EpisodePart
from paysim.transactions.batch import Batch
from paysim.transactions.behaviour.timing.calendar import Slice
from paysim.transactions.lifecycle.follow_ups import FollowUps
from paysim.transactions.lifecycle.refunds import RefundPool, SentPayment, refund_document
from paysim.transactions.scenarios.base import BodyEdit, Change, EditCase, FieldEdit, Repeat, WrongRefund
from paysim.transactions.scenarios.clocks import WrongClock
from paysim.transactions.scenarios.marking import of_a_payment
from paysim.transactions.scenarios.second_messages import SecondMessage
from paysim.transactions.scenarios.stories import Story

from .avro.types import Unfit
from .copies import LastSent, WaitingCopies
from .draw_buffer import DrawBuffer, Mark, TakenPayments
from .mapping import CompiledMapping, Document, partition_key, rfc3339
from .pieces import BETWEEN
from .refund_events import RefundEvents
from .sending_again import Original, Repeated, SendingAgain, sent
from .sources import STAMPED
from .stamps import Moments, Stamper, uuid_text

_PAYMENTS = ("plain", "refundable", "unrefunded")
"""Marks of payments that are like any other."""
_PAID: Document = {"transaction_type": "payment", "payment_status": "completed"}


def _in_writing(told: Story, number: int) -> bool:
    """Whether a step takes more than what is drawn."""
    step = told.steps[number]
    return bool(step.changes) or step.gives_back is not None or told.is_given_back(number)


def _moved(at: int, gone: Sequence[int]) -> int:
    """Where what stands at a position stands once others are put in at `gone`, ascending."""
    for position in gone:
        if position > at:
            break
        at += 1
    return at


def _repeated(kind: str) -> bool:
    return isinstance(SCENARIOS.get(kind), Repeat)


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
        self._mapping, self._refundable, self._rng = mapping, refundable, rng
        self._sampler, self._records, self._pieces = buffer.sampler, buffer.sampler.records, buffer.pieces
        self._refund_events = RefundEvents(buffer.pieces, stamper)
        self._again = SendingAgain(buffer, stamper, mapping, copies, rng)
        self.last: LastSent | None = None
        """What a duplicate that comes next repeats."""
        self._orphans = 0
        self._begun: Story | None = None  # by what was emitted last
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
        if self._begun is not None:
            self._begun.episode = None

    def is_event_of_its_own(self, batch: Batch) -> bool:
        """Whether the only transaction of a batch is a document, and no copy of another."""
        label = batch.labels.get(0)
        return label is None or (SCENARIOS[label].is_object and not _repeated(label))

    def replace(self, batch: Batch, body: bytes) -> None:
        """This goes out as the only transaction of a batch, and is what a copy of it has."""
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
        self._begun = None
        self._refund_marked(taken)
        if self.buffer.has_repeats:
            self._again.choose(taken, None if own_time else now)
        if taken.times is not None:
            taken.reorder(np.argsort(taken.times, kind="stable").tolist())
        repeats, originals = self._repeats(taken)
        gone = sorted(repeats)
        if gone:
            taken.leave_out(gone)
        times = taken.times
        moments = now if times is None else times
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
                self._build(batch, position, mark, first + position, moment)
        batch.fraud = [position for position in taken.fraud if self._goes_out(taken.marks.get(position))]
        self._again.keep(originals, batch, gone, self.last, times, first, None if own_time else now)
        if gone:
            batch, times = self._with_repeats(batch, repeats, gone, times)
        clean = next((p for p in range(len(batch) - 1, -1, -1) if p not in batch.labels), None)
        if clean is not None:
            self.last = sent(batch, clean, times)
        return batch, taken.count, times

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
        """Something may follow the payments that go out as they were drawn."""
        if not taken.marks and taken.order is None and isinstance(ids, int) and ids == times:
            for drawn, start, stop in taken.parts:
                follow_ups.begin_run(drawn, start, stop - start, first, ids)
                first += stop - start
            return
        order = np.arange(taken.count) if taken.order is None else taken.order
        goes_out = np.ones(taken.count, bool)
        goes_out[[at for at, mark in taken.marks.items() if mark.kind not in _PAYMENTS]] = False
        base = 0
        for drawn, start, stop in taken.parts:
            mine = np.flatnonzero(goes_out & (order >= base) & (order < base + stop - start))
            sent, begun = (each if isinstance(each, int) else each[mine] for each in (ids, times))
            follow_ups.begin(drawn, order[mine] - base + start, first + mine, sent, begun)
            base += stop - start

    def begin_alone(self, sequence: int, now: int) -> None:
        """Something may follow what the buffer gave alone."""
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
            elif mark.kind not in _PAYMENTS and of_a_payment(mark.kind):
                self._refund_wrongly(taken, position, mark)

    def _refund_wrongly(self, taken: TakenPayments, position: int, mark: Mark) -> None:
        refund = self._refundable.choose_sent()
        if refund is None:
            self.payments_for_refunds += 1
            self._unmark(taken, position)
            return
        taken.marks[position] = mark._replace(refund=refund)
        if taken.times is not None and self.buffer.window is not None:
            taken.times[position] = self.buffer.after(refund.payment)

    def _unmark(self, taken: TakenPayments, position: int) -> None:
        if self._pieces.layout is None:
            mark = taken.marks[position]
            taken.marks[position] = mark._replace(kind="plain", refund=None)
        else:
            del taken.marks[position]

    def _repeats(self, taken: TakenPayments) -> tuple[dict[int, Repeated], list[Original]]:
        """What goes out again in the place of which payment, and what of this batch is kept to be sent again. What has
        nothing to repeat stays a payment."""
        found: dict[int, Repeated] = {}
        originals: list[Original] = []
        if not self.buffer.has_repeats:
            return found, originals
        labelled: set[int] = set()
        for position, mark in list(taken.marks.items()):
            scenario = SCENARIOS.get(mark.kind)
            if scenario is None:
                continue
            last = position - 1  # the unlabelled one before; -1: `self.last`
            while last in labelled:
                last -= 1
            if (original := Original.of(mark, scenario, position, last)) and (last >= 0 or original.mark or self.last):
                originals.append(original)
            labelled.add(position)
            if mark.copy is not None and scenario.repeats:
                time = 0 if taken.times is None else int(taken.times[position])
                found[position] = Repeated(mark.kind, -1, (*mark.copy.sent[:4], time), mark.copy.part)
            elif type(scenario) is Repeat and (last >= 0 or self.last is not None):
                found[position] = Repeated(mark.kind, last)
            elif isinstance(scenario, Repeat | SecondMessage) and mark.copy is None:
                self._unmark(taken, position)
                labelled.remove(position)
        return found, originals

    def _with_repeats(
        self, batch: Batch, repeats: dict[int, Repeated], gone: list[int], times: np.ndarray | None
    ) -> tuple[Batch, np.ndarray | None]:
        """The batch with the repeats in their places, `gone`; what repeats another at once has its time."""
        batch.labels = {_moved(at, gone): label for at, label in batch.labels.items()}
        batch.episodes = {_moved(at, gone): part for at, part in batch.episodes.items()}
        batch.fraud = [_moved(at, gone) for at in batch.fraud]
        moments = None if times is None else times.tolist()
        for position in gone:  # ascending: all that is before one is in its place
            again = repeats[position]
            one = again.sent or (self.last if again.before < 0 else None) or sent(batch, again.before, moments)
            body, id_, key, properties, moment = one
            batch.bodies.insert(position, body)
            batch.ids.insert(position, id_)
            if batch.keys is not None:
                batch.keys.insert(position, key)
            if batch.properties is not None:
                batch.properties.insert(position, properties)
            if moments is not None:
                moments.insert(position, moment)
            batch.labels[position] = again.label
            if again.part is not None:
                batch.episodes[position] = again.part
        batch.labels = dict(sorted(batch.labels.items()))
        if moments is None:
            return batch, None
        found = np.array(moments)
        order = np.argsort(found, kind="stable")  # what an earlier batch sent may lie between others of this one
        return batch.at(order.tolist()), found[order]

    def _build(
        self,
        batch: Batch,
        position: int,
        mark: Mark,
        sequence: int,
        moment: int,
    ) -> None:
        """Put the marked transaction in its place; its stamp is known now."""
        kind, drawn, at, refund = mark.kind, mark.drawn, mark.position, mark.refund
        scenario = SCENARIOS.get(kind)
        if scenario is not None:
            batch.labels[position] = kind
            if mark.step is not None:
                batch.episodes[position] = self._part(*mark.step, batch.ids[position])
        if self._pieces.layout is not None:
            if mark.step is not None and not _in_writing(*mark.step):
                return
            if isinstance(scenario, BodyEdit):
                self._rewrite(batch, position, scenario)
                return
        stamp: Document = {
            "transaction_id": uuid_text(batch.ids[position]),
            "correlation_id": self.stamper.correlation(sequence),
            "transaction_timestamp": moment,
        }
        if refund is not None:
            payment = refund.payment
            change = scenario.change if isinstance(scenario, WrongRefund) else None
            if refund.is_drawn:
                document, decimals = self._records.document(drawn, at)
            else:
                document, decimals = self._refund(payment, refund.minor, moment, change)
            stamp["correlation_id"] = self.stamper.correlation(payment.sequence)
            stamp["original_transaction_id"] = uuid_text(payment.id)
        elif mark.step is not None:
            document, decimals = self._step(stamp, mark.step, mark, moment)
        elif mark.again is not None:
            document, decimals = mark.again.document, mark.again.decimals
        elif mark.copy is not None:
            document, decimals = self._again.document(mark.copy), mark.copy.decimals
            batch.episodes[position] = mark.copy.part
        else:
            document, decimals = self._records.document(drawn, at)
            if isinstance(scenario, WrongRefund):
                document = refund_document(document, document["amount"], moment, self._rng)
                stamp["original_transaction_id"] = self._nobody(moment)
        whole = stamp | document
        if batch.keys is not None and self._pieces.partition_by is not None:
            batch.keys[position] = partition_key(self._pieces.partition_by, whole, decimals)
        before = dict(whole) if isinstance(scenario, FieldEdit) else None
        if isinstance(scenario, FieldEdit):
            highest, variant = partial(self._sampler.limit, drawn, at), self._records.variant(drawn, at)
            scenario.edit(EditCase(whole, self._rng, highest, decimals, self._records.outcomes, variant))
        try:
            body = self._mapping.encoded(whole, decimals, before)
        except Unfit:
            if before is None:
                raise
            whole = before  # what the format cannot say goes out as it was, and then nothing of it is seen
            body = self._mapping.encoded(whole, decimals)
        if batch.properties is not None:
            batch.properties[position] = orjson.dumps(self._mapping.properties_of(whole, decimals, before))
        certain = self._mapping.is_plain and whole is not before
        if before is not None and not certain and self._unseen(batch, position, body, before, decimals):
            del batch.labels[position]  # nothing of it is seen in this document, so nobody can be asked to find it
        elif isinstance(scenario, WrongClock):
            part = self.buffer.clocks.part(whole, batch.ids[position], scenario.role)
            batch.episodes |= {position: part} if part is not None else {}
        batch.bodies[position] = body
        if isinstance(scenario, BodyEdit):
            self._rewrite(batch, position, scenario)

    def _rewrite(self, batch: Batch, position: int, scenario: BodyEdit) -> None:
        before = batch.bodies[position]
        batch.bodies[position] = scenario.rewrite(before, self._rng)
        if batch.bodies[position] == before:
            del batch.labels[position]

    def _part(self, told: Story, number: int, transaction_id: bytes) -> EpisodePart:
        if told.episode is None:
            told.episode, self._begun = transaction_id, told
        return EpisodePart(told.episode, told.steps[number].role)

    def _step(self, stamp: Document, of: tuple[Story, int], mark: Mark, moment: int) -> tuple[Document, int]:
        """A step of a story that is written by itself; the stamp of a refund is that of one."""
        told, number = of
        step = told.steps[number]
        document, decimals = self._records.document(mark.drawn, mark.position)
        if step.gives_back is not None:
            before, decimals = told.sent[step.gives_back]
            payment = {path: value for path, value in before.items() if path not in STAMPED}
            document = refund_document(payment, before["amount"], moment, self._rng)
            stamp["correlation_id"] = before["correlation_id"]
            stamp["original_transaction_id"] = before["transaction_id"]
        document |= step.changes
        if told.is_given_back(number):
            document |= _PAID  # in one message, where a capture would follow in a full lifecycle
            told.sent[number] = stamp | document, decimals
        return document, decimals

    def _unseen(self, batch: Batch, position: int, body: bytes, before: Document, decimals: int) -> bool:
        """Whether what a scenario has changed makes no difference to the event."""
        if body != self._mapping.encoded(before, decimals):
            return False
        properties = orjson.dumps(self._mapping.properties_of(before, decimals))
        return batch.properties is None or batch.properties[position] == properties

    def _refund(self, payment: SentPayment, minor: int, moment: int, change: Change | None) -> tuple[Document, int]:
        document, decimals = payment.document, payment.decimals
        amount = minor / 10**decimals
        if change is not None:
            document, amount, decimals = change(document, amount, self._rng)
        return refund_document(document, float(amount), moment, self._rng), decimals

    def _nobody(self, moment: int) -> str:
        """An id that no payment of the run has: sequences are counted from the other end."""
        self._orphans += 1
        return uuid_text(self.stamper.id(moment, MAX_SEQUENCE - self._orphans))
