"""What a type says may be missing, and a test knows is there: a test that is wrong about it fails here, and says so."""

import re
from typing import TypeVar

T = TypeVar("T")


def present(value: T | None) -> T:
    """The value, which is not None."""
    assert value is not None, "there is no value"
    return value


def first_group(pattern: str, text: str, flags: int = 0) -> str:
    """What the first group of a pattern matches in a text."""
    match = re.search(pattern, text, flags)
    assert match is not None, f"no {pattern} in: {text}"
    return str(match[1])
