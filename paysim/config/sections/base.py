"""What every section of the schema is made of: its base class, and its numbers, weights and times.

A type here refuses what YAML makes easy to get wrong: true for a number, a number in quotes, a time without a
zone. `yaml.messages` words the faults for the user.
"""

import math
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Strict,
    Tag,
    model_validator,
)
from pydantic_core import PydanticCustomError

from paysim.config.yaml.scalars import seconds

Fault = tuple[tuple[str | int, ...], str]
"""Where (keys below the section) and what is wrong, with what is allowed."""


class SectionFaults(ValueError):
    """Raised by a section that found faults between its keys; the loader turns each into a line."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("; ".join(f"{'.'.join(map(str, keys))}: {message}" for keys, message in faults))
        self.faults = faults


class Section(BaseModel):
    """One mapping of the YAML. Unknown keys are errors, numbers are finite, and nothing is changed later."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, allow_inf_nan=False, validate_default=True, serialize_by_alias=True
    )

    def faults(self) -> Iterator[Fault]:
        """Faults between the keys of this section, all of them."""
        return iter(())

    @model_validator(mode="after")
    def _no_faults(self) -> Self:
        if found := list(self.faults()):
            raise SectionFaults(found)
        return self


def _whole(value: Any) -> Any:
    # Neither true, which would pass as 1, nor text in quotes; 1e6 is as good as 1000000.
    if isinstance(value, bool | str):
        raise PydanticCustomError("not_a_number", "a whole number is needed")
    return value


def _duration(value: Any) -> Any:
    found = seconds(value) if isinstance(value, str) else None
    return value if found is None else int(found) if found.is_integer() else found


_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d([Tt ]\d\d:\d\d:\d\d(\.\d+)?)?([Zz]|[+-]\d\d:\d\d)?", re.ASCII)


def _moment(value: Any) -> Any:
    # Pydantic alone would also take Unix seconds, and a time without a zone.
    if isinstance(value, str) and (match := _RFC_3339.fullmatch(value)):
        if not match.group(1):
            raise ValueError("has a date and no time of day; allowed: RFC 3339, for example 2026-01-01T00:00:00Z")
        if not match.group(3):
            raise ValueError("has no time zone; allowed: RFC 3339, for example 2026-01-01T00:00:00Z")
    elif not (isinstance(value, datetime) and value.tzinfo):
        raise PydanticCustomError("not_a_moment", "a time is needed")
    return value


HIGHEST_WEIGHT = 1e100
"""The sum of larger weights might not be a number any more."""


def _weights(weights: dict[str, float]) -> dict[str, float]:
    negative = [name for name, weight in weights.items() if weight < 0]
    if negative:
        raise SectionFaults(
            [((name,), f"weight {weights[name]:g} is negative; allowed: 0 or more") for name in negative]
        )
    large = [name for name, weight in weights.items() if weight > HIGHEST_WEIGHT]
    if large:
        allowed = f"allowed: at most {HIGHEST_WEIGHT:g}"
        raise SectionFaults([((name,), f"weight {weights[name]:g} is too large; {allowed}") for name in large])
    total = math.fsum(weights.values())
    if total <= 0:
        raise ValueError("all weights are zero; at least one must be above 0")
    return {name: weight / total for name, weight in weights.items() if weight > 0}


def _weights_or_none(weights: dict[str, float]) -> dict[str, float]:
    return _weights(weights) if weights else {}


HIGHEST_RATE = 1e9
"""Transactions a second. Nobody sends more, and figures that follow from more might not be numbers any more."""


def _rate(value: float) -> float:
    if value > HIGHEST_RATE:
        raise ValueError(f"{value:g} is above {HIGHEST_RATE:,.0f} transactions a second")
    return value


Number = Annotated[float, Strict()]
Count = Annotated[int, BeforeValidator(_whole)]
Flag = Annotated[bool, Strict()]
Moment = Annotated[datetime, BeforeValidator(_moment)]
Positive = Annotated[Number, Field(gt=0)]
Rate = Annotated[Positive, AfterValidator(_rate)]
"""Transactions a second."""
Share = Annotated[Number, Field(ge=0, le=1)]
IS_DURATION = BeforeValidator(_duration)
# Seconds, as a number or as text such as 30s, 5m, 1h30m; a number of seconds from here on.
Duration = Annotated[Number, IS_DURATION, Field(json_schema_extra={"format": "duration"})]
# A map of weights is normalised to shares that sum to 1; names of weight 0 are left out.
Weights = AfterValidator(_weights)
OptionalWeights = AfterValidator(_weights_or_none)
# `auto`, or weights: `Annotated[Auto | Annotated[dict[…], Weights, GIVEN], AUTO_OR_GIVEN]`. By its tags a fault is only
# said of the one that was meant.
Auto = Annotated[Literal["auto"], Tag("=auto")]
GIVEN = Tag("=given")
AUTO_OR_GIVEN = Discriminator(lambda value: "=auto" if isinstance(value, str) else "=given")
TimeOfDay = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$|^24:00$")]
