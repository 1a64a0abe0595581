"""`thresholds`: what a run must reach to pass."""

from typing import Annotated

from pydantic import Field

from .base import Count, Positive, Rate, Section, Share


class Thresholds(Section):
    p95_ms: Positive | None = Field(
        default=None,
        description=(
            "Milliseconds that 95 of 100 transactions may take: from schedule where a rate is set, else response time."
        ),
    )
    p99_ms: Positive | None = Field(default=None, description="The same for 99 of 100.")
    error_rate: Share | None = Field(default=None, description="Share of failed and unknown transactions, 0 to 1.")
    min_rate: Rate | None = Field(
        default=None,
        description="Mean acknowledged transactions/s after the ramp, which is over when all users are there.",
    )
    lost: Annotated[Count, Field(ge=0)] | None = Field(
        default=None, description="Acknowledged transactions that did not arrive; needs verify."
    )
    duplicates: Annotated[Count, Field(ge=0)] | None = Field(
        default=None, description="Transactions that arrived twice without having been sent twice; needs verify."
    )
