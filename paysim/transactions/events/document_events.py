"""Writes what is made one event at a time when it goes out: scenarios, refunds that break a rule, steps of an episode.

Each is built as a document and encoded by the mapping. What its stamp says (id, sequence number, time) is known only
then, and so is the payment that a refund gives back.
"""

from functools import partial
from typing import NamedTuple

import numpy as np
import orjson

from paysim.contract.identity import MAX_SEQUENCE
from paysim.contract.labels import EpisodePart
from paysim.transactions.batch import Batch
from paysim.transactions.lifecycle.refunds import Refund, refund_document
from paysim.transactions.scenarios.base import BodyEdit, EditCase, FieldEdit, WrongRefund
from paysim.transactions.scenarios.clocks import WrongClock
from paysim.transactions.scenarios.episodes import PlannedEpisode

from .avro.types import Unfit
from .draw_buffer import DrawBuffer, Mark
from .mapping import CompiledMapping, Document, partition_key
from .repeats.sending_again import SendingAgain
from .sources import STAMPED
from .stamps import Stamper, uuid_text

_PAID: Document = {"transaction_type": "payment", "payment_status": "completed"}


def _in_writing(told: PlannedEpisode, number: int) -> bool:
    """Whether a step takes more than what is drawn."""
    step = told.steps[number]
    return bool(step.changes) or step.gives_back is not None or number in told.given_back


class _Slot(NamedTuple):
    """Where an event is written: the payment's as it was drawn stands there, with its id, sequence number and time
    (Unix milliseconds)."""

    event: bytes
    id: bytes
    sequence: int
    moment: int


