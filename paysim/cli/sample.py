"""`paysim sample`: a few transactions to look at, as JSON Lines."""

import argparse
import random
import sys
from collections.abc import Callable
from pathlib import Path

from paysim.cli.check import WHICH_FILE
from paysim.cli.configuration import load
from paysim.contract.methods import PAYMENT_METHODS


def whole(low: int, high: int) -> Callable[[str], int]:
    """For argparse: a whole number within bounds."""

    def read(text: str) -> int:
        if text.isdecimal() and low <= int(text) <= high:
            return int(text)
        raise argparse.ArgumentTypeError(f"must be a whole number from {low} to {high}, not {text}")

    return read


def payment_method(text: str) -> str:
    """For argparse: the name of a payment method."""
    import paysim.transactions  # noqa: F401  (registers them)

    if text not in PAYMENT_METHODS:
        raise argparse.ArgumentTypeError(f"must be one of {', '.join(PAYMENT_METHODS)}, not {text}")
    return text


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser(
        "sample",
        help="print a few transactions",
        description="Print transactions as the configuration makes them, one JSON object a line. Nothing is sent.",
    )
    parser.add_argument("-n", type=whole(1, 1_000_000), default=5, metavar="N", help="how many (default: 5)")
    parser.add_argument(
        "--method", type=payment_method, metavar="METHOD", help="of this payment method only (default: by weight)"
    )
    parser.add_argument("--seed", type=whole(0, 2**63 - 1), help="repeat people and values; ids and times stay unique")
    parser.add_argument("--config", type=Path, metavar="CONFIG", help=WHICH_FILE)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Raises ConfigError where the configuration is invalid."""
    config = load(args.config).config
    if args.seed is not None:
        config = config.model_copy(update={"seed": args.seed})
    # Faker and numpy take a while to import: only this command waits for them.
    from paysim.contract.identity import Run
    from paysim.transactions.generator import TransactionGenerator

    generator = TransactionGenerator(config, run=Run.new(), producer=0)
    weights = {args.method: 1.0} if args.method else dict(config.transaction.patterns.payment_methods)
    draw = random.Random(config.seed)
    for method in draw.choices(list(weights), list(weights.values()), k=args.n):
        for body in generator.batch(method, 1).bodies:
            sys.stdout.buffer.write(body + b"\n")
    return 0
