"""Refunds: which payments can be refunded, how much of each is left, and what a refund says.

A payment is remembered for a while after it was handed out; the refunds of one never sum to more than it.
"""

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import orjson

from paysim.contract.codes import MERCHANT_CATEGORIES
from paysim.contract.fields import DETAILS
from paysim.facts import refunds as facts
from paysim.transactions.events.mapping import Document
from paysim.transactions.methods.base import METHODS, ColumnDraw, Method, Record

REMEMBERED = 512  # payments of one method, the oldest forgotten first; half of a draw may be refunds
_AFTER_A_CHANGE = 64  # of them are left when the configuration changes
_WHOLE = 0.7  # share of refunds that give back all that is left

_YES, _NO = np.ones(1, bool), np.zeros(1, bool)  # a refund is of a payment that was completed, and not cancelled

MakeDocument = Callable[[Mapping[str, int], float, Mapping[str, bytes | None]], Document]


@dataclass(frozen=True, slots=True)
class DrawnPicks:
    """What is kept of a draw for the refunds of some of its payments: enough to make these, and their documents.

    picks: source → position of each payment's record. decimals: of each currency there, country: of each customer, its
    position in COUNTRIES. make: a document of picks, the amount in major units and the drawn values.
    """

    make: MakeDocument
    picks: Mapping[str, np.ndarray]
    decimals: np.ndarray
    country: np.ndarray


@dataclass(slots=True)
class SentPayment:
    """A completed payment that can be refunded. at: which of the picks are its; amount, remaining: minor units; drawn:
    field → its JSON value; milliseconds: its time in replay.

    From when it went out, id: 16 bytes; sequence; stamp: what its event begins with, if its refund's is made of that.
    """

    picks: DrawnPicks
    at: int
    amount: int
    remaining: int
    milliseconds: int
    drawn: Mapping[str, bytes | None]
    id: bytes = b""
    sequence: int = -1
    stamp: bytes = b""
    is_forgotten: bool = False
    _document: Document | None = None

    @property
    def has_document(self) -> bool:
        """Whether its document was made: where a configuration ends, all that are left have one."""
        return self._document is not None

    @property
    def document(self) -> Document:
        """As it was, flat, without stamp. Most payments are never refunded: made when it is first asked for."""
        if self._document is None:
            picks = {source: int(positions[self.at]) for source, positions in self.picks.picks.items()}
            self._document = self.picks.make(picks, self.amount / 10**self.decimals, self.drawn)
        return self._document

    @property
    def decimals(self) -> int:
        return int(self.picks.decimals[self.picks.picks["currency"][self.at]])

    @property
    def country(self) -> int:
        """The customer's, its position in COUNTRIES."""
        return int(self.picks.country[self.picks.picks["customer"][self.at]])


@dataclass(slots=True)
class Refund:
    """A refund that is decided and has not gone out. minor: how much, in minor units. moment: its time in replay,
    Unix milliseconds. is_drawn: whether it was drawn among payments; else it is made of its payment's document. pieces:
    of its event, what stands before, between and behind its id and time, where they are others than a payment's."""

    payment: SentPayment
    minor: int
    moment: int = 0
    is_drawn: bool = False
    pieces: Sequence[bytes] | None = None


def picks_of(refunds: Sequence[Refund]) -> dict[str, np.ndarray]:
    """Source → positions of the records of the payments that are refunded, which one configuration has drawn."""
    payments = [refund.payment for refund in refunds]
    sources = payments[0].picks.picks
    return {source: np.array([each.picks.picks[source][each.at] for each in payments]) for source in sources}


class RefundPool:
    """The payments of one method that can still be refunded.

    A payment is here from when it is drawn, and its refund is drawn later, so that it always goes out before it.
    """

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._payments: deque[SentPayment] = deque(maxlen=REMEMBERED)
        self._chosen: list[Refund] = []

    def __len__(self) -> int:
        return len(self._payments)

    def make_documents(self) -> None:
        """Make the documents of some that are left: what they are made of is about to change."""
        self.drop_unsent()
        self._payments = deque(list(self._payments)[-_AFTER_A_CHANGE:], maxlen=REMEMBERED)
        for payment in self._payments:
            _ = payment.document

    def drop_unsent(self) -> None:
        """What did not go out yet will not."""
        self._payments = deque((payment for payment in self._payments if payment.sequence >= 0), maxlen=REMEMBERED)

    def remember(self, payments: Iterable[SentPayment]) -> None:
        self._payments.extend(payments)

    def forget(self, sequence: int) -> None:
        """Payments from this number on did not go out."""
        for payment in (*self._payments, *(refund.payment for refund in self._chosen)):
            payment.is_forgotten |= payment.sequence >= sequence
        self._payments = deque((payment for payment in self._payments if not payment.is_forgotten), maxlen=REMEMBERED)

    def chance(self) -> float:
        """A uniform number."""
        return float(self._rng.random())

    def choose(self, count: int) -> list[Refund]:
        """The next refunds, fewer where there are no payments for so many."""
        payments, chosen = self._payments, list[Refund]()
        if not count or not payments:
            return chosen
        for which, whole, part in self._rng.random((count, 3)).tolist():
            if not payments:
                break
            chosen.append(self._give_back(int(which * len(payments)), whole, part))
        self._chosen = chosen
        return chosen

    def choose_sent(self) -> Refund | None:
        """A refund of a payment that went out, or None where there is none."""
        sent = [at for at, payment in enumerate(self._payments) if payment.sequence >= 0]
        if not sent:
            return None
        which, whole, part = self._rng.random(3).tolist()
        return self._give_back(sent[int(which * len(sent))], whole, part)

    def _give_back(self, at: int, whole: float, part: float) -> Refund:
        payment = self._payments[at]
        minor = payment.remaining
        if minor > 1 and whole >= _WHOLE:
            minor = 1 + int(part * (minor - 1))
        payment.remaining -= minor
        if payment.remaining == 0:
            del self._payments[at]
        return Refund(payment, minor)


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
