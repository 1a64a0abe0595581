"""Text on standard streams that cannot write every character: it is spelt with those that they can.

A terminal, a pipe or a service may have an encoding that has no arrow. What is written there is for people, so `→`
becomes `->` and nothing is lost; Python would raise an error in the middle of a summary.
"""

import codecs
import io
import os
import sys
from typing import TextIO

_SPELLINGS = {
    "→": "->", "←": "<-", "≤": "<=", "≥": ">=", "×": "x", "·": "-", "–": "-", "—": "-", "−": "-", "…": "...",
    "✓": "ok", "✗": "x", "■": "#", "✅": "ok", "❌": "FAILED", "’": "'", "“": '"', "”": '"',
}  # fmt: skip


def _spelt(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    failed = error.object[error.start : error.end]
    return "".join(_SPELLINGS.get(char) or _escaped(char) for char in failed), error.end


def _escaped(char: str) -> str:
    return char.encode("ascii", "backslashreplace").decode()


codecs.register_error("paysim.spelt", _spelt)


def write_everything() -> None:
    """Let standard output and standard error take every character, from now on."""
    for stream in (sys.stdout, sys.stderr):
        # A stream that a caller has put there, or that was closed when Python began, is left as it is.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="paysim.spelt")


def is_terminal(stream: TextIO) -> bool:
    """Whether a person reads there: a line can be rewritten, and have colours."""
    return stream.isatty() and os.environ.get("TERM", "dumb") != "dumb"
