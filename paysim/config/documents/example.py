"""config/simulator_config.yaml.example: every option with its default, each below what it means."""

import textwrap
from collections.abc import Iterator
from pathlib import Path

from .options import Option, options

PATH = Path("config/simulator_config.yaml.example")
_HEAD = """\
## Every option, its default and its meaning. Copy what you need; whatever is left out has the default shown here.
## Lines with two # explain. A line with one # is an option: remove the "# " (and that of the keys above it) to set it.
## Made of the schema by `python -m paysim.config.documents`. Editors complete and check a file that begins with
## `# yaml-language-server: $schema=` and the way to docs/config.schema.json.
##
## ${VAR} and ${VAR:-default} take a value from the environment or from .env; $${ is a literal ${. Without quotes
## the result gets its type again (${RATE:-100} is a number), in quotes it is text.
## `paysim check FILE` says whether a file is right and what it comes to.
simulator:
"""
_WIDTH = 118


def text() -> str:
    """The whole file. `seed` is set, so that it is a configuration as it stands."""
    return _HEAD + "\n".join(line for option in options() for line in _lines(option)) + "\n"


def _lines(option: Option) -> Iterator[str]:
    depth = len(option.keys)
    indent = "  " * depth
    if option.is_section and depth == 1:
        yield "#"
    yield from _comment(indent, option.meaning)
    for item in option.items:
        yield from _comment(indent, f"- {item.keys[-1]}: {item.meaning}")
    value = "" if option.is_section else f" {option.default}"
    given = "" if option.keys == ("seed",) else "# "
    yield f"{given}{indent}{option.keys[-1]}:{value}"


def _comment(indent: str, meaning: str) -> Iterator[str]:
    begin = f"##{indent}"
    for line in textwrap.wrap(meaning, _WIDTH - len(begin), break_long_words=False, break_on_hyphens=False):
        yield begin + line
