"""The events of refunds, joined from the pieces that their payments are made of.

A refund has the customer, merchant, instrument and place of its payment, and so the same prepared pieces; what differs
(type, status, amount, what the network numbers) is drawn for some refunds at once. Ids and times follow at hand-out.
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import groupby, repeat

from paysim.transactions.batch import Batch
from paysim.transactions.lifecycle.refunds import Refund, SentPayment

from .draw_buffer import Mark
from .payment_pieces import PaymentPieces
from .pieces import BETWEEN, Part, Rest, Stamp
from .stamps import Stamper, uuid_text

_Column = Callable[[Sequence[Refund], Sequence[list[bytes]]], Iterable[bytes]]
"""Of some refunds, and the columns of their runs: a piece of each event."""
_Late = Callable[[bytes, int], bytes]
"""Of an id and a time (Unix milliseconds): a piece of the event."""


class RefundEvents:
    """Makes the refunds of one method's payments."""

    def __init__(self, pieces: PaymentPieces, stamper: Stamper) -> None:
        self._pieces, self._stamper = pieces, stamper
        layout = pieces.refund_layout
        self._stamp = pieces.refund_stamp
        # What is known beforehand is joined then, with what is not between: known, late, known … known.
        self._known: list[list[_Column]] = [[]]
        self._late: list[_Late] = []
        for part in layout.parts if layout is not None else ():
            if isinstance(part, Stamp) and (late := _late(part)) is not None:
                self._late.append(late)
                self._known.append([])
            else:
                self._known[-1].append(self._column(part))

    def note(self, payment: SentPayment, batch: Batch, position: int, sequence: int) -> None:
        """A payment goes out that may be refunded."""
        payment.id, payment.sequence = batch.ids[position], sequence
        if self._stamp is not None:
            payment.stamp = batch.bodies[position][: self._stamp.width]

    def prepare(self, marks: Sequence[Mark]) -> None:
        """Make the pieces of refunds where they have others than payments have, if they can be laid out."""
        if self._stamp is not None or self._pieces.refund_layout is None:
            return
        drawn = (mark for mark in marks if mark.kind == "refund" and mark.refund is not None and mark.refund.is_drawn)
        for _, some in groupby(drawn, key=lambda mark: id(mark.drawn)):
            each = list(some)
            refunds = [mark.refund for mark in each if mark.refund is not None]
            columns = self._pieces.of_refunds(each[0].drawn, [mark.position for mark in each])
            joined = [
                map(
                    b"".join,
                    zip(repeat(b"", len(refunds)), *(column(refunds, columns) for column in known), strict=True),
                )
                for known in self._known
            ]
            for refund, *pieces in zip(refunds, *joined, strict=True):
                refund.pieces = pieces

    def place(self, batch: Batch, position: int, mark: Mark, moment: int) -> bool:
        """Put a refund in its place, if its pieces are made."""
        refund = mark.refund
        assert refund is not None
        if not refund.is_drawn:
            return False
        if self._stamp is not None:
            batch.bodies[position] = self._stamp.of_refund(batch.bodies[position], refund.payment.stamp)
        elif refund.pieces is not None:
            event = self._joined(refund.pieces, batch.ids[position], moment)
            if batch.properties is not None:
                batch.properties[position], _, event = event.partition(BETWEEN)
            batch.bodies[position] = event
        else:
            return False
        if batch.keys is not None:
            batch.keys[position] = self._key(refund, batch.keys[position])
        return True

    def _joined(self, pieces: Sequence[bytes], id_: bytes, moment: int) -> bytes:
        first, *others = pieces
        parts = [first]
        for late, known in zip(self._late, others, strict=True):
            parts += late(id_, moment), known
        return b"".join(parts)

    def _key(self, refund: Refund, own: str) -> str:
        """The key of its partition. own: as a payment would have it."""
        path = self._pieces.partition_by
        if path == "correlation_id":
            return self._stamper.correlation(refund.payment.sequence)
        return uuid_text(refund.payment.id) if path == "original_transaction_id" else own

    def _column(self, part: Part) -> _Column:
        if isinstance(part, bytes):
            text = part
            return lambda refunds, columns: repeat(text, len(refunds))
        if isinstance(part, Rest):
            start, stop = part.start, part.stop
            return lambda refunds, columns: map(
                b"".join, zip(repeat(b"", len(refunds)), *columns[start:stop], strict=True)
            )
        assert isinstance(part, Stamp)
        around, leaf, correlation = part.placed.around, part.placed.leaf, self._stamper.correlation
        if leaf.path == "correlation_id":
            return lambda refunds, columns: [around(leaf.made(correlation(r.payment.sequence))) for r in refunds]
        return lambda refunds, columns: [around(leaf.made(uuid_text(refund.payment.id))) for refund in refunds]


def _late(stamp: Stamp) -> _Late | None:
    """A stamp that is known at hand-out only."""
    placed, leaf = stamp.placed, stamp.placed.leaf
    if leaf.path == "transaction_id":
        return lambda id_, moment: placed.around(leaf.made(uuid_text(id_)))
    if leaf.path == "transaction_timestamp":
        return lambda id_, moment: placed.around(leaf.made(moment))
    return None
