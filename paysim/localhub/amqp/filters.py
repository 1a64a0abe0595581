"""Where a receiver begins: the selector filter of its attach, as a position.

The service knows three annotations, two comparisons and the word `@latest`; nothing else of the selector
language.
"""

import re
from dataclasses import dataclass, field
from typing import Any, Literal

from paysim.localhub.amqp.encoding import Described

SELECTOR = "apache.org:selector-filter:string"
_FORM = re.compile(
    r"^\s*amqp\.annotation\.x-opt-(offset|sequence-number|enqueued-time(?:-utc)?)\s*(>=?)\s*'(@latest|[^']*)'\s*$"
)
_NUMBER = re.compile(r"-?[0-9]{1,19}")
NAMES = {"offset": "offset", "sequence": "sequence number", "time": "enqueued time"}
_KINDS: dict[str, Literal["offset", "sequence", "time"]] = {
    "offset": "offset",
    "sequence-number": "sequence",
    "enqueued-time": "time",
    "enqueued-time-utc": "time",
}


class FilterError(ValueError):
    """A selector that the service does not know either."""


class PositionError(FilterError):
    """A position that is no number, such as an offset from a namespace that is replicated.

    `what` names it as the service does, `value` is its text.
    """

    def __init__(self, what: str, value: str) -> None:
        super().__init__(f"{value!r} is no {what}")
        self.what, self.value = what, value


@dataclass(frozen=True)
class Position:
    """Events from here on: those whose `kind` is at least `value`. `latest`: only what comes from now on."""

    kind: Literal["offset", "sequence", "time"] = "sequence"
    value: int = 0
    latest: bool = False
    given: str = field(default="", compare=False)  # the value as the client has written it


EARLIEST = Position()


def position(filters: dict[Any, Any]) -> Position:
    """The position a receiver's filters ask for, the earliest without one. Raises FilterError, PositionError."""
    found = filters.get(SELECTOR)
    if found is None:
        return EARLIEST
    text = found.value if isinstance(found, Described) else found
    match = _FORM.match(text) if isinstance(text, str) else None
    if match is None:
        raise FilterError("the selector filter is not one of offset, sequence number or enqueued time")
    name, comparison, value = match.groups()
    if value == "@latest":
        return Position(latest=True)
    if not _NUMBER.fullmatch(value):
        raise PositionError(NAMES[_KINDS[name]], value)
    return Position(_KINDS[name], int(value) + (comparison == ">"), given=value)
