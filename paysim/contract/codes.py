"""The closed vocabularies of a configuration: what a weight may be given to.

Only names and their fixed properties live here, so that a configuration can be checked without making a
population. What a country or a currency *means* for a transaction lives in `paysim.transactions`.
"""

from typing import Literal, get_args

PaymentMethod = Literal["credit_card", "debit_card", "bank_transfer", "digital_wallet", "cryptocurrency"]
PaymentStatus = Literal["completed", "failed", "pending", "cancelled", "refunded"]
Channel = Literal["web", "mobile", "pos", "api"]
MerchantCategory = Literal["retail", "food_beverage", "travel", "entertainment", "healthcare", "education", "other"]

# ISO 3166-1 alpha-2: the countries for which there is a Faker locale and a bank transfer scheme.
Country = Literal[
    "US", "GB", "CA", "AU", "DE", "FR", "JP", "BR", "IN", "ES", "IT", "NL", "AT", "BE", "IE", "PT", "FI"
]  # fmt: skip

# ISO 4217, with the minor units that section 5 of the design holds amounts to.
Currency = Literal[
    "USD", "GBP", "CAD", "AUD", "EUR", "JPY", "BRL", "INR", "CHF", "SEK", "NOK", "DKK", "PLN", "CZK",
    "NZD", "SGD", "HKD", "CNY", "KRW", "MXN", "ZAR", "AED", "KWD", "BHD"
]  # fmt: skip
MINOR_UNITS: dict[str, int] = {
    code: {"JPY": 0, "KRW": 0, "KWD": 3, "BHD": 3}.get(code, 2) for code in get_args(Currency)
}

Violation = Literal[
    "negative_amount", "zero_amount", "excess_amount", "invalid_currency", "invalid_status",
    "invalid_country", "missing_customer_id", "missing_amount", "invalid_email", "missing_card_details",
    "invalid_card_brand", "future_timestamp", "stale_timestamp", "malformed_json", "truncated_json",
    "oversized", "duplicate", "structuring", "rapid_fire", "orphan_refund", "currency_mismatch",
    "status_mismatch"
]  # fmt: skip

PAYMENT_METHODS: tuple[str, ...] = get_args(PaymentMethod)
PAYMENT_STATUSES: tuple[str, ...] = get_args(PaymentStatus)
CHANNELS: tuple[str, ...] = get_args(Channel)
MERCHANT_CATEGORIES: tuple[str, ...] = get_args(MerchantCategory)
COUNTRIES: tuple[str, ...] = get_args(Country)
VIOLATIONS: tuple[str, ...] = get_args(Violation)
