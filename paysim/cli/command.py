"""What a subcommand is, and the registry in which each file of `commands` puts its own.

`paysim --help` imports all of these files: a command imports what it needs when it runs.
"""

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass

from paysim.exit_codes import ExitCode
from paysim.registry import Registry, import_folder


def _none(parser: argparse.ArgumentParser) -> None:
    """No arguments."""


@dataclass(frozen=True, kw_only=True)
class Command:
    """One subcommand of `paysim`.

    help: its line in `paysim --help`. description, epilog: of its own help. arguments: adds them to its parser.
    run: does it and returns the exit code; may raise ConfigError. own_parser: it reads its arguments itself, which
    `run` then finds as the list `arguments`.
    """

    name: str
    help: str
    run: Callable[[argparse.Namespace], int]
    arguments: Callable[[argparse.ArgumentParser], None] = _none
    description: str | None = None
    epilog: str | None = None
    own_parser: bool = False


COMMANDS: Registry[Command] = Registry("command", order=lambda command: command.name)


def load_commands() -> None:
    """Register every command."""
    import_folder("paysim.cli.commands")


def refused(command: str, text: str, code: ExitCode = ExitCode.UNUSABLE) -> ExitCode:
    """Say on one line why a command does nothing, and return its exit code."""
    print(f"paysim {command}: {text}", file=sys.stderr)
    return code
