"""Arrival patterns: how the transactions of a rate fall due (`transaction.volume.arrivals`). One is a class here.

Pure: a pattern draws gaps between one arrival and the next, in mean gaps; the rate, and how it changes, is the
schedule's (`loadtest.pacing.schedule`). Stands in this room, since a configuration is read where Locust is not.
"""

import random
from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import partial
from typing import Annotated, ClassVar

from paysim.contract.names import OneOf
from paysim.registry import Registry

Gap = Callable[[], float]
"""Draws the next gap, in mean gaps."""


class ArrivalPattern(ABC):
    """An arrival pattern.

    name: in the YAML. variance: of a gap, in mean gaps squared. Over a run so many fall due more or fewer than the rate
    says, by chance: its share of a rate that was missed is not held against a run.
    """

    name: ClassVar[str]
    variance: ClassVar[float] = 0.0

    @abstractmethod
    def gaps(self, rng: random.Random) -> Gap:
        """What draws the gaps of one schedule; their mean is 1."""


ARRIVALS: Registry[ArrivalPattern] = Registry("arrival pattern")
ArrivalsName = Annotated[str, OneOf(ARRIVALS)]


class Uniform(ArrivalPattern):
    """Evenly spaced arrivals."""

    name = "uniform"

    def gaps(self, rng: random.Random) -> Gap:
        return lambda: 1.0


class Poisson(ArrivalPattern):
    """Arrivals that know nothing of each other: exponential gaps of the same mean."""

    name = "poisson"
    variance = 1.0

    def gaps(self, rng: random.Random) -> Gap:
        return partial(rng.expovariate, 1.0)


ARRIVALS.add(Uniform())
ARRIVALS.add(Poisson())
