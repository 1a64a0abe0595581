"""`paysim history`: the runs of a folder, one after the other, as a table and as a page of trends."""

import argparse
import sys
from pathlib import Path

from paysim.cli.command import COMMANDS, Command, refused
from paysim.exit_codes import ExitCode


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "folder",
        nargs="?",
        type=Path,
        default=Path("output"),
        metavar="FOLDER",
        help="a folder of runs (default: output)",
    )
    parser.add_argument("--html", type=Path, metavar="FILE", help="write a page of charts that needs no network")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all of it as JSON")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the table as Markdown")


def run(args: argparse.Namespace) -> int:
    """Exit code 2 where there is no run, or a file cannot be written."""
    from paysim.history import page, trends
    from paysim.history.runs import NoRuns, of_folder

    try:
        found = trends.trends(of_folder(args.folder))
    except NoRuns as reason:
        return refused("history", str(reason))
    for line in found.left_out:
        print(f"left out: {line}", file=sys.stderr)
    name = str(args.folder)
    try:
        if args.json is not None:
            import orjson

            _write(args.json, orjson.dumps(trends.document(found, name), option=orjson.OPT_INDENT_2).decode() + "\n")
        if args.markdown is not None:
            _write(args.markdown, trends.markdown(found, name))
        if args.html is not None:
            _write(args.html, page.page(found, name, args.html.parent))
    except OSError as error:
        return refused("history", f"{error.filename}: cannot be written: {(error.strerror or 'error').lower()}")
    print(trends.table(found))
    return ExitCode.OK


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode("utf-8", "backslashreplace"))


COMMANDS.add(
    Command(
        name="history",
        help="list the runs of a folder, with a page of trends",
        description="List the runs whose summaries are in a folder, or in the folders in it, the oldest first: "
        "verdict, rate, latencies, failures, losses, and which runs had the same configuration. Latencies are from "
        "schedule where a rate was set. Exit code 0, or 2 where there is no run. To judge them, use "
        "`paysim compare`.",
        epilog="example: paysim history output --html output/trends.html",
        arguments=_arguments,
        run=run,
    )
)
