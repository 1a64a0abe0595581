"""A comparison for people (a table of the terminal, Markdown) and for machines (JSON). Pure."""

import math
from typing import Any

from paysim.exit_codes import ExitCode

from .comparison import ALIKE, ComparedMetric, Comparison
from .runs import StoredRun


def table(found: Comparison) -> str:
    """A line a figure, and a verdict."""
    head = (f"{'':<22}{'A':>30}{'B':>30}{'change':>10}", f"{'chance':>10}") if found.knows_noise else (
        f"{'':<22}{'A':>24}{'B':>24}{'change':>12}", "")  # fmt: skip
    lines = ["".join(head), _runs_line(found)]
    for each in found.metrics:
        a, b = (_values(each, values) for values in (each.a, each.b))
        if found.knows_noise:
            line = f"{each.metric.title:<22}{a:>30}{b:>30}{change(each):>10}{chance(each):>10}"
        else:
            line = f"{each.metric.title:<22}{a:>24}{b:>24}{change(each):>12}"
        lines.append(f"{line}{_mark(each)}".rstrip())
    return "\n".join([*lines, verdict(found)])


def _runs_line(found: Comparison) -> str:
    width = 30 if found.knows_noise else 24
    return f"{'runs' if _several(found) else 'run':<22}{_runs(found.a):>{width}}{_runs(found.b):>{width}}"


def _several(found: Comparison) -> bool:
    return len(found.a) + len(found.b) > 2


def _runs(group: list[StoredRun]) -> str:
    return group[0].summary.run_id if len(group) == 1 else f"{len(group):,} runs"


def _values(each: ComparedMetric, values: list[float]) -> str:
    """The typical value; of several also the lowest and the highest."""
    typical = each.typical[0 if values is each.a else 1]
    said = f"{typical:,.5g}{each.metric.unit}"
    return said if len(values) == 1 else f"{said} ({min(values):,.4g}–{max(values):,.4g})"


def _mark(each: ComparedMetric) -> str:
    if each.verdict == ALIKE or (each.verdict != "worse" and each.chance is None):
        return ""  # of single runs only what is worse is told, as before
    return f"  {each.verdict}"


def change(each: ComparedMetric) -> str:
    """`+9.8%`, and `new` where A had none."""
    return "new" if math.isinf(each.change) else f"{each.change:+.1%}"


def chance(each: ComparedMetric) -> str:
    """The smaller one of both directions, in percent; nothing where chance does not count."""
    if each.chance is None or each.chance_better is None:
        return ""
    return f"{min(each.chance, each.chance_better):.1%}"


def verdict(found: Comparison) -> str:
    """One sentence."""
    allowed = sorted({each.tolerance for each in found.metrics})
    tolerance = f"{allowed[0]:.0%}" if len(allowed) == 1 else "its tolerance"
    if worse := found.worse:
        return f"B is worse by more than {tolerance}: {', '.join(each.metric.title for each in worse)}"
    return f"B is not worse by more than {tolerance}"


def document(found: Comparison) -> dict[str, Any]:
    """All of it as JSON takes it. A change that has no share, as A had none, is null."""
    return {
        "a": [run.summary.run_id for run in found.a],
        "b": [run.summary.run_id for run in found.b],
        "knows_noise": found.knows_noise,
        "metrics": [
            {
                "name": each.metric.name,
                "unit": each.metric.unit.strip(),
                "a": each.a,
                "b": each.b,
                "a_typical": each.typical[0],
                "b_typical": each.typical[1],
                "change": each.change if math.isfinite(each.change) else None,
                "chance": each.chance,
                "chance_better": each.chance_better,
                "tolerance": each.tolerance,
                "verdict": each.verdict,
            }
            for each in found.metrics
        ],
        "worse": [each.metric.name for each in found.worse],
        "notes": found.notes,
        "exit_code": int(exit_code(found)),
    }


def exit_code(found: Comparison) -> ExitCode:
    """MISSED where a figure of B is worse."""
    return ExitCode.MISSED if found.worse else ExitCode.OK


def markdown(found: Comparison) -> str:
    """For a pull request or GitHub's job summary."""
    columns = ["", "A", "B", "change", *(["chance"] if found.knows_noise else []), ""]
    lines = [f"## {'❌' if found.worse else '✅'} {_escaped(verdict(found))}", ""]
    lines += [f"- {_escaped(note)}" for note in found.notes]
    lines += [""] if found.notes else []
    lines += [_row(columns), _row(["---", *("---:" for _ in columns[2:]), "---"])]
    lines.append(_row(["runs", _runs(found.a), _runs(found.b), *("" for _ in columns[3:])]))
    for each in found.metrics:
        a, b = (_values(each, values) for values in (each.a, each.b))
        of_chance = [chance(each)] if found.knows_noise else []
        lines.append(_row([each.metric.title, a, b, change(each), *of_chance, _mark(each).strip()]))
    return "\n".join(lines) + "\n"


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(_escaped(cell) for cell in cells)} |"


def _escaped(text: str) -> str:
    """Text for a cell of a Markdown table, which a `|` would end."""
    return text.replace("|", "\\|").replace("\n", " ")
