"""What may stand in each place of an event, as Avro has it: one type, or a union of some.

JSON's types become Avro's: text is `string`, a number `double`, a whole number `long`, a list `array`, an object a
`record`. What may be absent is a union with `null`. A record is always there, with null for all that is absent in it.
"""

import re
from collections.abc import Sequence
from typing import Any

from paysim.transactions.events.templates.tree import ABSENT

from . import binary

NAME = re.compile("[A-Za-z_][A-Za-z0-9_]*")
END = b"\x00"
"""Of a list."""
_ONE = binary.long(1)
Key = str | tuple[str, ...]
"""A primitive type, `array`, or the names in a record."""


class Unfit(Exception):
    """A value that the schema has no type for."""


class AvroRecord:
    """fields: name → what may stand there."""

    def __init__(self, name: str, names: Sequence[str]) -> None:
        self.name = name
        self.fields = {each: AvroPlace() for each in names}

    def encoded(self, value: dict[str, Any]) -> bytes:
        return b"".join([slot.value(value.get(name, ABSENT)) for name, slot in self.fields.items()])


class AvroPlace:
    """A place. in_list: it is an element of a list: one that is absent takes no room; one that is there is a block of
    its own, so that it needs no count of its neighbours."""

    def __init__(self, *, in_list: bool = False) -> None:
        self.in_list = in_list
        self._types: dict[Key, AvroRecord | AvroPlace | None] = {}
        self._leads: dict[Key, bytes] = {}

    def add(self, key: str) -> None:
        """A primitive type."""
        self._types.setdefault(key, None)

    def array(self) -> "AvroPlace":
        """A list may stand here: the place of its elements."""
        items = self._types.setdefault("array", AvroPlace(in_list=True))
        assert isinstance(items, AvroPlace)
        return items

    def record(self, names: tuple[str, ...], name: str = "") -> AvroRecord:
        """A record with these fields may stand here."""
        found = self._types.setdefault(names, AvroRecord(name, names))
        assert isinstance(found, AvroRecord)
        return found

    @property
    def keys(self) -> tuple[Key, ...]:
        """The types in the order of the union: null first, as a default of null needs it."""
        return tuple(sorted(self._types, key=lambda key: key != "null"))

    def lead(self, key: Key) -> bytes:
        """What stands before a value of this type: in a list that one element follows, in a union which type."""
        found = self._leads.get(key)
        if found is None:
            keys = self.keys
            if key not in keys:
                raise Unfit(f"{key} where there is {' or '.join(map(str, keys))}")
            found = (_ONE if self.in_list else b"") + (binary.long(keys.index(key)) if len(keys) > 1 else b"")
            self._leads[key] = found
        return found

    @property
    def absence(self) -> bytes:
        """What stands here where nothing is there. Raises Unfit where there must be something."""
        return b"" if self.in_list else self.lead("null")

    def value(self, value: Any) -> bytes:
        """A JSON value, or ABSENT, in this place. Raises Unfit."""
        if value is ABSENT:
            return self.absence
        key = self._key(value)
        return self.lead(key) + self._encoded(key, value)

    def _key(self, value: Any) -> Key:
        if isinstance(value, str):
            return "string"
        if isinstance(value, bool):
            return "boolean"
        if isinstance(value, int):
            return "long" if "long" in self._types else "double"
        if isinstance(value, float):
            return "double"
        if isinstance(value, dict):
            return tuple(value)
        return "array" if isinstance(value, list) else "null"

    def _encoded(self, key: Key, value: Any) -> bytes:
        inner = self._types[key]
        if isinstance(inner, AvroRecord):
            return inner.encoded(value)
        if isinstance(inner, AvroPlace):
            return b"".join(map(inner.value, value)) + END
        if key == "string":
            return binary.text(value)
        if key == "double":
            return binary.double(value)
        if key == "long":
            if not -(2**63) <= value < 2**63:
                raise Unfit("a whole number of more than 64 bits")
            return binary.long(value)
        return binary.boolean(value) if key == "boolean" else b""

    def schema(self, names: dict[str, int]) -> Any:
        """As a schema has it. names: how often each name of a record was given."""
        found = [self._schema(key, names) for key in self.keys]
        return found[0] if len(found) == 1 else found

    def _schema(self, key: Key, names: dict[str, int]) -> Any:
        inner = self._types[key]
        if isinstance(inner, AvroPlace):
            return {"type": "array", "items": inner.schema(names)}
        if inner is None:
            return key
        count = names[inner.name] = names.get(inner.name, 0) + 1
        name = inner.name if count == 1 else f"{inner.name}_{count}"
        return {"type": "record", "name": name, "fields": [_field(*each, names) for each in inner.fields.items()]}


def _field(name: str, slot: AvroPlace, names: dict[str, int]) -> dict[str, Any]:
    field = {"name": name, "type": slot.schema(names)}
    return {**field, "default": None} if slot.keys[0] == "null" else field
