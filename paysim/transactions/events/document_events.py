"""Writes what is made one event at a time when it goes out: scenarios, refunds that break a rule, steps of an episode.

Each is built as a document and encoded by the mapping. What its stamp says (id, sequence number, time) is known only
then, and so is the payment that a refund gives back.
"""

from functools import partial

import numpy as np
import orjson

from paysim.contract.identity import MAX_SEQUENCE
from paysim.contract.labels import SCENARIOS, EpisodePart
from paysim.transactions.batch import Batch
from paysim.transactions.lifecycle.refunds import SentPayment, refund_document
from paysim.transactions.scenarios.base import BodyEdit, Change, EditCase, FieldEdit, WrongRefund
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
    return bool(step.changes) or step.gives_back is not None or told.is_given_back(number)


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
            "correlation_id": self._stamper.correlation(sequence),
            "transaction_timestamp": moment,
        }
        if refund is not None:
            payment = refund.payment
            change = scenario.change if isinstance(scenario, WrongRefund) else None
            if refund.is_drawn:
                document, decimals = self._records.document(drawn, at)
            else:
                document, decimals = self._refund(payment, refund.minor, moment, change)
            stamp["correlation_id"] = self._stamper.correlation(payment.sequence)
            stamp["original_transaction_id"] = uuid_text(payment.id)
        elif mark.step is not None:
            document, decimals = self._step(stamp, mark.step, mark, moment)
        elif mark.again is not None:
            document, decimals = mark.again.document, mark.again.decimals
        elif mark.copy is not None:
            document, decimals = SendingAgain.document(mark.copy), mark.copy.decimals
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
            part = self._clocks.part(whole, batch.ids[position], scenario.role)
            batch.episodes |= {position: part} if part is not None else {}
        batch.bodies[position] = body
        if isinstance(scenario, BodyEdit):
            self._rewrite(batch, position, scenario)

    def _rewrite(self, batch: Batch, position: int, scenario: BodyEdit) -> None:
        before = batch.bodies[position]
        batch.bodies[position] = scenario.rewrite(before, self._rng)
        if batch.bodies[position] == before:
            del batch.labels[position]

    def _part(self, told: PlannedEpisode, number: int, transaction_id: bytes) -> EpisodePart:
        if told.episode is None:
            told.episode, self._begun = transaction_id, told
        return EpisodePart(told.episode, told.steps[number].role)

    def _step(self, stamp: Document, of: tuple[PlannedEpisode, int], mark: Mark, moment: int) -> tuple[Document, int]:
        """A step of an episode that is written by itself; the stamp of a refund is that of one."""
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
        return uuid_text(self._stamper.id(moment, MAX_SEQUENCE - self._orphans))
