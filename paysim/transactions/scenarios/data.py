"""Bad data: transactions that are wrong in exactly one way, which their label names."""

from collections.abc import Iterator

import numpy as np

from paysim.contract.codes import MINOR_UNITS
from paysim.contract.fields import DETAILS
from paysim.contract.labels import SCENARIOS, Intention
from paysim.transactions.behaviour.amounts import exchange_rates
from paysim.transactions.events.mapping import Document
from paysim.transactions.methods.cards import CardDetails

from .base import EditCase, WrongRefund, body_edit, field_edit

OVERSIZED = 200 * 1024  # bytes of a body
_DAY = 86_400_000  # milliseconds


@field_edit("amount")
def negative_amount(case: EditCase) -> None:
    """The amount is below zero.

    Why: A refund is sent as a payment, or a conversion turns a sign. Sums go down and nobody sees why.
    Pipeline: Reject it. Money back is a refund, with an amount above zero.
    Source: ISO 20022, ActiveCurrencyAndAmount: at least 0
    """
    case.document["amount"] = -case.document["amount"]


@field_edit("amount")
def zero_amount(case: EditCase) -> None:
    """The amount is zero.

    Why: An order that a voucher has paid, or a card that is only checked, is sent as a payment.
    Pipeline: Reject it, or book nothing.
    """
    case.document["amount"] = 0.0


@field_edit("amount", breaks_contract=False)
def excess_amount(case: EditCase) -> None:
    """The amount is two to ten times the highest that is configured.

    Why: Cents are taken for dollars, or somebody tries what goes through.
    Pipeline: Hold it until a person has looked: its form is right, the business has a limit.
    """
    case.document["amount"] = case.major(case.limit * case.rng.uniform(2.01, 10.0))


@field_edit("currency")
def invalid_currency(case: EditCase) -> None:
    """The currency is no code of ISO 4217.

    Why: A name or a symbol stands where a code should.
    Pipeline: Reject it, and never take a default currency instead.
    Source: ISO 4217
    """
    case.document["currency"] = case.one_of("ZZZ", "US", "EURO", "D", "")


@field_edit("payment_status")
def invalid_status(case: EditCase) -> None:
    """The status is none that there is.

    Why: A sender has a newer version, or another spelling.
    Pipeline: Reject it or put it aside. Never take it for completed.
    """
    case.document["payment_status"] = case.one_of("UNKNOWN_STATUS", "compleated", "???", "")


@field_edit("customer_country")
def invalid_country(case: EditCase) -> None:
    """The customer's country is no code of ISO 3166-1.

    Why: Three letters instead of two, or what a form was left with.
    Pipeline: Reject it: sanctions, taxes and limits go by country.
    Source: ISO 3166-1 alpha-2
    """
    # No two capitals: ISO 3166 leaves users codes of their own (ZZ, XA–XZ, QM–QZ).
    case.document["customer_country"] = case.one_of("USA", "U", "0X", "??", "")


@field_edit("customer_id", in_avro=False)
def missing_customer_id(case: EditCase) -> None:
    """There is no customer_id.

    Why: A guest paid, or a join found nobody.
    Pipeline: Reject it. All customers without an id are not one customer.
    """
    del case.document["customer_id"]


@field_edit("amount", in_avro=False)
def missing_amount(case: EditCase) -> None:
    """There is no amount.

    Why: A sender leaves out what it does not know.
    Pipeline: Reject it. Nothing is not zero.
    """
    del case.document["amount"]


@field_edit("customer_email")
def invalid_email(case: EditCase) -> None:
    """The customer's e-mail address is none.

    Why: A form took what was typed.
    Pipeline: Reject it, or keep the payment without the address. Send nothing there.
    Source: RFC 5322, section 3.4.1
    """
    name = str(case.document["customer_email"]).split("@")[0]
    case.document["customer_email"] = case.one_of(
        name, f"{name}@", "@example.com", f"{name}@@example.com", f"{name} @example.org"
    )


