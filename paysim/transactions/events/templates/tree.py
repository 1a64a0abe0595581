"""A body as a tree of nodes, and what a transaction makes of each.

A leaf whose field a transaction has not is left out, and so is an object or a list that nothing is left of. This is the
plain way, for one transaction at a time; `layout` makes prepared pieces of the same tree.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Union

import orjson

from paysim.config.mapping import body as rules
from paysim.config.mapping.body import REST
from paysim.config.mapping.templates import FILTERS, Expression, Step, parse
from paysim.contract.fields import kind

from .filters import text_of
from .times import rfc3339

Document = dict[str, Any]
"""A transaction as a flat mapping from dotted path to value; transaction_timestamp is in Unix milliseconds."""


class Absent:
    """Nothing is there."""


ABSENT = Absent()


@dataclass(frozen=True, slots=True)
class Given:
    """What is known of a transaction.

    decimals: of its currency. before: the document as it was before a scenario changed it: conditions are asked of
    that, so that a wrong value goes out where the right one would have been. changed: the paths that differ.
    """

    document: Mapping[str, Any]
    decimals: int = 2
    before: Mapping[str, Any] | None = None
    changed: frozenset[str] = frozenset()

    @property
    def asked(self) -> Mapping[str, Any]:
        """What conditions are asked of."""
        return self.document if self.before is None else self.before


@dataclass(frozen=True, slots=True)
class Constant:
    """json: the value, encoded."""

    json: bytes

    def of(self, given: Given) -> Any:
        return orjson.loads(self.json)


@dataclass(frozen=True, slots=True)
class Leaf:
    """A field. steps: what is done with its value; table: JSON of what goes out for each value, b"" without one.

    What a scenario has put there goes out as it is, unless the table names it.
    """

    expression: Expression
    table: bytes = b""
    steps: tuple[Step, ...] = field(default=(), compare=False)
    values: Mapping[str, Any] | None = field(default=None, compare=False, hash=False)

    @property
    def path(self) -> str:
        return self.expression.path

    def of(self, given: Given) -> Any:
        if self.path not in given.document:
            return ABSENT
        return self.made(given.document[self.path], given.decimals, self.path in given.changed)

    def made(self, value: Any, decimals: int = 2, changed: bool = False) -> Any:
        """What goes out for this value of the field."""
        if self.values is not None:
            name = key_of(value)
            if name in self.values:
                value = self.values[name]
            elif changed:
                return value
            else:
                value = self.values.get(REST, value)
        for step in self.steps:
            value = step(value, decimals)
        return value


@dataclass(frozen=True, slots=True)
class Template:
    """Pieces of text and fields, joined."""

    parts: tuple[str | Leaf, ...]

    def of(self, given: Given) -> Any:
        found = [part if isinstance(part, str) else part.of(given) for part in self.parts]
        return ABSENT if ABSENT in found else "".join(map(text_of, found))

    @property
    def leaves(self) -> tuple[Leaf, ...]:
        return tuple(part for part in self.parts if isinstance(part, Leaf))


@dataclass(frozen=True, slots=True)
class Test:
    """Whether all these fields have one of these values (as text, None where absent), or, with `holds` false, not."""

    conditions: tuple[tuple[str, frozenset[str | None]], ...]
    holds: bool = True

    def of(self, document: Mapping[str, Any]) -> bool:
        return self.holds == all(
            (key_of(document[path]) if path in document else None) in values for path, values in self.conditions
        )


@dataclass(frozen=True, slots=True)
class When:
    test: Test
    then: "Node | None"
    otherwise: "Node | None"

    def of(self, given: Given) -> Any:
        chosen = self.then if self.test.of(given.asked) else self.otherwise
        return ABSENT if chosen is None else chosen.of(given)


@dataclass(frozen=True, slots=True)
class Object:
    """whole: it is the document itself, which is there even if nothing is left of it."""

    children: tuple[tuple[str, "Node"], ...]
    whole: bool = False

    def of(self, given: Given) -> Any:
        found = {name: value for name, child in self.children if (value := child.of(given)) is not ABSENT}
        return found if found or self.whole else ABSENT


@dataclass(frozen=True, slots=True)
class Array:
    children: tuple["Node", ...]

    def of(self, given: Given) -> Any:
        return [value for child in self.children if (value := child.of(given)) is not ABSENT] or ABSENT


Node = Union[Constant, Leaf, Template, When, Object, Array]  # noqa: UP007 (classes name it before it is there)


def key_of(value: Any) -> str:
    """A value as tables and conditions name it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def leaf(expression: Expression, table: Mapping[str, Any] | None = None) -> Leaf:
    """A field with its filters. Amounts and times that no filter makes text of get their usual forms."""
    steps: list[Step] = []
    now = kind(expression.path)
    for name, argument in expression.filters:
        steps.append(FILTERS[name].step(now, argument))
        now = FILTERS[name].gives or now
    if now == "amount":
        steps.append(_amount)
    elif now == "timestamp":
        steps.append(_time)
    values = None if table is None else {key_of(name): value for name, value in table.items()}
    return Leaf(expression, b"" if values is None else orjson.dumps(values), tuple(steps), values)


