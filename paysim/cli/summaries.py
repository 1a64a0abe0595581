"""Reading the summary of a run: what a subcommand needs of it is there, has its form, and adds up.

A file that was cut off or edited is one line for the user (`NoSummary`), never a wrong verdict. What is checked is what
is used; the rest of a summary may be anything.
"""

import json
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, Strict, ValidationError, model_validator

from paysim.contract.identity import MAX_PRODUCERS, MAX_SEQUENCE, Run


class NoSummary(Exception):
    """A file is not a summary; one line for the user."""


Count = Annotated[int, Strict(), Field(ge=0)]
Figure = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Sequence = Annotated[int, Strict(), Field(ge=0, lt=MAX_SEQUENCE)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class Counts(_Part):
    acked: Count
    failed: Count
    unknown: Count
    violations: dict[str, Count] = {}


class Rate(_Part):
    achieved_per_s: Figure


class Percentiles(_Part):
    p50: Figure
    p95: Figure
    p99: Figure


class Delivery(_Part):
    lost: Count | None = None
    duplicated: Count | None = None


class Summary(_Part):
    """What every subcommand needs."""

    run_id: str
    target: str
    transactions: Counts
    rate: Rate
    latency_ms: dict[str, Percentiles | None]
    delivery: Delivery | None

    @model_validator(mode="after")
    def _is_of_a_run(self) -> Self:
        try:
            Run.from_id(self.run_id)
        except (ValueError, IndexError):
            raise ValueError("run_id is not one of paysim's") from None
        return self


class Duplicates(_Part):
    acked: Count
    failed: Count
    unknown: Count
    resent: Count


class Producer(_Part):
    producer: Annotated[int, Strict(), Field(ge=0, lt=MAX_PRODUCERS)]
    next_sequence: Annotated[int, Strict(), Field(ge=0, le=MAX_SEQUENCE)]
    failed: list[tuple[Sequence, Sequence]]
    unknown: list[tuple[Sequence, Sequence]]
    resent: list[tuple[Sequence, Sequence]]
    duplicates: Duplicates
    repeated: dict[str, list[list[Count]]]
    silent: Annotated[bool, Strict()] = False

    @model_validator(mode="after")
    def _ranges_are_apart(self) -> Self:
        absent = sorted([*self.failed, *self.unknown])
        for ranges in (absent, self.resent):
            before = -1
            for first, last in ranges:
                if not before < first <= last < self.next_sequence:
                    raise ValueError("its ranges overlap, or lie beyond next_sequence")
                before = last
        return self

    @property
    def acked(self) -> int:
        absent = sum(last - first + 1 for first, last in (*self.failed, *self.unknown))
        return self.next_sequence - absent + self.duplicates.acked


class EventHub(_Part):
    connection_string: str | None
    partition_by: str


class Output(_Part):
    destination: str
    event_hub: EventHub


class Transaction(_Part):
    mapping: dict[str, Any]


class Report(_Part):
    labels: str | None = None


class Config(_Part):
    output: Output
    transaction: Transaction
    report: Report = Report()


class Hub(_Part):
    positions: dict[str, tuple[Count, Count | None]] | None = None


class Account(Summary):
    """What `paysim verify` needs besides: the account of all producers."""

    config: Config
    hub: Hub
    producers: list[Producer]

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        if len({each.producer for each in self.producers}) < len(self.producers):
            raise ValueError("a producer is there twice")
        acked = sum(each.acked for each in self.producers)
        if acked != self.transactions.acked:
            raise ValueError(
                f"its producers account for {acked:,} acknowledged transactions, transactions.acked says "
                f"{self.transactions.acked:,}"
            )
        return self


class _Versioned(BaseModel):
    schema_version: Literal[1]


def read(path: Path, needed: type[Summary] = Summary) -> dict[str, Any]:
    """The summary in a file or in the folder of a run. Raises NoSummary."""
    file = path / "summary.json" if path.is_dir() else path
    try:
        found: dict[str, Any] = json.loads(file.read_bytes())
    except OSError as error:
        raise NoSummary(f"{file}: cannot be read: {(error.strerror or 'error').lower()}") from None
    except (ValueError, RecursionError):
        raise NoSummary(f"{file}: is not JSON") from None
    try:
        _Versioned.model_validate(found)
    except ValidationError:
        raise NoSummary(f"{file}: is not a summary of this version of paysim") from None
    try:
        needed.model_validate(found)
    except ValidationError as error:
        raise NoSummary(f"{file}: is not a whole summary: {_first(error)}") from None
    return found


def _first(error: ValidationError) -> str:
    """The first fault, on one line."""
    fault = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(key) for key in fault["loc"])
    said = fault["msg"].removeprefix("Value error, ")
    return f"{where}: {said[:1].lower()}{said[1:]}" if where else said