@field_edit(f"{DETAILS}.token", details=CardDetails)
def missing_card_details(case: EditCase) -> None:
    """A card payment has no payment_details.

    Why: A service on the way strips what it takes for secret.
    Pipeline: Reject it: without token and brand nobody can settle or refund it.
    """
    for path in [path for path in case.document if path.startswith(f"{DETAILS}.")]:
        del case.document[path]


@field_edit(f"{DETAILS}.brand", details=CardDetails)
def invalid_card_brand(case: EditCase) -> None:
    """The card is of a brand that does not exist.

    Why: A free text, or a brand that only the sender knows.
    Pipeline: Reject it or put it aside, and route it to no default scheme.
    """
    case.document[f"{DETAILS}.brand"] = case.one_of("visarcard", "mastercharge", "unknown_brand", "")


@field_edit("transaction_timestamp", breaks_contract=False)
def future_timestamp(case: EditCase) -> None:
    """The payment is one to thirty days in the future.

    Why: A device has the wrong clock or time zone, or a payment is dated ahead on purpose.
    Pipeline: Flag it, and keep it away from windows and watermarks, which would jump ahead with it.
    """
    case.document["transaction_timestamp"] += int(case.rng.uniform(1.001, 30.0) * _DAY)


@field_edit("transaction_timestamp", breaks_contract=False)
def stale_timestamp(case: EditCase) -> None:
    """The payment is one to ten years old.

    Why: A queue was replayed, or a year is wrong.
    Pipeline: Flag it. Days that are closed stay closed.
    """
    case.document["transaction_timestamp"] -= int(case.rng.uniform(366.0, 3_650.0) * _DAY)


@field_edit("payment_status")
def status_mismatch(case: EditCase) -> None:
    """A decline in every respect, but called completed.

    Why: Two systems write one record, and one of them is late.
    Pipeline: Reject or flag it: what was declined is no revenue.
    Source: ISO 8583, response code (field 39)
    """
    declines = case.outcomes.failed(case.variant)
    weights = case.outcomes.records[declines[int(case.rng.integers(len(declines)))]]
    for name in ("response_code", "reason_code", "authorization_code"):
        case.document.pop(f"{DETAILS}.{name}", None)
    case.document |= weights | {"payment_status": "completed"}


@body_edit(is_object=False, in_avro=False)
def malformed_json(body: bytes, rng: np.random.Generator) -> bytes:
    """The body is no JSON: a comma too many.

    Why: Somebody puts JSON together as text.
    Pipeline: Put it aside as it is, with its offset, and read on: one bad event must not stop a partition.
    Source: RFC 8259
    """
    return body[:-1] + b",}"


@body_edit(is_object=False)
def truncated_json(body: bytes, rng: np.random.Generator) -> bytes:
    """The body ends in the middle.

    Why: A buffer or a column was too short.
    Pipeline: Put it aside as it is, with its offset, and read on.
    Source: RFC 8259
    """
    return body[: int(rng.integers(1, len(body)))]


@body_edit(breaks_contract=False, in_avro=False)
def oversized(body: bytes, rng: np.random.Generator) -> bytes:
    """The body has 200 KiB, as white space between its tokens; the transaction itself is good.

    Why: A client pads, or attaches what does not belong there.
    Pipeline: Take it: it is legal and below the limit of most hubs. What is too large for a later step is refused
    there, by name.
    Source: Azure Event Hubs quotas: 1 MB an event, 256 kB in the basic tier
    """
    return body[:-1] + b" " * (OVERSIZED - len(body)) + body[-1:]


SCENARIOS.add(
    WrongRefund(
        name="orphan_refund",
        about="A refund of a payment that the run never made.",
        why="The payment got lost or is late; or somebody wants money for what was never bought.",
        pipeline="Hold it until its payment is there, and refuse it after a time. Pay nothing out before.",
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
        why="A refund is made in the shop's currency instead of the customer's. Where rates move, that is worth money.",
        pipeline="Reject it: a refund has the currency of its payment.",
        needs=("currency", "original_transaction_id"),
        change=_in_another_currency,
    )
)