def _amount(value: Any, decimals: int) -> Any:
    whole = decimals == 0 and isinstance(value, float) and value.is_integer()
    return int(value) if whole else value  # 1500 yen, not 1500.0


def _time(value: Any, decimals: int) -> Any:
    return rfc3339(value) if isinstance(value, int) else value


def document(rule: Any) -> Node:
    """The node of a whole body."""
    return _document(compiled(rule))


def _document(node: Node) -> Node:
    if isinstance(node, When):
        return When(node.test, *(each and _document(each) for each in (node.then, node.otherwise)))
    return Object(node.children, whole=True) if isinstance(node, Object) else node


def compiled(rule: Any) -> Node:
    """The node of a rule of `mapping.body`, which has no faults."""
    if isinstance(rule, str):
        return template(rule)
    if rules.is_when(rule):
        conditions = ((path, frozenset(map(_allowed, rules.allowed(value)))) for path, value in rule["when"].items())
        branches = (compiled(rule[name]) if name in rule else None for name in ("then", "else"))
        return When(Test(tuple(conditions)), *branches)
    if rules.is_table(rule):
        return leaf(Expression(rule["of"]), rule["values"])
    if isinstance(rule, dict) and rule:
        return whole(Object(tuple((name, compiled(inner)) for name, inner in rule.items())))
    if isinstance(rule, list) and rule:
        return whole(Array(tuple(map(compiled, rule))))
    return Constant(orjson.dumps(rule))


def _allowed(value: Any) -> str | None:
    return None if value is None else key_of(value)


def whole(node: Object | Array) -> Node:
    """The node, as a constant where nothing in it differs."""
    inner = [child for _, child in node.children] if isinstance(node, Object) else list(node.children)
    return Constant(orjson.dumps(node.of(Given({})))) if all(isinstance(each, Constant) for each in inner) else node


def template(text: str) -> Node:
    """The node of a template: a single expression keeps its type."""
    parts = [part if isinstance(part, str) else leaf(part) for part in parse(text)]
    if len(parts) == 1 and isinstance(parts[0], Leaf):
        return parts[0]
    if all(isinstance(part, str) for part in parts):
        return Constant(orjson.dumps("".join(map(str, parts))))
    return Template(tuple(parts))


def paths(node: Node | None) -> Iterator[str]:
    """The fields of a node, those of its conditions too."""
    if isinstance(node, Leaf):
        yield node.path
    elif isinstance(node, Template):
        yield from (each.path for each in node.leaves)
    elif isinstance(node, When):
        yield from (path for path, _ in node.test.conditions)
        yield from paths(node.then)
        yield from paths(node.otherwise)
    elif isinstance(node, Object):
        for _, child in node.children:
            yield from paths(child)
    elif isinstance(node, Array):
        for child in node.children:
            yield from paths(child)
