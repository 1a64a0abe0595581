"""Which violations a configuration cannot produce: what `Transaction.faults` says of them.

The scenarios themselves are `paysim.transactions.scenarios.violations` and `bursts`.
"""

from collections.abc import Iterator
from collections.abc import Mapping as Map

from .mapping import Mapping
from .section import Fault

# What a scenario changes or is seen by; one that goes out nowhere cannot be violated.
NEEDS: dict[str, tuple[str, ...]] = {
    "negative_amount": ("amount",),
    "zero_amount": ("amount",),
    "excess_amount": ("amount",),
    "missing_amount": ("amount",),
    "invalid_currency": ("currency",),
    "invalid_status": ("payment_status",),
    "invalid_country": ("customer_country",),
    "missing_customer_id": ("customer_id",),
    "invalid_email": ("customer_email",),
    "missing_card_details": ("payment_details.token",),
    "invalid_card_brand": ("payment_details.brand",),
    "future_timestamp": ("transaction_timestamp",),
    "stale_timestamp": ("transaction_timestamp",),
    "duplicate": ("transaction_id",),
    "structuring": ("customer_id", "amount"),
    "rapid_fire": ("customer_id",),
    "orphan_refund": ("original_transaction_id",),
    "currency_mismatch": ("currency", "original_transaction_id"),
    "status_mismatch": ("payment_status",),
}
CARDS_ONLY = ("missing_card_details", "invalid_card_brand")
# Payments of a burst, and the seconds they must fit in.
BURSTS = {"rapid_fire": (100, 60), "structuring": (6, 900)}


def faults(
    wanted: Map[str, float],
    methods: Map[str, float],
    statuses: Map[str, float],
    mapping: Mapping,
    rate: float | None,
    total: int | None,
) -> Iterator[Fault]:
    """methods, statuses: their shares. rate: transactions/s of live time, None where it is not known."""
    cards = methods.get("credit_card", 0.0) + methods.get("debit_card", 0.0)
    commonest = max(methods.values())
    for name, share in wanted.items():
        if share == 0:
            continue
        at = ("violations", name)
        for path in NEEDS.get(name, ()):
            if not mapping.targets(path):
                yield at, f"needs {path}, which mapping.drop takes away"
        if name in CARDS_ONLY and share > cards:
            what = "payment_methods has none" if cards == 0 else f"they are only {cards:g} of all"
            yield at, f"needs card payments, and {what}"
        if name == "currency_mismatch" and not statuses.get("completed"):
            yield at, "needs completed payments to refund, and payment_status has none"
        if name in BURSTS:
            length, seconds = BURSTS[name]
            if total is not None and total < length:
                yield at, f"is a run of {length} payments, and volume.total is {total}"
            if rate is not None and rate * commonest * seconds < length:
                needed = length / seconds / commonest
                yield at, f"is {length} payments within {seconds} s, which takes a rate of at least {needed:.3g}"
