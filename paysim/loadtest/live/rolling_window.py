"""Rates and percentiles of the last few seconds, from counters and histograms that only grow. Pure: the time is given.

They are the difference of two cumulative figures, so nothing is lost where a report comes late.
"""

from collections import deque
from collections.abc import Hashable, Mapping
from functools import cache
from typing import Any

import numpy as np
from hdrh.histogram import HdrHistogram
from numpy.typing import NDArray

from paysim.loadtest.sending.latency import HIGHEST_US, counts_of

SHORTEST = 0.05
"""Seconds; two looks closer than that say nothing of a rate."""
PERCENTILES = {"p50": 0.50, "p90": 0.90, "p95": 0.95, "p99": 0.99}


class Rates:
    """How fast counters grew over the last `seconds`."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._seen: deque[tuple[float, dict[Any, float]]] = deque()

    def add(self, now: float, counters: Mapping[Any, float]) -> None:
        """The counters as they stand at `now`; times must not go back."""
        self._seen.append((now, dict(counters)))
        while len(self._seen) > 2 and self._seen[1][0] <= now - self._seconds:
            self._seen.popleft()

    def per_s(self, key: Hashable) -> float:
        """Growth a second; 0 before there are two looks. A counter that was not there before began at 0."""
        if len(self._seen) < 2:
            return 0.0
        (then, before), (now, after) = self._seen[0], self._seen[-1]
        return max(0.0, after.get(key, 0) - before.get(key, 0)) / (now - then) if now - then > SHORTEST else 0.0


class IntervalPercentiles:
    """Percentiles of what cumulative HdrHistograms (the bytes of their V2 encoding) gained over the last `seconds`."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._decoded: dict[str, tuple[bytes, NDArray[np.int64]]] = {}
        self._base = np.zeros(len(values()), np.int64)
        self._seen: deque[tuple[float, NDArray[np.int64]]] = deque([(0.0, self._base)])

    def add(self, now: float, encoded: Mapping[str, bytes]) -> None:
        """Each source's histogram as it stands at `now`."""
        for source, histogram in encoded.items():
            if source not in self._decoded or self._decoded[source][0] != histogram:
                counts = counts_of(histogram)
                self._decoded[source] = (histogram, counts)
        total = self._seen[0][1] * 0
        for _, counts in self._decoded.values():
            total += counts
        self._seen.append((now, total))
        while len(self._seen) > 2 and self._seen[1][0] <= now - self._seconds:
            self._seen.popleft()

    def milliseconds(self) -> dict[str, float] | None:
        """p50 to p99 and max, or None where the interval holds nothing."""
        return _percentiles(self._seen[-1][1] - self._seen[0][1])

    def of_last_look(self) -> dict[str, float] | None:
        """The same of what came since the look before the last."""
        return _percentiles(self._seen[-1][1] - self._seen[-2][1]) if len(self._seen) > 1 else None

    def of_all(self) -> dict[str, float] | None:
        """The same since the start, or since `count_from_here`."""
        return _percentiles(self._seen[-1][1] - self._base)

    def count_from_here(self) -> None:
        """Leave out of `of_all` what was until now."""
        self._base = self._seen[-1][1]


def _percentiles(counts: NDArray[np.int64]) -> dict[str, float] | None:
    cumulated = np.cumsum(counts)
    n = int(cumulated[-1])
    if n <= 0:
        return None
    # The first bucket that reaches the rank, as HdrHistogram has it.
    at = np.searchsorted(cumulated, [*(max(1.0, np.floor(q * n + 0.5)) for q in PERCENTILES.values()), n])
    found = [round(float(us) / 1000, 3) for us in values()[at]]
    return dict(zip([*PERCENTILES, "max"], found, strict=True))


@cache
def values() -> NDArray[np.int64]:
    """The largest value, in µs, that each bucket of paysim's histograms stands for."""
    histogram = HdrHistogram(1, HIGHEST_US, 3)
    # As its `get_value_from_index` and `get_highest_equivalent_value` say of one, which take 50 ms for all of them.
    half = int(histogram.sub_bucket_half_count)
    index = np.arange(histogram.counts_len)
    shift = np.maximum(index // half - 1, 0)
    found: NDArray[np.int64] = ((index - shift * half + 1) << shift) - 1
    return found
