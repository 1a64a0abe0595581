"""When the ramp of a run was over, and the mean rate from then on: what `min_rate` is held against.

The ramp is over when Locust has spawned all users for the first time; with `load.stages`, not before the stages that
begin it with `ramp: true` are. Pure: counts by second in, a mean out.
"""

import math
from collections.abc import Mapping, Sequence

from paysim.config.schema import Stage


def leading(stages: Sequence[Stage]) -> float:
    """Seconds of the ramp that the stages begin with; infinite where they are nothing else."""
    seconds = 0.0
    for stage in stages:
        if not stage.ramp:
            return seconds
        seconds += stage.duration
    return math.inf if stages else 0.0


class Ramp:
    """The ramp of one run. Times in seconds after its start."""

    def __init__(self, stages: Sequence[Stage]) -> None:
        self._not_before = leading(stages)
        self.over: float | None = None
        """When it was over, or None while it is on."""

    def spawned(self, elapsed: float) -> None:
        """All users that were asked for are there."""
        if self.over is None and elapsed >= self._not_before:
            self.over = elapsed


def mean(counts: Mapping[int, int], failures: Mapping[int, int], begin: float, end: float) -> float | None:
    """Successful ones a second over the whole seconds between two moments (Unix time); None where there is none."""
    first, last = math.ceil(begin), math.floor(end)
    if last <= first:
        return None
    succeeded = sum(counts.get(second, 0) - failures.get(second, 0) for second in range(first, last))
    return succeeded / (last - first)
