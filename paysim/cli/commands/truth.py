"""`paysim truth`: is a data set, or what a configuration makes, how people pay?"""

import argparse
import itertools
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from paysim.cli.arguments import whole
from paysim.cli.command import COMMANDS, Command, refused
from paysim.exit_codes import ExitCode

if TYPE_CHECKING:
    from paysim.config.schema import Config
    from paysim.transactions.dataset.truth.judge import Judged
    from paysim.transactions.dataset.truth.reading import Read

SAMPLE = 200_000  # transactions of a configuration


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("source", type=Path, metavar="FILE_OR_CONFIG", help="a data set, or a YAML file")
    parser.add_argument(
        "--config",
        type=Path,
        metavar="CONFIG",
        help="the configuration that FILE was made with: rows that it sets do not count",
    )
    parser.add_argument(
        "--total",
        type=whole(1, 10**7),
        default=SAMPLE,
        metavar="N",
        help=f"transactions to make from a CONFIG (default: {SAMPLE:,})",
    )
    parser.add_argument("--seed", type=whole(0, 2**63 - 1), help="with a CONFIG: make the same transactions each time")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all of it as JSON")
    parser.add_argument("--html", type=Path, metavar="FILE", help="write a page that needs no network")


def run(args: argparse.Namespace) -> int:
    """Raises ConfigError where the configuration is invalid. Exit code 1 outside tolerance, 2 where nothing can be "
    "judged."""
    of_config = args.source.suffix in (".yaml", ".yml", ".example")
    if of_config and args.config is not None:
        return refused("truth", "--config is for a FILE; a CONFIG says itself what it sets")
    from paysim.cli.configuration import load

    named = args.source if of_config else args.config
    config = load(named).config if named is not None else None
    from paysim.transactions.dataset.truth import judge, reading

    try:
        if of_config:
            assert config is not None
            read = _generated(config, args)
        else:
            read = reading.file(args.source)
        pinned = judge.pinned_keys(config.transaction) if config is not None else set()
        judged = judge.judge(read.data, pinned)
        return _show(args, read, judged)
    except reading.UnreadableData as error:
        return refused("truth", str(error))
    except OSError as error:
        return refused("truth", f"{error.filename or args.source}: {error.strerror or error}")


def _generated(config: "Config", args: argparse.Namespace) -> "Read":
    """Transactions of a configuration as the contract has them: what a mapping makes of them is not judged."""
    from paysim.config.sections.mapping import Mapping
    from paysim.transactions.dataset import generate as dataset
    from paysim.transactions.dataset.truth import reading

    transaction = config.transaction.model_copy(update={"mapping": Mapping()})
    plan = dataset.plan(config.model_copy(update={"transaction": transaction}), total=args.total, seed=args.seed)
    rows = itertools.chain.from_iterable(dataset.slices(plan))
    return reading.bodies(((row.body, row.label, row.fraud) for row in rows), str(args.source))


def _show(args: argparse.Namespace, read: "Read", judged: "list[Judged]") -> int:
    import orjson
    from rich.console import Console

    from paysim.transactions.dataset.truth import page, report

    code = ExitCode.MISSED if any(each.verdict == "outside" for each in judged) else ExitCode.OK
    about = report.about(read.data, read.left_out)
    if args.json is not None:
        found = report.document(judged, str(args.source), read.data, read.left_out, code)
        _write(args.json, orjson.dumps(found, option=orjson.OPT_INDENT_2) + b"\n")
    if args.html is not None:
        _write(args.html, page.page(judged, f"paysim truth: {args.source}", about).encode())
    console = Console(width=None if sys.stdout.isatty() else 160)
    console.print(report.table(judged))
    console.print(f"\n{about}", highlight=False)
    console.print(report.conclusion(judged), highlight=False, style="bold red" if code else "bold green")
    return code


def _write(path: Path, text: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text)


COMMANDS.add(
    Command(
        name="truth",
        help="hold a data set against how people pay",
        description="Hold a data set against published figures: JSON Lines that `paysim generate` wrote, with the "
        "labels "
        "beside it, or transactions that a configuration (.yaml) makes. Each property has its figure with a 99 % "
        "interval, "
        "the fact with year and source, and what is allowed. What a configuration sets itself is `configured` and "
        "does not "
        "count; transactions that are labelled bad are left out. Exit code 1 where a property is outside.",
        arguments=_arguments,
        run=run,
    )
)
