"""Which part of the test's pace a worker has, and until when: leases, so that a rate is never exceeded.

A worker's share follows its users. It is a lease of `LEASE_SECONDS` on the worker's own clock: the worker asks every
`RENEW_SECONDS` and says what its clock shows; the answer repeats that time, and the lease lasts `LEASE_SECONDS` from
it. So an answer that was held up on its way has expired when it comes, and a worker that hears nothing of its master
stops sending. The master counts from when it got the question, which is later. What a worker may still hold, by any
answer that it has not replaced by a newer one, is given to nobody else; where an answer changes something the worker
confirms it at once.

Pure: callers give the times, and the pace of the test at the same time.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from paysim.loadtest.pacing.rate_plan import RateTarget

LEASE_SECONDS = 3.0
RENEW_SECONDS = 0.5


def shares(users: Mapping[str, int]) -> dict[str, float]:
    """Worker → share of the rate; shares sum to 1. While nobody has users, all have the same."""
    total = sum(users.values())
    if not total:
        return {worker: 1 / len(users) for worker in users}
    return {worker: count / total for worker, count in users.items()}


@dataclass(frozen=True, slots=True)
class Grant:
    """One answer. at: the worker's clock when it asked. given, ends: by the master's. pace None: no limit at all.

    changes: it is not what the one before came to by itself, so the worker has to confirm it.
    """

    at: float
    pace: RateTarget | None
    given: float
    ends: float
    number: int = 0
    changes: bool = False

    def part(self, pace: RateTarget | None, now: float) -> float:
        """Which part of the test's pace this is now, 0 to 1: of a pace that has fallen, more than it was."""
        if pace is None or now >= self.ends:
            return 0.0
        if self.pace is None:
            return 1.0
        mine = max(0.0, self.pace.rate + self.pace.slope * (now - self.given))
        if pace.rate > 0:
            return min(1.0, mine / pace.rate)
        if mine > 0:
            return 1.0
        return max(0.0, self.pace.slope) / pace.slope if pace.slope > 0 else 0.0  # a ramp that begins at 0


class ShareBook:
    """What each worker may hold, in the master."""

    def __init__(self) -> None:
        self._number = 0
        self._asked: dict[str, tuple[float, float]] = {}  # the worker's clock, and when what it gets for that ends
        self._grants: dict[str, list[Grant]] = {}
        self.short = False
        """Whether somebody got less than its share, because others may still hold it."""

    def asked(self, worker: str, at: float, holds: int, now: float) -> None:
        """A worker asks for renewal. holds: the number of its newest grant: all before are void."""
        self._asked[worker] = (at, now + LEASE_SECONDS)
        self._grants[worker] = [grant for grant in self._grants.get(worker, ()) if grant.number >= holds]

    def share_out(self, wanted: Mapping[str, float], pace: RateTarget | None, now: float) -> dict[str, Grant]:
        """A grant for each worker whose pace is to change. wanted: worker → share."""
        self.short = False
        held = self._held(pace, now)
        total, found = sum(held.values()), {}
        for worker, share in wanted.items():
            others = total - held.get(worker, 0.0)
            grant = self._grant(worker, share, 1 - others, pace, now)
            if grant is not None and grant.changes:
                found[worker] = self._noted(worker, grant)
                total = others + max(held.get(worker, 0.0), grant.part(pace, now))  # both, until it confirms
        return found

    def renewed(self, worker: str, share: float, pace: RateTarget | None, now: float) -> Grant | None:
        """The answer to a worker that has asked."""
        left = 1 - sum(part for other, part in self._held(pace, now).items() if other != worker)
        grant = self._grant(worker, share, left, pace, now)
        return None if grant is None else self._noted(worker, grant)

    def _grant(self, worker: str, share: float, left: float, pace: RateTarget | None, now: float) -> Grant | None:
        at, ends = self._asked.get(worker, (0.0, 0.0))
        if now >= ends:
            return None  # it does not ask any more, and would take nothing
        mine = None
        if pace is not None:
            self.short |= left < share - 1e-6
            mine = pace.share(max(0.0, min(share, left)))
        grants = self._grants.get(worker)
        return Grant(at, mine, now, ends, changes=not grants or not _goes_on(grants[-1], mine, now))

    def _held(self, pace: RateTarget | None, now: float) -> dict[str, float]:
        """Worker → the most of the test's pace that it may hold now."""
        return {
            worker: max((grant.part(pace, now) for grant in grants), default=0.0)
            for worker, grants in self._grants.items()
        }

    def _noted(self, worker: str, grant: Grant) -> Grant:
        self._number += 1
        grant = replace(grant, number=self._number)
        self._grants[worker] = [*(each for each in self._grants.get(worker, ()) if each.ends > grant.given), grant]
        return grant


def _goes_on(before: Grant, pace: RateTarget | None, now: float) -> bool:
    """Whether the pace is the one that the grant before has reached by now, with its own growth."""
    if before.pace is None or pace is None:
        return before.pace is pace
    if (before.pace.slope, before.pace.open) != (pace.slope, pace.open):
        return False
    expected = before.pace.rate + before.pace.slope * (now - before.given)
    return abs(expected - pace.rate) <= 1e-6 * max(1.0, pace.rate)
