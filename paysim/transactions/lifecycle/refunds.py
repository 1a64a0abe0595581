"""Refunds: which payments can be refunded, how much of each is left, and what a refund says.

A payment is remembered for a while after it was handed out; the refunds of one never sum to more than it.
"""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import orjson

from paysim.contract.codes import MERCHANT_CATEGORIES
from paysim.contract.fields import DETAILS
from paysim.facts import refunds as facts
from paysim.transactions.events.mapping import Document
from paysim.transactions.methods.base import METHODS, ColumnDraw, Method, Record

REMEMBERED = 256  # payments of one method, the oldest forgotten first
_WHOLE = 0.7  # share of refunds that give back all that is left
_AT_ONCE = 32  # refunds decided together

_YES, _NO = np.ones(1, bool), np.zeros(1, bool)  # a refund is of a payment that was completed, and not cancelled

MakeDocument = Callable[[dict[str, int], float, dict[str, bytes | None]], Document]


@dataclass(frozen=True, slots=True)
class RefundCandidates:
    """What is kept of the payments of one draw that may be refunded: enough to make their refunds and their documents,
    for the few that are. Lighter than the draw, so that a payment which waits to be refunded does not keep alive what
    went out with it.

    Lists of equal length, one entry a payment. picks: the positions of its records, in the order of `sources`; drawn:
    field → its JSON value, None where absent; minor: the amount in minor units; decimals: of the currency; country: of
    the customer, its position in COUNTRIES. make: a document of picks, the amount in major units and the drawn values.
    """

    make: MakeDocument
    sources: tuple[str, ...]
    picks: list[list[int]]
    drawn: dict[str, list[bytes | None]]
    minor: list[int]
    decimals: list[int]
    country: list[int]

    def document(self, at: int) -> Document:
        """The payment as a flat document, without its stamp, in the order of the fields."""
        picks = dict(zip(self.sources, self.picks[at], strict=True))
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
    def has_document(self) -> bool:
        """Whether its document was made: where a configuration ends, all that are left have one."""
        return self._document is not None

    @property
    def document(self) -> Document:
        """As it was, flat, without stamp. Most payments are never refunded: made when it is first asked for."""
        if self._document is None:
            self._document = self.candidates.document(self.at)
        return self._document


@dataclass(slots=True)
class Refund:
    """A refund that is decided and has not gone out. minor: how much, in minor units. pieces: of its event, what
    stands before, between and behind its id and time; None where it is made of a document. key: of its partition, if
    those go by key."""

    payment: SentPayment
    minor: int
    pieces: Sequence[bytes] | None = None
    key: str = ""


class RefundPool:
    """The payments of one method that can still be refunded, and the refunds that go out next.

    Refunds are decided some at a time, so that their pieces can be made together.
    """

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._payments: deque[SentPayment] = deque(maxlen=REMEMBERED)
        self._next: deque[Refund] = deque()

    def __len__(self) -> int:
        return len(self._payments) + len(self._next)

    def make_documents(self) -> None:
        """Make the documents that are not made yet: what they are made of is about to change."""
        for payment in (*self._payments, *(refund.payment for refund in self._next)):
            _ = payment.document
        for refund in self._next:
            refund.pieces = None

    def remember(self, payment: SentPayment) -> None:
        self._payments.append(payment)

    def forget(self, sequence: int) -> None:
        """Payments from this number on did not go out."""
        while self._payments and self._payments[-1].sequence >= sequence:
            self._payments.pop()
        self._next = deque(refund for refund in self._next if refund.payment.sequence < sequence)

    def refund(self, prepare: Callable[[list[Refund]], None]) -> Refund | None:
        """The next refund, or None where there is nothing to refund. prepare: makes the pieces of some."""
        if not self._next:
            chosen = self._choose(min(_AT_ONCE, 1 + len(self._payments) // 4))
            prepare(chosen)
            self._next.extend(chosen)
        return self._next.popleft() if self._next else None

    def _choose(self, count: int) -> list[Refund]:
        payments, chosen = self._payments, list[Refund]()
        for which, whole, part in self._rng.random((count, 3)).tolist():
            if not payments:
                break
            at = int(which * len(payments))
            payment = payments[at]
            minor = payment.remaining
            if minor > 1 and whole >= _WHOLE:
                minor = 1 + int(part * (minor - 1))
            payment.remaining -= minor
            if payment.remaining == 0:
                del payments[at]
            chosen.append(Refund(payment, minor))
        return chosen


def refund_rates(categories: np.ndarray) -> np.ndarray:
    """How likely a payment is to be refunded by what the merchant sells, in the order of MERCHANT_CATEGORIES, 1 on
    average. categories: their weights among payments."""
    rates = np.array([facts.BY_CATEGORY[category].value for category in MERCHANT_CATEGORIES])
    values: np.ndarray = rates / (rates @ (categories / categories.sum()))
    return values


def refund_record(method: Method) -> Record:
    """What the outcome of a payment is to its refund."""
    record: Record = {"transaction_type": "refund", "payment_method": method.name, "payment_status": "refunded"}
    code = next(iter(method.codes("completed", "")))
    if code is not None:
        record[f"{DETAILS}.{method.code_field}"] = code
    return record


def refund_document(document: Document, amount: float, moment: int, rng: np.random.Generator) -> Document:
    """The refund of a payment, without its stamp: merchant, instrument and currency stay.

    document: the payment's, flat. amount: major units. moment: of the refund, Unix milliseconds.
    """
    method = METHODS[document["payment_method"]]
    outcome = refund_record(method)
    refund = document | outcome | {"amount": amount}
    for name in (*method.not_in_refunds, method.code_field):
        if f"{DETAILS}.{name}" not in outcome:
            refund.pop(f"{DETAILS}.{name}", None)
    # A refund is a message of its own: what the network numbers is new.
    draw = ColumnDraw(1, moment, _YES, _NO, lambda: [document])
    for name, column in method.columns.items():
        value = column(rng, draw)[0]
        assert value is not None
        refund[f"{DETAILS}.{name}"] = orjson.loads(value)
    return refund
