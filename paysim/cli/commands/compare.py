"""`paysim compare`: are runs worse than others? Their figures side by side, and an exit code for CI."""

import argparse
import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from paysim.cli.command import COMMANDS, Command, refused
from paysim.exit_codes import ExitCode

if TYPE_CHECKING:
    from paysim.history.runs import StoredRun


class _Unusable(Exception):
    """What was given cannot be compared; one line for the user."""


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "runs",
        nargs="+",
        type=Path,
        metavar="RUN",
        help="A and B: a summary.json, the folder of a run, or a folder of repeated runs each; with --with: all of A",
    )
    parser.add_argument("--with", dest="others", nargs="+", type=Path, metavar="RUN", help="all of B")
    parser.add_argument(
        "--tolerance",
        type=_tolerance,
        action="append",
        default=[],
        metavar="[NAME=]SHARE",
        help="how much worse B may be, as a share of A (default: 0.1, a tenth; 0.05 for repeated runs); with a NAME "
        "such as response_p99 of that figure alone; may be given several times",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all of it as JSON")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the table as Markdown")


def run(args: argparse.Namespace) -> int:
    from paysim.history import comparison, comparison_views, metrics
    from paysim.history.runs import NoRuns
    from paysim.summary.reading import NoSummary

    try:
        a, b = _groups(args)
    except (NoSummary, NoRuns, _Unusable) as error:
        print(error, file=sys.stderr)
        return ExitCode.UNUSABLE
    tolerances = dict(args.tolerance)
    overall = tolerances.pop(None, None)
    names = [metric.name for metric in metrics.of(each.summary for each in (*a, *b))]
    if wrong := tolerances.keys() - names:
        return refused("compare", f"{min(wrong)} is no figure that is compared; those are {', '.join(names)}")
    found = comparison.compare(a, b, overall, tolerances)
    try:
        if args.json is not None:
            import orjson

            _write(args.json, orjson.dumps(comparison_views.document(found), option=orjson.OPT_INDENT_2) + b"\n")
        if args.markdown is not None:
            _write(args.markdown, comparison_views.markdown(found).encode("utf-8", "backslashreplace"))
    except OSError as error:
        return refused("compare", f"{error.filename}: cannot be written: {(error.strerror or 'error').lower()}")
    for note in found.notes:
        print(f"note: {note}", file=sys.stderr)
    print(comparison_views.table(found))
    return comparison_views.exit_code(found)


def _groups(args: argparse.Namespace) -> "tuple[list[StoredRun], list[StoredRun]]":
    """A and B. Raises NoSummary, NoRuns and _Unusable."""
    if args.others is None and len(args.runs) != 2:
        raise _Unusable("paysim compare: give two, A and B, or all of A and then --with and all of B")
    paths_a, paths_b = (args.runs[:1], args.runs[1:]) if args.others is None else (args.runs, args.others)
    a, b = _group("A", paths_a), _group("B", paths_b)
    both = {each.summary.run_id for each in a} & {each.summary.run_id for each in b}
    if both and len(a) + len(b) > 2:
        raise _Unusable(f"paysim compare: run {min(both)} is in A and in B")
    return a, b


def _group(name: str, paths: list[Path]) -> "list[StoredRun]":
    from paysim.history import runs

    found = [each for path in paths for each in runs.of_path(path)]
    ids = [each.summary.run_id for each in found]
    if twice := {run_id for run_id in ids if ids.count(run_id) > 1}:
        raise _Unusable(f"paysim compare: run {min(twice)} is twice in {name}: it is no repeat")
    return found


def _write(path: Path, text: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text)


def _tolerance(text: str) -> tuple[str | None, float]:
    name, equals, share = text.rpartition("=")
    try:
        value = float(share)
    except ValueError:
        value = -1
    if not (math.isfinite(value) and value >= 0):
        raise argparse.ArgumentTypeError(f"must be a number, 0 or more, such as 0.1 for a tenth, not {share}")
    return name if equals else None, value


COMMANDS.add(
    Command(
        name="compare",
        help="say whether runs were worse than others",
        description="Compare the summaries of two runs, or of repeated runs of two builds: rate, latencies, failures "
        "and losses. A is what B is held against, so B is the newer one. With repeats (three of each or more) a figure "
        "counts only where runs of one build would hardly differ so by chance. Exit code 0; 1 where a figure of B is "
        "worse by more than the tolerance; 2 where runs cannot be read. Between single runs latencies that differ by "
        "less than 1 ms never count.",
        epilog="examples: paysim compare baseline.json output/latest --tolerance 0.2; "
        "paysim compare runs/before runs/after --tolerance response_p99=0.2",
        arguments=_arguments,
        run=run,
    )
)
