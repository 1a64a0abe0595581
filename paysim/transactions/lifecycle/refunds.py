"""Refunds: which payments can be refunded, how much of each is left, and what a refund says.

A payment is remembered for a while after it was handed out; the refunds of one never sum to more than it.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import orjson

from paysim.contract.fields import DETAILS
from paysim.transactions.events.mapping import Document
from paysim.transactions.methods.base import METHODS, ColumnDraw

REMEMBERED = 256  # payments of one method, the oldest forgotten first
_WHOLE = 0.7  # share of refunds that give back all that is left

_YES, _NO = np.ones(1, bool), np.zeros(1, bool)  # a refund is of a payment that was completed, and not cancelled

MakeDocument = Callable[[dict[str, int], float, dict[str, bytes | None]], Document]


@dataclass(frozen=True, slots=True)
class RefundCandidates:
    """What is kept of the payments of one draw that may be refunded: enough to make their documents, for the few that
    are. Lighter than the draw, so that a payment which waits to be refunded does not keep alive what went out with it.

    Lists of equal length, one entry a payment. picks: source → position of its record; drawn: field → its JSON
    value, None where absent; minor: the amount in minor units; decimals: of the currency; country: of the customer,
    its position in COUNTRIES. make: a document of picks, the amount in major units and the drawn values.
    """

    make: MakeDocument
    picks: dict[str, list[int]]
    drawn: dict[str, list[bytes | None]]
    minor: list[int]
    decimals: list[int]
    country: list[int]

    def document(self, at: int) -> Document:
        """The payment as a flat document, without its stamp, in the order of the fields."""
        picks = {source: positions[at] for source, positions in self.picks.items()}
        drawn = {path: values[at] for path, values in self.drawn.items()}
        return self.make(picks, self.minor[at] / 10 ** self.decimals[at], drawn)


@dataclass(slots=True)
class SentPayment:
    """A completed payment that went out. id: 16 bytes; remaining: minor units; at: which of the candidates is its."""

    id: bytes
    sequence: int
    milliseconds: int
    candidates: RefundCandidates
    at: int
    remaining: int
    _document: Document | None = None

    @property
    def document(self) -> Document:
        """As it was, flat, without stamp. Most payments are never refunded: made when it is first asked for."""
        if self._document is None:
            self._document = self.candidates.document(self.at)
        return self._document


class RefundPool:
    """The payments of one method that can still be refunded."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._payments: deque[SentPayment] = deque(maxlen=REMEMBERED)

    def __len__(self) -> int:
        return len(self._payments)

    def make_documents(self) -> None:
        """Make the documents that are not made yet: what they are made of is about to change."""
        for payment in self._payments:
            _ = payment.document

    def remember(self, payment: SentPayment) -> None:
        self._payments.append(payment)

    def forget(self, sequence: int) -> None:
        """Payments from this number on did not go out."""
        while self._payments and self._payments[-1].sequence >= sequence:
            self._payments.pop()

    def refund(self) -> tuple[SentPayment, int] | None:
        """A payment and how much of it to give back (minor units), or None where there is none to refund."""
        if not self._payments:
            return None
        at = int(self._rng.integers(len(self._payments)))
        payment = self._payments[at]
        minor = payment.remaining
        if minor > 1 and self._rng.random() >= _WHOLE:
            minor = int(self._rng.integers(1, minor))
        payment.remaining -= minor
        if payment.remaining == 0:
            del self._payments[at]
        return payment, minor


def refund_document(document: Document, amount: float, moment: int, rng: np.random.Generator) -> Document:
    """The refund of a payment, without its stamp: merchant, instrument and currency stay.

    document: the payment's, flat. amount: major units. moment: of the refund, Unix milliseconds.
    """
    method = METHODS[document["payment_method"]]
    refund = document | {"transaction_type": "refund", "payment_status": "refunded", "amount": amount}
    code = next(iter(method.codes("completed", "")))
    if code is not None:
        refund[f"{DETAILS}.{method.code_field}"] = code
    for name in (*method.not_in_refunds, *(() if code is not None else (method.code_field,))):
        refund.pop(f"{DETAILS}.{name}", None)
    # A refund is a message of its own: what the network numbers is new.
    draw = ColumnDraw(1, moment, _YES, _NO, lambda: [document])
    for name, column in method.columns.items():
        value = column(rng, draw)[0]
        assert value is not None
        refund[f"{DETAILS}.{name}"] = orjson.loads(value)
    return refund
