"""Batches in Locust's statistics: one request event a batch, n transactions in the figures.

Locust counts one request an event. Firing one for each transaction would cost more than sending it, so the
event is fired once and the other n - 1 are added to the same entries. The entries are looked up each time,
because a start of the test replaces them.
"""

import logging
from collections.abc import Sequence
from time import time

from locust.env import Environment
from locust.exception import InterruptTaskSet, RescheduleTask, RescheduleTaskImmediately, StopTest, StopUser

from paysim.loadtest.locust_compat import Times, add_requests, counts_as_locust

logger = logging.getLogger(__name__)

TO_A_USER = (StopUser, StopTest, RescheduleTask, RescheduleTaskImmediately, InterruptTaskSet)
"""What a listener may raise to tell the user whose request it was; Locust lets it through."""


class Statistics:
    """Writes batches that have an outcome into the statistics of one Locust environment."""

    def __init__(
        self, environment: Environment, request_type: str, target: str, *, event_per_transaction: bool
    ) -> None:
        """target: where payments go, the `url` of their request events; no secret."""
        self._environment = environment
        self._target = target
        self._told = False
        self._request_type = request_type
        self._event_per_transaction = event_per_transaction or not counts_as_locust()

    def note(
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
            (count, _), *others = latencies
            times = Times.of([(count - 1, first * 1000), *((n, seconds * 1000) for n, seconds in others)])
            add_requests(self._environment.stats, self._request_type, method, rest, size - length, times, error)

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
