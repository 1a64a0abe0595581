"""The rules of what follows a payment, checked over events alone.

Nothing of the generator is used here: what may follow what is written down a second time, as docs/LIFECYCLE.md has it.
Events are taken in the order in which they are given, which has to be that of their times.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from paysim.facts import declines

Event = Mapping[str, Any]

# Type → status → what a payment is after it.
_BEGINS = {
    ("authorization", "authorized"): "authorized",
    ("payment", "completed"): "paid",
    ("retry", "authorized"): "authorized",
    ("retry", "completed"): "paid",
    **{(type_, "failed"): "failed" for type_ in ("authorization", "payment", "retry")},
    **{(type_, status): status for type_ in ("authorization", "payment") for status in ("pending", "cancelled")},
}
# Type → what a payment must be before it → what it is after it.
_FOLLOWS: dict[str, dict[str, str]] = {
    "retry": {"failed": "retried"},
    "resolution": {"pending": ""},  # by its status
    "capture": {"authorized": "paid", "paid": "paid"},
    "void": {"authorized": "voided"},
    "expiry": {"authorized": "expired"},
    "settlement": {"paid": "paid"},
    "refund": {"paid": "paid"},
    "dispute": {"paid": "disputed"},
    "dispute_end": {"disputed": "ended"},
}
_STATUSES = {
    "resolution": ("authorized", "completed", "failed"),
    "capture": ("captured",),
    "void": ("voided",),
    "expiry": ("expired",),
    "settlement": ("settled",),
    "refund": ("refunded",),
    "dispute": ("disputed",),
    "dispute_end": ("won", "lost"),
}
_RESOLVED = {"authorized": "authorized", "completed": "paid", "failed": "ended"}
_SAME = ("correlation_id", "payment_method", "currency", "customer_id", "merchant_id")
_THOUSANDTHS = 1000  # no currency has more decimals than three
_A_MONTH = 30  # days in which networks count attempts
_PATIENCE = timedelta(days=14)
"""Longer than any authorisation holds, and than banks are closed: what has not followed by then will not."""


@dataclass(slots=True)
class PaymentState:
    """One payment, as far as its events have come. Amounts in thousandths of the currency. is_captured: whether it is
    authorised first; lacks: whether its label says that something will not follow. code: the issuer's answer;
    attempts: before it, the first of them at `first`."""

    same: tuple[Any, ...]
    time: str
    state: str
    amount: int
    is_captured: bool
    captured: int = 0
    refunded: int = 0
    disputed: int = 0
    is_settled: bool = False
    lacks: bool = False
    code: str | None = None
    attempts: int = 0
    first: str = ""

    @property
    def waits(self) -> bool:
        """Whether something must still follow: a decision, a capture, a settlement."""
        return self.state in ("pending", "authorized") or (self.captured > 0 and not self.is_settled)


@dataclass(slots=True)
class Checked:
    """counts: events by type and status. broken: rule → how often; examples: of each, the first ids. missing: payments
    that lack what should have followed, as their labels say; overdue: payments without such a label that have waited
    for a fortnight for what should follow."""

    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    broken: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[str]] = field(default_factory=dict)
    missing: int = 0
    overdue: list[str] = field(default_factory=list)


class Checker:
    """Holds events against the rules, one after the other."""

    def __init__(self) -> None:
        self.found = Checked()
        self._accounts: dict[str, PaymentState] = {}
        self._last = ""

    def check(self, event: Event, *, lacks: bool = False) -> None:
        """lacks: a label says of the event that something will not follow. Raises KeyError where the event lacks a
        field of the contract."""
        type_, status, id_ = event["transaction_type"], event["payment_status"], event["transaction_id"]
        self.found.counts[type_, status] += 1
        for rule in self._faults(event, type_, status, id_):
            self._break(rule, id_)
        if lacks and id_ in self._accounts:
            self._accounts[id_].lacks = True

    def end(self) -> None:
        """Nothing comes any more: look for what should have."""
        if {type_ for type_, _ in self.found.counts} <= {"payment", "refund"}:
            return  # lifecycle: payments, where nothing else has to follow
        late = datetime.fromisoformat(self._last) - _PATIENCE
        for id_, account in self._accounts.items():
            if account.lacks and account.waits:
                self.found.missing += 1
            elif account.lacks:
                self._break("what is labelled missing_follow_up lacks something", id_)
            elif account.waits and datetime.fromisoformat(account.time) < late:
                self.found.overdue.append(id_)

    def _break(self, rule: str, id_: str) -> None:
        self.found.broken[rule] += 1
        self.found.examples.setdefault(rule, [])
        if len(self.found.examples[rule]) < 5:
            self.found.examples[rule].append(id_)

    def _faults(self, event: Event, type_: str, status: str, id_: str) -> Iterator[str]:
        time = event["transaction_timestamp"]
        if time < self._last:
            yield "events come in the order of their times"
        self._last = max(self._last, time)
        if id_ in self._accounts:
            yield "no two payments have the same id"
            return
        original = event.get("original_transaction_id")
        if type_ in ("authorization", "payment"):
            if original is not None:
                yield "what begins a purchase names no other transaction"
        elif original is None:
            yield "what follows a payment names it"
            return
        else:
            account = self._accounts.get(original)
            if account is None:
                yield "what is named has come before"
                return
            yield from self._follow(account, event, type_, status)
        if type_ in ("authorization", "payment", "retry"):
            yield from self._begin(event, type_, status, id_)

    def _begin(self, event: Event, type_: str, status: str, id_: str) -> Iterator[str]:
        state = _BEGINS.get((type_, status))
        if state is None:
            yield f"no {type_} is {status}"
            return
        amount = _amount(event)
        is_captured = type_ == "authorization" or status == "authorized"
        account = PaymentState(_same(event), event["transaction_timestamp"], state, amount, is_captured)
        if state == "paid":
            account.captured = amount
        account.code, account.first = event.get("payment_details", {}).get("response_code"), account.time
        if type_ == "retry" and (before := self._accounts.get(event.get("original_transaction_id", ""))) is not None:
            account.attempts, account.first = before.attempts + 1, before.first
            yield from _retry_faults(account, before)
        self._accounts[id_] = account

    def _follow(self, account: PaymentState, event: Event, type_: str, status: str) -> Iterator[str]:
        if type_ not in _FOLLOWS:
            yield f"there is no type {type_}"
            return
        if type_ != "retry" and status not in _STATUSES[type_]:
            yield f"no {type_} is {status}"
        if _same(event) != account.same:
            yield "purchase, method, currency, customer and merchant stay"
        if event["transaction_timestamp"] < account.time:
            yield "what follows a payment is not before it"
        account.time = max(account.time, event["transaction_timestamp"])
        after = _FOLLOWS[type_].get(account.state)
        if after is None:
            yield f"no {type_} follows what is {account.state}"
            return
        amount = _amount(event)
        account.state = _RESOLVED.get(status, "ended") if type_ == "resolution" else after
        yield from self._sums(account, type_, amount)

    def _sums(self, account: PaymentState, type_: str, amount: int) -> Iterator[str]:
        if amount <= 0:
            yield "amounts are above zero"
        if type_ in ("retry", "resolution", "void", "expiry") and amount != account.amount:
            yield f"the amount of a {type_} is the payment's"
        if type_ == "resolution" and account.state == "paid":
            account.captured = account.amount
        if type_ == "capture":
            if not account.is_captured:
                yield "only what is authorised is captured"
            account.captured += amount
            if account.is_settled:
                yield "nothing is captured after the settlement"
        if type_ == "settlement":
            if account.is_settled:
                yield "a payment is settled once"
            account.is_settled = True
            if amount != account.captured:
                yield "what is settled is what is captured"
        if type_ == "refund":
            account.refunded += amount
        if type_ == "dispute":
            account.disputed += amount
        if type_ == "dispute_end" and amount != account.disputed:
            yield "the end of a dispute is of its amount"
        if account.captured > account.amount:
            yield "no more is captured than authorised"
        if account.refunded + account.disputed > account.captured:
            yield "no more is refunded and disputed than captured"


def _retry_faults(account: PaymentState, before: PaymentState) -> Iterator[str]:
    """What networks allow (`facts/declines`)."""
    if before.code in declines.NEVER_AGAIN:
        yield "no retry follows a decline that the issuer will never approve"
    if account.attempts > declines.MOST_ATTEMPTS.value and _days(account.first, account.time) <= _A_MONTH:
        yield "a purchase is tried again fifteen times in 30 days at the most"


def _days(first: str, last: str) -> float:
    return (datetime.fromisoformat(last) - datetime.fromisoformat(first)) / timedelta(days=1)


def _amount(event: Event) -> int:
    return round(float(event["amount"]) * _THOUSANDTHS)


def _same(event: Event) -> tuple[Any, ...]:
    return tuple(event.get(name) for name in _SAME)
