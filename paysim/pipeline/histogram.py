"""Latencies as a histogram with buckets half a per cent wide, in microseconds: numpy adds thousands at once."""

import math

import numpy as np

GROWTH = 1.005
_LOG = math.log(GROWTH)
_SIZE = int(math.log(864e9) / _LOG) + 2  # ten days; what is later counts as that


class Histogram:
    """Counts by bucket: bucket n holds what lies between GROWTH^(n-1) and GROWTH^n µs; the first all up to 1 µs."""

    def __init__(self) -> None:
        self._counts = np.zeros(_SIZE, np.int64)
        self.count = 0
        self.max_us = 0

    def add(self, latencies: np.ndarray) -> None:
        """latencies: int64 microseconds; those below zero count as zero, because two clocks may disagree."""
        if not len(latencies):
            return
        at = np.minimum(np.ceil(np.log(np.maximum(latencies, 1)) / _LOG).astype(np.int64), _SIZE - 1)
        self._counts += np.bincount(at, minlength=_SIZE)
        self.count += len(latencies)
        self.max_us = max(self.max_us, int(latencies.max()))

    def counts(self) -> np.ndarray:
        """A copy of the counts by bucket, for `percentiles_ms`."""
        return self._counts.copy()

    def percentile_ms(self, share: float) -> float | None:
        """The latency in milliseconds that this share of all does not exceed; None where nothing was measured."""
        return _percentile_ms(np.cumsum(self._counts), share, self.max_us) if self.count else None

    def plain(self) -> dict[str, float] | None:
        """p50, p95, p99, max in milliseconds; None where nothing was measured."""
        return percentiles_ms(self._counts, self.max_us)


def percentiles_ms(counts: np.ndarray, max_us: float = math.inf) -> dict[str, float] | None:
    """p50, p95, p99, max in milliseconds, of counts by bucket; None where there are none. max_us: the largest of all,
    where it is known.
    """
    cumulated = np.cumsum(counts)
    if not cumulated[-1]:
        return None
    shares = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "max": 1.0}
    return {name: round(_percentile_ms(cumulated, share, max_us), 3) for name, share in shares.items()}


def _percentile_ms(cumulated: np.ndarray, share: float, max_us: float) -> float:
    at = int(np.searchsorted(cumulated, math.ceil(share * int(cumulated[-1]))))
    return float(min(GROWTH**at, max_us)) / 1000
