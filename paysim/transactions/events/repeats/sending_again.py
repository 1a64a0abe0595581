"""Sends again what went out before: which marked payments make way for a copy, and what is kept to be copied later.

A copy goes out in the place of a payment that was drawn, so no total changes. Where no copy is due a marked payment
goes out as it is, and something is kept to be sent later: the transaction before it where only bytes are repeated, else
what the payment itself is made of. So half of the marked ones are seconds, and no copy waits long once it is due.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import orjson

from paysim.contract.labels import EpisodePart, Scenario
from paysim.transactions.batch import Batch
from paysim.transactions.events.draw_buffer import DrawBuffer, Mark, TakenPayments
from paysim.transactions.events.mapping import CompiledMapping, Document, partition_key
from paysim.transactions.events.stamps import Stamper, uuid_text
from paysim.transactions.scenarios.base import Repeat
from paysim.transactions.scenarios.second_messages import OtherMessage, Redelivery, SecondMessage

from .copies import Copy, LastSent, WaitingCopies


@dataclass(frozen=True, slots=True)
class Repeated:
    """What goes out again. sent: itself, or None where it is the transaction at `before` of this batch, −1: the last of
    the batch before."""

    label: str
    before: int
    sent: LastSent | None = None
    part: EpisodePart | None = None


@dataclass(frozen=True, slots=True)
class Original:
    """A transaction of this batch that is to be sent again, −1: the last of the batch before. mark: what it was drawn
    as, where the second message says something else."""

    scenario: SecondMessage
    position: int
    mark: Mark | None = None

    @classmethod
    def of(cls, mark: Mark, scenario: Scenario, position: int, last: int) -> "Original | None":
        """What is kept because of a marked payment. last: the position of the unlabelled one before it."""
        if mark.copy is not None:
            return None
        if isinstance(scenario, OtherMessage):
            return cls(scenario, position, mark)
        return cls(scenario, last) if isinstance(scenario, Redelivery) else None


def sent(batch: Batch, position: int, times: Sequence[int] | np.ndarray | None) -> LastSent:
    """A transaction of a batch, as it is sent again."""
    return (
        batch.bodies[position],
        batch.ids[position],
        batch.keys[position] if batch.keys is not None else "",
        batch.properties[position] if batch.properties is not None else b"",
        0 if times is None else int(times[position]),
    )


def _moved(at: int, gone: Sequence[int]) -> int:
    """The new position of something once others are put in at the positions `gone`, ascending."""
    for position in gone:
        if position > at:
            break
        at += 1
    return at


class SendingAgain:
    """Sends transactions of one payment method again."""

    def __init__(
        self,
        buffer: DrawBuffer,
        stamper: Stamper,
        mapping: CompiledMapping,
        copies: WaitingCopies,
        rng: np.random.Generator,
    ) -> None:
        self._buffer, self._stamper, self._mapping = buffer, stamper, mapping
        self._copies, self._rng = copies, rng

    def choose(self, taken: TakenPayments, now: int | None) -> None:
        """Give marked payments the copies that go out in their places, where one is due. now: Unix milliseconds, None:
        by the times of the transactions themselves."""
        window = self._buffer.window
        for position, mark in list(taken.marks.items()):
            scenario = mark.scenario
            if not isinstance(scenario, SecondMessage):
                continue
            if now is not None:
                copy = self._copies.take(scenario.name, now + 1)
            else:
                assert window is not None and taken.times is not None
                # Few: those for which the part of the window in which they were due had no marked payment left.
                copy = self._copies.take(scenario.name, window.end, window.start)
                if copy is not None:
                    taken.times[position] = copy.due
            if copy is not None:
                taken.marks[position] = mark._replace(copy=copy)

    def repeats(self, taken: TakenPayments, before: LastSent | None) -> tuple[dict[int, Repeated], list[Original]]:
        """By position, what goes out again in the place of a payment; and what of this batch is kept to be sent again.

        before: the last of the batch before. A payment that has nothing to repeat goes out as it was drawn.
        """
        found: dict[int, Repeated] = {}
        originals: list[Original] = []
        if not self._buffer.has_repeats:
            return found, originals
        labelled: set[int] = set()
        for position, mark in list(taken.marks.items()):
            scenario = mark.scenario
            if scenario is None:
                continue
            last = position - 1  # the unlabelled one before; -1: `before`
            while last in labelled:
                last -= 1
            if (original := Original.of(mark, scenario, position, last)) and (last >= 0 or original.mark or before):
                originals.append(original)
            labelled.add(position)
            if mark.copy is not None and scenario.repeats:
                time = 0 if taken.times is None else int(taken.times[position])
                found[position] = Repeated(mark.kind, -1, (*mark.copy.sent[:4], time), mark.copy.part)
            elif type(scenario) is Repeat and (last >= 0 or before is not None):
                found[position] = Repeated(mark.kind, last)
            elif isinstance(scenario, Repeat | SecondMessage) and mark.copy is None:
                taken.unmark(position, is_document=self._buffer.pieces.layout is None)
                labelled.remove(position)
        return found, originals

    @staticmethod
    def put_in(
        batch: Batch,
        repeats: dict[int, Repeated],
        gone: list[int],
        last: LastSent | None,
        times: np.ndarray | None,
    ) -> tuple[Batch, np.ndarray | None]:
        """The batch with the repeats in their places, `gone` (ascending). last: the last of the batch before.

        A repeat that goes out at once has the time of what it repeats.
        """
        batch.labels = {_moved(at, gone): label for at, label in batch.labels.items()}
        batch.episodes = {_moved(at, gone): part for at, part in batch.episodes.items()}
        batch.fraud = [_moved(at, gone) for at in batch.fraud]
        moments = None if times is None else times.tolist()
        for position in gone:  # ascending: all that is before one is in its place
            again = repeats[position]
            one = again.sent or (last if again.before < 0 else None) or sent(batch, again.before, moments)
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

    def keep(
        self,
        originals: list[Original],
        batch: Batch,
        gone: Sequence[int],
        last: LastSent | None,
        times: np.ndarray | None,
        first: int,
        now: int | None,
    ) -> None:
        """Make the copies of what is in this batch. gone: positions that are not in it, ascending.

        last: the last of the batch before. times: of the batch, in replay; first: its first sequence number.
        """
        for original in originals:
            if self._copies.is_full:
                return
            at = original.position - bisect_left(gone, original.position)
            one = last if at < 0 else sent(batch, at, times)
            assert one is not None
            moment = one[4] if now is None else now
            due, part = self._copies.due(moment, self._rng), EpisodePart(one[1], original.scenario.role)
            copy: Copy | None = Copy(one, part, due)
            if original.mark is not None:
                time = moment if times is None else int(times[at])
                copy = self._second_message(original, one, part, due, first + at, time)
            if copy is not None:
                self._copies.add(original.scenario.name, copy)

    def _second_message(
        self, original: Original, one: LastSent, part: EpisodePart, due: int, sequence: int, time: int
    ) -> Copy | None:
        mark, scenario = original.mark, original.scenario
        assert mark is not None and isinstance(scenario, OtherMessage)
        records, document = self._buffer.sampler.records, self._mapping.read(one[0], time)
        decimals = records.decimals_at(mark.drawn, mark.position)
        if document is None:
            document = {
                "transaction_id": uuid_text(one[1]),
                "correlation_id": self._stamper.correlation(sequence),
                "transaction_timestamp": time,
            } | records.document(mark.drawn, mark.position)[0]
        other = document if scenario.change is None else scenario.change(document, decimals, self._rng)
        if other is None:
            return None
        if not scenario.repeats:
            new = ("transaction_id", "correlation_id") if scenario.is_another_purchase else ("transaction_id",)
            kept = {path: value for path, value in other.items() if path not in new}
            return Copy((b"", one[1], "", b"", one[4]), part, due, orjson.dumps(kept), decimals)
        body, _, key, properties, _ = one
        if (field := self._buffer.pieces.partition_by) is not None:
            key = partition_key(field, other, decimals)
        if self._mapping.properties:
            properties = orjson.dumps(self._mapping.properties_of(other, decimals))
        made = self._mapping.encoded(other, decimals)
        return None if made == body else Copy((made, one[1], key, properties, one[4]), part, due)

    @staticmethod
    def document(copy: Copy) -> Document:
        """What a second message under a new id says: all but what is new."""
        found: Document = orjson.loads(copy.document)
        return found
