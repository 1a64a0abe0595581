"""`load`: the steps of a test, and the weekly pattern that its rate may follow."""

from typing import Annotated, Literal

from pydantic import Field

from .base import Count, Duration, Flag, Positive, Rate, Section


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


class Load(Section):
    stages: list[Stage] = Field(
        default=[],
        description=(
            "Steps of the test, one after the other; the last one ends it. Empty: Locust's own -u, -r, -t and web "
            "UI. Such as [{duration: 60, users: 100, spawn_rate: 10, rate: 1000, ramp: false}]."
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
