"""Batches in Locust's statistics: one request event a batch, n transactions in the figures.

Locust counts one request an event. Firing one for each transaction would cost more than sending it, so the
event is fired once and the other n - 1 are added to the same entries. The entries are looked up each time,
because a start of the test replaces them.
"""

from time import time

from locust import stats as locust_stats
from locust.env import Environment


class Statistics:
    """Writes settled batches into the statistics of one Locust environment."""

    def __init__(self, environment: Environment, request_type: str, *, event_per_transaction: bool) -> None:
        self._environment = environment
        self._request_type = request_type
        self._event_per_transaction = event_per_transaction

    def settled(self, method: str, transactions: int, size: int, seconds: float, error: Exception | None) -> None:
        """n transactions of a method, `size` bytes together, `seconds` after they were ready."""
        milliseconds = seconds * 1000
        length = size // transactions
        events = transactions if self._event_per_transaction else 1
        for _ in range(events):
            self._environment.events.request.fire(
                request_type=self._request_type,
                name=method,
                response_time=milliseconds,
                response_length=length,
                exception=error,
                context={"transactions": 1 if self._event_per_transaction else transactions},
                start_time=time() - seconds,
            )
        if rest := transactions - events:
            stats = self._environment.stats
            entry = stats.get(method, self._request_type)
            for each in (stats.total, entry):
                _add(each, rest, size - length, milliseconds, failed=error is not None)
            if error is not None:
                key = locust_stats.StatsError.create_key(self._request_type, method, error)
                stats.errors[key].occurrences += rest


def _add(entry: locust_stats.StatsEntry, n: int, size: int, milliseconds: float, *, failed: bool) -> None:
    second = int(time())
    entry.num_requests += n
    entry.num_reqs_per_sec[second] += n
    entry.total_content_length += size
    entry.total_response_time += milliseconds * n  # type: ignore[assignment]  # Locust adds floats too
    entry.response_times[locust_stats.bucket_response_time(milliseconds)] += n
    if failed:
        entry.num_failures += n
        entry.num_fail_per_sec[second] += n
