"""The names in a transaction, so that a mapping can be checked without making one.

What the fields mean is `paysim.contract.model`; a test holds these names against it.
"""

from .codes import CHANNELS, COUNTRIES, MERCHANT_CATEGORIES, MINOR_UNITS, PAYMENT_METHODS, PAYMENT_STATUSES

# Of payment_details, by kind of payment method: fields of two kinds never meet in one event.
DETAILS: dict[str, tuple[str, ...]] = {
    "card": (
        "payment_details.brand", "payment_details.last4", "payment_details.token", "payment_details.entry_mode",
        "payment_details.three_ds", "payment_details.response_code", "payment_details.authorization_code",
        "payment_details.retrieval_reference",
    ),
    "bank": (
        "payment_details.scheme", "payment_details.iban", "payment_details.bic", "payment_details.routing_number",
        "payment_details.account_number", "payment_details.sort_code", "payment_details.institution_number",
        "payment_details.transit_number", "payment_details.bsb", "payment_details.bank_code",
        "payment_details.branch_code", "payment_details.alias_type", "payment_details.alias", "payment_details.ifsc",
        "payment_details.reason_code", "payment_details.reference",
    ),
    "wallet": ("payment_details.provider", "payment_details.token", "payment_details.reason_code"),
    "crypto": (
        "payment_details.asset", "payment_details.network", "payment_details.address",
        "payment_details.transaction_hash", "payment_details.reason_code",
    ),
}  # fmt: skip

FIELDS: tuple[str, ...] = (
    "transaction_id", "correlation_id", "original_transaction_id", "transaction_timestamp",
    "transaction_type", "payment_method", "payment_status", "amount", "currency",
    "customer_id", "customer_name", "customer_email", "customer_country",
    "merchant_id", "merchant_name", "merchant_category", "merchant_category_code", "merchant_country",
    *dict.fromkeys(path for paths in DETAILS.values() for path in paths),
    "channel", "device_type", "location.city", "location.latitude", "location.longitude",
    "metadata.ip_address", "metadata.user_agent", "metadata.risk_score", "metadata.fraud_indicators",
)  # fmt: skip

OBJECTS: tuple[str, ...] = ("payment_details", "location", "metadata")

# Fields with a closed set of values.
VALUES: dict[str, tuple[str, ...]] = {
    "transaction_type": ("payment", "refund"),
    "payment_method": PAYMENT_METHODS,
    "payment_status": PAYMENT_STATUSES,
    "currency": tuple(MINOR_UNITS),
    "customer_country": COUNTRIES,
    "merchant_country": COUNTRIES,
    "merchant_category": MERCHANT_CATEGORIES,
    "channel": CHANNELS,
    "device_type": ("desktop", "smartphone", "tablet", "server", "terminal"),
}

# Fields that differ with every transaction: a format can change them, a table of values cannot.
COUNTLESS = frozenset(
    {"transaction_id", "correlation_id", "original_transaction_id", "transaction_timestamp", "amount"}
)

FORMATS: dict[str, tuple[str, ...]] = {
    "amount": ("number", "string", "minor_units"),
    "timestamp": ("rfc3339", "epoch_ms"),
}


def meet(one: str, other: str) -> bool:
    """Whether two fields can be in the same event."""
    kinds = [{kind for kind, paths in DETAILS.items() if path in paths} or set(DETAILS) for path in (one, other)]
    return bool(kinds[0] & kinds[1])
