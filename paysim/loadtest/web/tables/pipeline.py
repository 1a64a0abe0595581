"""The table *Pipeline*: the hops of the run, where stages behind the hub are watched."""

from collections.abc import Mapping
from typing import ClassVar

from paysim.config.schema import Config
from paysim.loadtest.live.snapshot import Snapshot
from paysim.summary.pipeline import HopLatency, HopNow, StageRecord

from .base import TABLES, Row, Table, rate


class Hops(Table):
    """Acknowledged, in the hub, and each stage: rates of the last seconds, counts and latencies of the run."""

    key, title, rank = "pipeline", "Pipeline", 3
    columns: ClassVar[Mapping[str, str]] = {
        "name": "Hop",
        "per_s": "Transactions/s",
        "arrived": "Arrived",
        "missing": "Missing",
        "under_way": "Under way",
        "duplicates": "Twice",
        "misjudged": "Misjudged",
        "p50": "p50, ms",
        "p95": "p95, ms",
        "p99": "p99, ms",
        "lost": "Not read",
    }

    def applies(self, config: Config) -> bool:
        return bool(config.pipeline.stages)

    def rows(self, now: Snapshot, configured: Mapping[str, float], most: int | None = None) -> list[Row]:
        """One row a hop, with its number, because Locust's page sorts rows by their name."""
        found = now.pipeline
        if found is None:
            return []
        if found.error is not None:
            return [{**dict.fromkeys(self.columns, ""), "name": "all", "lost": found.error}]
        rates = {hop.hop: hop for hop in found.now}
        acknowledged = {"arrived": found.acked, **_latency(found.acknowledged_ms)}
        parts = [("acknowledged", acknowledged), *((stage.name, _stage(stage)) for stage in found.hops)]
        return [
            {
                **dict.fromkeys(self.columns, ""),
                **part,
                "name": f"{number} {name}",
                "per_s": _per_s(rates.get(name)),
            }
            for number, (name, part) in enumerate(parts, 1)
        ]


def _per_s(hop: HopNow | None) -> float | str:
    return "" if hop is None else rate(hop.per_s)


def _stage(stage: StageRecord) -> Row:
    return {
        "arrived": stage.arrived,
        "missing": stage.missing,
        "under_way": stage.under_way,
        "duplicates": "not measured" if stage.duplicates is None else stage.duplicates,
        "misjudged": stage.misjudged,
        "lost": stage.lost or "",
        **_latency(stage.latency_ms),
    }


def _latency(found: HopLatency | None) -> Row:
    return {} if found is None else {"p50": found.p50, "p95": found.p95, "p99": found.p99}


TABLES.add(Hops())
