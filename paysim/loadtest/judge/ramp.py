"""When the ramp of a run was over, and means from a moment on: what `min_rate` is held against.

The ramp is over when Locust has spawned all users for the first time; with `load.stages`, not before the stages that
begin it with `ramp: true` are. What is counted is paysim's own: acknowledged transactions by the accounts of those who
send, not Locust's statistics, which have the requests of other users too. Pure: times and counts in, a mean out.
"""

from collections.abc import Sequence

from paysim.config.run_length import ramp_length
from paysim.config.schema import Stage

SHORTEST = 1.0
"""Seconds. Over a shorter time there is no mean."""


class AckedFrom:
    """How many were acknowledged from a moment on, by accounts that come every second or so. Times in seconds after
    the start of the run."""

    def __init__(self) -> None:
        self._before: dict[object, tuple[float, int]] = {}
        self._after: dict[object, tuple[float, int]] = {}

    def heard(self, sender: object, elapsed: float, acked: int, moment: float | None) -> None:
        """What a sender had acknowledged in all when its account came. moment: None while it has not come."""
        if moment is None or elapsed < moment:
            self._before[sender] = (elapsed, acked)
        else:
            self._after.setdefault(sender, (elapsed, acked))

    def by(self, moment: float) -> float:
        """What all had acknowledged by then: between two accounts of a sender, as much as its even pace makes it."""
        found = 0.0
        for sender in {*self._before, *self._after}:
            then, before = self._before.get(sender, (0.0, 0))
            later, after = self._after.get(sender, (then, before))
            share = min(1.0, max(0.0, (moment - then) / (later - then))) if later > then else 1.0
            found += before + share * (after - before)
        return found

    def mean(self, moment: float | None, acked: int, duration: float) -> float | None:
        """Acknowledged ones a second from then to the end of the run, of `acked` in all.

        None where the moment never came, or less than a second before the end.
        """
        if moment is None or duration - moment < SHORTEST:
            return None
        return max(0.0, acked - self.by(moment)) / (duration - moment)


class Ramp:
    """The ramp of one run. Times in seconds after its start."""

    def __init__(self, stages: Sequence[Stage]) -> None:
        self._not_before = ramp_length(stages)
        self._acked = AckedFrom()
        self.over: float | None = None
        """When it was over, or None while it is on."""

    def spawned(self, elapsed: float) -> None:
        """All users that were asked for are there."""
        if self.over is None and elapsed >= self._not_before:
            self.over = elapsed

    def heard(self, sender: str, elapsed: float, acked: int) -> None:
        """What a sender had acknowledged in all when its account came, which is every second or so."""
        self._acked.heard(sender, elapsed, acked, self.over)

    def mean(self, acked: int, duration: float) -> float | None:
        """Acknowledged ones a second from the end of the ramp to the end of the run, of `acked` in all.

        None where the ramp never ended, or less than a second before the run.
        """
        return self._acked.mean(self.over, acked, duration)
