"""The figures of a run as Prometheus metrics, made when they are asked for.

Counters count since the start of the run that is on, or was last; a new run begins at 0, which Prometheus takes for a
restart. Times are in seconds, sizes in bytes. `metrics_server` serves them.
"""

from collections.abc import Callable, Iterator, Mapping

import numpy as np
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector, CollectorRegistry

from paysim import __version__
from paysim.loadtest.pipeline.metrics import PipelineCollector
from paysim.loadtest.sending.account import Account, follow_ups
from paysim.loadtest.sending.latency import counts_of
from paysim.summary.counters import FollowUpCounters, HubCounters, Lateness
from paysim.summary.model import FollowUpsRecord

from .figures import Live
from .rolling_window import values
from .snapshot import OUTCOMES, counters, hub_figures, totals

BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
"""Upper bounds of the buckets of a latency, in seconds."""
LATENCIES = {
    "response": "From a batch being ready to its acknowledgement",
    "service": "From a send on a free connection to its acknowledgement",
    "from_schedule": "From the intended send time to the acknowledgement",
    "connection_wait": "Wait of a send for a free connection",
}


def registry(live: Live, target: Callable[[], str]) -> CollectorRegistry:
    """A registry whose metrics are those of the run. `target`: what people know the target by."""
    made = CollectorRegistry()
    made.register(RunCollector(live, target))
    made.register(PipelineCollector(lambda: None if live.latest is None else live.latest.pipeline))
    return made


class RunCollector(Collector):
    """Reads the accounts of the run at every scrape."""

    def __init__(self, live: Live, target: Callable[[], str]) -> None:
        self._live = live
        self._target = target

    def collect(self) -> Iterator[Metric]:
        """Every metric of the run; before the first one only the gauges, at 0."""
        accounts = {name: one for name, one in self._live.accounts().items() if one.run == self._live.run_id}
        sums = totals(counters(accounts))
        yield from self._gauges(len(accounts))
        yield from _transactions(sums)
        yield from _hub(sums, accounts)
        if (followed := follow_ups(accounts.values())) is not None:
            yield from _follow_ups(followed)
        lateness = Lateness.total(one.lateness for one in accounts.values())
        for name, row in Lateness.rows().items():
            if row.metric is not None:
                yield CounterMetricFamily(f"paysim_{row.metric}", row.meaning, value=getattr(lateness, name))
        for kind, text in LATENCIES.items():
            encoded = [one.latencies[kind] for one in accounts.values() if kind in one.latencies]
            yield _histogram(f"paysim_{kind}_time_seconds", text, encoded)

    def _gauges(self, senders: int) -> Iterator[Metric]:
        now = self._live.latest
        running = now is not None and now.running
        info = InfoMetricFamily("paysim_run", "The run that is on, or was last")
        info.add_metric([], {"run_id": self._live.run_id, "target": self._target(), "version": __version__})
        yield info
        yield GaugeMetricFamily("paysim_running", "1 while a run is on", value=float(running))
        yield GaugeMetricFamily("paysim_users", "Users that pay", value=now.users if now and running else 0)
        yield GaugeMetricFamily("paysim_senders", "Processes that have sent in this run", value=senders)
        yield GaugeMetricFamily("paysim_elapsed_seconds", "Since the start of the run", value=now.elapsed if now else 0)
        target = GaugeMetricFamily(
            "paysim_target_transactions_per_second", "The rate that is asked for; without samples where none is"
        )
        if now is not None and running and now.target_per_s is not None:
            target.add_metric([], now.target_per_s)
        yield target


def _transactions(sums: Mapping[tuple[str, str], float]) -> Iterator[Metric]:
    methods = sorted({name for kind, name in sums if kind in OUTCOMES and name})
    outcomes = CounterMetricFamily(
        "paysim_transactions",
        "Transactions by outcome: acked by the hub, failed (surely not stored) or unknown (the outcome was lost)",
        labels=("payment_method", "outcome"),
    )
    sent = CounterMetricFamily("paysim_acked_bytes", "Bodies of acknowledged transactions", labels=("payment_method",))
    for method in methods:
        for outcome in ("acked", "failed", "unknown"):
            outcomes.add_metric([method, outcome], sums[outcome, method])
        sent.add_metric([method], sums["bytes", method])
    yield outcomes
    yield sent


def _hub(sums: Mapping[tuple[str, str], float], accounts: Mapping[str, Account]) -> Iterator[Metric]:
    for name, row in HubCounters.rows().items():
        if row.metric is not None:
            yield CounterMetricFamily(f"paysim_{row.metric}", row.meaning, value=sums.get(("hub", name), 0))
    connections = GaugeMetricFamily("paysim_hub_connections", "Connections by state", labels=("state",))
    states = {"healthy": 0, "reconnecting": 0, "failing": 0, **hub_figures({}, accounts.values()).states}
    for state, n in states.items():
        connections.add_metric([state], n)
    yield connections
    events = CounterMetricFamily("paysim_hub_partition_events", "Events a partition gained", labels=("partition",))
    for kind, partition in sorted(sums):
        if kind == "partition":
            events.add_metric([partition], sums[kind, partition])
    yield events


def _follow_ups(found: FollowUpsRecord) -> Iterator[Metric]:
    for name, row in FollowUpCounters.rows().items():
        if row.metric is None:
            continue
        family = (GaugeMetricFamily if row.gauge else CounterMetricFamily)(
            f"paysim_{row.metric}", row.meaning, labels=[row.label] if row.label else []
        )
        value = getattr(found, name)
        for key, count in value.items() if row.label else [("", value)]:
            family.add_metric([key] if row.label else [], count)
        yield family


def _histogram(name: str, text: str, encoded: list[bytes]) -> Metric:
    """HdrHistograms (the bytes of their V2 encoding) of all senders as one Prometheus histogram, of transactions."""
    seconds = values() / 1e6
    counts = np.zeros(len(seconds), np.int64)
    for histogram in encoded:
        counts += counts_of(histogram)
    below = np.concatenate([[0], np.cumsum(counts)])
    buckets = [(f"{bound:g}", float(below[np.searchsorted(seconds, bound, "right")])) for bound in BOUNDS]
    buckets.append(("+Inf", float(below[-1])))
    return HistogramMetricFamily(name, text, buckets=buckets, sum_value=float(counts @ seconds))
