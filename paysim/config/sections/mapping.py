"""The mapping to the contract of the pipeline under test: where each field goes, and what is wrong with the rules.

Paths are dotted. A rule for an object (`payment_details`) holds for all that is in it; the longest rule wins.
"""

from collections.abc import Iterator
from typing import Any

from pydantic import Field

from paysim.config.mapping import body as bodies
from paysim.config.mapping import templates
from paysim.config.mapping.body import REST
from paysim.config.mapping.presets import JSON, PRESETS, PresetName
from paysim.config.mapping.templates import meant
from paysim.contract.codes import OF_FOLLOW_UPS
from paysim.contract.fields import COUNTLESS, FORMATS, OBJECTS, fields, meet, values

from .base import Fault, Section

CHANGES = ("rename", "values", "drop", "add", "formats")
"""What changes the contract's own document; a body takes its place."""


class Mapping(Section):
    """body: the document that goes out (`paysim.config.mapping.body`). properties: name → template.

    For small changes instead of a body, rename: path → path. values: path → value → value. drop: paths. add: path → a
    constant, or {copy: path}. formats: amount, timestamp.
    """

    preset: PresetName | None = Field(
        default=None, description="A mapping that is ready: docs/PRESETS.md has them; properties may be added to it."
    )
    body: dict[str, Any] | None = Field(
        default=None,
        description='The document that goes out, in its own shape; values are constants and templates: "{amount}".',
    )
    properties: dict[str, Any] = Field(
        default={}, description='Application properties of each event: {country: "{customer_country}"}.'
    )
    rename: dict[str, str] = Field(
        default={}, description="Field → its name; dots make objects: {transaction_id: id, amount: amount.value}."
    )
    values: dict[str, dict[str, Any]] = Field(
        default={},
        description='Field → what goes out for a value: {payment_status: {completed: success}}; "*" is for all others.',
    )
    drop: list[str] = Field(default=[], description="Fields that do not go out.")
    add: dict[str, Any] = Field(default={}, description="Fields that go out in every transaction, with these values.")
    formats: dict[str, str] = Field(default={}, description="Field → another form: see config/mappings/gateway.yaml.")

    def effective(self) -> "Mapping":
        """The rules themselves: those of the preset, if one is named."""
        if self.preset is None:
            return self
        rules = PRESETS[self.preset].rules()
        return Mapping.model_validate({**rules, "properties": {**rules.get("properties", {}), **self.properties}})

    @property
    def content_type(self) -> str:
        """Of the events."""
        return JSON if self.preset is None else PRESETS[self.preset].content_type

    def faults(self) -> Iterator[Fault]:
        if self.preset is not None:
            for name in ("body", *CHANGES):
                if getattr(self, name):
                    yield (name,), f"stands beside the preset {self.preset}, which is a whole mapping"
        elif self.body is not None:
            for name in CHANGES:
                if getattr(self, name):
                    yield (name,), "stands beside a body, which says already where each field goes and how"
            yield from ((("body", *keys), message) for keys, message in bodies.document_faults(self.body))
        yield from ((("properties", *keys), message) for keys, message in bodies.property_faults(self.properties))
        if self.body is not None:
            return
        yield from self._names()
        yield from self._values()
        for name, form in self.formats.items():
            if name not in FORMATS:
                yield ("formats", name), f"has no formats{meant(name, FORMATS)}; allowed: {', '.join(FORMATS)}"
            elif form not in FORMATS[name]:
                yield ("formats", name), f"must be {' or '.join(FORMATS[name])}, not {form}"
        yield from self._collisions()

    def goes_out(self, path: str) -> bool:
        """Whether the field with this path, or one of this object, is somewhere in the body."""
        rules = self.effective()
        if rules.body is None:
            return bool(rules.targets(path))
        return any(_within(each.path, path) for each in bodies.expressions(rules.body))

    def copies(self) -> dict[str, str]:
        """Target path → path of the field or object that is copied there."""
        return {target: value["copy"] for target, value in self.add.items() if _copy(value)}

    def constants(self) -> dict[str, Any]:
        """Target path → value."""
        return {target: value for target, value in self.add.items() if not _copy(value)}

    def targets(self, path: str) -> tuple[str, ...]:
        """Where the field with this path goes in the event: nowhere, or one place, and its copies.

        In a body: where it stands alone, as it is.
        """
        if self.body is not None:
            return tuple(bodies.places(self.body, path))
        own = () if any(_within(path, dropped) for dropped in self.drop) else (self._renamed(path),)
        copies = self.copies().items()
        return own + tuple(target + path.removeprefix(source) for target, source in copies if _within(path, source))

    def _renamed(self, path: str) -> str:
        for end in range(len(path), 0, -1):
            if (end == len(path) or path[end] == ".") and path[:end] in self.rename:
                return self.rename[path[:end]] + path[end:]
        return path

    def _names(self) -> Iterator[Fault]:
        for source, target in self.rename.items():
            yield from _unknown(("rename", source), source)
            yield from _malformed(("rename", source), target)
            yield from _no_template(("rename", source), target, "a name")
            if source in self.drop:
                yield ("rename", source), "is in drop as well; do one or the other"
        for position, path in enumerate(self.drop):
            yield from _unknown(("drop", position), path)
        for target, value in self.add.items():
            yield from _malformed(("add", target), target)
            if _copy(value):
                yield from _unknown(("add", target, "copy"), value["copy"])
            elif not bodies.json(value):
                yield ("add", target), "is not a JSON value; allowed: text, numbers (whole ones of 64 bits), lists, …"
            else:
                yield from _constant_faults(("add", target), value)

    def _values(self) -> Iterator[Fault]:
        every = fields()
        for path, table in self.values.items():
            if path not in every:
                what = "is an object" if path in OBJECTS else f"is not a field{meant(path, every)}"
                yield ("values", path), what
                continue
            if path in COUNTLESS:
                yield ("values", path), "differs with every transaction; formats can change it, values cannot"
            yield from bodies.table_faults(path, table, ("values", path))

    def _collisions(self) -> Iterator[Fault]:
        """No two fields in one place, and nothing inside of what is not an object."""
        taken: dict[str, list[str]] = {}
        for path in fields():
            for target in self.targets(path):
                rivals = [other for other in taken.get(target, ()) if meet(path, other)]
                if rivals:
                    yield self._key(path, target), f"puts {path} at {target}, where {rivals[0]} is already"
                taken.setdefault(target, []).append(path)
        for target in self.constants():
            if target in taken:
                yield ("add", target), f"is where {taken[target][0]} is already; rename or drop that"
            taken.setdefault(target, [target])
        for target, (path, *_) in taken.items():
            parents = [target[:end] for end, char in enumerate(target) if char == "."]
            for parent in parents:
                if parent in taken:
                    yield self._key(path, target), f"puts {path} at {target}, but {parent} is a value, not an object"

    def _key(self, path: str, target: str) -> tuple[str, ...]:
        for rule in (path, *(path[:end] for end, char in enumerate(path) if char == ".")):
            if rule in self.rename:
                return "rename", rule
        for added in self.add:
            if _within(target, added):
                return "add", added
        # A field that stays where it is and is in the way of one that moves.
        return next((("rename", source) for source, to in self.rename.items() if _within(target, to)), ("rename",))


