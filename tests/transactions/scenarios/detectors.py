"""Blind detectors of what goes wrong on purpose: they see events as they come, not labels, nor how they are made.

Each follows the description of its scenario in docs/SCENARIOS.md, the published schema and what ran through before, as
a pipeline could. Nothing here uses the code that makes transactions.
"""

import codecs
import json
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from statistics import median
from typing import Any

import jsonschema_rs

from paysim.contract.codes import MINOR_UNITS
from paysim.facts.bank_schemes import SCHEMES
from paysim.facts.exchange import PER_DOLLAR

Event = dict[str, Any]
SCHEMA = Path(__file__).parents[3] / "docs" / "transaction.schema.json"
NAMES = frozenset(json.loads(SCHEMA.read_text(encoding="utf-8"))["properties"])
LIMIT = 10_000.0
"""Dollars: the highest amount that the business knows."""
LARGE = 200 * 1024
_DAY = 86_400.0
_RECENT = 101
_AT_ONCE, _PROMPT, _LATE = 1.0, 10.0, 600.0


@dataclass
class Seen:
    """What ran through before. bodies: message id → hash of the body, and when it came. payments: id → currency,
    amount. purchases: correlation ids of payments. last: customer → when the last one was made that came at once.
    refunded: id → how much of it. times: of the last events, in seconds. now: when this one comes."""

    bodies: dict[bytes, tuple[int, float]] = field(default_factory=dict)
    purchases: set[str] = field(default_factory=set)
    last: dict[str, float] = field(default_factory=dict)
    now: float = 0.0
    payments: dict[str, tuple[str, float]] = field(default_factory=dict)
    refunded: dict[str, float] = field(default_factory=dict)
    times: deque[float] = field(default_factory=lambda: deque(maxlen=_RECENT))

    def note(self, event: Event) -> None:
        """An event that was read."""
        if event.get("transaction_type") == "payment":
            self.payments[str(event.get("transaction_id"))] = str(event.get("currency")), _number(event)
            self.purchases.add(str(event.get("correlation_id")))
            if (made := when(event)) is not None and abs(self.now - made) < _PROMPT:
                self.last[str(event.get("customer_id"))] = made
        if (moment := when(event)) is not None:
            self.times.append(moment)


class Detector:
    """Names of scenarios that an event looks like."""

    def __init__(self) -> None:
        self._seen = Seen()
        self._known = 0
        self._schema = jsonschema_rs.validator_for(json.loads(SCHEMA.read_text(encoding="utf-8")))

    def look(self, body: bytes, message_id: bytes, arrived: int) -> set[str]:
        """Of the next event. arrived: Unix milliseconds."""
        self._seen.now = arrived / 1000
        before = self._seen.bodies.setdefault(message_id, (hash(body), self._seen.now))
        if len(self._seen.bodies) > self._known:
            self._known = len(self._seen.bodies)
        elif before[0] != hash(body):
            return {"reused_id"}
        else:
            return {"duplicate" if self._seen.now - before[1] < _AT_ONCE else "redelivery"}
        try:
            event = json.loads(body.decode(), parse_constant=_no_number)
        except ValueError as error:
            return {_unreadable(body, error)}
        found = {name for name, rule in RULES.items() if rule(event, self._seen)}
        found |= {"oversized"} if len(body) >= LARGE else set()
        if not found:
            found |= set(self._broken(event))
        self._seen.note(event)
        return found

    def _broken(self, event: Event) -> Iterator[str]:
        """By the schema: which place of the event is wrong."""
        for error in self._schema.iter_errors(event):
            yield _named(error, event)


class _NaN(ValueError):
    """JSON has no such number."""


def _no_number(text: str) -> None:
    raise _NaN(text)


def _unreadable(body: bytes, error: ValueError) -> str:
    if isinstance(error, _NaN):
        return "nan_amount"
    if isinstance(error, UnicodeDecodeError):
        return "invalid_utf8"
    if body.startswith(codecs.BOM_UTF8):
        return "byte_order_mark"
    return "malformed_json" if body.endswith(b"}") else "truncated_json"


def _named(error: Any, event: Event) -> str:
    """What an error of the schema looks like."""
    path = ".".join(map(str, error.instance_path))
    unknown = event.keys() - NAMES
    if not path and unknown:
        return "renamed_field" if NAMES - event.keys() - {"original_transaction_id"} else "new_field"
    if isinstance(error.instance, str) and error.message.endswith('is not of type "number"'):
        return "number_as_string"
    path = path or error.message.partition('"')[2].partition('"')[0]  # of what is missing
    return PLACES.get(path, f"schema: {path}: {error.message[:80]}")


def when(event: Event) -> float | None:
    """Seconds since 1970."""
    try:
        moment = datetime.fromisoformat(event["transaction_timestamp"])
    except (KeyError, TypeError, ValueError):
        return None
    return None if moment.tzinfo is None else moment.timestamp()


def dollars(event: Event) -> float | None:
    amount, rate = event.get("amount"), PER_DOLLAR.get(str(event.get("currency")))
    return None if rate is None or not isinstance(amount, int | float) else amount / rate.value


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float)


