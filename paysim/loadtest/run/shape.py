"""`load.stages`, and the search of `load.find_limit`, as Locust's LoadTestShape.

It is set on the environment in `init`, and only where stages are configured: a shape class that Locust finds in the
locustfile makes it ignore -u and -t and hides the fields of its form.
"""

from collections.abc import Callable

from locust import LoadTestShape

from paysim.loadtest.pacing.stages import StageProfile


class OwnShape(LoadTestShape):
    """One that the configuration asks for, not the locustfile. The rate over time is the rate plan's."""

    abstract = True


class StagesShape(OwnShape):
    """Users over time."""

    abstract = True

    def __init__(self, profile: StageProfile, run_time: float | None, elapsed: Callable[[], float]) -> None:
        """`run_time`: Locust's -t, which ends the run where it is shorter. `elapsed`: seconds since the run began;
        Locust counts from before that."""
        super().__init__()  # type: ignore[no-untyped-call]
        self._elapsed = elapsed
        self._profile = profile
        self._run_time = run_time

    def tick(self) -> tuple[int, float] | None:
        elapsed = self._elapsed()
        if self._run_time is not None and elapsed >= self._run_time:
            return None
        point = self._profile.at(elapsed)
        return None if point is None else (point.users, point.spawn_rate)


class SearchShape(OwnShape):
    """As many users as each step of a search needs; it ends with the search."""

    abstract = True

    def __init__(self, run_time: float | None, elapsed: Callable[[], float], users: Callable[[], int | None]) -> None:
        """users: None once the search is over."""
        super().__init__()  # type: ignore[no-untyped-call]
        self._run_time, self._elapsed, self._users = run_time, elapsed, users

    def tick(self) -> tuple[int, float] | None:
        if self._run_time is not None and self._elapsed() >= self._run_time:
            return None
        users = self._users()
        return None if users is None else (users, users)
