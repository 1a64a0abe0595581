"""The shape of an event as pieces of bytes: what is constant, what is prepared once, what is drawn each time.

A layout is compiled from the fields and the mapping. Neighbouring fields from one source become one run,
rendered once for each of its records with names, commas and braces around; an event is then one join of a dozen
fragments. The stamped fields come first, so that an event is its stamp and a rest that can be drawn ahead of
time.

Measured for events of 1.1 kB: a join of prepared fragments 0.12 µs and picking them 0.1 µs, against 4–5 µs for
building a dictionary and orjson. That is why.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from .mapping import CompiledMapping
from .sources import EventField

Node = dict[str, Any]


class NotLaidOut(Exception):
    """The mapping cannot be laid out as pieces (say, stamped fields in two objects that hold others too)."""


@dataclass(frozen=True, slots=True)
class PlacedField:
    """One field in the event with what stands before and after it when it is there."""

    field: EventField
    before: bytes
    after: bytes


@dataclass(frozen=True, slots=True)
class FieldRun:
    """Neighbours from one source, with the constant text between them. drawn: one column, drawn for each payment."""

    source: str
    pieces: tuple[bytes | PlacedField, ...]
    drawn: bool = False

    def render(self, values: dict[str, Any], mapping: CompiledMapping) -> bytes:
        """The bytes for one record."""
        parts = []
        for piece in self.pieces:
            if isinstance(piece, bytes):
                parts.append(piece)
            elif piece.field.path in values:
                value = mapping.value(piece.field.path, values[piece.field.path])
                parts += [piece.before, orjson.dumps(value), piece.after]
        return b"".join(parts)

    def around(self) -> tuple[bytes, bytes, bytes]:
        """For a drawn column: what stands before and after its value, and instead of both where it is absent."""
        at = next(i for i, piece in enumerate(self.pieces) if isinstance(piece, PlacedField))
        slot = self.pieces[at]
        assert isinstance(slot, PlacedField)
        before = b"".join(p for p in self.pieces[:at] if isinstance(p, bytes))
        after = b"".join(p for p in self.pieces[at + 1 :] if isinstance(p, bytes))
        return before + slot.before, slot.after + after, before + after


@dataclass(frozen=True, slots=True)
class Layout:
    """stamp: bytes and the names of stamped fields in turn. runs: the rest of the event, in order."""

    stamp: tuple[bytes | str, ...]
    runs: tuple[FieldRun, ...]


def compile_layout(fields: Sequence[EventField], mapping: CompiledMapping) -> Layout:
    """The layout of a payment; original_transaction_id is a refund's and has no place in it.

    Raises NotLaidOut where the stamped fields cannot come first, or an object might have no field.
    """
    tree: Node = {}
    for field in fields:
        if field.path != "original_transaction_id":
            for target in mapping.targets(field.path):
                _insert(tree, target, field)
    for target, constant in mapping.constants.items():
        _insert(tree, target, orjson.dumps(constant))
    tokens = list(_flat(tree))
    last = max((i for i, token in enumerate(tokens) if _stamped(token)), default=-1)
    head, rest = tokens[: last + 1], tokens[last + 1 :]
    if any(isinstance(token, PlacedField) and not _stamped(token) for token in head):
        raise NotLaidOut
    stamp: list[bytes | str] = []
    for token in head:
        stamp += [token.before, token.field.path, token.after] if isinstance(token, PlacedField) else [token]
    return Layout(merged(stamp), tuple(_runs(rest)))


def _insert(tree: Node, target: str, leaf: EventField | bytes) -> None:
    *parents, name = target.split(".")
    for parent in parents:
        tree = tree.setdefault(parent, {})
    tree[name] = leaf


def _stamped(token: Any) -> bool:
    field = token.field if isinstance(token, PlacedField) else token
    return isinstance(field, EventField) and field.source == "stamp"


def _leaves(node: Any) -> Iterator[Any]:
    if isinstance(node, dict):
        for child in node.values():
            yield from _leaves(child)
    else:
        yield node


def _always(node: Any) -> bool:
    """Whether this is in every event."""
    return not all(isinstance(leaf, EventField) and leaf.optional for leaf in _leaves(node))


def _rank(node: Any) -> int:
    stamped = [_stamped(leaf) for leaf in _leaves(node)]
    return 0 if all(stamped) else 1 if any(stamped) else 2


def _flat(tree: Node) -> Iterator[bytes | PlacedField]:
    children = sorted(tree.items(), key=lambda item: _rank(item[1]))
    always = [i for i, (_, node) in enumerate(children) if _always(node)]
    if not always and children:
        raise NotLaidOut
    yield b"{"
    for position, (name, node) in enumerate(children):
        key = orjson.dumps(name) + b":"
        # Up to the first that is always there commas follow, after it they lead: so none is ever left alone.
        before = b"," + key if position > always[0] else key
        after = b"," if position < always[0] else b""
        if isinstance(node, EventField):
            yield PlacedField(node, before, after)
        elif isinstance(node, bytes):
            yield before + node + after
        else:
            if not _always(node):
                raise NotLaidOut
            yield before
            yield from _flat(node)
            yield after
    yield b"}"


def merged(tokens: Sequence[bytes | str]) -> tuple[bytes | str, ...]:
    """Neighbouring constant text as one."""
    found: list[bytes | str] = []
    for token in tokens:
        if isinstance(token, bytes) and found and isinstance(found[-1], bytes):
            found[-1] += token
        else:
            found.append(token)
    return tuple(found)


def _runs(tokens: Sequence[bytes | PlacedField]) -> Iterator[FieldRun]:
    last: EventField | None = None
    pieces: list[bytes | PlacedField] = []
    for token in tokens:
        if isinstance(token, PlacedField):
            if last is not None and (token.field.source != last.source or last.drawn):
                yield FieldRun(last.source, tuple(pieces), last.drawn)
                pieces = []
            last = token.field
        pieces.append(token)
    if pieces:
        yield FieldRun("constant", tuple(pieces)) if last is None else FieldRun(last.source, tuple(pieces), last.drawn)
