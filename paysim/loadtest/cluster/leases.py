"""The master's book of a run's `total`: who has leased how much of it, and whether all of it is handed out.

Pure: standings of workers in, grants out. Each transaction of the total is leased to one worker at a time; what a lost
worker had not reported as handed out is leased again, so a total may be exceeded by that and no more.
"""

from collections.abc import Iterable

from .budget import Standing


class LeaseBook:
    """`surplus`: what lost workers may have handed out besides the total, at the most."""

    def __init__(self, total: int) -> None:
        self._pool = total
        self._granted: dict[str, int] = {}
        self._standings: dict[str, Standing] = {}
        self._hungry: dict[str, int] = {}
        self._lost: set[str] = set()
        self.surplus = 0

    def told(self, worker: str, standing: Standing) -> dict[str, int]:
        """A worker tells its standing. Returns who is to be granted how much because of it."""
        if worker in self._lost:
            # It had been given up, on a busy machine. What it held is leased to others by now: that is the surplus.
            self._lost.discard(worker)
            self._granted[worker] = standing.held
        elif standing.returned:
            self._granted[worker] -= standing.returned
            self._pool += standing.returned
        self._standings[worker] = standing
        if standing.want:
            self._hungry[worker] = standing.want
        return self._feed()

    def change(self, difference: int) -> dict[str, int]:
        """A reload changed the total by so many; what is leased already stays leased."""
        self._pool = max(0, self._pool + difference)
        return self._feed()

    def lost(self, worker: str, handed_out: int) -> dict[str, int]:
        """A worker is gone that last reported so many handed out: its rest goes to those who wait for it."""
        rest = max(0, self._granted.pop(worker, 0) - handed_out)
        self._standings.pop(worker, None)
        self._hungry.pop(worker, None)
        self._lost.add(worker)
        self._pool += rest
        self.surplus += rest
        return self._feed()

    def _feed(self) -> dict[str, int]:
        grants = {}
        for worker, want in list(self._hungry.items()):
            n = min(want, self._pool)
            if n == 0:
                break
            del self._hungry[worker]
            self._pool -= n
            self._granted[worker] = self._granted.get(worker, 0) + n
            grants[worker] = n
        return grants

    def all_handed_out(self, workers: Iterable[str]) -> bool:
        """Whether nothing is left: neither here nor at any of these workers, the living ones."""
        return self._pool == 0 and all(self._is_empty(worker) for worker in workers)

    def _is_empty(self, worker: str) -> bool:
        standing = self._standings.get(worker)
        if standing is None:
            return True
        # A standing that was told before the newest grant arrived says nothing about that grant.
        return standing.left == 0 and standing.held == self._granted.get(worker, 0)
