"""`report`, `metrics` and `logging`: what a run tells, and where."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from .base import Count, Fault, Section

_SUMMARY = "output/{run_id}/summary.json"


def _of_the_run(name: str, description: str) -> Any:
    """A file that stands beside the summary unless it is said where, or null for none.

    Only where the summary is in a folder of the run's own: a summary with a name of its own is alone, as in
    `summary: result.json`, which the next run writes again.
    """

    def beside(report: dict[str, Any]) -> str | None:
        folder = run_folder(report.get("summary", ""))
        return None if folder is None else str(folder / name)

    default = beside({"summary": _SUMMARY})
    return Field(default_factory=beside, description=description, json_schema_extra={"default": default})


def run_folder(summary: str) -> Path | None:
    """The folder of the run's own that its summary is in, with {run_id} in its name; None where it is in another."""
    folder = Path(summary).parent
    return folder if "{run_id}" in folder.name else None


class Report(Section):
    summary: Annotated[str, Field(min_length=1)] = Field(
        default=_SUMMARY,
        description=(
            "The numbers of the run, as JSON. {run_id} is the run's; output/latest points at the last run's folder. "
            "The other files of the run stand in that folder too; where it has no {run_id} they are not written."
        ),
    )
    html: str | None = _of_the_run("report.html", "A page with the charts of the run, in one file; null for none.")
    junit: str | None = _of_the_run("junit.xml", "JUnit XML for CI: a case each threshold; null for none.")
    labels: str | None = _of_the_run(
        "labels.jsonl",
        "Which transactions were bad on purpose (transaction_id, violation, episode, role), and which are fraud in "
        "truth (transaction_id, fraud), as JSON Lines; `paysim verify --ids` and `paysim score` read it; null for "
        "none.",
    )
    log: str | None = _of_the_run(
        "run.log",
        "The log of the process that conducts the run, from its start until the next run begins; null for none.",
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
