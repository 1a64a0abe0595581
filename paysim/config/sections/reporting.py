"""`report`, `metrics` and `logging`: what a run tells, and where."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from .base import Count, Fault, Section


class Report(Section):
    summary: Annotated[str, Field(min_length=1)] = Field(
        default="output/{run_id}/summary.json",
        description=(
            "The numbers of the run, as JSON. {run_id} is the run's; output/latest points at the last run's folder."
        ),
    )
    html: str | None = Field(default=None, description="A page with the charts of the run, in one file.")
    junit: str | None = Field(default=None, description="JUnit XML for CI: a case each threshold.")
    labels: str | None = Field(
        default=None,
        description=(
            "Which transactions were bad on purpose, as JSON Lines (transaction_id, violation); `paysim verify "
            "--ids` reads it."
        ),
    )


class Metrics(Section):
    port: Annotated[Count, Field(ge=1, le=65535)] | None = Field(
        default=None,
        description="Prometheus metrics at http://127.0.0.1:PORT/metrics; the web UI serves them at /metrics anyway.",
    )


class Logging(Section):
    level: Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"] = Field(
        default="INFO", description="DEBUG, INFO, WARNING, ERROR or CRITICAL"
    )
    format: Literal["text", "json"] = Field(
        default="text", description="text, or json: an object a line. Locust's own lines follow."
    )
    file: Annotated[str, Field(min_length=1)] | None = Field(
        default=None,
        description="A file that is written besides, rotated at 10 MB, five kept; workers add their name to it.",
    )

    def faults(self) -> Iterator[Fault]:
        if self.file is not None and "{run_id}" in self.file:
            yield ("file",), "takes no {run_id}: a process writes its log before and between runs too"
