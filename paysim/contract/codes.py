"""The closed vocabularies of a transaction that no registry extends: types, statuses, channels, currencies and more."""

from typing import Literal, get_args

PaymentStatus = Literal["completed", "failed", "pending", "cancelled", "refunded"]
Channel = Literal["web", "mobile", "pos", "api"]
MerchantCategory = Literal["retail", "food_beverage", "travel", "entertainment", "healthcare", "education", "other"]

# ISO 4217, with the minor units (decimals) that amounts are held to.
Currency = Literal[
    "USD", "GBP", "CAD", "AUD", "EUR", "JPY", "BRL", "INR", "CHF", "SEK", "NOK", "DKK", "PLN", "CZK",
    "NZD", "SGD", "HKD", "CNY", "KRW", "MXN", "ZAR", "AED", "KWD", "BHD"
]  # fmt: skip
MINOR_UNITS: dict[str, int] = {
    code: {"JPY": 0, "KRW": 0, "KWD": 3, "BHD": 3}.get(code, 2) for code in get_args(Currency)
}

PAYMENT_STATUSES: tuple[str, ...] = get_args(PaymentStatus)

# Types and statuses with `lifecycle: full`; the first two types and the statuses above are all there is without. The
# order is that of Avro's symbols: what comes new stands last.
TransactionType = Literal[
    "payment", "refund", "authorization", "retry", "resolution", "capture", "void", "expiry", "settlement", "dispute",
    "dispute_end"
]  # fmt: skip
Status = Literal[
    "completed", "failed", "pending", "cancelled", "refunded", "authorized", "captured", "voided", "expired", "settled",
    "disputed", "won", "lost"
]  # fmt: skip
_FIRST = ("failed", "pending", "cancelled")
STATUSES_OF: dict[str, tuple[str, ...]] = {
    "payment": ("completed", *_FIRST),
    "refund": ("refunded",),
    "authorization": ("authorized", *_FIRST),
    "retry": ("completed", "authorized", "failed"),
    "resolution": ("completed", "authorized", "failed"),
    "capture": ("captured",),
    "void": ("voided",),
    "expiry": ("expired",),
    "settlement": ("settled",),
    "dispute": ("disputed",),
    "dispute_end": ("won", "lost"),
}
"""Type → the statuses that it can have. `won` and `lost` are said of the merchant."""
OF_FOLLOW_UPS = (*get_args(TransactionType)[2:], *get_args(Status)[len(PAYMENT_STATUSES) :])
"""Types and statuses that there are with `lifecycle: full` only."""
DisputeReason = Literal[
    "fraud", "not_received", "not_as_described", "credit_not_processed", "cancelled", "duplicate"
]  # fmt: skip
"""What a holder says of a payment that they dispute."""
DISPUTES = ("dispute", "dispute_end")
BEGINNINGS = ("payment", "authorization")
"""The types that follow nothing: all others name a transaction in original_transaction_id."""
FOLLOW_UP_TYPES: tuple[str, ...] = tuple(type_ for type_ in get_args(TransactionType) if type_ not in BEGINNINGS)
"""The types that follow a payment."""
CHANNELS: tuple[str, ...] = get_args(Channel)
MERCHANT_CATEGORIES: tuple[str, ...] = get_args(MerchantCategory)
