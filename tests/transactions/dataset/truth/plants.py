"""A falsehood for each property: what is planted into the true world, and must be found there.

A plant takes the documents (or those of a subset, where that is enough) and returns them with something wrong.
Documents that it changes are copies.
"""

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

Document = dict[str, Any]
When = Callable[[Document], bool]


@dataclass(frozen=True)
class Plant:
    """keep: the documents that matter, None for all. spoil: what is made of them."""

    keep: When | None
    spoil: Callable[[list[Document]], list[Document]]


def changed(document: Document, fields: dict[str, Any], number: int) -> Document:
    """A copy with other values; `a__b` is a field of an object, a function of (document, number) gives a value."""
    made = dict(document)
    for name, value in fields.items():
        found = value(document, number) if callable(value) else value
        outer, _, inner = name.partition("__")
        if inner:
            made[outer] = {**made[outer], inner: found}
        else:
            made[outer] = found
    return made


def plant(every: int = 1, when: When | None = None, keep: When | None = None, **fields: Any) -> Plant:
    """Change these fields of every nth document of those that `when` (default: `keep`) chooses."""

    def spoil(documents: list[Document]) -> list[Document]:
        made, number = [], 0
        for document in documents:
            chosen = (when or keep or payment)(document)
            number += chosen
            made.append(changed(document, fields, number) if chosen and number % every == 0 else document)
        return made

    return Plant(keep, spoil)


def without(drop: Callable[[Document, int], bool]) -> Plant:
    return Plant(None, lambda documents: [each for number, each in enumerate(documents) if not drop(each, number)])


def payment(document: Document) -> bool:
    return document["transaction_type"] == "payment"


def refund(document: Document) -> bool:
    return document["transaction_type"] == "refund"


@cache  # plants of the same documents are told by it
def of(**fields: Any) -> When:
    """Payments whose fields have these values, or one of them."""

    wanted = []
    for name, value in fields.items():
        outer, _, inner = name.partition("__")
        wanted.append((outer, inner, value if isinstance(value, tuple) else (value,)))

    def holds(document: Document) -> bool:
        if not payment(document):
            return False
        for outer, inner, values in wanted:
            found = document[outer].get(inner) if inner else document[outer]
            if found not in values:
                return False
        return True

    return holds


@cache
def both(*tests: When) -> When:
    return lambda document: all(test(document) for test in tests)


def country(name: str) -> When:
    return of(customer_country=name)


CARDS = ("credit_card", "debit_card")
REMOTE = ("web", "mobile", "api")
card, transfer = of(payment_method=CARDS), of(payment_method="bank_transfer")
wallet, pos, remote = of(payment_method="digital_wallet"), of(channel="pos"), of(channel=REMOTE)
failed_card = of(payment_method=CARDS, payment_status="failed")


def mark(text: str) -> int:
    """A number of a text, the same in every process."""
    return zlib.crc32(text.encode())


def noise(document: Document, number: int) -> float:
    return number * 0.6180339887 % 1


def at(clock: str) -> Callable[[Document, int], str]:
    """The same day at another time."""
    return lambda document, number: f"{document['transaction_timestamp'][:11]}{clock}:{number % 60:02d}.000Z"


def moment(document: Document) -> datetime:
    return datetime.fromisoformat(document["transaction_timestamp"])


def stamp(time: datetime) -> str:
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def to_weekday(wanted: int) -> Callable[[Document, int], str]:
    """The same time on another day of the week."""
    return lambda document, _: stamp(moment(document) + timedelta(days=wanted - moment(document).weekday()))


def times(factor: float) -> Callable[[Document, int], float]:
    return lambda document, _: round(document["amount"] * factor, 2)


def cents(document: Document, number: int) -> float:
    """Any cents: no price points."""
    return int(document["amount"]) + number * 37 % 100 / 100


def flagged(name: str) -> Callable[[Document, int], list[str]]:
    return lambda document, _: [*document["metadata"]["fraud_indicators"], name]


def soon_refunds(documents: list[Document]) -> list[Document]:
    paid = {each["transaction_id"]: moment(each) for each in documents if payment(each)}
    return [
        {**each, "transaction_timestamp": stamp(paid[each["original_transaction_id"]] + timedelta(hours=13))}
        if refund(each)
        else each
        for each in documents
    ]


def is_payday(document: Document) -> bool:
    return moment(document).strftime("%m-%d") in (
        "01-07",
        "01-08",
        "01-09",
        "01-25",
        "01-26",
        "01-28",
        "01-29",
        "01-30",
        "01-31",
    )


def methods_of(name: str, every: int, method: str) -> Plant:
    return plant(every, keep=country(name), payment_method=method)


