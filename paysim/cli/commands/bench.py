"""`paysim bench`: how fast this machine sends, and how that compares with the SDK by itself."""

import argparse
import importlib.util
import json
from pathlib import Path

from paysim.cli.command import COMMANDS, Command, refused
from paysim.cli.commands.localhub import MISSING
from paysim.exit_codes import ExitCode


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--quick", action="store_true", help="short measurements, less than 30 s in all")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too, as JSON")


def run(args: argparse.Namespace) -> int:
    """Exit code 2 where the local hub is not installed or FILE cannot be written, 3 where a case does not start."""
    if importlib.util.find_spec("proton") is None:
        return refused("bench", MISSING)
    from paysim.bench import report, rounds
    from paysim.bench.processes import BenchError

    try:
        if args.json is not None:
            args.json.touch()  # before minutes are spent
    except OSError as error:
        return refused("bench", f"{args.json}: {error.strerror}")
    try:
        found = rounds.run(rounds.QUICK if args.quick else rounds.FULL, rounds.to_terminal)
    except BenchError as error:
        return refused("bench", str(error), ExitCode.UNREACHABLE)
    finally:
        rounds.to_terminal("\r")
    result = report.data(found)
    if args.json is not None:
        args.json.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    print(report.table(result))
    return ExitCode.OK


COMMANDS.add(
    Command(
        name="bench",
        help="measure what this machine can send",
        description="Measure generation, the SDK used as documented, paysim's publisher and a whole Locust worker, "
        "against a local hub in a process of its own, with full transactions in batches of 1, 100 and 500. "
        "About five minutes.",
        arguments=_arguments,
        run=run,
    )
)
