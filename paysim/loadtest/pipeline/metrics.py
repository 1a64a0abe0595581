"""What the watcher tells of the stages behind the hub, as Prometheus metrics. Without a pipeline there are none."""

from collections.abc import Callable, Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from paysim.summary.pipeline import PipelineFigures

_COUNTS = {
    "arrived": "Transactions of the run that came to a stage",
    "foreign": "Events and rows of others at a stage",
}
_GAUGES = {
    "missing": "Transactions that were overtaken on their way to a stage",
    "under_way": "Transactions that are expected at a stage and have not come",
    "duplicates": "Copies too many at a stage",
    "misjudged": "Transactions at a stage where they do not belong",
}
_QUANTILES = {"p50": "0.5", "p95": "0.95", "p99": "0.99", "max": "1"}


class PipelineCollector(Collector):
    """Reads what was told last at every scrape."""

    def __init__(self, figures: Callable[[], PipelineFigures | None]) -> None:
        self._figures = figures

    def collect(self) -> Iterator[Metric]:
        found = self._figures()
        if found is None:
            return
        for name, text in _COUNTS.items():
            counter = CounterMetricFamily(f"paysim_stage_{name}", text, labels=("stage",))
            for stage in found.hops:
                counter.add_metric([stage.name], getattr(stage, name))
            yield counter
        for name, text in _GAUGES.items():
            gauge = GaugeMetricFamily(f"paysim_stage_{name}", text, labels=("stage",))
            for stage in found.hops:
                if (value := getattr(stage, name)) is not None:
                    gauge.add_metric([stage.name], value)
            yield gauge
        rate = GaugeMetricFamily("paysim_hop_rate", "Transactions a second, over the last seconds", labels=("hop",))
        latency = GaugeMetricFamily(
            "paysim_hop_latency_seconds",
            "From the intended time to a hop, over the last seconds",
            labels=("hop", "quantile"),
        )
        for hop in found.now:
            rate.add_metric([hop.hop], hop.per_s)
            for key, quantile in _QUANTILES.items():
                if (milliseconds := getattr(hop, key)) is not None:
                    latency.add_metric([hop.hop, quantile], milliseconds / 1000)
        yield from (rate, latency)
        lag = GaugeMetricFamily(
            "paysim_consumer_lag_events", "Events without a checkpoint", labels=("consumer_group", "partition")
        )
        for group in found.lag:
            for partition, behind in group.partitions.items():
                if behind is not None and group.why is None:
                    lag.add_metric([group.consumer_group, partition], behind)
        yield lag
