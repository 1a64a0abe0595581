"""The `paysim` command. Its subcommands are the files of `commands`, each of which registers itself.

A subcommand imports what it needs when it runs, so that `paysim --help` is quick and a missing extra hurts only
the command that needs it.
"""

import argparse
import os
import sys

from paysim import __version__
from paysim.exit_codes import ExitCode
from paysim.streams import write_everything


def main(argv: list[str] | None = None) -> int:
    """Run the command and return its exit code; argparse exits by itself on a malformed command line."""
    argv = sys.argv[1:] if argv is None else argv
    write_everything()
    try:
        code = _checked(argv)
        if sys.stdout is not None:  # closed by whoever started this
            sys.stdout.flush()
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        # The reader has what it wanted, as `| head` does.
        _give_up_standard_output()
        return ExitCode.BROKEN_PIPE
    except OSError as error:
        if error.filename is not None:  # not of a stream
            raise
        _give_up_standard_output()
        print(f"standard output cannot be written: {(error.strerror or 'error').lower()}", file=sys.stderr)
        return ExitCode.UNUSABLE  # never 1, which says what a verdict would have said
    return code


def _give_up_standard_output() -> None:
    # The interpreter's last flush must not complain.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


# The commands are imported below and not above: that takes a while, and Ctrl-C then is no traceback either.


def _checked(argv: list[str]) -> int:
    from paysim.config.errors import ConfigError

    try:
        return _run(argv)
    except ConfigError as error:
        print(error, file=sys.stderr)
        return ExitCode.UNUSABLE


def _run(argv: list[str]) -> int:
    from paysim.cli.command import COMMANDS, load_commands

    load_commands()
    if argv and argv[0] in COMMANDS and COMMANDS[argv[0]].own_parser:  # --help too
        return COMMANDS[argv[0]].run(argparse.Namespace(arguments=argv[1:]))
    args = _parser().parse_args(argv)
    return COMMANDS[args.command].run(args)


def _parser() -> argparse.ArgumentParser:
    from paysim.cli.command import COMMANDS, load_commands

    load_commands()
    parser = argparse.ArgumentParser(
        prog="paysim",
        description="Load-test payment pipelines that start at an Azure Event Hub.",
        epilog="More: paysim COMMAND --help\n"
        "The load test itself is Locust: locust -f locustfiles/payments.py --paysim-config CONFIG\n"
        "The guide: docs/SIMULATOR-GUIDE.md\n\n"
        "exit codes: 0 all well, 1 worse or missed, 2 bad configuration or usage, 3 the hub cannot be used",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"paysim {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", dest="command", required=True)
    for command in COMMANDS.values():
        own = commands.add_parser(
            command.name,
            help=command.help,
            description=command.description,
            epilog=command.epilog,
            add_help=not command.own_parser,
        )
        command.arguments(own)
    return parser
