"""`paysim profile`: one HTML page of charts of a data set, or of what a configuration makes."""

import argparse
import itertools
from pathlib import Path

from paysim.cli.arguments import whole
from paysim.cli.command import COMMANDS, Command, refused
from paysim.exit_codes import ExitCode

SAMPLE = 50_000  # transactions of a configuration


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("source", type=Path, metavar="FILE_OR_CONFIG", help="a data set, or a YAML file")
    parser.add_argument(
        "--output", type=Path, default=Path("profile.html"), metavar="HTML", help="default: profile.html"
    )
    parser.add_argument(
        "--config",
        type=Path,
        metavar="CONFIG",
        help="the configuration that FILE was made with: its mapping and weights",
    )
    parser.add_argument(
        "--total",
        type=whole(1, 10**7),
        default=SAMPLE,
        metavar="N",
        help=f"transactions to make from a CONFIG (default: {SAMPLE:,})",
    )


def run(args: argparse.Namespace) -> int:
    """Raises ConfigError where the configuration is invalid. Exit code 2 where there is nothing to show."""
    of_config = args.source.suffix in (".yaml", ".yml", ".example")
    from paysim.cli.configuration import load

    config = load(args.source if of_config else args.config).config
    from paysim.transactions.dataset import generate as dataset
    from paysim.transactions.dataset import profile, profile_page

    try:
        if of_config:
            rows = itertools.chain.from_iterable(dataset.slices(dataset.plan(config, total=args.total)))
            found = profile.of_rows(rows, config)
        else:
            found = profile.of_file(args.source, config)
        args.output.parent.mkdir(parents=True, exist_ok=True)
        args.output.write_text(profile_page.page(found, f"paysim profile: {args.source}"), encoding="utf-8")
    except (OSError, ValueError) as error:
        if isinstance(error, OSError) and error.strerror:
            return refused("profile", f"{error.filename or args.output}: {error.strerror}")
        return refused("profile", f"{args.source}: {error}")
    print(f"{args.output}: charts of {found.total:,} transactions")
    return ExitCode.OK


COMMANDS.add(
    Command(
        name="profile",
        help="charts of a data set or a configuration",
        description="Write one HTML page of charts: of a file that `paysim generate` wrote, or of transactions that a "
        "configuration (.yaml) makes. It needs no network to be read.",
        arguments=_arguments,
        run=run,
    )
)
