"""From the contract to the contract of the pipeline under test, one event at a time: the rules of `mapping`.

This is the plain form, a dictionary in and a dictionary out. It serves the few events that are not laid out
from prepared pieces (refunds, some violations); `layout` does the same for the many, and tests hold one against
the other.
"""

from datetime import UTC, datetime
from functools import cache
from typing import Any

from stdnum import luhn

from paysim.config.sections.mapping import Mapping as Rules

Document = dict[str, Any]
"""An event as a flat mapping from dotted path to value; transaction_timestamp is in Unix milliseconds."""


def rfc3339(milliseconds: int) -> str:
    """A time as RFC 3339 writes it, in UTC with milliseconds and Z."""
    seconds, rest = divmod(milliseconds, 1000)
    return f"{_second(seconds)}.{rest:03d}Z"


def epoch_ms(milliseconds: int) -> int:
    """A time that is no card number: of 13 digits one in ten passes Luhn, and then the next does not."""
    return milliseconds + luhn.is_valid(str(milliseconds))


@cache
def _wide(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}"


def _second(seconds: int) -> str:
    if _wide.cache_info().currsize > 10_000:
        _wide.cache_clear()
    return _wide(seconds)


class CompiledMapping:
    """The compiled rules: where each field goes, what becomes of its value, what is added."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self.constants = rules.constants()
        self.amount_format = rules.formats.get("amount", "number")
        self.timestamp_format = rules.formats.get("timestamp", "rfc3339")
        self.values = {path: _keyed(table) for path, table in rules.values.items()}
        self._targets: dict[str, tuple[str, ...]] = {}
        self._places: dict[str, list[tuple[list[str], str]]] = {}

    def targets(self, path: str) -> tuple[str, ...]:
        """Where the field with this path goes in the event: nowhere, or one place, and its copies."""
        if path not in self._targets:
            self._targets[path] = self._rules.targets(path)
        return self._targets[path]

    def value(self, path: str, value: Any) -> Any:
        """The value that goes out for this field; what is not listed and has no `*` passes as it is."""
        table = self.values.get(path)
        if table is None:
            return value
        key = _key(value)
        return table[key] if key in table else table.get("*", value)

    def amount(self, number: float, decimals: int) -> float | str | int:
        """An amount in major units as `formats.amount` writes it."""
        if self.amount_format == "string":
            return f"{number:.{decimals}f}"
        if self.amount_format == "minor_units":
            return round(number * 10.0**decimals)
        return int(number) if decimals == 0 else number

    def timestamp(self, milliseconds: int) -> str | int:
        return epoch_ms(milliseconds) if self.timestamp_format == "epoch_ms" else rfc3339(milliseconds)

    def translated(self, document: Document) -> Document:
        """The document with `values` applied; paths are still the contract's."""
        return {path: self.value(path, value) for path, value in document.items()} if self.values else document

    def shaped(self, document: Document, decimals: int) -> dict[str, Any]:
        """The event: formats, names and places. decimals: of the amount's currency."""
        event: dict[str, Any] = {}
        for path, value in document.items():
            if path == "amount":
                value = self.amount(value, decimals)
            elif path == "transaction_timestamp":
                value = self.timestamp(value)
            places = self._places.get(path)
            if places is None:
                places = self._places[path] = [_place(target) for target in self.targets(path)]
            for parents, name in places:
                inner = event
                for parent in parents:
                    inner = inner.setdefault(parent, {})
                inner[name] = value
        for target, value in self.constants.items():
            _put(event, target, value)
        return event


def _key(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _keyed(table: dict[str, Any]) -> dict[str, Any]:
    return {_key(key): value for key, value in table.items()}


def _place(target: str) -> tuple[list[str], str]:
    *parents, name = target.split(".")
    return parents, name


def _put(event: dict[str, Any], target: str, value: Any) -> None:
    parents, name = _place(target)
    for parent in parents:
        event = event.setdefault(parent, {})
    event[name] = value
