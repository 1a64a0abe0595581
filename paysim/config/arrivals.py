"""Arrival patterns: how the transactions of a rate fall due (`transaction.volume.arrivals`). One is a class here.

Pure: a pattern draws gaps between one arrival and the next, in mean gaps; the schedule (`loadtest.pacing.schedule`)
knows the rate and how it changes. It is in this room because configurations are also read where Locust is not loaded.
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

    name: in the YAML. variance: of a gap, in mean gaps squared. Because of it more or fewer transactions fall due by
    chance than the rate says, and a run is not blamed for that part of a missed rate.
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
