"""The fields of an event in their order: where each value comes from and whether it may be absent.

A source is a list of records (customers, merchants …) of which a payment picks one, or a column drawn for each
payment by itself, or the stamp that a transaction gets when it is handed out.
"""

from dataclasses import dataclass

from paysim.contract.payment_details import (
    AchTransfer,
    BecsTransfer,
    CardDetails,
    CryptoDetails,
    EftTransfer,
    FpsTransfer,
    PixTransfer,
    SepaTransfer,
    UpiTransfer,
    WalletDetails,
    ZenginTransfer,
)

STAMPED = ("transaction_id", "correlation_id", "original_transaction_id", "transaction_timestamp")
DRAWN = (
    "amount",
    "payment_details.authorization_code",
    "payment_details.retrieval_reference",
    "payment_details.reference",
    "payment_details.transaction_hash",
)


@dataclass(frozen=True, slots=True)
class EventField:
    """path: dotted. source: `stamp`, a record source's name, or for a drawn column the path itself."""

    path: str
    source: str
    optional: bool = False


def _from(source: str, *paths: str) -> tuple[EventField, ...]:
    return tuple(EventField(path, source) for path in paths)


def _details(*models: type) -> tuple[EventField, ...]:
    names = dict.fromkeys(name for model in models for name in model.model_fields)  # type: ignore[attr-defined]
    made = []
    for name in names:
        path = f"payment_details.{name}"
        always = all(name in model.model_fields and model.model_fields[name].is_required() for model in models)  # type: ignore[attr-defined]
        if path in DRAWN:
            source = path
        elif name in ("response_code", "reason_code"):
            source = "outcome"
        elif name in ("entry_mode", "three_ds"):
            source = "entry"
        else:
            source = "instrument"
        made.append(EventField(path, source, optional=not always))
    # What is from one source side by side: fewer pieces to join for each payment.
    order = ("instrument", "entry", "outcome")
    return tuple(sorted(made, key=lambda field: order.index(field.source) if field.source in order else len(order)))


_CARD = _details(CardDetails)
DETAILS: dict[str, tuple[EventField, ...]] = {
    "credit_card": _CARD,
    "debit_card": _CARD,
    "bank_transfer": _details(
        SepaTransfer,
        AchTransfer,
        FpsTransfer,
        EftTransfer,
        BecsTransfer,
        ZenginTransfer,
        PixTransfer,
        UpiTransfer,
    ),
    "digital_wallet": _details(WalletDetails),
    "cryptocurrency": _details(CryptoDetails),
}


def fields_of(method: str) -> tuple[EventField, ...]:
    """All fields of a payment by this method, in the order of the event."""
    return (
        *_from("stamp", "transaction_id", "correlation_id"),
        EventField("original_transaction_id", "stamp", optional=True),
        *_from("stamp", "transaction_timestamp"),
        *_from("outcome", "transaction_type", "payment_method", "payment_status"),
        *_from("amount", "amount"),
        *_from("currency", "currency"),
        *_from("customer", "customer_id", "customer_name", "customer_email", "customer_country"),
        *_from("merchant", "merchant_id", "merchant_name", "merchant_category", "merchant_category_code"),
        *_from("merchant", "merchant_country"),
        *DETAILS[method],
        *_from("context", "channel", "device_type"),
        *_from("context", "location.city", "location.latitude", "location.longitude"),
        *_from("context", "metadata.ip_address", "metadata.user_agent"),
        *_from("risk", "metadata.risk_score", "metadata.fraud_indicators"),
    )
