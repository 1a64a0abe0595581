"""`paysim localhub`: hands its arguments to the local hub, which is an extra and may not be installed."""

import argparse
import sys

from paysim.cli.command import COMMANDS, Command
from paysim.exit_codes import ExitCode

MISSING = "the local hub needs Qpid Proton: pip install 'paysim[localhub]'"


def run(args: argparse.Namespace) -> int:
    try:
        from paysim.localhub.command import main
    except ModuleNotFoundError as error:
        if error.name not in ("proton", "cproton"):
            raise
        print(MISSING, file=sys.stderr)
        return ExitCode.UNUSABLE
    return main(args.arguments)


COMMANDS.add(Command(name="localhub", help="run an Event Hubs namespace on this machine", run=run, own_parser=True))
