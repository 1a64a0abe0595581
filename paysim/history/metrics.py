"""The figures by which runs are compared: a row each, which tables, charts and JSON are made from."""

from collections.abc import Callable
from dataclasses import dataclass

from paysim.summary.model import Latency, Summary

PERCENTILES = ("p50", "p95", "p99")


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One figure.

    name: in JSON, and for `--tolerance`. title: for people. read: takes it out of a summary, None where it was not
    measured. is_ratio: changes are judged as ratios, not as differences. noise: a difference of single runs that says
    nothing. resolution: a difference that says nothing even where noise is known. counts_at_worst: it must not be at
    all, so the worst run of a group speaks for it, and chance is no excuse.
    """

    name: str
    title: str
    read: Callable[[Summary], float | None]
    unit: str = ""
    more_is_better: bool = False
    is_ratio: bool = True
    noise: float = 0.0
    resolution: float = 0.0
    counts_at_worst: bool = False


def _latency(kind: str, percentile: str) -> Metric:
    def read(summary: Summary) -> float | None:
        found = getattr(summary.latency_ms, kind)
        return None if found is None else float(getattr(found, percentile))

    title = f"{kind.replace('_', ' ')} {percentile}"
    return Metric(name=f"{kind}_{percentile}", title=title, read=read, unit=" ms", noise=1.0, resolution=0.1)


def _percentage(outcome: str) -> Metric:
    def read(summary: Summary) -> float:
        counts = summary.transactions
        return 100 * getattr(counts, outcome) / counts.settled if counts.settled else 0.0

    return Metric(name=outcome, title=outcome, read=read, unit=" %", is_ratio=False)


def _found(finding: str) -> Metric:
    def read(summary: Summary) -> float | None:
        return getattr(summary.delivery, finding, None)  # None where it was not verified, or in vain

    return Metric(name=finding, title=finding, read=read, counts_at_worst=True)


RATE = Metric(
    name="rate",
    title="rate",
    read=lambda summary: summary.rate.achieved_per_s,
    unit="/s",
    more_is_better=True,
)
FAILED, UNKNOWN = _percentage("failed"), _percentage("unknown")
LOST, DUPLICATED = _found("lost"), _found("duplicated")
LATENCIES = {(kind, name): _latency(kind, name) for kind in Latency.model_fields for name in PERCENTILES}
METRICS = {each.name: each for each in (RATE, *LATENCIES.values(), FAILED, UNKNOWN, LOST, DUPLICATED)}
