"""Outcomes of one turn of the event loop, written into histograms and statistics together.

A shared send (`linger_ms`) has one outcome for hundreds of transactions of as many users. Each has a latency of its
own, but method, outcome and the times of the send are the same for many, and what is the same is written once.
"""

from dataclasses import dataclass, field

from paysim.loadtest.logs.failure_log import failure_log
from paysim.publishers.base import Acknowledgement, SendError

from .latency import Latencies
from .statistics import Statistics


@dataclass(slots=True)
class _Group:
    """Transactions of one method with one outcome. latencies: how many, and seconds from ready to their outcome."""

    method: str
    outcome: Acknowledgement | SendError
    size: int = 0
    latencies: list[tuple[int, float]] = field(default_factory=list)


class OutcomeRecorder:
    """Collects until `write`."""

    def __init__(self, latencies: Latencies, statistics: Statistics) -> None:
        self._latencies = latencies
        self._statistics = statistics
        self._groups: dict[tuple[str, int], _Group] = {}

    def __len__(self) -> int:
        return len(self._groups)

    def add(
        self, method: str, size: int, latencies: list[tuple[int, float]], outcome: Acknowledgement | SendError
    ) -> None:
        """size: bytes. latencies: how many transactions, and seconds from ready to their outcome."""
        group = self._groups.get((method, id(outcome)))
        if group is None:
            group = self._groups[method, id(outcome)] = _Group(method, outcome)
        group.size += size
        group.latencies += latencies

    def write(self) -> None:
        """Write all that was collected into histograms and statistics."""
        groups, self._groups = self._groups, {}
        for group in groups.values():
            outcome, n = group.outcome, sum(count for count, _ in group.latencies)
            error = None
            if isinstance(outcome, Acknowledgement):
                for count, response in group.latencies:
                    self._latencies.record("response", response, count, group.method)
                self._latencies.record("service", outcome.service, n)
                self._latencies.record("connection_wait", outcome.connection_wait, n)
            else:
                error = outcome
                failure_log.note(outcome.reason, n, unknown=outcome.unknown)
            self._statistics.note(group.method, n, group.size, group.latencies, error)
