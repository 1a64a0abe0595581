"""`load`: the steps of a test, and the weekly pattern that its rate may follow."""

# ruff: noqa: RUF012 (pydantic copies a mutable default for each instance)

from typing import Annotated, Literal

from pydantic import Field

from .base import Count, Duration, Flag, Positive, Rate, Section


class Stage(Section):
    duration: Annotated[Duration, Field(gt=0)]
    users: Annotated[Count, Field(ge=0)]
    spawn_rate: Positive = 1
    rate: Rate | None = None
    ramp: Flag = False


class Load(Section):
    stages: list[Stage] = []
    pattern: Literal["none", "weekly"] = "none"
    speedup: Positive = 1
    request_events: Literal["batch", "transaction"] = "batch"
