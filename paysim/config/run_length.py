"""How long a run takes, as far as its configuration says. Locust's own run time (`-t`) may end it sooner."""

import math
from collections.abc import Sequence
from itertools import accumulate

from .schema import Config, Stage


def stage_ends(stages: Sequence[Stage]) -> list[float]:
    """When each stage ends, in seconds after the start of the first."""
    return list(accumulate(float(stage.duration) for stage in stages))


def stages_length(stages: Sequence[Stage]) -> float | None:
    """Seconds that all stages take; None where there are none."""
    return stage_ends(stages)[-1] if stages else None


def ramp_length(stages: Sequence[Stage]) -> float:
    """Seconds of the ramp that the stages begin with; infinite where they are nothing else."""
    seconds = 0.0
    for stage in stages:
        if not stage.ramp:
            return seconds
        seconds += stage.duration
    return math.inf if stages else 0.0


def run_length(config: Config) -> float | None:
    """Seconds that a live run takes; None where its end is not known."""
    if config.load.stages:
        return stages_length(config.load.stages)
    volume = config.transaction.volume
    if volume.total is not None and volume.rate is not None:
        return volume.total / volume.rate
    return None
