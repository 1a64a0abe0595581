"""`paysim compare`: is run B worse than run A? Two summaries side by side, and an exit code for CI."""

import argparse
import math
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from paysim.cli.command import COMMANDS, Command
from paysim.exit_codes import ExitCode

if TYPE_CHECKING:
    from paysim.summary.model import Summary

NOISE_MS = 1.0
"""A latency that differs by less says nothing."""


@dataclass(frozen=True, slots=True)
class ComparedFigure:
    """One figure of both runs. `more_is_better`: of the rate alone. `noise`: a difference that says nothing."""

    name: str
    a: float
    b: float
    unit: str = ""
    more_is_better: bool = False
    noise: float = 0.0

    @property
    def change(self) -> float:
        """B against A, as a share of A: 0.1 is a tenth more."""
        if self.a == self.b:
            return 0.0
        return (self.b - self.a) / self.a if self.a else math.inf

    def worse(self, tolerance: float) -> bool:
        """Whether B is worse by more than that share."""
        change = -self.change if self.more_is_better else self.change
        return change > tolerance and abs(self.b - self.a) > self.noise


def _arguments(parser: argparse.ArgumentParser) -> None:
    for name in ("a", "b"):
        parser.add_argument(name, type=Path, metavar=name.upper(), help="a summary.json, or the folder of a run")
    parser.add_argument(
        "--tolerance",
        type=_share,
        default=0.1,
        metavar="SHARE",
        help="how much worse B may be, as a share of A (default: 0.1, a tenth)",
    )


def run(args: argparse.Namespace) -> int:
    from paysim.summary.reading import NoSummary, read

    try:
        a, b = read(args.a), read(args.b)
    except NoSummary as error:
        print(error, file=sys.stderr)
        return ExitCode.UNUSABLE
    if a.target != b.target:
        print(f"note: the targets differ: {a.target} and {b.target}", file=sys.stderr)
    compared = list(figures(a, b))
    print(table(a.run_id, b.run_id, compared, args.tolerance))
    return ExitCode.MISSED if any(figure.worse(args.tolerance) for figure in compared) else ExitCode.OK


def figures(a: "Summary", b: "Summary") -> Iterator[ComparedFigure]:
    """What both runs measured."""
    yield ComparedFigure("rate", a.rate.achieved_per_s, b.rate.achieved_per_s, "/s", more_is_better=True)
    later = dict(b.latency_ms.measured())
    for kind, first in a.latency_ms.measured():
        if (second := later.get(kind)) is not None:
            for name in ("p50", "p95", "p99"):
                before, after = getattr(first, name), getattr(second, name)
                yield ComparedFigure(f"{kind.replace('_', ' ')} {name}", before, after, " ms", noise=NOISE_MS)
    for name in ("failed", "unknown"):
        yield ComparedFigure(name, _percentage(a, name), _percentage(b, name), " %")
    for name in ("lost", "duplicated"):
        before, after = (getattr(each.delivery, name, None) for each in (a, b))
        if before is not None and after is not None:  # verified, and not in vain
            yield ComparedFigure(name, before, after)


def _percentage(summary: "Summary", outcome: str) -> float:
    counts = summary.transactions
    return 100 * getattr(counts, outcome) / counts.settled if counts.settled else 0.0


def table(run_a: str, run_b: str, compared: list[ComparedFigure], tolerance: float) -> str:
    """A line a figure, and a verdict."""
    lines = [f"{'':<22}{'A':>24}{'B':>24}{'change':>12}", f"{'run':<22}{run_a:>24}{run_b:>24}"]
    for figure in compared:
        change = "new" if math.isinf(figure.change) else f"{figure.change:+.1%}"
        mark = "  worse" if figure.worse(tolerance) else ""
        a, b = (f"{value:,.5g}{figure.unit}" for value in (figure.a, figure.b))
        lines.append(f"{figure.name:<22}{a:>24}{b:>24}{change:>12}{mark}")
    worse = [figure.name for figure in compared if figure.worse(tolerance)]
    verdict = f"worse by more than {tolerance:.0%}"
    lines.append(f"B is {verdict}: {', '.join(worse)}" if worse else f"B is not {verdict}")
    return "\n".join(lines)


def _share(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1
    if not (math.isfinite(value) and value >= 0):
        raise argparse.ArgumentTypeError(f"must be a number, 0 or more, such as 0.1 for a tenth, not {text}")
    return value


COMMANDS.add(
    Command(
        name="compare",
        help="say whether one run was worse than another",
        description="Compare the summaries of two runs: rate, latencies, failures and losses. A is what B is held "
        "against, so B is the newer one. Exit code 0, or 1 where a figure of B is worse by more than the tolerance; "
        "better ones, and latencies that differ by less than 1 ms, never count.",
        epilog="example: paysim compare baseline.json output/latest --tolerance 0.2",
        arguments=_arguments,
        run=run,
    )
)
