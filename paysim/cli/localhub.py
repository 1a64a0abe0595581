"""`paysim localhub`: hands its arguments to the local hub, which is an extra and may not be installed."""

import argparse
import sys

NAME = "localhub"
MISSING = "the local hub needs Qpid Proton: pip install 'paysim[localhub]'"


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    commands.add_parser(NAME, help="run an Event Hubs namespace on this machine", add_help=False)


def run(argv: list[str]) -> int:
    try:
        from paysim.localhub.command import main
    except ModuleNotFoundError as error:
        if error.name not in ("proton", "cproton"):
            raise
        print(MISSING, file=sys.stderr)
        return 2
    return main(argv)
