"""`load`: the steps of a test, the search for a limit, and the weekly pattern that a rate may follow."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from .base import Count, Duration, Fault, Flag, Positive, Rate, Section


class Stage(Section):
    duration: Annotated[Duration, Field(gt=0)] = Field(
        description="How long it lasts: seconds, or such as 30s, 5m, 1h30m."
    )
    users: Annotated[Count, Field(ge=0)] = Field(description="How many users there are.")
    spawn_rate: Positive = Field(
        default=1, description="How many users come or go in a second, until there are so many."
    )
    rate: Rate | None = Field(
        default=None,
        description=(
            "Transactions/s of the whole test in this step. null: what it was before; in the first, volume.rate."
        ),
    )
    ramp: Flag = Field(
        default=False,
        description=(
            "true: users and rate go there in a straight line over the duration. false: from its first second on."
        ),
    )


SHORTEST_HOLD = 5.0
"""Seconds: workers report once a second, and the beginning of a step is left out."""


class FindLimit(Section):
    """Steps of rates, each held for a while, until the highest is found that all thresholds hold at."""

    lowest: Rate = Field(alias="from", description="Transactions/s of the first step.")
    to: Rate = Field(description="The highest rate to try: where it holds, the limit is at least that.")
    step: Rate | None = Field(
        default=None, description="Transactions/s by which each step is higher, until one fails; null: twice the rate."
    )
    hold: Annotated[Duration, Field(ge=SHORTEST_HOLD)] = Field(
        default=20, description="How long a rate is held before it counts as held."
    )
    precision: Annotated[Positive, Field(ge=0.01, le=0.5)] = Field(
        default=0.05, description="How exact: the limit may be above the rate that is found by this share of it."
    )
    confirm: Annotated[Duration, Field(ge=SHORTEST_HOLD)] = Field(
        default=60, description="How long the rate that was found is held at last, to confirm it."
    )

    def faults(self) -> Iterator[Fault]:
        if self.to < self.lowest:
            yield ("to",), f"{self.to:,g} is below `from`, {self.lowest:,g}"


class Load(Section):
    def faults(self) -> Iterator[Fault]:
        """Faults of options that would set the same rate in two ways."""
        if self.find_limit is not None and self.stages:
            yield ("find_limit",), "has steps of its own; leave load.stages out"
        if self.find_limit is not None and self.pattern != "none":
            yield ("find_limit",), "holds each rate; leave load.pattern out"

    stages: list[Stage] = Field(
        default=[],
        description=(
            "Steps of the test, one after the other; the last one ends it. Empty: Locust's own -u, -r, -t and web "
            "UI. Such as [{duration: 60, users: 100, spawn_rate: 10, rate: 1000, ramp: false}]."
        ),
    )
    find_limit: FindLimit | None = Field(
        default=None,
        description=(
            "Search the highest rate at which all thresholds hold, and what limits it, such as {from: 500, "
            "to: 36000}. The run ends when it is found."
        ),
    )
    pattern: Literal["none", "weekly"] = Field(
        default="none", description="weekly: the rate follows the weekly pattern of timestamps, compressed by speedup."
    )
    speedup: Positive = Field(default=1, description="How many times faster than the clock the week goes by.")
    request_events: Literal["batch", "transaction"] = Field(
        default="batch",
        description=(
            "transaction: one Locust event for each transaction instead of each batch, for other tools, at its cost."
        ),
    )