def passing(mapping: Mapping, *, lifecycle: bool = False) -> dict[str, list[str]]:
    """Path → values that go out as they are, of those fields for which `values` lists some and has no `*`. lifecycle:
    whether there is `lifecycle: full`, which has values of its own."""
    of_others = set() if lifecycle else {*OF_FOLLOW_UPS}
    closed = {path: [value for value in known if value not in of_others] for path, known in values().items()}
    return {
        path: [value for value in closed[path] if value not in table]
        for path, table in mapping.values.items()
        if path in closed and REST not in table and set(closed[path]) - set(table)
    }


def _copy(value: Any) -> bool:
    return isinstance(value, dict) and list(value) == ["copy"] and isinstance(value["copy"], str)


def _within(path: str, root: str) -> bool:
    return path == root or path.startswith(root + ".")


def _unknown(keys: tuple[str | int, ...], path: str) -> Iterator[Fault]:
    known = (*fields(), *OBJECTS)
    if path not in known:
        yield keys, f"{path} is not a field of a transaction{meant(path, known)}"


def _malformed(keys: tuple[str | int, ...], target: str) -> Iterator[Fault]:
    if not target or not all(target.split(".")):
        yield keys, f'"{target}" is not a path; allowed: names joined by single dots'
    elif any(name.endswith("]") and "[" in name for name in target.split(".")):
        yield keys, f"{target} makes no list; a list stands in mapping.body as it goes out"


def _constant_faults(keys: tuple[str | int, ...], value: Any) -> Iterator[Fault]:
    """In a constant, what is likely meant as more than that."""
    if isinstance(value, dict):
        if isinstance(value.get("copy"), str) and value["copy"] in (*fields(), *OBJECTS):
            yield keys, f"copy stands alone and directly below a path of add; for more write a body: {_CURE}"
            return
        if (text := bodies.unquoted(value)) is not None:
            yield keys, f"takes no template, and {text} is one; write a body: {_CURE}"
            return
        for name, inner in value.items():
            yield from _constant_faults((*keys, name), inner)
    elif isinstance(value, list):
        for position, inner in enumerate(value):
            yield from _constant_faults((*keys, position), inner)
    else:
        yield from _no_template(keys, value, "a constant")


def _no_template(keys: tuple[str | int, ...], value: Any, what: str) -> Iterator[Fault]:
    if (text := templates.likely(value)) is not None:
        yield keys, f"is {what}, and {text} in it is not filled in; templates stand in mapping.body"


_CURE = 'mapping.body, where "{field}" stands for its value'
