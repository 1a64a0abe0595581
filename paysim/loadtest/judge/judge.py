"""Reads one run as it goes, and at its end: which thresholds hold, which are missed, and whether that ends the run.

`heard` and `look` feed it, `standing` is how the run stands, `at_end` are the figures that its verdict is made of
(`verdict.judge`). While a run is on, thresholds are held against the last `thresholds.window` seconds, or, without one,
against all since the warm-up; the end holds them against all since the warm-up. What is not measured yet is neither
held nor missed. Pure: accounts and times in. Who ends a run is the coordinator.
"""

import math
from collections import deque
from collections.abc import Collection
from dataclasses import replace
from functools import cache
from typing import Any

from paysim.config.sections.pipeline import Pipeline
from paysim.config.sections.thresholds import Thresholds
from paysim.loadtest.pacing.rate_plan import RatePlan
from paysim.loadtest.sending.account import Account
from paysim.summary.model import AskedRate, OutcomeCounts, Summary
from paysim.summary.pipeline import PipelineFigures

from . import behind
from .asked_rate import LAG_SECONDS, REACHED, SLACK_SECONDS, RateAccount, reached_share
from .figures import BY_METHOD, SpanFigures
from .ramp import AckedFrom, Ramp, SentSoFar
from .readings import (
    Buckets,
    Key,
    LatencyWindow,
    Moment,
    Newest,
    SenderReading,
    add,
    encoded_of,
    latency,
    outcome_counts,
    per_second,
    tally_of,
)
from .standing import LiveThreshold, RunStanding, State

MEASURED_FROM = 2.0
"""Seconds of a span from which on it is judged while a run is on."""


