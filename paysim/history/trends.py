"""How runs went one after the other: the rows that table, Markdown, JSON and page of `paysim history` show. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from paysim.summary.model import Summary

from . import metrics
from .differences import keys, told
from .metrics import FAILED, LATENCIES, LOST, PERCENTILES, RATE, UNKNOWN, Metric
from .runs import FolderOfRuns, StoredRun

MOST_KEYS = 4
PASSED = "passed"


@dataclass(frozen=True, slots=True)
class TrendRow:
    """A run. configuration: its number among those of the folder, from 1; runs with the same one can be compared."""

    run: StoredRun
    configuration: int

    @property
    def summary(self) -> Summary:
        return self.run.summary

    @property
    def passed(self) -> bool:
        return self.summary.verdict.outcome == PASSED

    def value(self, metric: Metric) -> float | None:
        return metric.read(self.summary)

    def latency(self, percentile: str) -> float | None:
        """From schedule where a rate was set, as only that hides no stall; else the response time. Milliseconds."""
        scheduled = self.value(LATENCIES["from_schedule", percentile])
        return self.value(LATENCIES["response", percentile]) if scheduled is None else scheduled


@dataclass(frozen=True, slots=True)
class Trends:
    """The oldest run first. configurations: what each differs in from the one before it, a line a key; the first in
    nothing."""

    rows: list[TrendRow]
    configurations: list[list[str]]
    left_out: list[str]

    @property
    def passed(self) -> int:
        return sum(row.passed for row in self.rows)


def trends(found: FolderOfRuns) -> Trends:
    rows, seen = [], list[dict[str, Any]]()
    for run in found.runs:
        own = keys(run.summary)
        if own not in seen:
            seen.append(own)
        rows.append(TrendRow(run, seen.index(own) + 1))
    changes = [list(_changes(before, after)) for before, after in pairwise(seen)]
    return Trends(rows, [[], *changes], found.left_out)


def _changes(before: dict[str, Any], after: dict[str, Any]) -> Iterator[str]:
    for key in dict.fromkeys([*before, *after]):
        if (old := told(before, key)) != (new := told(after, key)):
            yield f"{key}: {old} → {new}"


HEAD = ("run", "verdict", "rate", "p50", "p95", "p99", "failed", "unknown", "lost", "users", "config")


def cells(row: TrendRow) -> tuple[str, ...]:
    """The cells of a row, in the order of HEAD."""
    summary = row.summary
    return (
        summary.run_id,
        summary.verdict.outcome,
        f"{summary.rate.achieved_per_s:,.5g}/s",
        *(_number(row.latency(name), " ms") for name in PERCENTILES),
        *(_number(row.value(metric), " %") for metric in (FAILED, UNKNOWN)),
        _number(row.value(LOST), ""),
        f"{summary.users_max:,}",
        str(row.configuration),
    )


def table(found: Trends) -> str:
    """A line a run, then what configurations differ in."""
    lines = [HEAD, *(cells(row) for row in found.rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    said = [
        "  ".join(
            cell.ljust(width) if at < 2 else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    ]
    return "\n".join([*said, *configuration_lines(found), conclusion(found)])


def configuration_lines(found: Trends) -> Iterator[str]:
    """What each configuration differs in from the one before it."""
    for number, changes in enumerate(found.configurations, 1):
        if changes:
            more = f"; {len(changes) - MOST_KEYS:,} more keys" if len(changes) > MOST_KEYS else ""
            yield f"config {number} differs from {number - 1}: {'; '.join(changes[:MOST_KEYS])}{more}"


def conclusion(found: Trends) -> str:
    runs, alike = len(found.rows), len(found.configurations)
    return (
        f"{runs:,} run{'s' if runs > 1 else ''}, {found.passed:,} passed, "
        f"{alike:,} configuration{'s' if alike > 1 else ''}"
    )


def markdown(found: Trends, folder: str) -> str:
    lines = [f"## Runs of {folder}", "", _row(HEAD), _row(["---", "---", *("---:" for _ in HEAD[2:])])]
    lines += [_row(cells(row)) for row in found.rows]
    lines += ["", *(f"- {line}" for line in configuration_lines(found)), f"- {conclusion(found)}"]
    return "\n".join(lines) + "\n"


def document(found: Trends, folder: str) -> dict[str, Any]:
    """All of it as JSON takes it; what a run did not measure is null."""
    measured = metrics.of(row.summary for row in found.rows)
    return {
        "folder": folder,
        "runs": [
            {
                "run_id": row.summary.run_id,
                "started_at": row.summary.started_at,
                "summary": str(row.run.path),
                "outcome": row.summary.verdict.outcome,
                "exit_code": row.summary.verdict.exit_code,
                "target": str(row.summary.target),
                "duration_s": row.summary.duration_s,
                "users_max": row.summary.users_max,
                "workers": row.summary.workers,
                "configuration": row.configuration,
                "metrics": {metric.name: row.value(metric) for metric in measured},
            }
            for row in found.rows
        ],
        "configurations": [
            {"number": number, "differs_in": changes} for number, changes in enumerate(found.configurations, 1)
        ],
        "left_out": found.left_out,
    }


def _number(value: float | None, unit: str) -> str:
    return "–" if value is None else f"{value:,.4g}{unit}"


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


Lines = dict[str, Metric | str]
"""Name of a line → its metric, or the percentile that `TrendRow.latency` takes."""


def charts(found: Trends) -> Iterator[tuple[str, str, Lines]]:
    """Title, unit and lines of each chart."""
    yield "Rate", "acknowledged transactions/s", {"rate": RATE}
    yield "Latency", "ms, from schedule where a rate was set", {name: name for name in PERCENTILES}
    yield "Not acknowledged", "% of transactions", {"failed": FAILED, "unknown": UNKNOWN}
    yield "Lost", "transactions", {"lost": LOST}
    names = dict.fromkeys(name for row in found.rows for name in metrics.stage_names(row.summary))
    stages = {name: metrics.stage_metrics(name) for name in names}
    yield "Behind the hub", "ms, p95 from intended to there", {name: each["p95"] for name, each in stages.items()}
    yield "Missing behind the hub", "transactions", {name: each["missing"] for name, each in stages.items()}


def line(rows: Sequence[TrendRow], what: Metric | str) -> list[float | None]:
    """The values of a line, one for each run."""
    return [row.latency(what) if isinstance(what, str) else row.value(what) for row in rows]
