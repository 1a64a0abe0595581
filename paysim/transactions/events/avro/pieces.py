"""The tree of a mapping as pieces of an Avro record, in the order of the schema.

Nothing depends on its neighbours: what is absent is a null, an element of a list is a block of its own. Only a text of
fields from several sources needs the lengths of all of them in front.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from paysim.config.mapping.templates import FILTERS
from paysim.transactions.events.columns import amounts
from paysim.transactions.events.pieces import FieldRun, Guard, NotLaidOut, Placed, Stamp, Token
from paysim.transactions.events.sources import EventField
from paysim.transactions.events.templates.filters import text_of
from paysim.transactions.events.templates.pruning import Possible, reduced
from paysim.transactions.events.templates.tree import ABSENT, Constant, Given, Leaf, Template, Test

from . import binary
from .contract import Choice, Joined, Value, Writer, types_of
from .types import AvroPlace

_A_TIME, _AN_ID = 1_767_225_600_000, "0190a1b2-c3d4-8000-8000-0a0b0c0d0e0f"


@dataclass(frozen=True, slots=True)
class AvroPlaced(Placed):
    """A value in its place."""

    is_json: ClassVar[bool] = False
    slot: AvroPlace | None = None

    def around(self, value: Any) -> bytes:
        assert self.slot is not None
        return self.before + self.slot.value(value) + self.after

    @property
    def _is_text(self) -> bool:
        """Whether its field's text stands there as it is."""
        leaf = self.leaf
        return not leaf.steps and leaf.values is None and types_of(leaf) == ("string",)

    def in_parts(self, values: Sequence[bytes], before: bytes) -> tuple[list[Iterable[bytes]], bytes]:
        assert self.slot is not None
        made = binary.headed(values, before + self.slot.lead("string")) if self._is_text else None
        return Placed.in_parts(self, values, before) if made is None else (list(made), b"")

    def column(self, values: Sequence[bytes | None], before: bytes, after: bytes) -> list[bytes]:
        if not self._is_text:
            return Placed.column(self, values, before, after)
        assert self.slot is not None
        there = values if None not in values else list(filter(None, values))
        made = binary.texts(there, before + self.slot.lead("string"), after)  # type: ignore[arg-type]
        if made is None:
            return Placed.column(self, values, before, after)
        if len(made) == len(values):
            return made
        each, nothing = iter(made), before + self.slot.absence + after
        return [nothing if value is None else next(each) for value in values]

    def amounts(self, minor_units: np.ndarray, decimals: np.ndarray, before: bytes, after: bytes) -> list[bytes]:
        assert self.slot is not None
        filters = self.leaf.expression.filters
        if not filters:
            head = before + self.slot.lead("double")
            found: list[bytes] = (minor_units / 10.0**decimals).astype("<f8").view("V8").tolist()
        elif filters == (("minor_units", ""),):
            head, found = before + self.slot.lead("long"), binary.longs(minor_units.astype(np.int64))
        else:
            return Placed.amounts(self, minor_units, decimals, before, after)
        return [head + each + after for each in found]


@dataclass(frozen=True, slots=True)
class TextPart(Placed):
    """A field as a part of a text, without its length."""

    is_json: ClassVar[bool] = False

    def around(self, value: Any) -> bytes:
        return b"" if value is ABSENT else text_of(value).encode()

    def amounts(self, minor_units: np.ndarray, decimals: np.ndarray, before: bytes, after: bytes) -> list[bytes]:
        if self.leaf.expression.filters != (("string", ""),):
            return Placed.amounts(self, minor_units, decimals, before, after)
        return [before + each[1:-1] + after for each in amounts(minor_units, decimals, "string")]


@dataclass(frozen=True, slots=True)
class Length:
    """The length of a text, of the columns of its parts. more: bytes that all of them have besides."""

    lead: bytes
    more: int

    def __call__(self, columns: Sequence[list[bytes]]) -> list[bytes]:
        texts = zip(*columns, strict=True)
        return [self.lead + binary.length(self.more + sum(map(len, each))) for each in texts]


