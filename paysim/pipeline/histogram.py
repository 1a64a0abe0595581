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

    def percentile_ms(self, share: float) -> float | None:
        """The latency that this share of all does not exceed, in milliseconds; None where there is none."""
        if not self.count:
            return None
        at = int(np.searchsorted(np.cumsum(self._counts), math.ceil(share * self.count)))
        return min(GROWTH**at, max(self.max_us, 0)) / 1000

    def plain(self) -> dict[str, float] | None:
        """p50, p95, p99, max in milliseconds; None where nothing was measured."""
        if not self.count:
            return None
        shares = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "max": 1.0}
        return {name: round(self.percentile_ms(share) or 0.0, 3) for name, share in shares.items()}
