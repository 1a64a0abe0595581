"""The shape of an event as pieces of bytes: what is constant, what is prepared once, what is drawn each time.

A layout is compiled from the fields and the tree of the mapping. Neighbouring fields from one source become one run,
rendered once for each of its records with names, commas and braces around; so does whatever depends on one source
alone. An event is then one join of a dozen fragments. Stamps, which are known at hand-out, stand between them; where
the order is ours they come first, so that an event is its stamp and a rest.

A condition on other sources is a mask: its pieces are there for the payments for which it holds. An object or a list
of which nothing may be left (`Group`) is put together for each payment.

Measured for events of 1.1 kB: a join of prepared fragments 0.12 µs and picking them 0.1 µs, against 4–5 µs for
building a dictionary and orjson. That is why.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from .mapping import CompiledMapping
from .sources import EventField
from .templates.filters import text_of
from .templates.pruning import pruned
from .templates.tree import ABSENT, Array, Constant, Given, Leaf, Node, Object, Test, Text, When, paths

BETWEEN = b"\0"
"""Stands between the application properties of an event and its body, and in neither: JSON has none."""
Guard = tuple[Test, ...]
"""All of them must hold."""


class NotLaidOut(Exception):
    """The mapping cannot be laid out as pieces (say, a stamped field in an object of which nothing may be left)."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A node in the event with what stands before and after it when it is there. inside: as a part of a text."""

    node: Node
    before: bytes = b""
    after: bytes = b""
    inside: bool = False

    def render(self, given: Given) -> bytes:
        return self.around(self.node.of(given))

    def around(self, value: Any) -> bytes:
        """The bytes for a value."""
        if value is ABSENT:
            return b""
        encoded = orjson.dumps(text_of(value))[1:-1] if self.inside else orjson.dumps(value)
        return self.before + encoded + self.after


@dataclass(frozen=True, slots=True)
class FieldRun:
    """Neighbours from one source, with the constant text between them. source: a record source, the path of a drawn
    column, or `constant`.

    own: tests that are asked of each record. masks: tests that are asked of each payment. group: runs of an object or
    a list that is there when anything of it is; then `pieces` are what stands before and after it, and in its place
    where nothing is left.
    """

    source: str
    pieces: tuple[bytes | Placed, ...]
    drawn: bool = False
    own: Guard = ()
    masks: Guard = ()
    group: tuple["FieldRun", ...] = ()

    def render(self, record: Mapping[str, Any]) -> bytes:
        """The bytes for one record."""
        if not all(test.of(record) for test in self.own):
            return b""
        given = Given(record)
        return b"".join([piece if isinstance(piece, bytes) else piece.render(given) for piece in self.pieces])

    def around(self) -> tuple[bytes, Placed, bytes]:
        """For a drawn column: what stands before and after its value, even where it is absent, and what it becomes."""
        at = next(i for i, piece in enumerate(self.pieces) if isinstance(piece, Placed))
        slot = self.pieces[at]
        assert isinstance(slot, Placed)
        before = b"".join(p for p in self.pieces[:at] if isinstance(p, bytes))
        after = b"".join(p for p in self.pieces[at + 1 :] if isinstance(p, bytes))
        return before, slot, after


@dataclass(frozen=True, slots=True)
class Stamp:
    """A stamped field. inside: as a part of a text."""

    leaf: Leaf
    inside: bool = False


@dataclass(frozen=True, slots=True)
class Rest:
    """The runs from `start` up to `stop` stand here."""

    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class Masked:
    """Parts that are there where the run at `mask` is not empty."""

    parts: tuple[bytes | Stamp, ...]
    mask: int


Part = bytes | Stamp | Rest | Masked


@dataclass(frozen=True, slots=True)
class Layout:
    """parts: the event in order. runs: what is drawn of it; some of them are masks of stamps alone."""

    parts: tuple[Part, ...]
    runs: tuple[FieldRun, ...]

    @property
    def stamp_first(self) -> bool:
        """Whether an event is its stamp and all runs behind it."""
        plain = all(isinstance(part, bytes | Stamp) for part in self.parts[:-1])
        return plain and self.parts[-1] == Rest(0, len(self.runs))