class AvroPieces:
    """known: the fields that payments have. possible: what they can be. runs: what makes runs of tokens."""

    def __init__(
        self,
        known: Mapping[str, EventField],
        possible: Possible,
        runs: Callable[[Sequence[Token]], Sequence[FieldRun]],
    ) -> None:
        self._known, self._possible, self._runs = known, possible, runs

    def tokens(self, writer: Writer, guard: Guard) -> Iterator[Token]:
        if isinstance(writer, Joined):
            yield Token(writer.lead, guard)
            for part in writer.parts:
                yield from self.tokens(part, guard)
            yield Token(writer.end, guard)
        elif isinstance(writer, Choice):
            yield from self._choice(writer, guard)
        elif isinstance(writer.node, Constant):
            yield Token(writer.write(Given({})), guard)
        elif isinstance(writer.node, Leaf):
            yield from self._leaf(writer.node, writer.slot, guard)
        else:
            yield from self._text(writer, writer.node, guard)

    def _choice(self, writer: Choice, guard: Guard) -> Iterator[Token]:
        test = reduced(writer.test, self._known, self._possible)
        if isinstance(test, bool):
            branches = [(writer.then if test else writer.otherwise, guard)]
        else:
            branches = [(writer.then, (*guard, test)), (writer.otherwise, (*guard, _opposite(test)))]
        for branch, its_guard in branches:
            if branch is None:
                yield Token(writer.slot.absence, its_guard)
            else:
                yield from self.tokens(branch, its_guard)

    def _leaf(self, leaf: Leaf, slot: AvroPlace, guard: Guard) -> Iterator[Token]:
        field = self._known.get(leaf.path)
        if field is None:
            yield Token(slot.absence, guard)
        elif field.source != "stamp":
            yield Token(AvroPlaced(leaf, slot=slot), guard, field.source, field.drawn)
        elif leaf.expression.filters:
            yield Token(Stamp(AvroPlaced(leaf, slot=slot)), guard, "stamp")
        else:
            yield Token(slot.lead("string") + binary.length(_width(leaf)), guard)
            yield Token(Stamp(Placed(leaf, inside=True)), guard, "stamp")

    def _text(self, writer: Value, node: Template, guard: Guard) -> Iterator[Token]:
        if any(leaf.path not in self._known for leaf in node.leaves):
            yield Token(writer.slot.absence, guard)
            return
        fields = [self._known[leaf.path] for leaf in node.leaves]
        if len({field.source for field in fields}) == 1 and not fields[0].drawn and fields[0].source != "stamp":
            yield Token(AvroPlaced(node, slot=writer.slot), guard, fields[0].source)
            return
        for field in fields:
            if field.optional:
                absent = Test(((field.path, frozenset({None})),))
                yield Token(writer.slot.absence, (*guard, absent))
                guard = (*guard, _opposite(absent))
        parts = [self._part(part, guard) for part in node.parts]
        varying = [part for part in parts if isinstance(part.piece, TextPart)]
        more = sum(len(part.piece) if isinstance(part.piece, bytes) else _stamp_width(part.piece) for part in parts)
        lead = writer.slot.lead("string")
        if varying:
            # The same columns once more, outside of what guards the text: that guards the length as a whole.
            runs = self._runs([Token(part.piece, (), part.source, part.drawn) for part in varying])
            length = FieldRun("group", (), masks=guard, group=tuple(runs), gather=Length(lead, more))
            yield Token(length, guard, "group")
        else:
            yield Token(lead + binary.length(more), guard)
        yield from parts

    def _part(self, part: str | Leaf, guard: Guard) -> Token:
        if isinstance(part, str):
            return Token(part.encode(), guard)
        field = self._known[part.path]
        if field.source == "stamp":
            return Token(Stamp(Placed(part, inside=True)), guard, "stamp")
        return Token(TextPart(part), guard, field.source, field.drawn)


def _opposite(test: Test) -> Test:
    return Test(test.conditions, not test.holds)


def _stamp_width(piece: object) -> int:
    return _width(piece.placed.leaf) if isinstance(piece, Stamp) else 0


def _width(leaf: Leaf) -> int:
    """Bytes of a stamped field as text: times and ids are all as long. Raises NotLaidOut where they may not be."""
    if any(FILTERS[name].may_pass for name, _ in leaf.expression.filters):
        raise NotLaidOut
    sample = _A_TIME if leaf.path == "transaction_timestamp" else _AN_ID
    return len(text_of(leaf.made(sample)).encode())
