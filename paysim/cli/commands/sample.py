"""`paysim sample`: a few transactions to look at, as JSON Lines."""

import argparse
import random
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from paysim.cli.arguments import WHICH_FILE, whole
from paysim.cli.command import COMMANDS, Command, refused
from paysim.exit_codes import ExitCode

if TYPE_CHECKING:
    from paysim.config.schema import Config


def payment_method(text: str) -> str:
    """For argparse: the name of a payment method."""
    import paysim.transactions  # noqa: F401  (registers them)
    from paysim.contract.methods import PAYMENT_METHODS

    if text not in PAYMENT_METHODS:
        raise argparse.ArgumentTypeError(f"must be one of {', '.join(PAYMENT_METHODS)}, not {text}")
    return text


def scenario(text: str) -> str:
    """For argparse: the name of a scenario."""
    import paysim.transactions  # noqa: F401  (registers them)
    from paysim.contract.labels import SCENARIOS

    if text not in SCENARIOS:
        raise argparse.ArgumentTypeError(f"must be one of {', '.join(SCENARIOS)}, not {text}")
    return text


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "-n", type=whole(1, 1_000_000), metavar="N", help="how many (default: 5; with --scenario one episode)"
    )
    kind = parser.add_mutually_exclusive_group()
    kind.add_argument(
        "--method", type=payment_method, metavar="METHOD", help="of this payment method only (default: by weight)"
    )
    kind.add_argument(
        "--scenario",
        type=scenario,
        metavar="SCENARIO",
        help="a whole episode of what goes wrong on purpose, with what it refers to",
    )
    parser.add_argument("--seed", type=whole(0, 2**63 - 1), help="repeat people and values; ids and times stay unique")
    parser.add_argument("--config", type=Path, metavar="CONFIG", help=WHICH_FILE)


def run(args: argparse.Namespace) -> int:
    """Raises ConfigError where the configuration is invalid."""
    from paysim.cli.configuration import load

    config = load(args.config).config.in_json()
    if args.seed is not None:
        config = config.model_copy(update={"seed": args.seed})
    if args.scenario is not None:
        return _episodes(config, args.scenario, args.n or 1)
    # Faker and numpy take a while to import: only this command waits for them.
    from paysim.config.mix import mix_of
    from paysim.contract.identity import Run
    from paysim.transactions.generator import TransactionGenerator

    generator = TransactionGenerator(config, run=Run.new(), producer=0)
    weights = {args.method: 1.0} if args.method else dict(mix_of(config.transaction).methods)
    draw = random.Random(config.seed)
    for method in draw.choices(list(weights), list(weights.values()), k=args.n or 5):
        for body in generator.batch(method, 1).bodies:
            sys.stdout.buffer.write(body + b"\n")
    return ExitCode.OK


def _episodes(config: "Config", name: str, count: int) -> int:
    from paysim.contract.labels import SCENARIOS
    from paysim.transactions.dataset import episodes

    try:
        found = episodes.first(config, name, count)
    except episodes.NoEpisode as error:
        return refused("sample", str(error))
    print(f"{name}: {SCENARIOS[name].about}", file=sys.stderr)
    for number, episode in enumerate(found, 1):
        before = f"{len(episode.before)} good, and of the scenario " if episode.before else ""
        after = f", and {len(episode.after)} good that follow" if episode.after else ""
        print(f"episode {number}: {before}{len(episode.rows)}{after}", file=sys.stderr)
        for row in (*episode.before, *sorted((*episode.rows, *episode.after), key=lambda row: row.time)):
            sys.stdout.buffer.write(row.body + b"\n")
    return ExitCode.OK


COMMANDS.add(
    Command(
        name="sample",
        help="print a few transactions",
        description="Print transactions as the configuration makes them, one JSON object a line. Nothing is sent. With "
        "--scenario they are a whole episode, with the times that it has in a data set.",
        arguments=_arguments,
        run=run,
    )
)
