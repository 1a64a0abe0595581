"""What the last seconds of a hop were like: its rate and its percentiles. Pure: the time is given.

Both are differences of figures that only grow. The span is short, so that a pause shows at the second in which it was.
"""

from collections import deque
from typing import Any

import numpy as np

from .histogram import Histogram, percentiles_ms

RECENT_SECONDS = 3.0


class Recent:
    """The last seconds of one hop."""

    def __init__(self, seconds: float = RECENT_SECONDS) -> None:
        self._seconds = seconds
        self._seen: deque[tuple[float, int, np.ndarray]] = deque()

    def look(self, now: float, count: int, latencies: Histogram) -> None:
        """now: in seconds of any clock. count: how many came in all, and how late they were."""
        self._seen.append((now, count, latencies.counts()))
        while len(self._seen) > 2 and self._seen[1][0] <= now - self._seconds:
            self._seen.popleft()

    def latency_ms(self) -> dict[str, float] | None:
        """p50, p95, p99 and max; None where nothing came, and where it was not looked at for so long yet."""
        if (
            len(self._seen) < 2 or self._seen[-1][0] - self._seen[0][0] < self._seconds - 0.5
        ):  # looks come a second apart
            return None
        return percentiles_ms(self._seen[-1][2] - self._seen[0][2])

    def plain(self) -> dict[str, Any]:
        """per_s, and p50, p95, p99 and max in ms; None each where nothing came."""
        nothing = dict.fromkeys(("p50", "p95", "p99", "max"))
        if len(self._seen) < 2:
            return {"per_s": 0.0, **nothing}
        (then, before, old), (now, after, new) = self._seen[0], self._seen[-1]
        seconds = now - then
        rate = (after - before) / seconds if seconds > 0 else 0.0
        return {"per_s": round(rate, 3), **(percentiles_ms(new - old) or nothing)}
