"""`transaction.timestamps`: the times that transactions carry, and the weekly pattern they follow."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from .base import Fault, Moment, Number, Section, TimeOfDay


class Period(Section):
    start: TimeOfDay
    end: TimeOfDay
    weight: Annotated[Number, Field(ge=0)]

    def faults(self) -> Iterator[Fault]:
        if self.start >= self.end:
            yield ("start",), f"{self.start} is not before end {self.end}"


class BusinessHours(Period):
    start: TimeOfDay = "09:00"
    end: TimeOfDay = "17:00"
    weight: Annotated[Number, Field(ge=0)] = 0.70


class Evening(Period):
    start: TimeOfDay = "17:00"
    end: TimeOfDay = "22:00"
    weight: Annotated[Number, Field(ge=0)] = 0.25


class Timestamps(Section):
    mode: Literal["live", "replay"] = "live"
    start: Moment | None = None
    end: Moment | None = None
    business_hours: BusinessHours = BusinessHours()
    evening: Evening = Evening()
    night_weight: Annotated[Number, Field(ge=0)] = 0.05
    weekend_factor: Annotated[Number, Field(ge=0)] = 0.6

    def faults(self) -> Iterator[Fault]:
        if self.mode == "replay":
            for name in ("start", "end"):
                if getattr(self, name) is None:
                    yield (
                        (name,),
                        "replay needs a start and an end; RFC 3339, for example 2026-01-01T00:00:00Z",
                    )
        if self.start and self.end and self.start >= self.end:
            yield ("start",), f"{self.start.isoformat()} is not before end {self.end.isoformat()}"
        if self.evening.start < self.business_hours.end and self.business_hours.start < self.evening.end:
            both = [f"{period.start}–{period.end}" for period in (self.evening, self.business_hours)]
            yield ("evening", "start"), f"evening {both[0]} and business_hours {both[1]} overlap"
        if self.business_hours.weight + self.evening.weight + self.night_weight <= 0:
            yield ("night_weight",), "business_hours, evening and night weights are all zero"