def compile_layout(
    fields: Sequence[EventField], mapping: CompiledMapping, fixed: Mapping[str, str] | None = None
) -> Layout:
    """The layout of a payment; original_transaction_id is a refund's and has no place in it.

    fixed: fields that have one value in all payments of the method. Raises NotLaidOut.
    """
    known = {field.path: field for field in fields if field.path != "original_transaction_id"}
    body = pruned(mapping.tree(known), known, fixed or {})
    assert body is not None  # a document is whole
    properties = None
    if mapping.properties:
        properties = pruned(Object(tuple(mapping.properties.items()), whole=True), known, fixed or {})
    return _Compiler(known, sort=mapping.body is None).layout(body, properties)


@dataclass(frozen=True, slots=True)
class _Token:
    """A piece on its way into a run; source is None for constant text, `stamp` for a stamp."""

    piece: bytes | Placed | Stamp | FieldRun
    guard: Guard = ()
    source: str | None = None
    drawn: bool = False


class _Compiler:
    def __init__(self, known: Mapping[str, EventField], sort: bool) -> None:
        self._known, self._sort = known, sort

    def layout(self, body: Node, properties: Node | None) -> Layout:
        parts: list[Part] = []
        runs: list[FieldRun] = []
        masks: dict[Guard, int] = {}
        tokens = list(self._tokens(properties, b"", BETWEEN, ())) if properties else []
        tokens += self._tokens(body, b"", b"", ())
        last = max((i for i, token in enumerate(tokens) if token.source == "stamp"), default=-1)
        at = 0
        while at <= last:
            begun = at
            while at <= last and tokens[at].source in ("stamp", None):
                at += 1
            stamps, rest = _stamped(tokens[begun:at])
            parts += self._masked(stamps, masks)
            begun, at = at - rest, at
            while at <= last and tokens[at].source != "stamp":
                at += 1
            if begun < at:
                parts.append(self._rest(tokens[begun:at], runs))
        parts.append(self._rest(tokens[last + 1 :], runs))
        where = {}
        for guard, number in masks.items():
            where[number] = len(runs)
            runs.append(self._run("constant", [b"1"], False, guard))
        placed = (Masked(part.parts, where[part.mask]) if isinstance(part, Masked) else part for part in parts)
        return Layout(tuple(merged(tuple(placed))), tuple(runs))

    @staticmethod
    def _masked(tokens: Sequence[_Token], masks: dict[Guard, int]) -> Iterator[Part]:
        """Stamps and the text between them, together where they have one guard."""
        at = 0
        while at < len(tokens):
            guard, parts = tokens[at].guard, []
            while at < len(tokens) and tokens[at].guard == guard:
                piece = tokens[at].piece
                assert isinstance(piece, bytes | Stamp)
                parts.append(piece)
                at += 1
            if guard:
                yield Masked(tuple(merged(tuple(parts))), masks.setdefault(guard, len(masks)))
            else:
                yield from parts

    def _rest(self, tokens: Sequence[_Token], runs: list[FieldRun]) -> Rest:
        start = len(runs)
        source: str | None = None
        drawn, guard = False, Guard()
        pieces: list[bytes | Placed] = []

        def flush() -> None:
            nonlocal pieces
            if pieces:
                runs.append(self._run(source or "constant", pieces, drawn, guard))
            pieces = []

        for token in tokens:
            if isinstance(token.piece, FieldRun):
                flush()
                runs.append(token.piece)
                source, drawn, guard = None, False, ()
                continue
            assert isinstance(token.piece, bytes | Placed)
            other = token.source is not None and source is not None and (token.source != source or drawn)
            if pieces and (other or token.guard != guard):
                flush()
                source, drawn = None, False
            guard = token.guard
            if token.source is not None:
                source, drawn = token.source, token.drawn
            pieces.append(token.piece)
        flush()
        return Rest(start, len(runs))

    def _run(self, source: str, pieces: Sequence[bytes | Placed], drawn: bool, guard: Guard) -> FieldRun:
        if source == "constant" and guard:
            source = next((name for test in guard if (name := self._record(test)) is not None), source)
        mine = tuple(test for test in guard if source == self._record(test))
        return FieldRun(source, tuple(pieces), drawn, mine, tuple(test for test in guard if test not in mine))

    def _record(self, test: Test) -> str | None:
        """The record source that a test asks alone."""
        sources = {self._known[path].source for path, _ in test.conditions}
        drawn = any(self._known[path].drawn for path, _ in test.conditions)
        return sources.pop() if len(sources) == 1 and not drawn else None

    def _tokens(self, node: Node, before: bytes, after: bytes, guard: Guard) -> Iterator[_Token]:
        if isinstance(node, Constant):
            yield _Token(before + node.json + after, guard)
            return
        fields = [self._known[path] for path in paths(node)]
        sources = {field.source for field in fields}
        [first, *others] = sources
        if isinstance(node, Leaf) and first == "stamp":
            yield _Token(before, guard)
            yield _Token(Stamp(node), guard, "stamp")
            yield _Token(after, guard)
        elif isinstance(node, Leaf) or (not others and first != "stamp" and not fields[0].drawn):
            if self._sort and isinstance(node, Object):  # its fields go on one by one, so that they join others
                yield from self._children(node, before, after, guard)
            else:
                yield _Token(Placed(node, before, after), guard, first, fields[0].drawn)
        elif isinstance(node, Text):
            yield from self._text(node, before, after, guard)
        elif isinstance(node, When):
            for holds, branch in ((True, node.then), (False, node.otherwise)):
                if branch is not None:
                    yield from self._tokens(branch, before, after, (*guard, Test(node.test.conditions, holds)))
        else:
            yield from self._children(node, before, after, guard)

    def _text(self, node: Text, before: bytes, after: bytes, guard: Guard) -> Iterator[_Token]:
        for leaf in node.leaves:
            if self._known[leaf.path].optional:
                guard = (*guard, Test(((leaf.path, frozenset({None})),), holds=False))
        yield _Token(before + b'"', guard)
        for part in node.parts:
            if isinstance(part, str):
                yield _Token(orjson.dumps(part)[1:-1], guard)
            elif (field := self._known[part.path]).source == "stamp":
                yield _Token(Stamp(part, inside=True), guard, "stamp")
            else:
                yield _Token(Placed(part, inside=True), guard, field.source, field.drawn)
        yield _Token(b'"' + after, guard)

    def _children(self, node: Object | Array, before: bytes, after: bytes, guard: Guard) -> Iterator[_Token]:
        opening, closing = (b"{", b"}") if isinstance(node, Object) else (b"[", b"]")
        if isinstance(node, Object):
            named = [(orjson.dumps(name) + b":", child) for name, child in node.children]
        else:
            named = [(b"", child) for child in node.children]
        if self._sort:
            named.sort(key=lambda item: self._rank(item[1]))
        always = next((i for i, (_, child) in enumerate(named) if self._always(child)), None)
        if always is None:
            inner = [token for key, child in named for token in self._tokens(child, key, b",", ())]
            if any(token.source == "stamp" for token in inner):
                raise NotLaidOut
            runs: list[FieldRun] = []
            self._rest(inner, runs)
            kept = before + opening + closing + after if isinstance(node, Object) and node.whole else b""
            whole = FieldRun("group", (before + opening, closing + after, kept), masks=guard, group=tuple(runs))
            yield _Token(whole, guard, "group")
            return
        yield _Token(before + opening, guard)
        for position, (key, child) in enumerate(named):
            # Up to the first that is always there commas follow, after it they lead: so none is ever left alone.
            if position > always:
                yield from self._tokens(child, b"," + key, b"", guard)
            else:
                yield from self._tokens(child, key, b"," if position < always else b"", guard)
        yield _Token(closing + after, guard)

    def _always(self, node: Node | None) -> bool:
        """Whether this is in every event."""
        if isinstance(node, Leaf):
            return not self._known[node.path].optional
        if isinstance(node, Text):
            return all(map(self._always, node.leaves))
        if isinstance(node, When):
            return self._always(node.then) and self._always(node.otherwise)
        if isinstance(node, Object):
            return node.whole or any(self._always(child) for _, child in node.children)
        if isinstance(node, Array):
            return any(map(self._always, node.children))
        return node is not None

    def _rank(self, node: Node) -> int:
        leaves = [path in self._known and self._known[path].source == "stamp" for path in paths(node)]
        return 2 if not any(leaves) else 0 if all(leaves) else 1


def _stamped(tokens: Sequence[_Token]) -> tuple[Sequence[_Token], int]:
    """The tokens up to the last stamp, and how many stand behind it."""
    last = max((i for i, token in enumerate(tokens) if token.source == "stamp"), default=-1)
    return tokens[: last + 1], len(tokens) - last - 1


def merged(parts: Sequence[Any]) -> tuple[Any, ...]:
    """Neighbouring constant text as one, and none that is empty."""
    found: list[Any] = []
    for part in parts:
        if isinstance(part, bytes) and found and isinstance(found[-1], bytes):
            found[-1] += part
        elif part != b"":
            found.append(part)
    return tuple(found)
