"""When the ramp of a run was over, and means from a moment on: what `min_rate` is held against.

The ramp is over when Locust has spawned all users for the first time; with `load.stages`, not before the stages that
begin it with `ramp: true` are. What is counted is paysim's own: acknowledged transactions by the accounts of those who
send, not Locust's statistics, which have the requests of other users too. Pure: times and counts in, a mean out.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from paysim.config.run_length import ramp_length
from paysim.config.schema import Stage
from paysim.delivery.ledger_account import LedgerAccount

SHORTEST = 1.0
"""Seconds. Over a shorter time there is no mean."""


@dataclass(frozen=True, slots=True)
class SentSoFar:
    """What a sender had handed out in all when its account came, and how much of it was acknowledged."""

    handed_out: int = 0
    acked: int = 0

    @classmethod
    def of(cls, account: LedgerAccount, method: str = "") -> "SentSoFar":
        """method: of one payment method; "" for all."""
        tallies = [each for name, each in account.methods.items() if method in ("", name)]
        under_way = sum(count for name, count in account.open.methods.items() if method in ("", name))
        acked = sum(each.acked for each in tallies)
        return cls(under_way + acked + sum(each.failed + each.unknown for each in tallies), acked)


class AckedFrom:
    """How many were acknowledged from a moment on, by accounts that come every second or so. Times in seconds after
    the start of the run.

    No more than were handed out from then on: what was under way at that moment is acknowledged after it, and what is
    under way at the end is waited for. Counted both, a hub would seem faster than it is.
    """

    def __init__(self) -> None:
        self._before: dict[int, tuple[float, SentSoFar]] = {}
        self._after: dict[int, tuple[float, SentSoFar]] = {}
        self._newest: dict[int, SentSoFar] = {}

    def heard(self, sender: int, elapsed: float, sent: SentSoFar, moment: float | None) -> None:
        """An account of a sender came. moment: None while it has not come."""
        self._newest[sender] = sent
        if moment is None or elapsed < moment:
            self._before[sender] = (elapsed, sent)
        else:
            self._after.setdefault(sender, (elapsed, sent))

    def before(self, moment: float) -> float:
        """How many of those that are acknowledged by now do not count."""
        handed_out = acked = 0.0
        for sender in self._newest:
            then, before = self._before.get(sender, (0.0, SentSoFar()))
            later, after = self._after.get(sender, (then, before))
            # Between two accounts of a sender its pace is even.
            share = min(1.0, max(0.0, (moment - then) / (later - then))) if later > then else 1.0
            handed_out += before.handed_out + share * (after.handed_out - before.handed_out)
            acked += before.acked + share * (after.acked - before.acked)
        not_acked = sum(each.handed_out - each.acked for each in self._newest.values())
        return max(acked, handed_out - not_acked)

    def mean(self, moment: float | None, acked: int, duration: float) -> float | None:
        """Acknowledged ones a second from then to the end of the run, of `acked` in all.

        None where the moment never came, or less than a second before the end.
        """
        if moment is None or duration - moment < SHORTEST:
            return None
        return max(0.0, acked - self.before(moment)) / (duration - moment)


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

    def heard(self, sender: int, elapsed: float, sent: SentSoFar) -> None:
        """An account of a sender came, as it does every second or so, and at the end."""
        self._acked.heard(sender, elapsed, sent, self.over)

    def mean(self, acked: int, duration: float) -> float | None:
        """Acknowledged ones a second from the end of the ramp to the end of the run, of `acked` in all.

        None where the ramp never ended, or less than a second before the run.
        """
        return self._acked.mean(self.over, acked, duration)
