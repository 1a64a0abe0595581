"""Refunds: which payments can be refunded, how much of each is left, and what a refund says.

A payment is remembered for a while after it was handed out; the refunds of one never sum to more than it.
"""

from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush

import numpy as np
import orjson

from paysim.contract.codes import MERCHANT_CATEGORIES
from paysim.contract.fields import DETAILS
from paysim.facts import refunds as facts
from paysim.transactions.events.mapping import Document
from paysim.transactions.methods.base import METHODS, ColumnDraw, Method, Record

REMEMBERED = 512  # payments of one method, the oldest forgotten first; half of a draw may be refunds
MOST_WAITING = 100_000  # refunds of one method that wait in replay; what comes on top is given back at once
_AFTER_A_CHANGE = 64  # of them are left when the configuration changes
_WHOLE = 0.7  # share of refunds that give back all that is left

_YES, _NO = np.ones(1, bool), np.zeros(1, bool)  # a refund is of a payment that was completed, and not cancelled

MakeDocument = Callable[[Mapping[str, int], float, Mapping[str, bytes | None]], Document]


@dataclass(frozen=True, slots=True)
class DrawnPicks:
    """What is kept of a draw for the refunds of some of its payments: enough to make these, and their documents.

    sources: of records, in the order of `SentPayment.row`. decimals: of each currency there. make: a document of picks
    (source → position of its record), the amount in major units and the drawn values.
    """

    make: MakeDocument
    sources: tuple[str, ...]
    decimals: np.ndarray


@dataclass(slots=True)
class SentPayment:
    """A completed payment that can be refunded. row: positions of its records; amount, remaining: minor units; drawn:
    field → its JSON value; milliseconds: its time in replay; due: when it is refunded, if that is known.

    From when it went out, id: 16 bytes; sequence; stamp: what its event begins with, if its refund's is made of that.
    """

    picks: DrawnPicks
    row: Sequence[int]
    amount: int
    remaining: int
    milliseconds: int
    drawn: Mapping[str, bytes | None]
    due: int = 0
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
            picks = dict(zip(self.picks.sources, self.row, strict=True))
            self._document = self.picks.make(picks, self.amount / 10**self.decimals, self.drawn)
        return self._document

    def settle(self) -> None:
        """Make its document, and hold nothing else of the configuration that it was drawn by."""
        document, decimals = self.document, np.array([self.decimals])
        self.picks, self.row = DrawnPicks(lambda *_: document, ("currency",), decimals), [0]

    @property
    def decimals(self) -> int:
        return int(self.picks.decimals[self.row[self.picks.sources.index("currency")]])


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
    columns = np.array([payment.row for payment in payments]).T
    return dict(zip(payments[0].picks.sources, columns, strict=True))


