"""`paysim score`: how well a pipeline's decisions fit the labels of what was bad on purpose.

Exit code 0: scored, and no limit was missed; 1: one was; 2: a file or an option is wrong, and nothing was judged.
"""

import argparse
import io
import math
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from paysim.cli.command import COMMANDS, Command, refused
from paysim.exit_codes import ExitCode

if TYPE_CHECKING:
    from paysim.scoring.score import Score


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--labels", type=Path, required=True, metavar="FILE", help="labels.jsonl of a run, or of a data set"
    )
    parser.add_argument(
        "--decisions",
        required=True,
        metavar="FILE",
        help="id, decision and, optionally, a time on each line: CSV or JSON Lines; - for standard input",
    )
    parser.add_argument(
        "--min-recall",
        type=_limit,
        action="append",
        default=[],
        metavar="[SCENARIO=]SHARE",
        help="how much of what is labelled must be found, of all or of a SCENARIO; may be given several times",
    )
    parser.add_argument(
        "--min-precision", type=_share, metavar="SHARE", help="how much of what is rejected or flagged must be labelled"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all of it as JSON")


def _share(text: str) -> float:
    """For argparse: a share."""
    try:
        share = float(text)
    except ValueError:
        share = math.nan
    if not 0 <= share <= 1:
        raise argparse.ArgumentTypeError(f"must be a share from 0 to 1, not {text}")
    return share


def _limit(text: str) -> tuple[str | None, float]:
    """For argparse: a share of all, or of one scenario."""
    name, equals, share = text.rpartition("=")
    return name.strip() if equals else None, _share(share)


def run(args: argparse.Namespace) -> int:
    import paysim.transactions  # noqa: F401  (registers the scenarios that labels name)
    from paysim.scoring import decisions, labelled, score, score_views

    source = "standard input" if args.decisions == "-" else args.decisions
    try:
        labels = labelled.read(args.labels)
        with ExitStack() as stack:
            stream = _stdin() if args.decisions == "-" else stack.enter_context(Path(args.decisions).open("rb"))
            found = score.score(labels, decisions.read(stream, source))
        missed = score_views.missed(found, dict(args.min_recall), args.min_precision)
    except (labelled.UnusableLabels, decisions.UnusableDecisions, score_views.UnknownLimit) as error:
        return refused("score", str(error))
    except score.NothingOfTheRun as error:
        return refused("score", f"{source}: {error}")
    except OSError as error:
        return refused("score", f"{source}: cannot be read: {(error.strerror or 'error').lower()}")
    code = ExitCode.MISSED if missed else ExitCode.OK
    if args.json is not None:
        try:
            _write(args.json, found, missed, code)
        except OSError as error:
            return refused("score", f"{args.json}: cannot be written: {(error.strerror or 'error').lower()}")
    _show(found, missed, source)
    return code


def _stdin() -> io.BufferedReader:
    assert isinstance(sys.stdin.buffer, io.BufferedReader)
    return sys.stdin.buffer


def _write(path: Path, found: "Score", missed: list[str], code: ExitCode) -> None:
    import orjson

    from paysim.scoring import score_views

    path.parent.mkdir(parents=True, exist_ok=True)
    whole = score_views.document(found) | {"missed": missed, "exit_code": int(code)}
    path.write_bytes(orjson.dumps(whole, option=orjson.OPT_INDENT_2) + b"\n")


def _show(found: "Score", missed: list[str], source: str) -> None:
    from rich.console import Console

    from paysim.scoring import score_views

    if not found.decisions:
        print(f"note: {source} holds no decision", file=sys.stderr)
    console = Console(width=None if sys.stdout.isatty() else 160, highlight=False)
    console.print(score_views.table(found))
    console.print()
    for line in score_views.lines(found):
        console.print(line, soft_wrap=True)
    for line in missed:
        console.print(f"MISSED: {line}", style="bold red", soft_wrap=True)


COMMANDS.add(
    Command(
        name="score",
        help="hold what a pipeline decided against the labels",
        description="Hold what a pipeline decided against the labels of a run or of a data set: recall by scenario, "
        "precision, episodes found and, where decisions have a time, how long that took. Each line of decisions has a "
        "transaction id, a decision (accepted, rejected or flagged) and, optionally, a time; CSV may name its columns "
        "(transaction_id, decision, time), JSON Lines do. Of several decisions on a transaction the latest counts. "
        "Exit code 0: no limit missed; 1: one was; 2: nothing can be judged.",
        epilog='example: psql -c "\\copy (SELECT transaction_id, status, decided_at FROM decisions) TO STDOUT CSV" | '
        "paysim score --labels output/latest/labels.jsonl --decisions - --min-recall 0.95",
        arguments=_arguments,
        run=run,
    )
)
