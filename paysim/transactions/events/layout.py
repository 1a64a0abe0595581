"""The shape of an event as pieces of bytes: what is constant, what is prepared once, what is drawn each time.

A layout is compiled from the fields and the tree of the mapping. Neighbouring fields from one source become one run,
rendered once for each of its records with names, commas and braces around; so does whatever depends on one source
alone. An event is then one join of a dozen fragments. Stamps, which are known at hand-out, stand between them; where
the order is ours they come first, so that an event is its stamp and a rest.

A condition on other sources is a mask: its pieces are there for the payments for which it holds. What pieces a tree
has depends on the format: `json_pieces`, `avro.pieces`.

Measured for events of 1.1 kB: a join of prepared fragments 0.12 µs and picking them 0.1 µs, against 4–5 µs for
building a dictionary and orjson. That is why.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from .avro.pieces import AvroPieces
from .json_pieces import JsonPieces
from .mapping import CompiledMapping
from .pieces import (
    BETWEEN,
    FieldRun,
    Guard,
    Layout,
    Masked,
    NotLaidOut,
    Part,
    Placed,
    Rest,
    Stamp,
    Token,
    merged,
)
from .sources import EventField
from .templates.pruning import Possible, pruned
from .templates.tree import Object, Test

__all__ = ["FieldRun", "Guard", "Layout", "Masked", "NotLaidOut", "Rest", "compile_layout"]


def compile_layout(
    fields: Sequence[EventField],
    mapping: CompiledMapping,
    possible: Possible | None = None,
    *,
    refund: bool = False,
) -> Layout:
    """The layout of a payment, or of a refund: original_transaction_id has no place in a payment's.

    possible: what fields can be in payments of the method, where that is known. Raises NotLaidOut.
    """
    known = {field.path: field for field in fields if field.path != "original_transaction_id"}
    if refund:  # always there then, and its neighbours stay where they are
        known = {field.path: replace(field, optional=field.optional and field.source != "stamp") for field in fields}
    possible = possible or {}
    assembler = _Assembler(known)
    in_json = JsonPieces(known, assembler.runs, sort=mapping.body is None)
    tokens: list[Token] = []
    if mapping.properties:
        properties = pruned(Object(tuple(mapping.properties.items()), whole=True), known, possible)
        assert properties is not None  # a document is whole
        tokens += in_json.tokens(properties, b"", BETWEEN, ())
    if mapping.avro is not None:
        tokens += AvroPieces(known, possible, assembler.runs).tokens(mapping.avro.root, ())
    else:
        body = pruned(mapping.tree(known), known, possible)
        assert body is not None
        tokens += in_json.tokens(body, b"", b"", ())
    return assembler.layout(tokens)


class _Assembler:
    """Makes runs, stamps and masks of tokens."""

    def __init__(self, known: Mapping[str, EventField]) -> None:
        self._known = known

    def runs(self, tokens: Sequence[Token]) -> list[FieldRun]:
        """The runs of tokens without stamps."""
        found: list[FieldRun] = []
        self._rest(tokens, found)
        return found

    def layout(self, tokens: Sequence[Token]) -> Layout:
        parts: list[Part] = []
        runs: list[FieldRun] = []
        masks: dict[Guard, int] = {}
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
    def _masked(tokens: Sequence[Token], masks: dict[Guard, int]) -> Iterator[Part]:
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
                if kept := merged(tuple(parts)):
                    yield Masked(kept, masks.setdefault(guard, len(masks)))
            else:
                yield from parts

    def _rest(self, tokens: Sequence[Token], runs: list[FieldRun]) -> Rest:
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


def _stamped(tokens: Sequence[Token]) -> tuple[Sequence[Token], int]:
    """The tokens up to the last stamp, and how many stand behind it."""
    last = max((i for i, token in enumerate(tokens) if token.source == "stamp"), default=-1)
    return tokens[: last + 1], len(tokens) - last - 1
