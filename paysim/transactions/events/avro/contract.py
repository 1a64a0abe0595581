"""The effective contract as Avro: what each place of a mapping's tree may hold, its schema, and what writes events."""

from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, ClassVar, Union

import orjson

from paysim.config.mapping.templates import FILTERS
from paysim.contract.fields import closed, kind
from paysim.transactions.events.sources import fields_of
from paysim.transactions.events.templates.tree import (
    Array,
    Constant,
    Given,
    Leaf,
    Node,
    Object,
    Template,
    Test,
    When,
)
from paysim.transactions.methods.base import METHODS

from . import binary
from .types import END, AvroPlace

ROOT = "transaction"
_TYPES = {"amount": "double", "number": "double", "integer": "long", "flag": "boolean", "list": "array"}
"""Kind of a value → its type; the others are text."""


@dataclass(frozen=True, slots=True, eq=False)
class Value:
    """A field, a text or a constant. path: of a field that may be absent, which is `nothing` then: most of a record's
    fields are those of other payment methods. text: what stands before text, of a field that goes out as it is."""

    node: Constant | Leaf | Template
    slot: AvroPlace
    path: str = ""
    nothing: bytes = b""
    text: bytes | None = None

    def write(self, given: Given) -> bytes:
        if self.text is not None and isinstance(self.node, Leaf):
            value = given.document.get(self.node.expression.path)
            if isinstance(value, str):
                return self.text + binary.text(value)
        return self.slot.value(self.node.of(given))


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    test: Test
    then: "Writer | None"
    otherwise: "Writer | None"
    slot: AvroPlace
    path: ClassVar[str] = ""
    nothing: ClassVar[bytes] = b""

    def write(self, given: Given) -> bytes:
        chosen = self.then if self.test.of(given.asked) else self.otherwise
        return self.slot.absence if chosen is None else chosen.write(given)


@dataclass(frozen=True, slots=True, eq=False)
class Joined:
    """A record or a list. lead, end: what stands around its parts."""

    lead: bytes
    parts: "tuple[Writer, ...]"
    end: bytes = b""
    path: ClassVar[str] = ""
    nothing: ClassVar[bytes] = b""

    def write(self, given: Given) -> bytes:
        known = given.document
        parts = [each.nothing if each.path and each.path not in known else each.write(given) for each in self.parts]
        return self.lead + b"".join(parts) + self.end


Writer = Union[Value, Choice, Joined]  # noqa: UP007 (classes name it before it is there)


class AvroContract:
    """root: writes an event. Raises Unfit where a value is none of its place's types."""

    def __init__(self, tree: Node) -> None:
        slot = AvroPlace()
        _fill(tree, slot, ROOT)
        self.root = _writer(tree, slot)
        self.schema: Any = slot.schema({})

    @property
    def schema_text(self) -> str:
        return orjson.dumps(self.schema, option=orjson.OPT_INDENT_2).decode() + "\n"


@cache
def _always() -> frozenset[str]:
    """The fields that every transaction has."""
    found = [{field.path for field in fields_of(name) if not field.optional} for name in METHODS]
    return frozenset(set.intersection(*found))


@lru_cache(4096)  # asked for every column
def types_of(leaf: Leaf) -> tuple[str, ...]:
    """The types that a field may have in its place."""
    if leaf.values is not None:
        known = closed(leaf.path)
        every = "*" in leaf.values or (known and set(known) <= leaf.values.keys())
        passing = () if every else (_TYPES.get(kind(leaf.path), "string"),)
        return tuple(dict.fromkeys((*map(_type, leaf.values.values()), *passing)))
    now, uncertain = kind(leaf.path), False
    for name, _ in leaf.expression.filters:
        now = FILTERS[name].gives or now
        uncertain = (uncertain or FILTERS[name].may_pass) and now != "text"
    own = _TYPES.get(now, "string")
    return ("long", "string") if uncertain else (own,)


def _type(value: Any) -> str:
    if value is None:
        return "null"
    for python, name in ((bool, "boolean"), (int, "long"), (float, "double"), (list, "array")):
        if isinstance(value, python):
            return name
    return "string"


def _fill(node: Node, slot: AvroPlace, name: str) -> None:
    """Say what this node may put in a place. name: of a record there."""
    if isinstance(node, Leaf):
        for each in types_of(node):
            _add(slot, each)
        _perhaps(slot, node.path not in _always())
    elif isinstance(node, Template):
        slot.add("string")
        _perhaps(slot, any(leaf.path not in _always() for leaf in node.leaves))
    elif isinstance(node, Constant):
        _fill_constant(orjson.loads(node.json), slot, name)
    elif isinstance(node, When):
        for branch in (node.then, node.otherwise):
            if branch is None:
                _perhaps(slot, True)
            else:
                _fill(branch, slot, name)
    elif isinstance(node, Object):
        record = slot.record(tuple(each for each, _ in node.children), name)
        for each, child in node.children:
            _fill(child, record.fields[each], f"{name}_{each}")
    else:
        for child in node.children:
            _fill(child, slot.array(), f"{name}_item")


def _add(slot: AvroPlace, name: str) -> None:
    if name == "array":
        slot.array().add("string")  # the only lists of the contract
    else:
        slot.add(name)


def _perhaps(slot: AvroPlace, absent: bool) -> None:
    """An element that is absent takes no room in its list."""
    if absent and not slot.in_list:
        slot.add("null")


def _fill_constant(value: Any, slot: AvroPlace, name: str) -> None:
    if isinstance(value, dict):
        record = slot.record(tuple(value), name)
        for each, inner in value.items():
            _fill_constant(inner, record.fields[each], f"{name}_{each}")
    elif isinstance(value, list):
        items = slot.array()
        for inner in value:
            _fill_constant(inner, items, f"{name}_item")
        if not items.keys:
            items.add("null")  # an empty list has elements of some type too
    else:
        slot.add(_type(value))


def _writer(node: Node, slot: AvroPlace) -> Writer:
    if isinstance(node, When):
        then, otherwise = (None if each is None else _writer(each, slot) for each in (node.then, node.otherwise))
        return Choice(node.test, then, otherwise, slot)
    if isinstance(node, Object):
        names = tuple(name for name, _ in node.children)
        record = slot.record(names)
        parts = tuple(_writer(child, record.fields[name]) for name, child in node.children)
        return Joined(slot.lead(names), parts)
    if isinstance(node, Array):
        items = slot.array()
        return Joined(slot.lead("array"), tuple(_writer(child, items) for child in node.children), END)
    if not isinstance(node, Leaf):
        return Value(node, slot)
    plain = not node.steps and node.values is None and types_of(node) == ("string",)
    text = slot.lead("string") if plain else None
    if node.path in _always():
        return Value(node, slot, text=text)
    return Value(node, slot, node.path, slot.absence, text)