class DocumentEvents:
    """Writes such events of one payment method."""

    def __init__(
        self, buffer: DrawBuffer, stamper: Stamper, mapping: CompiledMapping, rng: np.random.Generator
    ) -> None:
        self._sampler, self._records, self._pieces = buffer.sampler, buffer.sampler.records, buffer.pieces
        self._clocks, self._stamper, self._mapping, self._rng = buffer.clocks, stamper, mapping, rng
        self._orphans = 0
        self._begun: PlannedEpisode | None = None

    def begin(self) -> None:
        """What is written from now on goes out together."""
        self._begun = None

    def take_back(self) -> None:
        """What was written since `begin` does not go out."""
        if self._begun is not None:
            self._begun.episode = None

    def write(
        self,
        batch: Batch,
        position: int,
        mark: Mark,
        sequence: int,
        moment: int,
    ) -> None:
        """Put a marked transaction in its place in the batch. sequence: its number. moment: its time, Unix
        milliseconds."""
        drawn, at, scenario = mark.drawn, mark.position, mark.scenario
        if scenario is not None:
            batch.labels[position] = scenario.name
            if mark.step is not None:
                batch.episodes[position] = self._part(*mark.step, batch.ids[position])
        if self._pieces.layout is not None:
            if mark.step is not None and not _in_writing(*mark.step):
                return
            if isinstance(scenario, BodyEdit):
                self._rewrite(batch, position, scenario)
                return
        slot = _Slot(batch.bodies[position], batch.ids[position], sequence, moment)
        whole, decimals = self._document(mark, slot)
        if mark.copy is not None:
            batch.episodes[position] = mark.copy.part
        if batch.keys is not None and self._pieces.partition_by is not None:
            batch.keys[position] = partition_key(self._pieces.partition_by, whole, decimals)
        before = dict(whole) if isinstance(scenario, FieldEdit) else None
        if isinstance(scenario, FieldEdit):
            highest, declines = partial(self._sampler.limit, drawn, at), partial(self._records.declines, drawn, at)
            scenario.edit(EditCase(whole, self._rng, highest, decimals, declines))
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
            part = self._clocks.part(whole, batch.ids[position], scenario.role)
            batch.episodes |= {position: part} if part is not None else {}
        batch.bodies[position] = body
        if isinstance(scenario, BodyEdit):
            self._rewrite(batch, position, scenario)

    def _document(self, mark: Mark, slot: _Slot) -> tuple[Document, int]:
        """What goes out in the place of a marked payment, before its fields are changed; the decimals of its
        currency."""
        if mark.refund is not None:
            return self._refund(mark, mark.refund, slot)
        if mark.step is not None:
            return self._step(mark.step, mark, slot)
        if mark.again is not None:
            return self._stamp(slot) | mark.again.document, mark.again.decimals
        if mark.copy is not None:
            return self._stamp(slot) | SendingAgain.document(mark.copy), mark.copy.decimals
        document, decimals = self._as_drawn(mark, slot)
        if isinstance(mark.scenario, WrongRefund):
            refund = refund_document(document, document["amount"], slot.moment, self._rng)
            document = self._stamp(slot) | {"original_transaction_id": self._nobody(slot.moment)} | refund
        return document, decimals

    def _stamp(self, slot: _Slot) -> Document:
        return {
            "transaction_id": uuid_text(slot.id),
            "correlation_id": self._stamper.correlation(slot.sequence),
            "transaction_timestamp": slot.moment,
        }

    def _as_drawn(self, mark: Mark, slot: _Slot) -> tuple[Document, int]:
        """The payment's own document."""
        if self._pieces.layout is not None and (found := self._mapping.read(slot.event, slot.moment)) is not None:
            return found, self._records.decimals_at(mark.drawn, mark.position)
        document, decimals = self._records.document(mark.drawn, mark.position)
        return self._stamp(slot) | document, decimals

    def _rewrite(self, batch: Batch, position: int, scenario: BodyEdit) -> None:
        before = batch.bodies[position]
        batch.bodies[position] = scenario.rewrite(before, self._rng)
        if batch.bodies[position] == before:
            del batch.labels[position]

    def _part(self, told: PlannedEpisode, number: int, transaction_id: bytes) -> EpisodePart:
        if told.episode is None:
            told.episode, self._begun = transaction_id, told
        return EpisodePart(told.episode, told.steps[number].role)

    def _step(self, of: tuple[PlannedEpisode, int], mark: Mark, slot: _Slot) -> tuple[Document, int]:
        """A step of an episode that is written by itself."""
        told, number = of
        step = told.steps[number]
        if step.gives_back is not None:
            before, decimals = told.sent[step.gives_back]
            payment = {path: value for path, value in before.items() if path not in STAMPED}
            links = {
                "correlation_id": before["correlation_id"],
                "original_transaction_id": before["transaction_id"],
            }
            refund = refund_document(payment, before["amount"], slot.moment, self._rng)
            document = self._stamp(slot) | links | refund
        else:
            document, decimals = self._as_drawn(mark, slot)
        document |= step.changes
        if number in told.given_back:
            document |= _PAID  # in one message, where a capture would follow in a full lifecycle
            told.sent[number] = dict(document), decimals
        return document, decimals

    def _unseen(self, batch: Batch, position: int, body: bytes, before: Document, decimals: int) -> bool:
        """Whether what a scenario has changed makes no difference to the event."""
        if body != self._mapping.encoded(before, decimals):
            return False
        properties = orjson.dumps(self._mapping.properties_of(before, decimals))
        return batch.properties is None or batch.properties[position] == properties

    def _refund(self, mark: Mark, refund: Refund, slot: _Slot) -> tuple[Document, int]:
        payment, scenario = refund.payment, mark.scenario
        if refund.is_drawn:
            document, decimals = self._records.document(mark.drawn, mark.position)
        else:
            document, decimals = payment.document, payment.decimals
            amount = refund.minor / 10**decimals
            if isinstance(scenario, WrongRefund) and scenario.change is not None:
                document, amount, decimals = scenario.change(document, amount, self._rng)
            document = refund_document(document, float(amount), slot.moment, self._rng)
        links = {
            "correlation_id": self._stamper.correlation(payment.sequence),
            "original_transaction_id": uuid_text(payment.id),
        }
        return self._stamp(slot) | links | document, decimals

    def _nobody(self, moment: int) -> str:
        """An id that no payment of the run has: sequences are counted from the other end."""
        self._orphans += 1
        return uuid_text(self._stamper.id(moment, MAX_SEQUENCE - self._orphans))