def _number(event: Event) -> float:
    """The amount, or 1 where it is none."""
    amount = event.get("amount", 1.0)
    return amount if _is_number(amount) else 1.0


def _decimals(event: Event) -> int:
    return max(0, -int(Decimal(repr(_number(event))).normalize().as_tuple().exponent))


def _is_card_number(text: str) -> bool:
    """13 to 19 digits with a right check digit (Luhn)."""
    digits = [int(digit) for digit in reversed(text) if digit.isdigit()]
    if not 13 <= len(digits) == len(text) <= 19:
        return False
    return (sum(digits[::2]) + sum(sum(divmod(2 * digit, 10)) for digit in digits[1::2])) % 10 == 0


def _of_scheme(event: Event) -> Any:
    return SCHEMES.get(str((event.get("payment_details") or {}).get("scheme")))


def _over_scheme(event: Event) -> bool:
    """Whether a scheme of bank transfers takes no payment of this size."""
    scheme = _of_scheme(event)
    if scheme is None or scheme.limit is None or scheme.currency != event.get("currency"):
        return False
    return bool(_number(event) > 1.5 * scheme.limit)


def _ahead(event: Event, seen: Seen) -> float:
    """Seconds ahead of the stream; 0 where that is not known."""
    moment = when(event)
    return 0.0 if moment is None or not seen.times else moment - median(seen.times)


def _declined(event: Event) -> bool:
    details = event.get("payment_details") or {}
    return details.get("response_code", "00") != "00" or "reason_code" in details


def _refund_of(event: Event, seen: Seen) -> str | None:
    """The currency of the payment that a refund is of; None where there is none."""
    found = seen.payments.get(str(event.get("original_transaction_id")))
    return found and found[0]


def _too_much(event: Event, seen: Seen) -> bool:
    """Whether the refunds of a payment come to more than it."""
    id_ = str(event.get("original_transaction_id"))
    found = seen.payments.get(id_)
    if not _is_refund(event) or found is None or found[0] != event.get("currency") or _number(event) <= 0:
        return False
    before = seen.refunded.get(id_, 0.0)
    if before + _number(event) > found[1] * 1.000001:
        return True
    seen.refunded[id_] = before + _number(event)
    return False


def _paid_before(event: Event, seen: Seen) -> bool:
    """Whether a payment of the same purchase came before."""
    return event.get("transaction_type") == "payment" and event.get("correlation_id") in seen.purchases


def _behind(event: Event, seen: Seen) -> float:
    """Seconds from made to come."""
    moment = when(event)
    return 0.0 if moment is None else seen.now - moment


def _is_refund(event: Event) -> bool:
    return event.get("transaction_type") == "refund"


RULES: dict[str, Callable[[Event, Seen], bool]] = {
    "missing_customer_id": lambda e, _: "customer_id" not in e,
    "missing_amount": lambda e, _: "amount" not in e,
    "negative_amount": lambda e, _: _number(e) < 0,
    "zero_amount": lambda e, _: e.get("amount") == 0,
    "excess_amount": lambda e, _: (dollars(e) or 0) > 1.5 * LIMIT or _over_scheme(e),
    "future_timestamp": lambda e, seen: _ahead(e, seen) > 0.9 * _DAY,
    "stale_timestamp": lambda e, seen: _ahead(e, seen) < -300 * _DAY,
    "status_mismatch": lambda e, _: e.get("payment_status") == "completed" and _declined(e),
    "orphan_refund": lambda e, seen: _is_refund(e) and _refund_of(e, seen) is None,
    "currency_mismatch": lambda e, seen: _is_refund(e) and _refund_of(e, seen) not in (None, e.get("currency")),
    "new_id": _paid_before,
    "out_of_order": lambda e, seen: (
        e.get("transaction_type") == "payment"
        and _PROMPT <= _behind(e, seen) < _LATE
        and seen.now - _behind(e, seen) < seen.last.get(str(e.get("customer_id")), 0.0)
    ),
    "clock_skew": lambda e, seen: e.get("channel") == "pos" and 110 < abs(_behind(e, seen)) < 550,
    "late_arrival": lambda e, seen: _LATE <= _behind(e, seen) <= _DAY,
    "over_refund": _too_much,
    "wrong_minor_units": lambda e, _: _decimals(e) > MINOR_UNITS.get(str(e.get("currency")), 3),
    "pan_leak": lambda e, _: _is_card_number(str((e.get("payment_details") or {}).get("token"))),
    "scheme_currency": lambda e, _: (
        (scheme := _of_scheme(e)) is not None and e.get("currency") in PER_DOLLAR and scheme.currency != e["currency"]
    ),
    "local_time": lambda e, _: (
        isinstance(text := e.get("transaction_timestamp"), str) and datetime.fromisoformat(text).tzinfo is None
    ),
    "null_for_absent": lambda e, _: None in e.values(),
    "cvv_leak": lambda e, _: "cvv" in (e.get("payment_details") or {}),
}
PLACES = {
    "amount": "negative_amount",
    "currency": "invalid_currency",
    "payment_status": "invalid_status",
    "customer_country": "invalid_country",
    "customer_email": "invalid_email",
    "payment_details": "missing_card_details",
    "payment_details.brand": "invalid_card_brand",
}
