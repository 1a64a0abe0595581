"""Failed sends in the log: counted, and told once a second at the most.

A hub that is down fails thousands of transactions a second; a line for each would bury the one that says so.
"""

import logging
from collections import Counter

import gevent

logger = logging.getLogger(__name__)

SECONDS_BETWEEN = 1.0


class FailureLog:
    """Counts what failed since the last line, and writes the next one when it is due."""

    def __init__(self, seconds_between: float = SECONDS_BETWEEN) -> None:
        self._seconds_between = seconds_between
        self._reasons: Counter[str] = Counter()
        self._unknown = 0
        self._writer: gevent.Greenlet | None = None

    def note(self, reason: str, transactions: int, *, unknown: bool) -> None:
        """Transactions were not acknowledged. Cheap, and never waits."""
        self._reasons[reason] += transactions
        if unknown:
            self._unknown += transactions
        if self._writer is None:
            self._writer = gevent.spawn(self._write)

    def _write(self) -> None:
        while self._reasons:
            reasons, self._reasons = self._reasons, Counter()
            unknown, self._unknown = self._unknown, 0
            total = reasons.total()
            told = ", ".join(f"{reason} ({n:,})" for reason, n in reasons.most_common())
            logger.warning(
                "%s not acknowledged%s: %s",
                f"{total:,} transaction{'s' if total > 1 else ''}",
                f", of {unknown:,} the outcome is unknown" if unknown else "",
                told,
                extra={"fields": {"failed": total - unknown, "unknown": unknown, "reasons": dict(reasons)}},
            )
            gevent.sleep(self._seconds_between)
        self._writer = None


failure_log = FailureLog()
"""This process's."""
