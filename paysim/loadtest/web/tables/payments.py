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
        "per_s": "Transactions/s, last 3 s",
        "mb_per_s": "MB/s",
        "share": "Share %",
        "configured": "Configured %",
        "p50": "Response p50, ms",
        "p95": "p95, ms",
        "p99": "p99, ms",
    }

    def rows(self, now: Snapshot, configured: Mapping[str, float], most: int | None = None) -> list[Row]:
        """One row a payment method that is configured or was sent, and their sum. Shares are of what follows nothing.

        Latencies are response times: of a payment method Locust's, which are rounded, of the total exact.
        """
        names = [*configured, *(method for method in now.methods if method not in configured)]
        begun = now.begun
        every = sum(begun.values())
        rows = [
            _payment(
                name,
                now.methods.get(name, Flow()),
                percent(begun.get(name, 0), every),
                configured.get(name, 0.0),
                now.method_ms.get(name),
            )
            for name in names
        ]
        return [*rows, _payment("Total", now.total, percent(every, every), 1.0, now.run_ms.get("response"))]


def _payment(name: str, flow: Flow, share: float, configured: float, latency: Mapping[str, float] | None) -> Row:
    return {
        "name": name,
        "acked": flow.acked,
        "failed": flow.failed,
        "unknown": flow.unknown,
        "per_s": rate(flow.per_s),
        "mb_per_s": round(flow.mb_per_s, 3),
        "share": share,
        "configured": round(100 * configured, 1),
        **{percentile: "" if latency is None else rate(latency[percentile]) for percentile in ("p50", "p95", "p99")},
    }


TABLES.add(PaymentsTable())
