"""`transaction`: what is sent, how much of it, by whom, and what is wrong with it on purpose."""

# ruff: noqa: RUF012 (pydantic copies a mutable default for each instance)

import math
from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from paysim.contract.labels import SCENARIOS, Intention, ScenarioName

from .base import Count, Fault, Number, Rate, Section, Share
from .mapping import Mapping
from .patterns import Patterns
from .timestamps import Timestamps


class Volume(Section):
    total: Annotated[Count, Field(ge=1, lt=2**40)] | None = None
    rate: Rate | None = None
    rate_per_user: Rate | None = 10
    arrivals: Literal["uniform", "poisson"] = "uniform"


class Population(Section):
    customers: Annotated[Count, Field(ge=1, le=10_000_000)] = 5000
    merchants: Annotated[Count, Field(ge=1, le=1_000_000)] = 1000
    activity: Annotated[Number, Field(ge=0, le=5)] = 1.1


class Transaction(Section):
    volume: Volume = Volume()
    patterns: Patterns = Field(default_factory=Patterns)  # of what is registered when it is made
    population: Population = Population()
    timestamps: Timestamps = Timestamps()
    violations: dict[ScenarioName, Share] = {}
    mapping: Mapping = Mapping()

    def faults(self) -> Iterator[Fault]:
        if self.timestamps.mode == "replay" and self.volume.total is None:
            yield ("volume", "total"), "timestamps.mode replay needs a total to spread over its window"
        if math.fsum(self.violations.values()) > 1:
            total = math.fsum(self.violations.values())
            yield ("violations",), f"the shares sum to {total:g}; allowed: at most 1"
        intention = self._intention()
        for name, share in self.violations.items():
            for message in SCENARIOS[name].faults(share, intention) if share else ():
                yield ("violations", name), message

    def _intention(self) -> Intention:
        patterns = self.patterns
        return Intention(
            methods=patterns.payment_methods,
            statuses={str(name): share for name, share in patterns.payment_status.items()},
            goes_out=lambda path: bool(self.mapping.targets(path)),
            rate=self.volume.rate if self.timestamps.mode == "live" else None,
            total=self.volume.total,
        )
