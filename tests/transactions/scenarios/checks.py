"""Independent checks, one a violation: each says from the event alone (and the run's other events) what its label says.

Nothing here uses the code that makes violations. A check answers whether the event breaks its rule in the way of its
scenario; `repaired` puts the one thing right, so that a test can see that nothing else was wrong.
"""

import copy
import json
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from paysim.contract.codes import MINOR_UNITS
from paysim.transactions.behaviour.amounts.exchange_rates import PER_DOLLAR

Event = dict[str, Any]
ISO_4217_LENGTH = 3
OF_A_CARD = ("payment_details", "payment_status", "channel", "device_type")
SCHEMES = {
    "SEPA": "EUR", "ACH": "USD", "FPS": "GBP", "EFT": "CAD", "BECS": "AUD", "Zengin": "JPY", "PIX": "BRL", "UPI": "INR",
}  # fmt: skip
STATUSES = {"completed", "failed", "pending", "cancelled", "refunded"}
BRANDS = {
    "visa", "mastercard", "amex", "discover", "jcb", "maestro", "interac", "eftpos", "cartes_bancaires",
    "elo", "rupay", "girocard", "hipercard", "bancontact", "pagobancomat", "multibanco",
}  # fmt: skip


@dataclass
class Sent:
    """What went out, in order: body, label and message id; `payments`: the good payments by id."""

    entries: list[tuple[bytes, str | None, bytes]] = field(default_factory=list)
    now: datetime = field(default_factory=datetime.now)

    def good(self) -> Iterator[Event]:
        return (json.loads(body) for body, label, _ in self.entries if label is None)

    def labelled(self, name: str) -> list[bytes]:
        return [body for body, label, _ in self.entries if label == name]


def amount(event: Event) -> float:
    value = event["amount"]
    assert isinstance(value, int | float)
    return float(value)


def dollars(event: Event) -> float:
    return amount(event) / PER_DOLLAR[event["currency"]]


def highest(event: Event) -> float:
    """Dollars that no good payment of its kind is above."""
    return 100_000 / PER_DOLLAR["INR"] if event["payment_details"].get("scheme") == "UPI" else 10_000


def when(event: Event) -> datetime:
    moment = datetime.fromisoformat(event["transaction_timestamp"])
    return moment.replace(tzinfo=moment.tzinfo or UTC)


def decimals(event: Event) -> int:
    """Of the amount."""
    return max(0, -int(Decimal(repr(event["amount"])).normalize().as_tuple().exponent))


def is_card_number(text: str) -> bool:
    """13 to 19 digits whose check digit is right (ISO/IEC 7812-1)."""
    if not (text.isdigit() and 13 <= len(text) <= 19):
        return False
    digits = [int(digit) for digit in reversed(text)]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[1::2]]
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0