class RefundPool:
    """The payments of one method that can still be refunded.

    A payment is here from when it is drawn, and its refund is drawn later, so that it always goes out before it. Live,
    refunds are of recent payments by chance; in replay each waits until it is due.
    """

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._payments: deque[SentPayment] = deque(maxlen=REMEMBERED)
        self._chosen: list[Refund] = []
        self._ready: deque[SentPayment] = deque()
        self._waiting: list[tuple[int, int, SentPayment]] = []
        self._number = 0
        self._until: int | None = None
        self._most_ready = MOST_WAITING

    def __len__(self) -> int:
        return len(self._payments) + len(self._ready) + len(self._waiting)

    def open(self, until: int | None, *, whole: bool) -> None:
        """Give back what is due before a moment (Unix milliseconds); None: live. whole: this is all of the window, of
        which only some may be taken; then the oldest are forgotten first."""
        self.drop_unsent()
        self._until, self._most_ready = until, REMEMBERED if whole else MOST_WAITING
        while until is not None and self._waiting and self._waiting[0][0] < until:
            self._ready.append(heappop(self._waiting)[2])

    def make_documents(self) -> None:
        """Make the documents of some that are left: what they are made of is about to change."""
        self.drop_unsent()
        self._payments = deque(list(self._payments)[-_AFTER_A_CHANGE:], maxlen=REMEMBERED)
        self._ready, self._waiting = deque(list(self._ready)[-_AFTER_A_CHANGE:]), []
        self._chosen = []  # what was drawn of them is drawn anew
        for payment in (*self._payments, *self._ready):
            payment.settle()

    def drop_unsent(self) -> None:
        """What did not go out yet will not."""
        self._keep(lambda payment: payment.sequence >= 0)

    def _keep(self, holds: Callable[[SentPayment], bool]) -> None:
        self._payments = deque(filter(holds, self._payments), maxlen=REMEMBERED)
        self._ready = deque(filter(holds, self._ready))
        self._waiting = [each for each in self._waiting if holds(each[2])]
        heapify(self._waiting)

    def remember(self, payments: Iterable[SentPayment]) -> None:
        for payment in payments:
            if not payment.due or self._until is None:
                self._payments.append(payment)
            elif payment.due < self._until or len(self._waiting) >= MOST_WAITING:
                self._ready.append(payment)
                if len(self._ready) > self._most_ready:
                    self._ready.popleft()
            else:
                self._number += 1
                heappush(self._waiting, (payment.due, self._number, payment))

    def forget(self, sequence: int) -> None:
        """Payments from this number on did not go out."""
        waiting = (payment for _, _, payment in self._waiting)
        for payment in (*self._payments, *self._ready, *waiting, *(refund.payment for refund in self._chosen)):
            payment.is_forgotten |= payment.sequence >= sequence
        self._keep(lambda payment: not payment.is_forgotten)

    def slots(self, count: int, room: int, part: float, free: int) -> list[int]:
        """Which of the next `count` transactions are refunds, where `room` are left in the present part of the window
        and this part of all that is due shall go out in it. free: how many of them can be; positions among these."""
        wanted = len(self._ready) * part * count / room
        number = min(free, int(wanted + self._rng.random()))
        return np.sort(self._rng.permutation(free)[:number]).tolist() if number else []

    def choose(self, count: int) -> list[Refund]:
        """The next refunds, fewer where there are no payments for so many."""
        chosen: list[Refund] = []
        payments = self._payments if self._until is None else self._ready
        if not count or not payments:
            return chosen
        for which, whole, part in self._rng.random((count, 3)).tolist():
            if not payments:
                break
            if self._until is None:
                chosen.append(self._give_back(int(which * len(payments)), whole, part))
            else:
                payment = payments.popleft()
                chosen.append(Refund(payment, _amount(payment, whole, part), payment.due))
        self._chosen = chosen
        return chosen

    def choose_sent(self) -> Refund | None:
        """A refund of a payment that went out, or None where there is none."""
        if self._until is None:  # they go out in the order in which they are drawn
            if not (count := bisect_left(self._payments, True, key=lambda payment: payment.sequence < 0)):
                return None
            which, whole, part = self._rng.random(3).tolist()
            return self._give_back(int(which * count), whole, part)
        payments = self._ready
        sent = [at for at, payment in enumerate(payments) if payment.sequence >= 0]
        if not sent:
            return None
        which, whole, part = self._rng.random(3).tolist()
        at = sent[int(which * len(sent))]
        payment = payments[at]
        del payments[at]
        return Refund(payment, _amount(payment, whole, part), payment.due)

    def _give_back(self, at: int, whole: float, part: float) -> Refund:
        payment = self._payments[at]
        minor = _amount(payment, whole, part)
        payment.remaining -= minor
        if payment.remaining == 0:
            del self._payments[at]
        return Refund(payment, minor)


def _amount(payment: SentPayment, whole: float, part: float) -> int:
    """How much is given back, in minor units, by two uniform numbers: all that is left, or some of it."""
    minor = payment.remaining
    return minor if minor <= 1 or whole < _WHOLE else 1 + int(part * (minor - 1))


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
