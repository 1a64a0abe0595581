"""Bad data: transactions that are wrong in exactly one way, which their label names."""

from collections.abc import Iterator

import numpy as np

from paysim.contract.codes import MINOR_UNITS
from paysim.contract.fields import DETAILS
from paysim.contract.labels import SCENARIOS, Intention
from paysim.transactions.behaviour import exchange_rates
from paysim.transactions.events.mapping import Document
from paysim.transactions.methods.cards import CardDetails

from .base import EditCase, WrongRefund, body_edit, field_edit

OVERSIZED = 200 * 1024  # bytes of a body
_DAY = 86_400_000  # milliseconds


@field_edit("amount")
def negative_amount(case: EditCase) -> None:
    """The amount is below zero."""
    case.document["amount"] = -case.document["amount"]


@field_edit("amount")
def zero_amount(case: EditCase) -> None:
    """The amount is zero."""
    case.document["amount"] = 0.0


@field_edit("amount", breaks_contract=False)
def excess_amount(case: EditCase) -> None:
    """The amount is two to ten times the highest that is configured."""
    case.document["amount"] = case.major(case.limit * case.rng.uniform(2.01, 10.0))


@field_edit("currency")
def invalid_currency(case: EditCase) -> None:
    """The currency is no code of ISO 4217."""
    case.document["currency"] = case.one_of("ZZZ", "US", "EURO", "D", "")


@field_edit("payment_status")
def invalid_status(case: EditCase) -> None:
    """The status is none that there is."""
    case.document["payment_status"] = case.one_of("UNKNOWN_STATUS", "compleated", "???", "")


@field_edit("customer_country")
def invalid_country(case: EditCase) -> None:
    """The customer's country is no code of ISO 3166-1."""
    # No two capitals: ISO 3166 leaves users codes of their own (ZZ, XA–XZ, QM–QZ).
    case.document["customer_country"] = case.one_of("USA", "U", "0X", "??", "")


@field_edit("customer_id", in_avro=False)
def missing_customer_id(case: EditCase) -> None:
    """There is no customer_id."""
    del case.document["customer_id"]


@field_edit("amount", in_avro=False)
def missing_amount(case: EditCase) -> None:
    """There is no amount."""
    del case.document["amount"]


@field_edit("customer_email")
def invalid_email(case: EditCase) -> None:
    """The customer's e-mail address is none."""
    name = str(case.document["customer_email"]).split("@")[0]
    case.document["customer_email"] = case.one_of(
        name, f"{name}@", "@example.com", f"{name}@@example.com", f"{name} @example.org"
    )


@field_edit(f"{DETAILS}.token", details=CardDetails)
def missing_card_details(case: EditCase) -> None:
    """A card payment has no payment_details."""
    for path in [path for path in case.document if path.startswith(f"{DETAILS}.")]:
        del case.document[path]


@field_edit(f"{DETAILS}.brand", details=CardDetails)
def invalid_card_brand(case: EditCase) -> None:
    """The card is of a brand that does not exist."""
    case.document[f"{DETAILS}.brand"] = case.one_of("visarcard", "mastercharge", "unknown_brand", "")


@field_edit("transaction_timestamp", breaks_contract=False)
def future_timestamp(case: EditCase) -> None:
    """The payment is one to thirty days in the future."""
    case.document["transaction_timestamp"] += int(case.rng.uniform(1.001, 30.0) * _DAY)


@field_edit("transaction_timestamp", breaks_contract=False)
def stale_timestamp(case: EditCase) -> None:
    """The payment is one to ten years old."""
    case.document["transaction_timestamp"] -= int(case.rng.uniform(366.0, 3_650.0) * _DAY)


@field_edit("payment_status")
def status_mismatch(case: EditCase) -> None:
    """A decline in every respect, but called completed."""
    declines = case.outcomes.failed(case.variant)
    weights = case.outcomes.records[declines[int(case.rng.integers(len(declines)))]]
    for name in ("response_code", "reason_code", "authorization_code"):
        case.document.pop(f"{DETAILS}.{name}", None)
    case.document |= weights | {"payment_status": "completed"}


@body_edit(is_object=False, in_avro=False)
def malformed_json(body: bytes, rng: np.random.Generator) -> bytes:
    """The body is no JSON: a comma too many."""
    return body[:-1] + b",}"


@body_edit(is_object=False)
def truncated_json(body: bytes, rng: np.random.Generator) -> bytes:
    """The body ends in the middle."""
    return body[: int(rng.integers(1, len(body)))]


@body_edit(breaks_contract=False, in_avro=False)
def oversized(body: bytes, rng: np.random.Generator) -> bytes:
    """The body has 200 KiB, as white space between its tokens; the transaction itself is good."""
    return body[:-1] + b" " * (OVERSIZED - len(body)) + body[-1:]


SCENARIOS.add(
    WrongRefund(
        name="orphan_refund",
        about="A refund of a payment that the run never made.",
        needs=("original_transaction_id",),
    )
)


class _CurrencyMismatch(WrongRefund):
    def faults(self, share: float, intention: Intention) -> Iterator[str]:
        yield from super().faults(share, intention)
        if not intention.statuses.get("completed"):
            yield "needs completed payments to refund, and payment_status has none"


def _in_another_currency(document: Document, amount: float, rng: np.random.Generator) -> tuple[Document, float, int]:
    others = [c for c in sorted(exchange_rates.PER_DOLLAR) if c != document["currency"]]
    other = others[int(rng.integers(len(others)))]
    unit = 10.0 ** MINOR_UNITS[other]
    amount = max(1.0, np.floor(amount * exchange_rates.rate(document["currency"], other) * unit)) / unit
    return document | {"currency": other}, amount, MINOR_UNITS[other]


SCENARIOS.add(
    _CurrencyMismatch(
        name="currency_mismatch",
        about="A refund in another currency than its payment, of the same worth.",
        needs=("currency", "original_transaction_id"),
        change=_in_another_currency,
    )
)
