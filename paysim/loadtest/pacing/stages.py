"""The course of a test over time: `load.stages` as pure functions of elapsed seconds.

A stage with `ramp: true` goes in a straight line from what was before it to its own users and rate; without, it
has them from its first second on. A stage without a rate keeps the one before; the first keeps `volume.rate`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from paysim.config.run_length import stage_ends
from paysim.config.schema import Stage


@dataclass(frozen=True, slots=True)
class Point:
    """What the test should be at a moment. rate: transactions/s or None; slope: its growth, per second."""

    users: int
    spawn_rate: float
    rate: float | None
    slope: float = 0.0


class StageProfile:
    """Stages, one after another."""

    def __init__(self, stages: Sequence[Stage], rate: float | None) -> None:
        """`rate`: `volume.rate`, which stages without one keep."""
        self._stages = stages
        self._rate = rate

    @property
    def ends(self) -> list[float]:
        """When each stage ends, in seconds after the start of the first."""
        return stage_ends(self._stages)

    def at(self, elapsed: float) -> Point | None:
        """The course at `elapsed` seconds after the start, or None once it is over."""
        users, rate = 0, self._rate
        begin = 0.0
        for number, stage in enumerate(self._stages):
            before = rate if number or rate is not None else 0.0
            target = stage.rate if stage.rate is not None else rate
            if elapsed < begin + stage.duration:
                if not stage.ramp:
                    return Point(stage.users, stage.spawn_rate, target)
                done = (elapsed - begin) / stage.duration
                now_users = round(users + (stage.users - users) * done)
                spawn_rate = max(stage.spawn_rate, abs(stage.users - users) / stage.duration)
                if target is None:
                    return Point(now_users, spawn_rate, None)
                from_rate = 0.0 if number == 0 else (before or 0.0)
                slope = (target - from_rate) / stage.duration
                return Point(now_users, spawn_rate, from_rate + slope * (elapsed - begin), slope)
            begin += stage.duration
            users, rate = stage.users, target
        return None
