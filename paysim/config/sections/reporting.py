"""`report`, `metrics` and `logging`: what a run tells, and where."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from .base import Count, Fault, Section


class Report(Section):
    summary: Annotated[str, Field(min_length=1)] = "output/{run_id}/summary.json"
    html: str | None = None
    junit: str | None = None
    labels: str | None = None


class Metrics(Section):
    port: Annotated[Count, Field(ge=1, le=65535)] | None = None


class Logging(Section):
    level: Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"] = "INFO"
    format: Literal["text", "json"] = "text"
    file: Annotated[str, Field(min_length=1)] | None = None

    def faults(self) -> Iterator[Fault]:
        if self.file is not None and "{run_id}" in self.file:
            yield ("file",), "takes no {run_id}: a process writes its log before and between runs too"
