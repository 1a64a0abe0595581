"""`transaction.timestamps`: the times that transactions carry, and the weekly pattern they follow."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from .base import AUTO_OR_GIVEN, GIVEN, Auto, Fault, Moment, Number, Section, TimeOfDay

AUTO: Literal["auto"] = "auto"
NIGHT_WEIGHT = 0.05
"""Of the rest of the day, where other blocks of it are configured."""


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
    business_hours: Annotated[Auto | Annotated[BusinessHours, GIVEN], AUTO_OR_GIVEN] = Field(
        default=AUTO,
        description=(
            "The weekly pattern, for replay and for load.pattern, in the local time of the customer's country. auto: "
            "each kind of merchant has its own hours, by statistics. Where this, evening or night_weight is given, the "
            'blocks of the day have exactly their weights: {start: "08:00", end: "16:00", weight: 0.7}. What is left '
            "out is 09:00, 17:00 and 0.7."
        ),
    )
    evening: Annotated[Auto | Annotated[Evening, GIVEN], AUTO_OR_GIVEN] = Field(
        default=AUTO,
        description="A block like business_hours, which is 17:00 to 22:00 with 0.25 where nothing is said.",
    )
    night_weight: Literal["auto"] | Annotated[Number, Field(ge=0)] = Field(
        default=AUTO,
        description=(
            f"How much of a day's payments fall into the rest of the day. auto: {NIGHT_WEIGHT}, where other blocks are "
            "given."
        ),
    )
    weekend_factor: Literal["auto"] | Annotated[Number, Field(ge=0)] = Field(
        default=AUTO,
        description=(
            "Intensity of Saturday and Sunday against a weekday, such as 0.6. auto: each kind of merchant has its own, "
            "and holidays and paydays count."
        ),
    )

    @property
    def days(self) -> float | None:
        """The length of the window of replay; None live."""
        if self.mode == "live" or self.start is None or self.end is None:
            return None
        return (self.end - self.start).total_seconds() / 86_400

    @property
    def blocks(self) -> tuple[BusinessHours, Evening, float] | None:
        """The blocks of the day, with the night's weight; None where all are auto."""
        if self.business_hours == AUTO and self.evening == AUTO and self.night_weight == AUTO:
            return None
        return (
            BusinessHours() if isinstance(self.business_hours, str) else self.business_hours,
            Evening() if isinstance(self.evening, str) else self.evening,
            NIGHT_WEIGHT if isinstance(self.night_weight, str) else self.night_weight,
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
        if self.blocks is not None:
            yield from self._block_faults(*self.blocks)

    @staticmethod
    def _block_faults(hours: BusinessHours, evening: Evening, night: float) -> Iterator[Fault]:
        if evening.start < hours.end and hours.start < evening.end:
            both = [f"{period.start}–{period.end}" for period in (evening, hours)]
            yield ("evening", "start"), f"evening {both[0]} and business_hours {both[1]} overlap"
        if hours.weight + evening.weight + night <= 0:
            yield ("night_weight",), "business_hours, evening and night weights are all zero"
