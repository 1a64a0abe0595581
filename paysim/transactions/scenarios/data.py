"""Bad data: fields that are wrong in exactly one way, which the label names."""

from datetime import datetime
from zoneinfo import ZoneInfo

from paysim.contract.codes import MINOR_UNITS
from paysim.contract.fields import DETAILS
from paysim.transactions.behaviour.amounts import exchange_rates
from paysim.transactions.methods.bank_schemes import SepaTransfer
from paysim.transactions.methods.cards import CardDetails
from paysim.transactions.world.countries import COUNTRIES

from .base import EditCase, field_edit

_TEST_NUMBERS = {
    "visa": "4111111111111111",
    "mastercard": "5555555555554444",
    "amex": "378282246310005",
    "discover": "6011111111111117",
    "jcb": "3530111333300000",
}
"""Brand → a card number with a right check digit (Luhn) that networks and processors keep for tests."""
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
    declines = case.declines()
    declined = declines[int(case.rng.integers(len(declines)))]
    for name in ("response_code", "reason_code", "authorization_code"):
        case.document.pop(f"{DETAILS}.{name}", None)
    case.document |= declined | {"payment_status": "completed"}


@field_edit("amount", is_object=False)
def nan_amount(case: EditCase) -> None:
    """The amount is NaN, which is a number in Avro and nothing at all in JSON.

    Why: A division by zero, or an empty cell of a data frame. Many libraries write it and many read it.
    Pipeline: Reject it. One NaN in a sum makes the whole sum NaN.
    Source: RFC 8259, section 6; IEEE 754
    """
    case.document["amount"] = float("nan")


@field_edit("amount")
def wrong_minor_units(case: EditCase) -> None:
    """The amount has more decimals than its currency: a third of a cent, or of a yen.

    Why: A share or a conversion was not rounded, or everybody's currency is taken for one of two decimals.
    Pipeline: Reject it. Rounding it at each step makes sums that differ by step.
    Source: ISO 4217, minor unit
    """
    amount, places = case.document["amount"], case.decimals + 1
    case.document["amount"] = round(amount + 3 / 10**places, places)


@field_edit("transaction_timestamp")
def local_time(case: EditCase) -> None:
    """The time is that of the customer's clock, and no zone stands with it.

    Why: A till or a database column knows no zones.
    Pipeline: Reject it, or take the zone from the sender's contract. Never guess UTC: payments move by up to 14 hours.
    Source: RFC 3339, section 4.4
    """
    zone = ZoneInfo(COUNTRIES[case.document["customer_country"]].zone)
    moment = datetime.fromtimestamp(case.document["transaction_timestamp"] / 1000, zone)
    case.document["transaction_timestamp"] = moment.replace(tzinfo=None).isoformat(timespec="milliseconds")


@field_edit("original_transaction_id", in_avro=False)
def null_for_absent(case: EditCase) -> None:
    """A payment has an original_transaction_id, and it is null.

    Why: A sender writes every column of its table, those without a value too.
    Pipeline: Reject it, or take null for absent where the contract says so; never join on it.
    """
    case.document["original_transaction_id"] = None


@field_edit(f"{DETAILS}.token", details=CardDetails)
def pan_leak(case: EditCase) -> None:
    """The card's token is a card number, one of those that are for tests.

    Why: A service on the way was left out, and what should have been a token is the number itself.
    Pipeline: Reject it without writing it down anywhere: not to a log, not to a dead letter queue. Raise an alarm.
    Source: PCI DSS 4.0, requirement 3.5; ISO/IEC 7812-1, annex B (Luhn)
    """
    case.document[f"{DETAILS}.token"] = _TEST_NUMBERS.get(case.document[f"{DETAILS}.brand"], _TEST_NUMBERS["visa"])


@field_edit("currency", f"{DETAILS}.scheme", breaks_contract=False, details=SepaTransfer)
def scheme_currency(case: EditCase) -> None:
    """A bank transfer is in a currency that its scheme does not have, for the same worth: dollars by SEPA.

    Why: The account's currency and the scheme come from two tables.
    Pipeline: Reject it: SEPA is euro, Pix real, UPI rupee and Faster Payments sterling.
    Source: European Payments Council, SCT rulebook: euro
    """
    own = case.document["currency"]
    other = case.one_of(*(c for c in exchange_rates.PER_DOLLAR if c != own and MINOR_UNITS[c] == case.decimals))
    case.document["currency"] = other
    worth = case.document["amount"] * exchange_rates.rate(own, other)
    case.document["amount"] = max(10.0**-case.decimals, case.major(worth))
