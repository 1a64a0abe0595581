"""Batches in Locust's statistics: one request event a batch, n transactions in the figures.

Locust counts one request an event. Firing one for each transaction would cost more than sending it, so the
event is fired once and the other n - 1 are added to the same entries. The entries are looked up each time,
because a start of the test replaces them.
"""

import logging
from collections.abc import Sequence
from time import time
from typing import Any, NamedTuple

from locust import stats as locust_stats
from locust.env import Environment
from locust.exception import InterruptTaskSet, RescheduleTask, RescheduleTaskImmediately, StopTest, StopUser

logger = logging.getLogger(__name__)

TO_A_USER = (StopUser, StopTest, RescheduleTask, RescheduleTaskImmediately, InterruptTaskSet)
"""What a listener may raise to tell the user whose request it was; Locust lets it through."""


class Statistics:
    """Writes settled batches into the statistics of one Locust environment."""

    def __init__(
        self, environment: Environment, request_type: str, target: str, *, event_per_transaction: bool
    ) -> None:
        """target: where payments go, the `url` of their request events; no secret."""
        self._environment = environment
        self._target = target
        self._told = False
        self._request_type = request_type
        self._event_per_transaction = event_per_transaction

    def settled(
        self,
        method: str,
        transactions: int,
        size: int,
        latencies: Sequence[tuple[int, float]],
        error: Exception | None,
    ) -> None:
        """Transactions of a method, `size` bytes together. latencies: how many, and seconds after they were ready."""
        length = size // transactions
        if self._event_per_transaction:
            for count, seconds in latencies:
                for _ in range(count):
                    self._fire(method, length, seconds, 1, error)
            return
        first = latencies[0][1]
        self._fire(method, length, first, transactions, error)
        if rest := transactions - 1:
            stats = self._environment.stats
            entry = stats.get(method, self._request_type)
            others = _by_bucket(latencies)
            for each in (stats.total, entry):
                _add(each, rest, size - length, others, failed=error is not None)
            if error is not None:
                key = locust_stats.StatsError.create_key(self._request_type, method, error)
                stats.errors[key].occurrences += rest

    def _fire(self, method: str, length: int, seconds: float, transactions: int, error: Exception | None) -> None:
        # With all that Locust's own clients give: a listener may name each of them.
        try:
            self._environment.events.request.fire(
                request_type=self._request_type,
                name=method,
                response_time=seconds * 1000,
                response_length=length,
                response=None,
                context={"transactions": transactions},
                exception=error,
                start_time=time() - seconds,
                url=self._target,
            )
        except TO_A_USER as told:
            # A batch is written down for all its users at once, and outside of them: there is nobody to tell.
            if not self._told:
                self._told = True
                logger.warning(
                    "a listener of request events raised %s, which payments do not heed", type(told).__name__
                )


class _Times(NamedTuple):
    """Response times in milliseconds. buckets: as Locust rounds them → how many."""

    total: float
    least: float
    most: float
    buckets: dict[int, int]


def _by_bucket(latencies: Sequence[tuple[int, float]]) -> _Times:
    """All but one of the first, for which an event was fired."""
    counts = [count for count, _ in latencies]
    counts[0] -= 1
    total, buckets = 0.0, {}  # type: float, dict[int, int]
    for count, (_, seconds) in zip(counts, latencies, strict=True):
        if count:
            milliseconds = seconds * 1000
            total += count * milliseconds
            bucket = locust_stats.bucket_response_time(milliseconds)
            buckets[bucket] = buckets.get(bucket, 0) + count
    times = [seconds * 1000 for _, seconds in latencies]
    return _Times(total, min(times), max(times), buckets)


def _add(entry: Any, n: int, size: int, times: _Times, *, failed: bool) -> None:
    second = int(time())
    entry.num_requests += n
    entry.num_reqs_per_sec[second] += n
    entry.total_content_length += size
    entry.total_response_time += times.total
    entry.min_response_time = min(times.least, entry.min_response_time or times.least)
    entry.max_response_time = max(times.most, entry.max_response_time)
    for bucket, count in times.buckets.items():
        entry.response_times[bucket] += count
    if failed:
        entry.num_failures += n
        entry.num_fail_per_sec[second] += n
