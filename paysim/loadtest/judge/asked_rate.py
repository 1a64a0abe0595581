"""The rate that was asked for over a run, and what of it was reached: at its end, and while it goes on.

The rate may change with stages, reloads and the web UI's Edit, so it is integrated: every look adds what fell due since
the last one by the plan that held until then. Pure: times and counts in, figures and lines out.
"""

import math
from collections import deque
from dataclasses import dataclass
from itertools import pairwise

from paysim.loadtest.pacing.rate_plan import RatePlan
from paysim.loadtest.report.wording import per_second, percent
from paysim.summary.model import AskedRate

REACHED = 0.95
"""The share of what was asked for from which on it counts as reached where `thresholds.min_rate_share` is null."""
SLACK_SECONDS = 1.0
"""What may be missing, in seconds of the highest rate: a batch holds up to a second of it."""
WATCH_SECONDS = 10.0
WATCHED_FROM = 5.0
LAG_SECONDS = 2.0
"""How old the figures of a worker may be: what is acknowledged is seen that much later than what fell due."""
MISSED_LIVE = 0.1
AGAIN_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Due:
    """What was asked for over a time. seconds: in which there was a rate; peak: the highest, per second."""

    transactions: float
    seconds: float
    peak: float


def due(plan: RatePlan, begin: float, end: float, most_steps: int = 200) -> Due:
    """The integral of the rate from `begin` to `end`, in seconds after the start of the run.

    A rate goes in straight lines but for the weekly pattern, so that the middle of a short step stands for all of it.
    """
    transactions = seconds = peak = 0.0
    ends = plan.profile.ends if plan.profile is not None else ()
    borders = [begin, *(border for border in ends if begin < border < end), end]
    for left, right in pairwise(borders):
        steps = min(most_steps, math.ceil((right - left) / 0.05))
        for step in range(steps):
            pace = plan.pace(left + (step + 0.5) * (right - left) / steps)
            if pace is not None and pace.open:
                transactions += pace.rate * (right - left) / steps
                seconds += (right - left) / steps
                peak = max(peak, pace.rate)
    return Due(transactions, seconds, peak)


class RateAccount:
    """What fell due in a run so far, and what was acknowledged while a rate was asked for.

    Both from `begin` on, in seconds after the start of the run.
    """

    def __init__(self, begin: float = 0.0) -> None:
        self.transactions = 0.0
        self.seconds = 0.0
        self.acked = 0.0
        self.peak_per_s = 0.0
        self.variance = 0.0
        """Of the transactions that fell due, where arrivals are a matter of chance."""
        self._before: float | None = None  # what was acknowledged when it began
        self._begin = begin
        self._looked: tuple[float, float] = (0.0, 0)

    def look(self, plan: RatePlan, elapsed: float, acked: int) -> None:
        """So many were acknowledged `elapsed` seconds after the start; since the last look this was the plan."""
        then, before = self._looked
        if elapsed < then:
            return
        self._looked = (elapsed, acked)
        if elapsed < self._begin:
            return
        if self._before is None:
            share = (self._begin - then) / (elapsed - then) if elapsed > then else 1.0
            then, before = self._begin, before + share * (acked - before)
            self._before = before
        fell_due = due(plan, then, elapsed)
        self.transactions += fell_due.transactions
        self.seconds += fell_due.seconds
        self.peak_per_s = max(self.peak_per_s, fell_due.peak)
        self.variance += fell_due.transactions * plan.clumps(fell_due.peak)
        if elapsed > then:
            self.acked += (acked - before) * min(1.0, fell_due.seconds / (elapsed - then))
        elif self.seconds:
            self.acked += acked - before  # open sends that were waited for after the end

    def began_with(self, acked: float) -> None:
        """So many were acknowledged in all when it began, as is known now: what was seen then was a little old."""
        if self._before is not None:
            self.acked -= acked - self._before
            self._before = acked

    @property
    def target_per_s(self) -> float | None:
        """The mean rate while one was asked for; None where none was."""
        return self.transactions / self.seconds if self.seconds else None

    def record(self, ahead: float = 0.0, least: float = REACHED) -> AskedRate | None:
        """As the summary has it; None where no rate was asked for.

        ahead: how many more the schedules drew than the rate comes to, where arrivals are a matter of chance. least:
        the share from which on it counts as reached.
        """
        if not self.seconds:
            return None
        wanted = max(0.0, self.transactions + ahead)
        return AskedRate(
            transactions=round(wanted),
            acked=round(self.acked),
            seconds=round(self.seconds, 3),
            peak_per_s=round(self.peak_per_s, 3),
            share=round(self.acked / wanted, 4) if wanted else 1.0,
            reached=reached_share(wanted, self.acked, self.peak_per_s) >= least,
        )


def reached_share(wanted: float, acked: float, peak_per_s: float) -> float:
    """The share of what fell due that was acknowledged, 0 to 1.

    Where less than a second of the rate is missing it is all: a batch holds up to that, and the last may not have been
    due.
    """
    whole, done = round(wanted), round(acked)
    if whole <= 0 or whole - done <= round(SLACK_SECONDS * peak_per_s):
        return 1.0
    return max(0.0, done / whole)


def _slack(per_s: float, variance: float) -> float:
    """Transactions that may be missing by chance: for a second of the rate, or three standard deviations."""
    return max(SLACK_SECONDS * per_s, 3 * math.sqrt(variance))


@dataclass(frozen=True, slots=True)
class _Look:
    elapsed: float = 0.0
    due: float = 0.0
    acked: float = 0.0
    variance: float = 0.0


class RateWatch:
    """Says while a run goes on that the rate is not reached, and that it is again; not at every look."""

    def __init__(self) -> None:
        self._looks: deque[_Look] = deque([_Look()])
        self._told: float | None = None

    def look(self, elapsed: float, asked: RateAccount) -> tuple[bool, str] | None:
        """Whether it is reached, and a line that says so, where there is something to say."""
        now = _Look(elapsed, asked.transactions, asked.acked, asked.variance)
        self._looks.append(now)
        while len(self._looks) > 2 and self._looks[1].elapsed <= elapsed - WATCH_SECONDS - LAG_SECONDS:
            self._looks.popleft()
        if elapsed < WATCHED_FROM:
            return None
        then = self._at(elapsed - WATCH_SECONDS)
        seconds, acked, wanted = elapsed - then.elapsed, now.acked - then.acked, now.due - then.due
        # What workers have sent is seen late, so it is held against the least that may have been due by then.
        lags = (0.0, LAG_SECONDS / 2, LAG_SECONDS)
        least = min(self._at(elapsed - lag).due - self._at(then.elapsed - lag).due for lag in lags)
        chance = _slack(wanted / seconds, now.variance - then.variance)
        if least - acked > max(MISSED_LIVE * least, chance):
            if self._told is not None and elapsed - self._told < AGAIN_SECONDS:
                return None
            self._told = elapsed
            rates = f"{per_second(acked / seconds)} of {per_second(wanted / seconds)} asked"
            return False, f"the rate is not reached: {rates} in the last {seconds:.0f} s ({percent(acked / wanted)})"
        if self._told is not None and acked >= least:
            self._told = None
            return True, f"the rate is reached again: {per_second(acked / seconds)} in the last {seconds:.0f} s"
        return None

    def _at(self, elapsed: float) -> _Look:
        """The last look at or before that moment; the first where there is none."""
        found = self._looks[0]
        for look in self._looks:
            if look.elapsed > elapsed:
                break
            found = look
        return found
