"""How far a consumer group of the pipeline is behind: last enqueued event minus checkpoint, partition by partition.

Checkpoints move in jumps, of a batch or of seconds, so the lag at one moment says little. It is judged by its slope
over a window: that of the least-squares line through the lags that were seen.
"""

import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

WINDOW_SECONDS = 60.0
FEWEST_SECONDS = 20.0
"""There is no slope before the lag was seen for so long."""


def slope(points: "deque[tuple[float, int]]") -> float | None:
    """Events a second by which the lag grows; None while too little was seen."""
    if len(points) < 3 or points[-1][0] - points[0][0] < FEWEST_SECONDS:
        return None
    moments = [moment for moment, _ in points]
    middle = sum(moments) / len(points)
    mean = sum(lag for _, lag in points) / len(points)
    spread = sum((moment - middle) ** 2 for moment in moments)
    return sum((moment - middle) * (lag - mean) for moment, lag in points) / spread


@dataclass
class GroupLag:
    """The lag of one consumer group now.

    partitions: name → events that are not checkpointed, None where there is no checkpoint yet. checkpoints: name → the
    last sequence number that is done.
    """

    consumer_group: str
    partitions: dict[str, int | None] = field(default_factory=dict)
    checkpoints: dict[str, int] = field(default_factory=dict)
    why: str | None = "not looked at yet"
    """Why the lag is not measured; None where it is."""
    _points: "deque[tuple[float, int]]" = field(default_factory=deque)

    def looked(self, ends: Mapping[str, int], begins: Mapping[str, int], checkpoints: Mapping[str, int]) -> None:
        """ends: the next sequence number of each partition. begins: where each stood when the run began.

        checkpoints: the last sequence number that the group has done. A partition without one counts from where it
        stood.
        """
        now = time.monotonic()
        self.checkpoints = dict(checkpoints)
        if not checkpoints:
            self.partitions, self.why = dict.fromkeys(ends), "there are no checkpoints of this group"
            return
        self.why = None
        self.partitions = {
            name: max(0, end - 1 - checkpoints.get(name, begins.get(name, 0) - 1)) for name, end in ends.items()
        }
        self._points.append((now, self.total or 0))
        while self._points[0][0] < now - WINDOW_SECONDS:
            self._points.popleft()

    @property
    def total(self) -> int | None:
        """Over all partitions."""
        known = [lag for lag in self.partitions.values() if lag is not None]
        return sum(known) if known and self.why is None else None

    @property
    def slope_per_s(self) -> float | None:
        return slope(self._points)

    def has_passed(self, ends: Mapping[str, int], begins: Mapping[str, int]) -> bool:
        """Whether all before these positions is done."""
        return self.why is None and all(
            end <= begins.get(name, 0) or self.checkpoints.get(name, -1) >= end - 1 for name, end in ends.items()
        )

    def plain(self) -> dict[str, Any]:
        slope_per_s = self.slope_per_s
        return {
            "consumer_group": self.consumer_group,
            "partitions": self.partitions,
            "total": self.total,
            "slope_per_s": None if slope_per_s is None else round(slope_per_s, 3),
            "why": self.why,
        }
