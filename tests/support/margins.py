"""Shares as a configuration may set all of them, for tests of what holds then."""

from typing import Any

METHODS = {
    "credit_card": 0.5,
    "debit_card": 0.3,
    "bank_transfer": 0.1,
    "digital_wallet": 0.08,
    "cryptocurrency": 0.02,
}
STATUSES = {"completed": 0.85, "failed": 0.10, "pending": 0.03, "cancelled": 0.01, "refunded": 0.01}
CATEGORIES = {
    "retail": 0.30,
    "food_beverage": 0.20,
    "travel": 0.15,
    "entertainment": 0.10,
    "healthcare": 0.08,
    "education": 0.07,
    "other": 0.10,
}
CHANNELS = {"web": 0.4, "mobile": 0.35, "pos": 0.2, "api": 0.05}
CONFIGURED: dict[str, Any] = {
    "payment_methods": METHODS,
    "payment_status": STATUSES,
    "merchant_categories": CATEGORIES,
    "channels": CHANNELS,
}
"""A section `transaction.patterns`."""
