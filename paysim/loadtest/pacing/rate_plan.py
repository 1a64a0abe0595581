"""What the test should be doing at a moment: its rate over time, from rate, ceiling, stages and week. Pure."""

from dataclasses import dataclass

from paysim.config.arrivals import ARRIVALS
from paysim.config.schema import Config

from .schedule import batch_of
from .searched_rates import SearchedRates
from .stages import StageProfile
from .week import WeeklyPattern

STEER_SECONDS = 0.5
"""How often shares and rates are looked at."""


@dataclass(frozen=True, slots=True)
class RateTarget:
    """A rate in transactions/s that grows by `slope` a second; of an open schedule, or a ceiling of a closed one."""

    rate: float
    slope: float = 0.0
    open: bool = True

    def share(self, share: float) -> "RateTarget":
        return RateTarget(self.rate * share, self.slope * share, self.open)


class RatePlan:
    """The pace of the whole test by its elapsed seconds."""

    def __init__(
        self, config: Config, started: float, searched: SearchedRates | None = None, own_rates: float = 0.0
    ) -> None:
        """`started`: Unix seconds, where in the week a weekly pattern begins. searched: what a search for the limit
        has tried so far. own_rates: transactions/s of user classes with rates of their own, besides the configured."""
        self._own = own_rates
        self._limit = config.output.rate_limit
        self._rate = config.transaction.volume.rate
        self._batch_size = config.output.batch_size
        self._variance = ARRIVALS[config.transaction.volume.arrivals].variance
        stages = config.load.stages
        self.profile = StageProfile(stages, self._rate) if stages else None
        find = config.load.find_limit
        self._searched = searched or (SearchedRates(find.lowest) if find is not None else None)
        weekly = config.load.pattern == "weekly"
        self._week = WeeklyPattern(config.transaction, started, config.load.speedup) if weekly else None

    def pace(self, elapsed: float) -> RateTarget | None:
        """None: no rate and no ceiling. After the last stage nothing more falls due."""
        rate, slope = self._rate, 0.0
        if self._searched is not None:
            return RateTarget(self._searched.at(elapsed))
        if self.profile is not None:
            point = self.profile.at(elapsed)
            if point is None:
                return RateTarget(0.0)
            rate, slope = point.rate, point.slope
        if rate is None and not self._own:
            return None if self._limit is None else RateTarget(self._limit, open=False)
        if self._week is not None:
            factor = self._week.factor(elapsed)
            rate, slope = (rate or 0.0) * factor, slope * factor
        rate = (rate or 0.0) + self._own
        if self._limit is not None and rate >= self._limit:
            return RateTarget(self._limit)
        return RateTarget(rate, slope)

    def clumps(self, rate: float) -> float:
        """The variance of how many transactions fall due, for each that does: batches fall due as a whole."""
        return batch_of(self._batch_size, rate) * self._variance

    def pause(self, elapsed: float) -> float:
        """Seconds until the pace has to be looked at again: at the latest when the stage ends."""
        ends = self.profile.ends if self.profile is not None else ()
        return min([STEER_SECONDS, *(end - elapsed for end in ends if end > elapsed)])
