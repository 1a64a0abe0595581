"""The table *Payments*: one row a payment method."""

from collections.abc import Mapping
from typing import ClassVar

from paysim.loadtest.live.snapshot import Flow, Snapshot

from .base import TABLES, Row, Table, percent, rate


class PaymentsTable(Table):
    """What became of each payment method, against the configured mix."""

    key, title, rank = "payments", "Payments", 1
    columns: ClassVar[Mapping[str, str]] = {
        "name": "Payment method",
        "acked": "Acked",
        "failed": "Failed",
        "unknown": "Unknown",
        "per_s": "Transactions/s",
        "mb_per_s": "MB/s",
        "share": "Share %",
        "configured": "Configured %",
    }

    def rows(self, now: Snapshot, configured: Mapping[str, float], most: int | None = None) -> list[Row]:
        """One row a payment method that is configured or was sent, and their sum."""
        names = [*configured, *(method for method in now.methods if method not in configured)]
        rows = [_payment(name, now.methods.get(name, Flow()), now.total, configured.get(name, 0.0)) for name in names]
        return [*rows, _payment("Total", now.total, now.total, 1.0)]


def _payment(name: str, flow: Flow, total: Flow, configured: float) -> Row:
    return {
        "name": name,
        "acked": flow.acked,
        "failed": flow.failed,
        "unknown": flow.unknown,
        "per_s": rate(flow.per_s),
        "mb_per_s": round(flow.mb_per_s, 3),
        "share": percent(flow.settled, total.settled),
        "configured": round(100 * configured, 1),
    }


TABLES.add(PaymentsTable())