class Judge:
    """Of one run. Times in seconds after its start."""

    def __init__(self, limits: Thresholds, ramp: Ramp, pipeline: Pipeline | None = None) -> None:
        """ramp: of the run, which tells `min_rate` from when on where no warm-up is set. pipeline: as it is watched."""
        self._limits = limits
        self._pipeline = pipeline or Pipeline()
        self._behind: PipelineFigures | None = None
        self._ramp = ramp
        self._after = limits.after
        self._asked = RateAccount(self._after)
        self._newest: dict[int, SenderReading] = {}
        self._histograms = Newest()
        self._before: dict[int, SenderReading] = {}  # of each sender, when the warm-up was over
        self._buckets_before: dict[int, dict[Key, Buckets]] = {}
        self._acked_from: dict[str, AckedFrom] = {"": AckedFrom()}  # by payment method, "" for all
        self._looks: deque[Moment] = deque()
        self._latencies: LatencyWindow | None = None
        self.standing = RunStanding()
        self._watch(limits)

    def reconfigure(self, limits: Thresholds) -> None:
        """A reload: other limits, or another window, which begins now."""
        before, self._limits = self._limits, limits
        if before.window != limits.window:
            self._watch(limits)

    def _watch(self, limits: Thresholds) -> None:
        self._looks.clear()
        self._latencies = None if limits.window is None else LatencyWindow(limits.window)

    # What is known

    def heard(self, elapsed: float, account: Account) -> None:
        """An account of a sender, as it stood at that moment."""
        sender, reading = account.ledger.producer, SenderReading.of(elapsed, account)
        self._newest[sender] = reading
        self._histograms.heard(sender, encoded_of(account))
        if self._after and elapsed >= self._after and sender not in self._before:
            self._before[sender] = reading
            self._buckets_before[sender] = self._histograms.of(sender)
        for method in self._limits.by_method:
            self._acked_from.setdefault(method, AckedFrom())
        for method, counted in self._acked_from.items():
            counted.heard(sender, elapsed, SentSoFar.of(account.ledger, method), self._mean_from)

    @property
    def _mean_from(self) -> float | None:
        """From when on a mean rate counts: the end of the warm-up, else of the ramp; None while it is on."""
        return self._after or self._ramp.over

    def look_behind(self, figures: PipelineFigures | None) -> None:
        """What was told last of the stages behind the hub."""
        self._behind = figures

    def look(self, plan: RatePlan, elapsed: float, acked: int) -> None:
        """Once a second, and at the end: what was asked for until now, and acknowledged in all."""
        self._asked.look(plan, elapsed, acked)
        if self._after:
            # Workers are heard late: more was acknowledged before the end of the warm-up than was known then.
            self._asked.began_with(self._acked_from[""].before(self._after))
        look = Moment(elapsed, dict(self._newest), self._asked.transactions, self._asked.variance)
        self._looks.append(look)
        window = self._limits.window or 0.0
        while len(self._looks) > 2 and self._looks[1].elapsed <= elapsed - window - LAG_SECONDS:
            self._looks.popleft()
        if self._latencies is not None:
            self._latencies.look(elapsed, {sender: self._histograms.of(sender) for sender in self._newest})

    # While the run is on

    def stand(self, elapsed: float) -> RunStanding:
        """How the run stands at that moment, after a look."""
        figures, seconds = self._figures_now(elapsed)
        window = self._limits.window
        since = elapsed - self._after
        spans = behind.live(self._behind, window=window, measured=since >= (window or MEASURED_FROM))
        figures = replace(figures, below={**figures.below, **spans})
        live = []
        for limit in (*self._limits.limits(), *self._pipeline.limits()):
            own = figures.held_against(limit)
            if not limit.threshold.applies(own):
                continue
            actual = limit.threshold.measured(own)
            state = State.NOT_MEASURED
            if actual is not None:
                held = limit.threshold.holds(actual, limit.value, self._grace(seconds))
                state = State.HELD if held else State.MISSED
            row = limit.threshold
            live.append(LiveThreshold(limit.name, row.sign, limit.value, actual, state, row.unit))
        aborted = self.standing.aborted
        self.standing = RunStanding(tuple(live), round(seconds, 3), aborted)
        if aborted is None and self._limits.abort and self.standing.missed:
            self.standing = replace(self.standing, aborted=self.standing.why_aborted(elapsed))
        return self.standing

    def _figures_now(self, elapsed: float) -> tuple[SpanFigures, float]:
        """Of the window or of all since the warm-up, and the seconds that it is long; none where it is too short."""
        window, since = self._limits.window, max(0.0, elapsed - self._after)
        nothing = SpanFigures(OutcomeCounts(), has_rate=self._asked.seconds > 0)
        if window is None:
            return self._since_warm_up(elapsed) if since >= MEASURED_FROM else nothing, since
        then = self._at(elapsed - window)
        if since < window or then is None:
            return nothing, min(window, since)
        return self._of_window(then, self._looks[-1], window), window

    def _grace(self, seconds: float) -> float:
        """The share of a least limit that may be missing: what is acknowledged is seen late, and comes by the batch."""
        late = SLACK_SECONDS if self._limits.window is not None else SLACK_SECONDS + LAG_SECONDS
        asked, chance = self._asked, 0.0
        if asked.variance:
            # It is not known yet how many were drawn in the last seconds.
            spread = math.sqrt(asked.variance / asked.seconds * LAG_SECONDS)
            chance = 3 * spread / (asked.transactions / asked.seconds * seconds)
        return min(1.0, late / max(seconds, 1e-9) + chance)

    def _at(self, elapsed: float) -> Moment | None:
        """The last look at or before that moment; None where there is none."""
        found = None
        for look in self._looks:
            if look.elapsed > elapsed + 0.25:  # looks come a second apart, a little early or late
                break
            found = look
        return found

    def _of_window(self, then: Moment, now: Moment, seconds: float) -> SpanFigures:
        has_rate = self._asked.seconds > 0
        buckets = self._latencies.buckets if self._latencies is not None else {}

        def figures(methods: Collection[str] | None, method: str = "") -> SpanFigures:
            counts = outcome_counts(tally_of(now.readings.values(), methods), tally_of(then.readings.values(), methods))
            return SpanFigures(counts, lambda: latency(buckets, method), per_second(then, now, methods), has_rate)

        below = {method: figures({method}, method) for method in self._limits.by_method}
        share = self._share(then, now, seconds) if has_rate else None
        return replace(figures(None), asked_share=share, below={BY_METHOD: below})

    def _share(self, then: Moment, now: Moment, seconds: float) -> float | None:
        """Of what fell due between two looks. What workers have sent is seen late, so it is held against the least that
        may have been due by then."""
        drawn = now.ahead - then.ahead
        spans = []
        for lag in (0.0, LAG_SECONDS / 2, LAG_SECONDS):
            begin, end = self._at(then.elapsed - lag), self._at(now.elapsed - lag)
            if begin is not None and end is not None:
                spans.append(end.wanted - begin.wanted + drawn)
        least = min(spans, default=0.0)
        return per_second(then, now) * (now.elapsed - then.elapsed) / least if least > 0 else None

    # All of it

    def _since_warm_up(self, duration: float) -> SpanFigures:
        """By the newest accounts."""
        newest, before = self._newest.values(), self._readings_before()
        has_rate = self._asked.seconds > 0
        buckets = cache(self._buckets)

        def figures(methods: Collection[str] | None, method: str = "") -> SpanFigures:
            counts = outcome_counts(tally_of(newest, methods), tally_of(before, methods))
            mean = self._mean(method, duration)
            return SpanFigures(counts, lambda: latency(buckets(), method), mean, has_rate)

        below = {method: figures({method}, method) for method in self._limits.by_method}
        return replace(figures(None), asked_share=self._asked_share(), below={BY_METHOD: below})

    def _mean(self, method: str, duration: float) -> float | None:
        acked = tally_of(self._newest.values(), {method} if method else None)[0]
        if method not in self._acked_from:
            return None
        found = self._acked_from[method].mean(self._mean_from, acked, duration)
        return acked / max(duration, 1e-9) if found is None and not self._after else found

    def _readings_before(self) -> Collection[SenderReading]:
        """Of all senders, when the warm-up was over; of one that was not heard since, all that it did was before."""
        if not self._after:
            return ()
        return [self._before.get(sender, newest) for sender, newest in self._newest.items()]

    def _buckets(self) -> dict[Key, Buckets]:
        found: dict[Key, Buckets] = {}
        for sender in self._newest:
            newest = self._histograms.of(sender)
            add(found, newest)
            if self._after:
                add(found, self._buckets_before.get(sender, newest), -1)
        return found

    def until(self, elapsed: float) -> tuple[SpanFigures, AskedRate | None]:
        """All since the warm-up, where a part of the run ends at that moment, and what was asked for in it."""
        return self._since_warm_up(elapsed), self.asked()

    def allows(self, figure: str) -> bool:
        """Whether a threshold of the whole run says how much of it there may be: see `Threshold.allows`."""
        return any(figure in limit.threshold.allows for limit in self._limits.limits() if not limit.section)

    def asked(self) -> AskedRate | None:
        """What fell due since the warm-up, and what of it was acknowledged; None where no rate was asked for."""
        least = self._limits.min_rate_share
        return self._asked.record(self._ahead(), REACHED if least is None else least)

    def _asked_share(self) -> float | None:
        asked = self._asked
        if not asked.seconds:
            return None
        return reached_share(asked.transactions + self._ahead(), asked.acked, asked.peak_per_s)

    def _ahead(self) -> float:
        return sum(each.ahead for each in self._newest.values()) - sum(each.ahead for each in self._readings_before())

    def at_end(self, summary: Summary) -> SpanFigures:
        """What the verdict is made of, after the last account was heard. Counts are the summary's, which knows what
        became of sends that were open."""
        whole = SpanFigures.of(summary)
        before = self._readings_before()
        since = self._since_warm_up(summary.duration_s)

        def counts(method: str) -> Any:
            of = summary.by_payment_method.get(method) if method else summary.transactions
            tally = (0, 0, 0) if of is None else (of.acked, of.failed, of.unknown)
            return outcome_counts(tally, tally_of(before, {method} if method else None))

        below = {method: replace(figures, counts=counts(method)) for method, figures in since.below[BY_METHOD].items()}
        found = replace(whole, asked_share=since.asked_share, below={BY_METHOD: below})
        if self._after:
            found = replace(found, counts=counts(""), times=since.times, per_s=since.per_s)
        return found
