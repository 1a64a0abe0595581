"""Transactions changed by Python: a field that is computed, and some that are left out.

As a load test: `locust -f docs/examples/on_transaction.py`. As a data set: `paysim generate --hook` and this file.
"""

from paysim import PaymentUser, on_transaction

__all__ = ["PaymentUser"]

LARGE = 100


@on_transaction
def tier(document):
    """Large payments go another way behind our hub, and wallets are not taken yet."""
    if document["payment_method"] == "digital_wallet":
        return None
    document["tier"] = "large" if document["amount"] >= LARGE else "small"
    return document