BREAKS: dict[str, Callable[[Event, Sent], bool]] = {
    "negative_amount": lambda e, _: amount(e) < 0,
    "zero_amount": lambda e, _: amount(e) == 0,
    "excess_amount": lambda e, _: 1.99 * highest(e) <= dollars(e) <= 10.01 * highest(e),
    "invalid_currency": lambda e, _: e["currency"] == "ZZZ" or len(e["currency"]) != ISO_4217_LENGTH,
    "invalid_status": lambda e, _: e["payment_status"] not in STATUSES,
    "invalid_country": lambda e, _: not (len(e["customer_country"]) == 2 and e["customer_country"].isalpha()),
    "missing_customer_id": lambda e, _: "customer_id" not in e,
    "missing_amount": lambda e, _: "amount" not in e,
    "invalid_email": lambda e, _: not _is_address(e["customer_email"]),
    "missing_card_details": lambda e, _: "payment_details" not in e,
    "invalid_card_brand": lambda e, _: e["payment_details"].get("brand", "visa") not in BRANDS,
    "future_timestamp": lambda e, sent: timedelta(days=1) <= when(e) - sent.now <= timedelta(days=30, minutes=1),
    "late_arrival": lambda e, sent: e["transaction_timestamp"].endswith("Z")
    and timedelta(minutes=9, seconds=10) <= sent.now - when(e) <= timedelta(days=1),
    "clock_skew": lambda e, sent: e["channel"] == "pos"
    and e["transaction_timestamp"].endswith("Z")
    and timedelta(minutes=1) < abs(when(e) - sent.now) < timedelta(minutes=9, seconds=50)
    and timedelta(minutes=9, seconds=10) > sent.now - when(e),
    "stale_timestamp": lambda e, sent: timedelta(days=365) <= sent.now - when(e) <= timedelta(days=3653),
    "status_mismatch": lambda e, _: e["payment_status"] == "completed" and _declined(e["payment_details"]),
    "nan_amount": lambda e, _: math.isnan(amount(e)),
    "wrong_minor_units": lambda e, _: not math.isnan(e["amount"]) and decimals(e) > MINOR_UNITS[e["currency"]],
    "local_time": lambda e, _: "+" not in e["transaction_timestamp"] and not e["transaction_timestamp"].endswith("Z"),
    "null_for_absent": lambda e, _: None in e.values(),
    "pan_leak": lambda e, _: is_card_number(e["payment_details"].get("token", "")),
    "scheme_currency": lambda e, _: (
        e["currency"] in MINOR_UNITS and e["currency"] != SCHEMES.get(e["payment_details"].get("scheme"), e["currency"])
    ),
}  # fmt: skip

REPAIRS: dict[str, Callable[[Event, Event], None]] = {
    "negative_amount": lambda e, _: e.update(amount=-e["amount"]),
    "zero_amount": lambda e, _: e.update(amount=1),
    "excess_amount": lambda e, _: None,
    "invalid_currency": lambda e, _: e.update(currency="KWD"),
    "invalid_status": lambda e, _: e.update(payment_status=_status(e)),
    "invalid_country": lambda e, _: e.update(customer_country="US"),
    "missing_customer_id": lambda e, good: e.update(customer_id=good["customer_id"]),
    "missing_amount": lambda e, _: e.update(amount=1),
    "invalid_email": lambda e, _: e.update(customer_email="someone@example.com"),
    "missing_card_details": lambda e, good: e.update({name: good[name] for name in OF_A_CARD}),
    "invalid_card_brand": lambda e, _: e["payment_details"].update(brand="visa"),
    "future_timestamp": lambda e, _: None,
    "late_arrival": lambda e, _: None,
    "clock_skew": lambda e, _: None,
    "stale_timestamp": lambda e, _: None,
    "status_mismatch": lambda e, _: e.update(payment_status="failed"),
    "nan_amount": lambda e, _: e.update(amount=1),
    "wrong_minor_units": lambda e, _: e.update(amount=1),
    "local_time": lambda e, good: e.update(transaction_timestamp=good["transaction_timestamp"]),
    "null_for_absent": lambda e, _: e.pop("original_transaction_id"),
    "pan_leak": lambda e, good: e["payment_details"].update(token=good["payment_details"]["token"]),
    "scheme_currency": lambda e, _: None,
}  # fmt: skip


def repaired(name: str, event: Event, good: Event) -> Event:
    """The event with the one thing put right. good: a good completed card payment to borrow from."""
    event = copy.deepcopy(event)
    REPAIRS[name](event, good)
    return event


def _is_address(text: str) -> bool:
    local, at, domain = text.partition("@")
    return bool(local and at and domain) and "@" not in domain and not any(char.isspace() for char in text)


def _declined(details: Event) -> bool:
    return details.get("response_code", "00") != "00" or "reason_code" in details


def _status(event: Event) -> str:
    """The status that fits the codes."""
    details = event["payment_details"]
    if "reason_code" in details or details.get("response_code", "00") not in ("00", "17"):
        return "failed"
    if "brand" in details:
        return {"00": "completed", "17": "cancelled", None: "pending"}[details.get("response_code")]
    return "completed"
