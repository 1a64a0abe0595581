"""What the accounts of those who send say of a span of a run: since the warm-up, or over the last seconds.

Accounts count from the start of the run on, so a span is the difference of two of them. Histograms too: their buckets
are subtracted. Pure: accounts and times in, figures out. Times in seconds after the start of the run.
"""

from collections import deque
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from paysim.loadtest.live.rolling_window import values
from paysim.loadtest.sending.account import Account
from paysim.loadtest.sending.latency import counts_of
from paysim.summary.model import Latency, OutcomeCounts, Percentiles

KINDS = ("response", "from_schedule")
"""The latencies that thresholds know."""
QUANTILES = {"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99, "p999": 0.999}
HEARD_SECONDS = 3.0
"""A sender that was not heard for so long sends nothing now: workers report once a second."""

Key = tuple[str, str]
"""A kind of latency and a payment method, "" for all."""
Buckets = NDArray[np.int64]
Tally = tuple[int, int, int]
"""Acknowledged, failed, unknown."""


@dataclass(frozen=True, slots=True)
class SenderReading:
    """What one sender had in all when its account came. ahead: see `Schedule.ahead`."""

    at: float
    tallies: Mapping[str, Tally]
    ahead: float

    @classmethod
    def of(cls, at: float, account: Account) -> "SenderReading":
        methods = account.ledger.methods.items()
        return cls(at, {name: (each.acked, each.failed, each.unknown) for name, each in methods}, account.ahead)


def encoded_of(account: Account) -> dict[Key, bytes]:
    """The histograms of an account that thresholds may be held against."""
    found = {(kind, ""): account.latencies[kind] for kind in KINDS if kind in account.latencies}
    for method, kinds in account.latencies_by_method.items():
        found.update({(kind, method): kinds[kind] for kind in KINDS if kind in kinds})
    return found


def tally_of(readings: Iterable[SenderReading], methods: Collection[str] | None = None) -> Tally:
    """The outcomes of an account, added up. methods: only those; None: all."""
    acked = failed = unknown = 0
    for reading in readings:
        for name, tally in reading.tallies.items():
            if methods is None or name in methods:
                acked, failed, unknown = acked + tally[0], failed + tally[1], unknown + tally[2]
    return acked, failed, unknown


def outcome_counts(after: Tally, before: Tally) -> OutcomeCounts:
    """What came in between."""
    acked, failed, unknown = (max(0, later - earlier) for later, earlier in zip(after, before, strict=True))
    return OutcomeCounts(acked=acked, failed=failed, unknown=unknown)


def percentiles(buckets: Buckets | None) -> Percentiles | None:
    """In milliseconds; None where the span holds nothing."""
    if buckets is None:
        return None
    cumulated = np.cumsum(buckets)
    n = int(cumulated[-1])
    if n <= 0:
        return None
    # The first bucket that reaches the rank, as HdrHistogram has it.
    ranks = [*(max(1.0, np.floor(q * n + 0.5)) for q in QUANTILES.values()), n]
    found = [float(us) / 1000 for us in values()[np.searchsorted(cumulated, ranks)]]
    return Percentiles(**dict(zip([*QUANTILES, "max"], found, strict=True)))


def latency(buckets: Mapping[Key, Buckets], method: str = "") -> Latency:
    """Of all, or of one payment method."""
    return Latency(**{kind: percentiles(buckets.get((kind, method))) for kind in KINDS})


class Newest:
    """The newest histograms of each sender; those that have not changed are not decoded again."""

    def __init__(self) -> None:
        self._encoded: dict[tuple[int, Key], bytes] = {}
        self._buckets: dict[tuple[int, Key], Buckets] = {}

    def heard(self, sender: int, encoded: Mapping[Key, bytes]) -> None:
        for key, histogram in encoded.items():
            self._encoded[sender, key] = histogram
            self._buckets.pop((sender, key), None)

    def of(self, sender: int) -> dict[Key, Buckets]:
        """Key → its buckets as they stand."""
        return {key: self._decoded(each, key) for each, key in list(self._encoded) if each == sender}

    def _decoded(self, sender: int, key: Key) -> Buckets:
        if (sender, key) not in self._buckets:
            self._buckets[sender, key] = counts_of(self._encoded[sender, key])
        return self._buckets[sender, key]


def add(into: dict[Key, Buckets], buckets: Mapping[Key, Buckets], sign: int = 1) -> None:
    for key, counts in buckets.items():
        if key in into:
            into[key] += sign * counts
        else:
            into[key] = sign * counts


class LatencyWindow:
    """What histograms gained over the last `seconds`: the sum of what they gained from look to look."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._seen: dict[int, dict[Key, Buckets]] = {}
        self._gained: deque[tuple[float, dict[Key, tuple[Buckets, Buckets]]]] = deque()
        self.buckets: dict[Key, Buckets] = {}

    def look(self, elapsed: float, newest: Mapping[int, dict[Key, Buckets]]) -> None:
        """newest: sender → its histograms."""
        gained: dict[Key, Buckets] = {}
        for sender, buckets in newest.items():
            before = self._seen.get(sender, {})
            if any(buckets[key] is not before.get(key) for key in buckets):
                add(gained, buckets)
                add(gained, before, -1)
                self._seen[sender] = dict(buckets)
        add(self.buckets, gained)
        # Few of the 24,000 buckets gain anything in a second.
        self._gained.append((elapsed, {key: (at := np.flatnonzero(each), each[at]) for key, each in gained.items()}))
        while self._gained[0][0] <= elapsed - self._seconds:
            _, gone = self._gained.popleft()
            for key, (at, counts) in gone.items():
                self.buckets[key][at] -= counts


@dataclass(frozen=True, slots=True)
class Moment:
    """All senders at a moment. wanted: transactions that fell due by then; variance: of them, by chance."""

    elapsed: float
    readings: Mapping[int, SenderReading]
    wanted: float
    variance: float = 0.0

    @property
    def ahead(self) -> float:
        return sum(reading.ahead for reading in self.readings.values())


def per_second(then: Moment, now: Moment, methods: Collection[str] | None = None) -> float:
    """Acknowledged ones a second between two looks: of each sender by the times at which its accounts came."""
    found = 0.0
    for sender, after in now.readings.items():
        before = then.readings.get(sender)
        ends = after.at if now.elapsed - after.at < HEARD_SECONDS else now.elapsed
        begins = then.elapsed if before is None else before.at
        gained = tally_of([after], methods)[0] - (tally_of([before], methods)[0] if before is not None else 0)
        # One that came or went in between sent for a part of the time, and its mean is over all of it.
        whole = before is not None and ends == after.at
        seconds = ends - begins if whole else now.elapsed - then.elapsed
        found += gained / seconds if seconds > 0 else 0.0
    return found
