"""`thresholds`: what a run must reach to pass."""

from typing import Annotated

from pydantic import Field

from .base import Count, Positive, Rate, Section, Share


class Thresholds(Section):
    p95_ms: Positive | None = None
    p99_ms: Positive | None = None
    error_rate: Share | None = None
    min_rate: Rate | None = None
    lost: Annotated[Count, Field(ge=0)] | None = None
    duplicates: Annotated[Count, Field(ge=0)] | None = None
