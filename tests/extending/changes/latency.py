"""A table of the web UI: paysim/loadtest/web/tables/latency.py. How long transactions take now."""

from collections.abc import Mapping
from typing import ClassVar

from paysim.loadtest.live.snapshot import Snapshot
from paysim.loadtest.web.tables.base import TABLES, Row, Table


class LatencyTable(Table):
    """Percentiles of the last seconds, in milliseconds."""

    key, title, rank = "latency", "Latency", 3
    columns: ClassVar[Mapping[str, str]] = {"name": "Latency, ms", "p50": "p50", "p99": "p99"}

    def rows(self, now: Snapshot, configured: Mapping[str, float], most: int | None = None) -> list[Row]:
        measured = {kind: values for kind, values in now.latency_ms.items() if values is not None}
        return [{"name": kind, "p50": values["p50"], "p99": values["p99"]} for kind, values in measured.items()]


TABLES.add(LatencyTable())
