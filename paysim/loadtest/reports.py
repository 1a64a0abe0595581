"""What a run leaves in files: the summary, JUnit XML, the HTML report, the job summary of GitHub Actions.

Here are paths and writing; what stands in the files is `summary`, `junit`, `markdown` and `web.report`. A disk that
is full or a folder that is closed costs that file and a line in the log, never the run.
"""

import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson

from paysim.config.schema import Report

from .junit import xml
from .markdown import markdown

logger = logging.getLogger(__name__)

STEP_SUMMARY = "GITHUB_STEP_SUMMARY"


def write(result: dict[str, Any], report: Report, html: Callable[[], str]) -> Path | None:
    """Write the reports that are configured; the path of the summary, or None where it could not be written.

    html: makes the HTML report.
    """
    run_id = result["run_id"]
    data = orjson.dumps(result, option=orjson.OPT_INDENT_2) + b"\n"
    path = _written("summary", _path(report.summary, run_id), data)
    if path is not None and "{run_id}" in Path(report.summary).parent.name:
        _point(path.parent.parent / "latest", path.parent)
    if report.junit is not None:
        _written("JUnit report", _path(report.junit, run_id), xml(result).encode())
    if report.html is not None:
        _written("HTML report", _path(report.html, run_id), html().encode())
    if step_summary := os.environ.get(STEP_SUMMARY):
        _written("GitHub job summary", Path(step_summary), markdown(result).encode(), append=True)
    return path


def _path(text: str, run_id: str) -> Path:
    return Path(text.replace("{run_id}", run_id))


def _written(what: str, path: Path, data: bytes, *, append: bool = False) -> Path | None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab" if append else "wb") as file:
            file.write(data)
    except OSError as error:
        logger.error("the %s could not be written to %s: %s", what, path, error.strerror)
        return None
    return path


def _point(link: Path, folder: Path) -> None:
    fresh = link.with_name(f".latest-{os.getpid()}")
    try:
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(folder.name)
        fresh.replace(link)
    except OSError as error:
        logger.error("%s could not be pointed at %s: %s", link, folder.name, error.strerror)
