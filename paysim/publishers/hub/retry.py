"""When to try again: exponential backoff with full jitter, and patience with a busy service.

Pure arithmetic on the clock it is given; waiting is the caller's.
"""

import random

from paysim.config.schema import Retry
from paysim.eventhub.failures import Again, Failure

THROTTLE_PAUSE = 4.0
"""Seconds that Event Hubs asks for when it is busy (server-busy, 50002)."""


class RetryBudget:
    """What one send may still try until its deadline (seconds of the same clock as `now`)."""

    def __init__(self, retry: Retry, deadline: float) -> None:
        self._retry = retry
        self._deadline = deadline
        self._retried = 0

    def pause(self, failure: Failure, now: float) -> float | None:
        """Seconds to wait before the next attempt, or None where there is to be none."""
        if failure.again is Again.NEVER:
            return None
        if failure.again is Again.WAIT:
            # Never sooner than asked, and spread: connections that were refused together would come back together,
            # and what the hub allows in the seconds between would be nobody's.
            pause = THROTTLE_PAUSE * random.uniform(1, 1.5)
        else:
            if self._retried >= self._retry.max_retries:
                return None
            pause = random.uniform(0, backoff(self._retry, self._retried))
            self._retried += 1
        return pause if now + pause < self._deadline else None


def backoff(retry: Retry, attempts: int) -> float:
    """The longest pause after this many retries."""
    return min(retry.max_backoff, retry.initial_backoff * 2.0 ** min(attempts, 30))
