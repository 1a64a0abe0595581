"""`paysim bench`: how fast this machine sends, and how that compares with the SDK by itself."""

import argparse
import importlib.util
import json
import sys
from pathlib import Path

from paysim.cli.localhub import MISSING

CANNOT_START = 3


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser(
        "bench",
        help="measure what this machine can send",
        description="Measure generation, the SDK used as documented, paysim's publisher and a whole Locust worker, "
        "against a local hub in a process of its own, with full transactions in batches of 1, 100 and 500. "
        "About five minutes.",
    )
    parser.add_argument("--quick", action="store_true", help="short measurements, less than 30 s in all")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too, as JSON")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Exit code 2 where the local hub is not installed or FILE cannot be written, 3 where a case does not start."""
    if importlib.util.find_spec("proton") is None:
        return _refused(MISSING)
    from paysim.bench import report, rounds
    from paysim.bench.processes import BenchError

    try:
        if args.json is not None:
            args.json.touch()  # before minutes are spent
    except OSError as error:
        return _refused(f"{args.json}: {error.strerror}")
    try:
        found = rounds.run(rounds.QUICK if args.quick else rounds.FULL, rounds.to_terminal)
    except BenchError as error:
        return _refused(str(error), CANNOT_START)
    finally:
        rounds.to_terminal("\r")
    result = report.data(found)
    if args.json is not None:
        args.json.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    print(report.table(result))
    return 0


def _refused(text: str, code: int = 2) -> int:
    print(f"paysim bench: {text}", file=sys.stderr)
    return code
