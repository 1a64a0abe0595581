"""A command: `paysim methods` lists the payment methods and their default shares."""

import argparse

from paysim.cli.command import COMMANDS, Command
from paysim.exit_codes import ExitCode


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--all", action="store_true", help="those too that have no share by default")


def run(args: argparse.Namespace) -> int:
    import paysim.transactions  # noqa: F401  (registers them)
    from paysim.contract.methods import PAYMENT_METHODS

    for name, method in PAYMENT_METHODS.items():
        if method.weight or args.all:
            print(f"{name} {method.weight:g}")
    return ExitCode.OK


COMMANDS.add(Command(name="methods", help="list the payment methods", arguments=_arguments, run=run))
