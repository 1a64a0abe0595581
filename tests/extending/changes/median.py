"""A threshold: how long half of the transactions may take."""

from typing import Annotated

from pydantic import Field

from paysim.config.sections.base import Positive
from paysim.config.sections.thresholds import Rows, Threshold, latency


class Thresholds(Rows):
    p50_ms: Annotated[Positive | None, Threshold(measured=latency("p50"), unit="ms")] = Field(
        default=None, description="Milliseconds that half of the transactions may take."
    )
