"""The table *Follow-ups*: what follows payments with `lifecycle: full`, a row a transaction type."""

from collections.abc import Mapping
from typing import ClassVar

from paysim.config.schema import Config
from paysim.contract.codes import FOLLOW_UP_TYPES
from paysim.loadtest.live.snapshot import Snapshot
from paysim.summary.counters import FollowUpCounters

from .base import TABLES, Row, Table, percent, rate


class FollowUpsTable(Table):
    """How many of each type were made, and how many payments wait for theirs."""

    key, title, rank = "follow-ups", "Follow-ups", 4
    columns: ClassVar[Mapping[str, str]] = {
        "name": "Transaction type",
        "count": "How many",
        "per_s": "Transactions/s, last 3 s",
        "share": "Share %",
    }

    def applies(self, config: Config) -> bool:
        return config.transaction.lifecycle == "full"

    def rows(self, now: Snapshot, configured: Mapping[str, float], most: int | None = None) -> list[Row]:
        """One row a type, their sum, and one a counter of payments, which has no rate and no share."""
        found = now.follow_ups
        if found is None:
            return []
        total = sum(found.by_type.values())
        types = [
            _row(type_, found.by_type.get(type_, 0), found.per_s.get(type_, 0.0), total) for type_ in FOLLOW_UP_TYPES
        ]
        payments = [
            {"name": row.heading, "count": getattr(found, name), "per_s": "", "share": ""}
            for name, row in FollowUpCounters.rows().items()
            if row.heading is not None
        ]
        return [*types, _row("Total", total, sum(found.per_s.values()), total), *payments]


def _row(name: str, count: int, per_s: float, total: int) -> Row:
    return {"name": name, "count": count, "per_s": rate(per_s), "share": percent(count, total)}


TABLES.add(FollowUpsTable())
