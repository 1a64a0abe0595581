"""A run second by second, as charts draw it: nothing is smoothed, so a stall shows in the seconds of the stall. Pure.

Workers report once a second, each at a moment of its own. What a sender had done at a moment between two reports is
taken from the straight line between them. So the figures of a second are known only when every sender has reported
after it, and a point is finished one look later.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, replace

from paysim.loadtest.sending.account import Account

from .snapshot import OUTCOMES, faults

REPORTED_EVERY = 1.0
"""Seconds between two reports of a sender."""
SHORTEST = 0.5
"""Seconds. Two looks that are closer, as when a reload comes, make one point."""
Latency = dict[str, float] | None
"""p50, p90, p95, p99 and max in milliseconds; None where nothing was acknowledged."""


@dataclass(frozen=True, slots=True)
class SecondPoint:
    """The time between two looks, a second or, of a long run, several.

    elapsed: its end, in seconds after the start of the run. seconds: how long it is. users, target_per_s: at its end.
    growth: outcome or counter → how much it grew. latency_ms: kind → of what was acknowledged in it; of several seconds
    the worst one's.
    """

    elapsed: float
    users: int
    target_per_s: float | None
    latency_ms: Mapping[str, Latency]
    seconds: float = 0.0
    growth: Mapping[str, float] | None = None

    def per_s(self, name: str) -> float:
        """How fast an outcome or a counter grew."""
        return (self.growth or {}).get(name, 0.0) / self.seconds if self.seconds > 0 else 0.0


def joined(earlier: SecondPoint, later: SecondPoint) -> SecondPoint:
    """One point for both."""
    growth = dict(earlier.growth or {})
    for name, more in (later.growth or {}).items():
        growth[name] = growth.get(name, 0.0) + more
    kinds = {**earlier.latency_ms, **later.latency_ms}
    latency = {kind: _worse(earlier.latency_ms.get(kind), later.latency_ms.get(kind)) for kind in kinds}
    return replace(later, seconds=earlier.seconds + later.seconds, growth=growth, latency_ms=latency)


def _worse(one: Latency, other: Latency) -> Latency:
    if one is None or other is None:
        return one or other
    return {name: max(value, other[name]) for name, value in one.items()}


class BySecond:
    """Finishes the points of one run. Times in seconds after its start."""

    def __init__(self) -> None:
        self._heard: dict[str, deque[tuple[float, dict[str, float]]]] = {}
        self._until = 0.0
        self._before: dict[str, float] = {}
        self._pending: SecondPoint | None = None

    def heard(self, sender: str, elapsed: float, account: Account) -> None:
        """The account of a sender, as it stood at that moment."""
        reports = self._heard.setdefault(sender, deque([(max(0.0, elapsed - REPORTED_EVERY), {})]))
        reports.append((max(elapsed, reports[-1][0]), _totals(account)))

    def look(self, point: SecondPoint, *, last: bool = False) -> SecondPoint | None:
        """A look at the run. Returns the point before it, which is finished now; of the last look itself, with all that
        was acknowledged since; None at the first."""
        before = self._pending
        together = point if before is None else joined(before, point)
        if last:
            self._pending = None
            if before is not None:  # users have gone by now, and nothing is asked for
                together = replace(together, users=before.users, target_per_s=before.target_per_s)
            return self._finished(together, None)
        if before is None or point.elapsed - before.elapsed < SHORTEST:
            self._pending = together
            return None
        self._pending = point
        return self._finished(before, before.elapsed)

    def forget(self) -> None:
        """Drop the point that is not finished yet: the history begins anew."""
        self._pending = None

    def _finished(self, point: SecondPoint, until: float | None) -> SecondPoint:
        """The point with what grew in it. until: the moment at which it ends; None: all that was reported counts."""
        totals: dict[str, float] = {}
        for reports in self._heard.values():
            for name, count in _by(reports, until).items():
                totals[name] = totals.get(name, 0.0) + count
        growth = {name: max(0.0, count - self._before.get(name, 0.0)) for name, count in totals.items()}
        seconds = point.elapsed - self._until
        self._until, self._before = point.elapsed, totals
        return replace(point, seconds=seconds, growth=growth)


def _by(reports: deque[tuple[float, dict[str, float]]], moment: float | None) -> Mapping[str, float]:
    """What a sender had done by that moment. Reports that no later moment asks for are dropped."""
    if moment is None or moment >= reports[-1][0]:
        return reports[-1][1]
    while len(reports) > 2 and reports[1][0] <= moment:
        reports.popleft()
    (then, before), (now, after) = reports[0], reports[1]
    share = min(1.0, max(0.0, (moment - then) / (now - then))) if now > then else 1.0
    return {name: before.get(name, 0.0) + share * (count - before.get(name, 0.0)) for name, count in after.items()}


def _totals(account: Account) -> dict[str, float]:
    """Outcomes over all methods, and the counters that are faults."""
    methods = account.ledger.methods.values()
    found = {name: float(sum(getattr(tally, name) for tally in methods)) for name in OUTCOMES}
    return found | {name: float(getattr(account.hub, name)) for name in faults() if name not in found}
