"""Bad transactions, each wrong in exactly one way, which its label names.

Most scenarios are an edit of a payment that was drawn like any other. Its flat document has been through the mapping's
`values` already, so a bad value goes out as it is; names, places and formats follow. Three break the bytes instead, and
runs of payments by one customer are arranged when payments are drawn (`bursts`).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from paysim.transactions.behaviour.outcomes import Outcomes
from paysim.transactions.events.mapping import Document

OVERSIZED = 200 * 1024  # bytes of a body
_DAY = 86_400_000  # milliseconds
# Needs a payment of this run: with none at hand a plain payment goes out instead, without a label.
NEEDS_A_PAYMENT = frozenset({"duplicate", "currency_mismatch"})
CARDS_ONLY = frozenset({"missing_card_details", "invalid_card_brand"})
# Arranged when payments are drawn.
BURSTS = frozenset({"structuring", "rapid_fire"})


@dataclass(slots=True)
class Case:
    """One transaction to be broken. limit: the highest amount of its method in major units of its currency;
    decimals: of that currency; variant: its row of outcomes."""

    document: Document
    rng: np.random.Generator
    limit: float
    decimals: int
    outcomes: Outcomes
    variant: int

    def one_of(self, *choices: str) -> str:
        return choices[int(self.rng.integers(len(choices)))]

    def major(self, amount: float) -> float:
        return round(amount, self.decimals)


def _negative_amount(case: Case) -> None:
    case.document["amount"] = -case.document["amount"]


def _zero_amount(case: Case) -> None:
    case.document["amount"] = 0.0


def _excess_amount(case: Case) -> None:
    case.document["amount"] = case.major(case.limit * case.rng.uniform(2.01, 10.0))


def _invalid_currency(case: Case) -> None:
    case.document["currency"] = case.one_of("ZZZ", "US", "EURO", "D", "")


def _invalid_status(case: Case) -> None:
    case.document["payment_status"] = case.one_of("UNKNOWN_STATUS", "compleated", "???", "")


def _invalid_country(case: Case) -> None:
    # No two capitals: ISO 3166 leaves users codes of their own (ZZ, XA–XZ, QM–QZ).
    case.document["customer_country"] = case.one_of("USA", "U", "0X", "??", "")


def _missing_customer_id(case: Case) -> None:
    del case.document["customer_id"]


def _missing_amount(case: Case) -> None:
    del case.document["amount"]


def _invalid_email(case: Case) -> None:
    name = str(case.document["customer_email"]).split("@")[0]
    case.document["customer_email"] = case.one_of(
        name, f"{name}@", "@example.com", f"{name}@@example.com", f"{name} @example.org"
    )


def _missing_card_details(case: Case) -> None:
    for path in [path for path in case.document if path.startswith("payment_details.")]:
        del case.document[path]


def _invalid_card_brand(case: Case) -> None:
    case.document["payment_details.brand"] = case.one_of("visarcard", "mastercharge", "unknown_brand", "")


def _future_timestamp(case: Case) -> None:
    case.document["transaction_timestamp"] += int(case.rng.uniform(1.001, 30.0) * _DAY)


def _stale_timestamp(case: Case) -> None:
    case.document["transaction_timestamp"] -= int(case.rng.uniform(366.0, 3_650.0) * _DAY)


def _status_mismatch(case: Case) -> None:
    """A decline in every respect, but called completed."""
    declines = case.outcomes.failed(case.variant)
    weights = case.outcomes.records[declines[int(case.rng.integers(len(declines)))]]
    for name in ("response_code", "reason_code", "authorization_code"):
        case.document.pop(f"payment_details.{name}", None)
    case.document |= weights | {"payment_status": "completed"}


EDITS: dict[str, Callable[[Case], None]] = {
    "negative_amount": _negative_amount,
    "zero_amount": _zero_amount,
    "excess_amount": _excess_amount,
    "invalid_currency": _invalid_currency,
    "invalid_status": _invalid_status,
    "invalid_country": _invalid_country,
    "missing_customer_id": _missing_customer_id,
    "missing_amount": _missing_amount,
    "invalid_email": _invalid_email,
    "missing_card_details": _missing_card_details,
    "invalid_card_brand": _invalid_card_brand,
    "future_timestamp": _future_timestamp,
    "stale_timestamp": _stale_timestamp,
    "status_mismatch": _status_mismatch,
}


def _malformed(body: bytes, rng: np.random.Generator) -> bytes:
    return body[:-1] + b",}"


def _truncated(body: bytes, rng: np.random.Generator) -> bytes:
    return body[: int(rng.integers(1, len(body)))]


def _oversized(body: bytes, rng: np.random.Generator) -> bytes:
    # White space between tokens: the transaction is as good as ever, its size alone is not.
    return body[:-1] + b" " * (OVERSIZED - len(body)) + body[-1:]


BYTES: dict[str, Callable[[bytes, np.random.Generator], bytes]] = {
    "malformed_json": _malformed,
    "truncated_json": _truncated,
    "oversized": _oversized,
}
REFUNDS = frozenset({"orphan_refund", "currency_mismatch"})
