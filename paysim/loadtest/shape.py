"""`load.stages` as Locust's LoadTestShape.

It is set on the environment in `init`, and only where stages are configured: a shape class that Locust finds in the
locustfile makes it ignore -u and -t and hides the fields of its form.
"""

from collections.abc import Callable

from locust import LoadTestShape

from .stages import Course


class StagesShape(LoadTestShape):
    """Users over time; the rate over time is `steering`'s."""

    abstract = True

    def __init__(self, course: Course, run_time: float | None, begun: Callable[[], bool]) -> None:
        """`run_time`: Locust's -t, which ends the run where it is shorter. `begun`: whether the run is on; until then
        its time stands still."""
        super().__init__()
        self._begun = begun
        self._course = course
        self._run_time = run_time

    def tick(self) -> tuple[int, float] | None:
        elapsed = self.get_run_time() if self._begun() else 0.0
        if self._run_time is not None and elapsed >= self._run_time:
            return None
        point = self._course.at(elapsed)
        return None if point is None else (point.users, point.spawn_rate)
