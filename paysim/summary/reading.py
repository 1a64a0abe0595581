"""Reading the summary of a run: it is there, has its form, and adds up.

A file that was cut off or edited is one line for the user (`NoSummary`), never a wrong verdict.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from paysim.contract.identity import Run

from .delivery import ProducerRecord
from .model import SCHEMA_VERSION, Summary


class NoSummary(Exception):
    """A file is not a summary; one line for the user."""


def read(path: Path) -> Summary:
    """The summary in a file or in the folder of a run. Raises NoSummary."""
    file = path / "summary.json" if path.is_dir() else path
    try:
        found: Any = json.loads(file.read_bytes())
    except OSError as error:
        raise NoSummary(f"{file}: cannot be read: {(error.strerror or 'error').lower()}") from None
    except (ValueError, RecursionError):
        raise NoSummary(f"{file}: is not JSON") from None
    if not isinstance(found, dict) or found.get("schema_version") != SCHEMA_VERSION:
        of = found.get("schema_version") if isinstance(found, dict) else None
        versions = f": its schema_version is {of}, not {SCHEMA_VERSION}" if isinstance(of, int) else ""
        raise NoSummary(f"{file}: is not a summary of this version of paysim{versions}")
    try:
        summary = Summary.model_validate(found)
    except ValidationError as error:
        raise NoSummary(f"{file}: is not a whole summary: {_first(error)}") from None
    if (fault := next(_faults(summary), None)) is not None:
        raise NoSummary(f"{file}: is not a whole summary: {fault}")
    return summary


def _faults(summary: Summary) -> Iterator[str]:
    """What does not add up, in words."""
    try:
        Run.from_id(summary.run_id)
    except ValueError:
        yield "run_id is not one of paysim's"
    producers = summary.producers
    if len({each.producer for each in producers}) < len(producers):
        yield "a producer is there twice"
    for at, producer in enumerate(producers):
        if not _ranges_are_apart(producer):
            yield f"producers.{at}: its ranges overlap, or lie beyond next_sequence"
    acked = sum(each.acked for each in producers)
    if acked != summary.transactions.acked:
        yield (
            f"its producers account for {acked:,} acknowledged transactions, transactions.acked says "
            f"{summary.transactions.acked:,}"
        )


def _ranges_are_apart(producer: ProducerRecord) -> bool:
    absent = sorted([*producer.failed, *producer.unknown])
    for ranges in (absent, producer.resent):
        before = -1
        for first, last in ranges:
            if not before < first <= last < producer.next_sequence:
                return False
            before = last
    return True


def _first(error: ValidationError) -> str:
    """The first fault, on one line."""
    fault = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(key) for key in fault["loc"])
    said = fault["msg"].removeprefix("Value error, ")
    return f"{where}: {said[:1].lower()}{said[1:]}" if where else said
