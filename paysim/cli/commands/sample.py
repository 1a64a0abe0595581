"""`paysim sample`: a few transactions to look at, as JSON Lines."""

import argparse
import random
import sys
from pathlib import Path

from paysim.cli.arguments import WHICH_FILE, whole
from paysim.cli.command import COMMANDS, Command
from paysim.exit_codes import ExitCode


def payment_method(text: str) -> str:
    """For argparse: the name of a payment method."""
    import paysim.transactions  # noqa: F401  (registers them)
    from paysim.contract.methods import PAYMENT_METHODS

    if text not in PAYMENT_METHODS:
        raise argparse.ArgumentTypeError(f"must be one of {', '.join(PAYMENT_METHODS)}, not {text}")
    return text


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-n", type=whole(1, 1_000_000), default=5, metavar="N", help="how many (default: 5)")
    parser.add_argument(
        "--method", type=payment_method, metavar="METHOD", help="of this payment method only (default: by weight)"
    )
    parser.add_argument("--seed", type=whole(0, 2**63 - 1), help="repeat people and values; ids and times stay unique")
    parser.add_argument("--config", type=Path, metavar="CONFIG", help=WHICH_FILE)


def run(args: argparse.Namespace) -> int:
    """Raises ConfigError where the configuration is invalid."""
    from paysim.cli.configuration import load

    config = load(args.config).config.in_json()
    if args.seed is not None:
        config = config.model_copy(update={"seed": args.seed})
    # Faker and numpy take a while to import: only this command waits for them.
    from paysim.config.mix import mix_of
    from paysim.contract.identity import Run
    from paysim.transactions.generator import TransactionGenerator

    generator = TransactionGenerator(config, run=Run.new(), producer=0)
    weights = {args.method: 1.0} if args.method else dict(mix_of(config.transaction).methods)
    draw = random.Random(config.seed)
    for method in draw.choices(list(weights), list(weights.values()), k=args.n):
        for body in generator.batch(method, 1).bodies:
            sys.stdout.buffer.write(body + b"\n")
    return ExitCode.OK


COMMANDS.add(
    Command(
        name="sample",
        help="print a few transactions",
        description="Print transactions as the configuration makes them, one JSON object a line. Nothing is sent.",
        arguments=_arguments,
        run=run,
    )
)
