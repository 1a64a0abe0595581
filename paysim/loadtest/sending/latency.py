"""Latencies of a run as HdrHistograms, merged over workers: 1 µs to 1 h, three significant digits.

Locust's own percentiles are rounded to two digits; these are what the summary and thresholds use.
"""

from collections import defaultdict
from collections.abc import Collection

import numpy as np
from hdrh.codec import HdrHistogramEncoder
from hdrh.histogram import HdrHistogram
from numpy.typing import NDArray

from paysim.summary.model import Latency

PERCENTILES = {"p50": 50.0, "p90": 90.0, "p95": 95.0, "p99": 99.0, "p999": 99.9}
KINDS = tuple(Latency.model_fields)
HIGHEST_US = 3_600_000_000
_BUCKETS = HdrHistogram(1, HIGHEST_US, 3).counts_len


def counts_of(encoded: bytes) -> NDArray[np.int64]:
    """How many values each bucket of an encoded histogram holds.

    Without making a histogram of it: those are 200 kB each, refer to themselves, and wait for a garbage collection.
    """
    payload = HdrHistogramEncoder.decode(encoded)
    payload.init_counts(_BUCKETS)
    return np.frombuffer(payload.get_counts(), np.int64)


class Latencies:
    """The four latencies of a run. Recorded in seconds, reported in milliseconds.

    response: batch ready → acknowledged. service: sent on a free connection → acknowledged.
    from_schedule: intended send time → acknowledged, which coordinated omission cannot hide.
    connection_wait: time a send waited for a free connection.

    Payment methods named by `keep_apart` have histograms of their own besides.
    """

    def __init__(self) -> None:
        self._histograms = {kind: HdrHistogram(1, HIGHEST_US, 3) for kind in KINDS}
        self._of_methods: dict[tuple[str, str], HdrHistogram] = {}  # of a method and a kind
        self._apart: frozenset[str] = frozenset()
        # Not in a histogram yet: value → how many. A histogram takes 2 µs for a value, this a fifth of it.
        self._fresh: dict[str, dict[int, int]] = {kind: defaultdict(int) for kind in KINDS}
        self._fresh_of_methods: dict[tuple[str, str], dict[int, int]] = defaultdict(lambda: defaultdict(int))

    def keep_apart(self, methods: Collection[str]) -> None:
        """From now on keep the latencies of these payment methods by themselves, too."""
        self._apart = frozenset(methods)

    def record(self, kind: str, seconds: float, transactions: int, method: str = "") -> None:
        microseconds = min(max(int(seconds * 1e6), 1), HIGHEST_US)
        # As coarse as the histogram itself has it (2,048 steps in each power of two), so that values repeat.
        coarse = microseconds.bit_length() - 11
        if coarse > 0:
            microseconds = microseconds >> coarse << coarse
        fresh = self._fresh_of_methods[method, kind] if method in self._apart else self._fresh[kind]
        fresh[microseconds] += transactions

    def _settle(self) -> None:
        for kind, counts in self._fresh.items():
            _put(counts, self._histograms[kind])
            counts.clear()
        for key, counts in self._fresh_of_methods.items():
            if key not in self._of_methods:
                self._of_methods[key] = HdrHistogram(1, HIGHEST_US, 3)
            _put(counts, self._of_methods[key], self._histograms[key[1]])
            counts.clear()

    def merge(self, encoded: dict[str, bytes]) -> None:
        """Add what another process recorded."""
        for kind, histogram in encoded.items():
            self._histograms[kind].decode_and_add(histogram)

    def encode(self) -> dict[str, bytes]:
        """Compressed histograms (the HdrHistogram V2 format), those that hold anything."""
        self._settle()
        return {kind: h.encode() for kind, h in self._histograms.items() if h.get_total_count()}

    def encode_methods(self) -> dict[str, dict[str, bytes]]:
        """The same of each payment method that is kept apart."""
        self._settle()
        found: dict[str, dict[str, bytes]] = {}
        for (method, kind), histogram in self._of_methods.items():
            found.setdefault(method, {})[kind] = histogram.encode()
        return found

    def percentiles_ms(self, kind: str) -> dict[str, float] | None:
        """p50 to p999 and max in milliseconds, or None where nothing was recorded."""
        self._settle()
        histogram = self._histograms[kind]
        if not histogram.get_total_count():
            return None
        values = {name: histogram.get_value_at_percentile(at) / 1000 for name, at in PERCENTILES.items()}
        return {**values, "max": histogram.get_max_value() / 1000}


def _put(counts: dict[int, int], *histograms: HdrHistogram) -> None:
    for microseconds, transactions in counts.items():
        for histogram in histograms:
            histogram.record_value(microseconds, transactions)
