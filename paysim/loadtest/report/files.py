"""What a run leaves in files: the summary, JUnit XML, the HTML report, the job summary of GitHub Actions.

This file writes; `summary`, `junit`, `markdown` and `html_report` say what stands in the files. A file is written under
another name and then renamed, so that it is either whole or not there. Where one cannot be written (the disk is full,
the folder is closed) the others still are; the log says so, and the run has failed.
"""

import contextlib
import json
import logging
import os
from collections.abc import Callable
from pathlib import Path

import orjson

from paysim.config.schema import Report
from paysim.config.sections.reporting import run_folder
from paysim.summary.model import Summary

from .junit import xml
from .markdown import markdown

logger = logging.getLogger(__name__)

STEP_SUMMARY = "GITHUB_STEP_SUMMARY"


def write(result: Summary, report: Report, html: Callable[[], str]) -> tuple[Path | None, list[str]]:
    """Write the reports that are configured.

    html: makes the HTML report. Returns the path of the summary, None where it could not be written, and what could not
    be written, in words.
    """
    run_id = result.run_id
    path = _path(report.summary, run_id)
    troubles = [_written("summary", path, lambda: _json(result))]
    if troubles[0] is None and run_folder(report.summary) is not None:
        _point(path.parent.parent / "latest", path.parent)
    if report.junit is not None:
        troubles.append(_written("JUnit report", _path(report.junit, run_id), lambda: _bytes(xml(result))))
    if report.html is not None:
        troubles.append(_written("HTML report", _path(report.html, run_id), lambda: _bytes(html())))
    return path if troubles[0] is None else None, [trouble for trouble in troubles if trouble is not None]


def add_step_summary(result: Summary) -> list[str]:
    """Add to the job summary of GitHub Actions, where this is one. Returns what could not be written, in words."""
    path = os.environ.get(STEP_SUMMARY)
    if not path:
        return []
    trouble = _written("GitHub job summary", Path(path), lambda: _bytes(markdown(result)), append=True)
    return [] if trouble is None else [trouble]


def _path(text: str, run_id: str) -> Path:
    return Path(text.replace("{run_id}", run_id))


def _json(result: Summary) -> bytes:
    plain = result.model_dump()
    try:
        return orjson.dumps(plain, option=orjson.OPT_INDENT_2) + b"\n"
    except TypeError:  # whole numbers of more than 64 bits, and paths that are not UTF-8, are no reason to lose it
        return json.dumps(plain, indent=2, allow_nan=False).encode() + b"\n"


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "backslashreplace")  # a path may hold what is not UTF-8


def _written(what: str, path: Path, content: Callable[[], bytes], *, append: bool = False) -> str | None:
    try:
        data = content()
    except Exception as error:  # a bug in one view must not cost the others
        logger.exception("the %s could not be made", what)
        return f"the {what} could not be made: {error!r}"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _write(path, data, append=append)
    except OSError as error:
        trouble = f"the {what} could not be written to {path}: {error.strerror}"
        logger.error("%s", trouble)
        return trouble
    return None


def _write(path: Path, data: bytes, *, append: bool) -> None:
    path = path.resolve()  # what a link leads to is written, the link stays
    if append or (path.exists() and not path.is_file()):  # a pipe or a terminal is written to, never replaced
        with path.open("ab" if append else "wb") as file:
            file.write(data)
        return
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_bytes(data)
        beside.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)
        raise


def _point(link: Path, folder: Path) -> None:
    fresh = link.with_name(f".latest-{os.getpid()}")
    try:
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(folder.name)
        fresh.replace(link)
    except OSError as error:
        logger.error("%s could not be pointed at %s: %s", link, folder.name, error.strerror)
