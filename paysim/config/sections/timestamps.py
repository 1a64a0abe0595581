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
    start: TimeOfDay = Field(default="09:00", description="When the busiest part of the day begins.")
    end: TimeOfDay = Field(default="17:00", description="When it ends.")
    weight: Annotated[Number, Field(ge=0)] = Field(
        default=0.70, description="How much of a day's payments fall into it, against the other weights."
    )


class Evening(Period):
    start: TimeOfDay = Field(default="17:00", description="When the evening begins.")
    end: TimeOfDay = Field(
        default="22:00", description="When it ends; what is neither evening nor business hours is night."
    )
    weight: Annotated[Number, Field(ge=0)] = Field(
        default=0.25, description="How much of a day's payments fall into it."
    )


class Timestamps(Section):
    mode: Literal["live", "replay"] = Field(
        default="live",
        description="live: now. replay: spread over start..end by the weekly pattern below; needs volume.total.",
    )
    start: Moment | None = Field(
        default=None, description="The window of replay begins here: RFC 3339, for example 2026-01-01T00:00:00Z"
    )
    end: Moment | None = Field(default=None, description="The window of replay ends here.")
    business_hours: BusinessHours = Field(
        default=BusinessHours(),
        description=(
            "The weekly pattern, for replay and for load.pattern. Hours are the local time of the customer's country."
        ),
    )
    evening: Evening = Evening()
    night_weight: Annotated[Number, Field(ge=0)] = Field(
        default=0.05, description="How much of a day's payments fall into the rest of the day."
    )
    weekend_factor: Annotated[Number, Field(ge=0)] = Field(
        default=0.6, description="Intensity of Saturday and Sunday against a weekday."
    )

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
