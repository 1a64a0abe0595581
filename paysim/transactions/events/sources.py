"""The fields of an event in their order: where each value comes from and whether it may be absent.

A source is a list of records (customers, merchants …) of which a payment picks one, or a column drawn for each
payment by itself, or the stamp that a transaction gets when it is handed out.
"""

from dataclasses import dataclass

from paysim.contract.fields import DETAILS
from paysim.transactions.methods.base import METHODS, Method

STAMPED = ("transaction_id", "correlation_id", "original_transaction_id", "transaction_timestamp")


@dataclass(frozen=True, slots=True)
class EventField:
    """path: dotted. source: `stamp`, a record source's name, or for a drawn column (`drawn`) the path itself."""

    path: str
    source: str
    optional: bool = False
    drawn: bool = False


def _from(source: str, *paths: str) -> tuple[EventField, ...]:
    return tuple(EventField(path, source) for path in paths)


def _details(method: Method) -> tuple[EventField, ...]:
    """The fields of a method's payment_details, by their source: what is side by side from one is one piece to join."""
    models = [model.model_fields for model in method.details]
    found: dict[str, list[EventField]] = {"instrument": [], "entry": [], "outcome": [], "drawn": []}
    for name in dict.fromkeys(name for fields in models for name in fields):
        path = f"{DETAILS}.{name}"
        optional = not all(name in fields and fields[name].is_required() for fields in models)
        if name in method.columns:
            found["drawn"].append(EventField(path, path, optional, drawn=True))
        elif name == method.code_field or name in method.of_disputes:
            found["outcome"].append(EventField(path, "outcome", optional))
        elif name in method.presented:
            found["entry"].append(EventField(path, "entry", optional))
        else:
            found["instrument"].append(EventField(path, "instrument", optional))
    return tuple(field for fields in found.values() for field in fields)


def fields_of(name: str) -> tuple[EventField, ...]:
    """All fields of a payment by this method, in the order of the event."""
    return (
        *_from("stamp", "transaction_id", "correlation_id"),
        EventField("original_transaction_id", "stamp", optional=True),
        *_from("stamp", "transaction_timestamp"),
        *_from("outcome", "transaction_type", "payment_method", "payment_status"),
        EventField("amount", "amount", drawn=True),
        *_from("currency", "currency"),
        *_from("customer", "customer_id", "customer_name", "customer_email", "customer_country"),
        *_from("merchant", "merchant_id", "merchant_name", "merchant_category", "merchant_category_code"),
        *_from("merchant", "merchant_country"),
        *_details(METHODS[name]),
        *_from("place", "location.city", "location.latitude", "location.longitude"),
        *_from("device", "channel", "device_type", "metadata.user_agent"),
        *_from("address", "metadata.ip_address"),
        *_from("risk", "metadata.risk_score", "metadata.fraud_indicators"),
    )


def paths() -> tuple[str, ...]:
    """The paths of all fields of all payment methods, in the order of the event."""
    before, of_details, after = [], dict[str, None](), []
    for name in METHODS:
        fields = [field.path for field in fields_of(name)]
        details = [path for path in fields if path.startswith(f"{DETAILS}.")]
        at = fields.index(details[0])
        before, after = fields[:at], fields[at + len(details) :]
        of_details |= dict.fromkeys(details)
    return (*before, *of_details, *after)
