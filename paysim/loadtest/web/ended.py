"""What page and report say of a run that is over, as plain data: its summary, and what it means in words."""

from pathlib import Path
from typing import Any

from paysim.loadtest.judge.standing import Judgement
from paysim.loadtest.report import remarks
from paysim.loadtest.run.results import Result
from paysim.summary.model import Summary

FILES = {
    "report.html": ("Report", "text/html"),
    "summary.json": ("Summary", "application/json"),
    "junit.xml": ("JUnit", "application/xml"),
}
"""Files of a run that the page leads to: as they are called there → what is written on the link, and the media type."""


def document(summary: Summary) -> dict[str, Any]:
    """The data of the page once the run is over. judgement: as while it is on. The rest: see `report.remarks`."""
    return {
        "judgement": Judgement.of(summary).plain(),
        "missed_rate": remarks.rate_missed(summary),
        "remarks": remarks.told(summary),
        "delivery": remarks.delivery(summary),
        "summary": summary.model_dump(exclude={"producers"}),
    }


def files(result: Result) -> dict[str, Path]:
    """Those of FILES that the run has left."""
    report, run_id = result.config.report, result.summary.run_id
    paths = {"report.html": report.html, "junit.xml": report.junit}
    found = {name: Path(path.replace("{run_id}", run_id)) for name, path in paths.items() if path is not None}
    if result.path is not None:
        found["summary.json"] = result.path
    return {name: found[name].resolve() for name in FILES if name in found and found[name].is_file()}