def dearer(name: str, method: str) -> Plant:
    return plant(keep=of(customer_country=name, payment_method=method), amount=times(1.7))


def inserted(name: str) -> Plant:
    """Half of the taps of a country become chips."""
    taps = of(customer_country=name, payment_details__entry_mode="contactless")
    keep = of(customer_country=name, payment_method=CARDS, channel="pos")
    return plant(2, when=taps, keep=keep, payment_details__entry_mode="chip")


PLANTS: dict[str, Plant] = {
    # People.
    "busiest_person": plant(100, customer_id="cus_BUSIEST2"),
    "busiest_day": plant(
        keep=country("US"),
        when=lambda each: payment(each) and each["transaction_timestamp"].startswith("2026-01-14T0"),
        customer_id="cus_A",
    ),
    "pace": plant(
        keep=country("US"), customer_id=lambda each, _: f"{each['customer_country']}{mark(each['customer_id']) % 150}"
    ),
    "busiest_tenth": plant(2, keep=country("US"), customer_id=lambda each, number: f"cus_{number // 2 % 40}"),
    "one_e_mail": plant(10, keep=country("US"), customer_email=lambda _, number: f"x{number}@example.com"),
    "one_name": plant(10, keep=country("US"), customer_name=lambda _, number: f"Name {number}"),
    "own_e_mail": plant(
        keep=country("US"), customer_email=lambda each, _: f"a{mark(each['customer_id']) % 200}@example.com"
    ),
    "name_in_e_mail": plant(
        keep=country("US"), customer_email=lambda each, _: f"zq{mark(each['customer_id'])}@example.com"
    ),
    "devices": plant(keep=both(remote, country("GB")), metadata__user_agent=lambda _, number: f"agent {number % 9}"),
    "cards": plant(keep=both(card, country("GB")), payment_details__token=lambda _, number: f"tok_{number}"),
    "regular_shops": plant(keep=pos, merchant_id=lambda _, number: f"m{number}"),
    # Places.
    "near_home": plant(
        when=pos,
        keep=country("GB"),
        location=lambda each, _: {**each["location"], "latitude": each["location"]["latitude"] + 2},
    ),
    "too_fast": plant(
        50, keep=pos, location=lambda each, _: {**each["location"], "latitude": -each["location"]["latitude"]}
    ),
    "cities": plant(keep=pos, location__city=lambda _, number: f"city {number % 50}"),
    "address_country": plant(keep=remote, metadata__ip_address=lambda _, number: f"203.0.113.{number % 100}"),
    "address_home": plant(keep=remote, metadata__ip_address=lambda _, number: f"2001:db8:{number % 500:x}::1"),
    "cross_border": plant(4, keep=of(payment_method=CARDS, customer_country="US"), merchant_country="GB"),
    "in_person_at_home": plant(
        5, keep=pos, merchant_country=lambda each, _: "FR" if each["customer_country"] == "GB" else "GB"
    ),
    "one_place": plant(2, keep=country("US"), merchant_category_code="5999"),
    # Methods.
    "pix": methods_of("BR", 2, "credit_card"),
    "upi": methods_of("IN", 2, "debit_card"),
    "debit_jp": methods_of("JP", 4, "debit_card"),
    "debit_card_de": methods_of("DE", 2, "credit_card"),
    "credit_card_us": methods_of("US", 2, "debit_card"),
    "debit_card_us": methods_of("US", 2, "credit_card"),
    "debit_card_gb": methods_of("GB", 2, "credit_card"),
    "credit_card_ca": methods_of("CA", 2, "debit_card"),
    "digital_wallet_au": methods_of("AU", 2, "credit_card"),
    "debit_card_fr": methods_of("FR", 2, "credit_card"),
    "credit_card_jp": methods_of("JP", 2, "digital_wallet"),
    "crypto": plant(20, payment_method="cryptocurrency"),
    # Instruments.
    "in_person_us": plant(2, when=of(customer_country="US", channel="pos"), keep=country("US"), channel="web"),
    "in_person_in": plant(2, when=of(customer_country="IN", channel="pos"), keep=country("IN"), channel="web"),
    "in_person_de": plant(2, when=of(customer_country="DE", channel="pos"), keep=country("DE"), channel="web"),
    "contactless_gb": inserted("GB"),
    "contactless_au": inserted("AU"),
    "contactless_de": inserted("DE"),
    "contactless_br": inserted("BR"),
    "contactless_ca": inserted("CA"),
    "magnetic_stripe": plant(15, keep=both(card, pos), payment_details__entry_mode="magnetic_stripe"),
    "tap_limit_gb": plant(50, keep=of(customer_country="GB", payment_details__entry_mode="contactless"), amount=150.0),
    "tap_limit": plant(
        200,
        when=of(customer_country="DE", payment_details__entry_mode="contactless"),
        amount=80.0,
        payment_details__cardholder_verification=None,
    ),
    "wallet_device": plant(20, keep=wallet, device_type="server"),
    "wallet_country": plant(keep=both(wallet, country("IN")), payment_details__provider="apple_pay"),
    "wallet_in_person": plant(
        9,
        keep=of(payment_method="digital_wallet", customer_country="US", channel="pos"),
        payment_details__provider="paypal",
    ),
    "brand_country": plant(100, keep=both(card, country("US")), payment_details__brand="rupay"),
    "girocard": plant(
        2,
        keep=of(customer_country="DE", payment_method="debit_card", channel="pos"),
        payment_details__brand="mastercard",
    ),
    "interac": plant(
        2, keep=of(customer_country="CA", payment_method="debit_card", channel="pos"), payment_details__brand="visa"
    ),
    "domestic_online": plant(
        9,
        keep=of(customer_country="CA", payment_details__brand="interac"),
        channel="api",
        payment_details__entry_mode="credential_on_file",
    ),
    "maestro": plant(20, keep=card, payment_details__brand="maestro"),
    "contactless_euro": plant(
        2,
        keep=of(customer_country=("DE", "FR")),
        when=of(payment_details__entry_mode="contactless"),
        payment_details__entry_mode="chip",
    ),
    "phones_au": plant(
        2,
        keep=of(customer_country="AU", channel="pos"),
        when=of(payment_method="digital_wallet"),
        payment_method="debit_card",
    ),
    "bought_by_phone": plant(2, keep=of(channel=("web", "mobile")), when=of(channel="mobile"), channel="web"),
    "mastercard_us": plant(2, keep=both(card, country("US")), payment_details__brand="mastercard"),
    "visa_us": plant(2, keep=both(card, country("US")), payment_details__brand="mastercard"),
    "server_on_file": plant(3, keep=of(payment_method=CARDS, channel="api"), payment_details__entry_mode="ecommerce"),
    "exempt_above": plant(
        10,
        keep=of(customer_country="DE", payment_details__three_ds="exempted", channel=("web", "mobile")),
        amount=900.0,
    ),
    "unauthenticated": plant(
        3,
        keep=of(customer_country=("DE", "GB", "FR"), payment_details__entry_mode="ecommerce"),
        payment_details__three_ds="not_enrolled",
    ),
    "low_value_exempt": plant(
        keep=of(customer_country=("DE", "GB", "FR"), payment_details__entry_mode="ecommerce"),
        payment_details__three_ds=lambda _, number: "exempted" if number % 2 else "authenticated",
    ),
    # Schemes.
    "scheme_currency": plant(50, keep=transfer, currency="CHF"),
    "scheme_country": plant(50, keep=both(transfer, country("US")), payment_details__scheme="PIX"),
    "scheme_limit": plant(200, keep=both(transfer, country("IN")), amount=150_000.0, merchant_category_code="5411"),
    "pix_id": plant(100, keep=both(transfer, country("BR")), payment_details__reference="REF-1"),
    "upi_id": plant(100, keep=both(transfer, country("IN")), payment_details__reference="REF-1"),
    "fps_reasons": plant(
        3,
        keep=of(customer_country="GB", payment_method="bank_transfer", payment_status="failed"),
        payment_details__reason_code="AC01",
    ),
    "reasons": plant(
        20, keep=of(payment_method="bank_transfer", payment_status="failed"), payment_details__reason_code="XX99"
    ),
    "bank_codes": plant(5, keep=both(transfer, country("CA")), payment_details__institution_number="099"),
    "iban_country": plant(4, keep=both(transfer, country("DE")), payment_details__bic="ABCDATF0"),
    "pix_keys": plant(
        2,
        when=of(customer_country="BR", payment_details__alias_type="random"),
        keep=both(transfer, country("BR")),
        payment_details__alias_type="email",
    ),
    "banking_days": plant(
        when=of(payment_method="bank_transfer", payment_status="pending"), keep=transfer, payment_status="completed"
    ),
    "instant_nights": plant(keep=both(transfer, country("BR")), transaction_timestamp=at("15:30")),
    # Amounts.
    "credit_us": dearer("US", "credit_card"),
    "debit_us": dearer("US", "debit_card"),
    "ach": dearer("US", "bank_transfer"),
    "upi_average": dearer("IN", "bank_transfer"),
    "debit_de": dearer("DE", "debit_card"),
    "debit_gb": dearer("GB", "debit_card"),
    "credit_ca": dearer("CA", "credit_card"),
    "debit_au": dearer("AU", "debit_card"),
    "credit_br": dearer("BR", "credit_card"),
    "debit_br": dearer("BR", "debit_card"),
    "tap_gb": plant(keep=of(customer_country="GB", payment_details__entry_mode="contactless"), amount=times(1.7)),
    "tap_au": plant(keep=of(customer_country="AU", payment_details__entry_mode="contactless"), amount=times(1.7)),
    "tap_fr": plant(keep=of(customer_country="FR", payment_details__entry_mode="contactless"), amount=times(1.7)),
    "insert_fr": plant(keep=of(customer_country="FR", payment_details__entry_mode="chip"), amount=times(1.7)),
    "insert_au": plant(
        2, keep=of(customer_country="AU", payment_details__entry_mode="contactless"), payment_details__entry_mode="chip"
    ),
    "card_euro": plant(keep=of(payment_method=CARDS, customer_country=("DE", "FR")), amount=times(1.7)),
    "upi_small": plant(2, keep=both(transfer, country("IN")), amount=900.0),
    "airline": plant(
        when=of(merchant_category_code="4511"), keep=of(merchant_category_code=("4511", "4111")), amount=9.0
    ),
    "groceries": plant(
        when=of(merchant_category_code="5411"), keep=of(merchant_category_code=("5411", "5814")), amount=9.0
    ),
    "price_points": plant(keep=of(merchant_category="retail"), amount=cents),
    "digital_prices": plant(keep=of(merchant_category_code=("5815", "5816")), amount=cents),
    "fuel": plant(keep=of(merchant_category_code="5541"), amount=cents),
    "tips": plant(keep=of(merchant_category_code="5812", customer_country="US"), amount=cents),
    "pix_small": plant(keep=both(transfer, country("BR")), amount=times(8)),
    # Risk.
    "score_declines": plant(keep=country("US"), metadata__risk_score=noise),
    "score_fraud": plant(metadata__risk_score=noise),
    "declines_online": plant(4, keep=both(card, remote), payment_status="failed"),
    "declines_in_person": plant(12, keep=both(card, pos), payment_status="failed"),
    "online_over_in_person": plant(
        when=lambda each: failed_card(each) and remote(each) and mark(each["transaction_id"]) % 9 > 0,
        keep=card,
        payment_status="completed",
    ),
    "funds": plant(keep=failed_card, payment_details__response_code="05"),
    "suspected": plant(keep=failed_card, payment_details__response_code="51"),
    "bad_pin": plant(keep=both(failed_card, pos), payment_details__response_code="51"),
    "pin_online": plant(20, keep=both(failed_card, remote), payment_details__response_code="55"),
    "retries": plant(keep=country("US"), when=card, merchant_id=lambda _, number: f"m{number}"),
    "velocity": plant(30, keep=country("US"), metadata__fraud_indicators=flagged("velocity")),
    "new_device": plant(30, keep=country("US"), metadata__fraud_indicators=flagged("new_device")),
    # Time.
    "clock_step": plant(9, keep=country("US"), transaction_timestamp=at("14:05")),
    "weekend": plant(
        2, keep=country("US"), when=lambda each: moment(each).weekday() >= 5, transaction_timestamp=to_weekday(1)
    ),
    "weekend_by_category": plant(
        4,
        keep=of(merchant_category=("healthcare", "education", "food_beverage", "entertainment")),
        when=of(merchant_category=("healthcare", "education")),
        transaction_timestamp=to_weekday(5),
    ),
    "busiest_hour": plant(3, keep=both(pos, country("GB")), transaction_timestamp=at("20:30")),
    "night": plant(9, keep=both(pos, country("GB")), transaction_timestamp=at("02:30")),
    "meals": plant(
        2,
        keep=of(customer_country="GB", channel="pos", merchant_category_code=("5812", "5814")),
        transaction_timestamp=at("15:30"),
    ),
    "office_hours": plant(
        2,
        keep=of(customer_country="GB", channel="pos", merchant_category="healthcare"),
        transaction_timestamp=at("20:30"),
    ),
    "payday": without(lambda each, number: is_payday(each) and number % 2 > 0),
    # Follow-ups.
    "refund_delay": Plant(None, soon_refunds),
    "refund_before": plant(10, when=refund, transaction_timestamp="2026-01-01T00:00:00.000Z"),
    "refund_sum": plant(20, when=refund, amount=times(9)),
    "refund_kin": plant(20, when=refund, merchant_id="another"),
    "refunds_by_category": without(
        lambda each, number: refund(each) and each["merchant_category"] == "retail" and number % 40 > 0
    ),
    "partial_refunds": plant(when=refund, amount=times(0.3)),
}
