"""The closed vocabularies of a transaction that no registry extends: statuses, channels, categories, currencies."""

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
CHANNELS: tuple[str, ...] = get_args(Channel)
MERCHANT_CATEGORIES: tuple[str, ...] = get_args(MerchantCategory)
