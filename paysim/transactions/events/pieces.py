"""What a layout is made of: nodes in their places, runs of them, stamps, and the parts of an event in order.

`Placed` writes JSON; `avro.pieces` has the same for Avro.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import Any, ClassVar

import numpy as np
import orjson

from .columns import amounts
from .templates.filters import text_of
from .templates.tree import ABSENT, Given, Leaf, Node, Test

BETWEEN = b"\0"
"""Stands between the application properties of an event and its body. The properties are JSON, which has none."""
Guard = tuple[Test, ...]
"""All of them must hold."""
Gather = Callable[[Sequence[list[bytes]]], list[bytes]]
"""Columns → one column."""
_FORMS = (("string", ""), ("minor_units", ""))


class NotLaidOut(Exception):
    """The mapping cannot be laid out as pieces (say, a stamped field in an object of which nothing may be left)."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A node in the event with what stands before and after it when it is there. inside: as a part of a text."""

    is_json: ClassVar[bool] = True
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

    def column(self, values: Sequence[bytes | None], before: bytes, after: bytes) -> list[bytes]:
        """JSON values of its field, None where absent, in the form of this place, each with text around it."""
        leaf = self.leaf
        if self.is_plain:
            first, last, nothing = before + self.before, self.after + after, before + after
            if None not in values:  # all at once and then taken apart, so that each text is made once
                return (first + (last + b"\n" + first).join(values) + last).split(b"\n")  # type: ignore[arg-type]
            return [first + value + last if value is not None else nothing for value in values]
        made, around = leaf.made, self.around
        nothing = before + around(ABSENT) + after if None in values else b""  # not every place may be empty
        return [nothing if v is None else before + around(made(orjson.loads(v))) + after for v in values]

    def of_each(self, records: Sequence[Mapping[str, Any]]) -> list[bytes]:
        """Where it is plain: the bytes for the value of its field in each record."""
        path, before, after = self.leaf.path, self.before, self.after
        return [before + orjson.dumps(record[path]) + after if path in record else b"" for record in records]

    @property
    def is_plain(self) -> bool:
        """Whether its field's JSON value stands there as it is."""
        node = self.node
        plain = self.is_json and not self.inside and isinstance(node, Leaf)
        return plain and not self.leaf.steps and self.leaf.values is None

    def in_parts(self, values: Sequence[bytes], before: bytes) -> "tuple[list[Iterable[bytes]], bytes]":
        """What `column` makes of values that are all there, as columns to be joined, some without end, and the text
        behind them: so that a text is copied once."""
        if self.is_plain:
            return [repeat(before + self.before), values], self.after
        return [self.column(values, before, b"")], b""

    def amounts(self, minor_units: np.ndarray, decimals: np.ndarray, before: bytes, after: bytes) -> list[bytes]:
        """Amounts in the form of this place, each with text around it."""
        filters = self.leaf.expression.filters
        form = "number" if not filters else filters[0][0] if filters[0] in _FORMS else ""
        if self.is_json and form and len(filters) <= 1 and not self.inside:
            return amounts(minor_units, decimals, form, before + self.before, self.after + after)
        major = zip((minor_units / 10.0**decimals).tolist(), decimals.tolist(), strict=True)
        made = self.leaf.made
        return [before + self.around(made(amount, places)) + after for amount, places in major]

    @property
    def leaf(self) -> Leaf:
        """The node, where it is a single field."""
        assert isinstance(self.node, Leaf)
        return self.node


@dataclass(frozen=True, slots=True)
class Group:
    """An object or a list of what is there, each with a comma behind it; `empty` where nothing is there."""

    opening: bytes
    closing: bytes
    empty: bytes

    def __call__(self, columns: Sequence[list[bytes]]) -> list[bytes]:
        texts = map(b"".join, zip(*columns, strict=True))
        return [self.opening + text[:-1] + self.closing if text else self.empty for text in texts]


@dataclass(frozen=True, slots=True)
class FieldRun:
    """Neighbours from one source, with the constant text between them. source: a record source, the path of a drawn
    column, or `constant`.

    own: tests that are asked of each record. masks: tests that are asked of each payment. group: runs of which
    `gather` makes one column.
    """

    source: str
    pieces: tuple[bytes | Placed, ...]
    drawn: bool = False
    own: Guard = ()
    masks: Guard = ()
    group: tuple["FieldRun", ...] = ()
    gather: Gather | None = None

    def render(self, record: Mapping[str, Any]) -> bytes:
        """The bytes for one record."""
        if not all(test.of(record) for test in self.own):
            return b""
        given = Given(record)
        return b"".join([piece if isinstance(piece, bytes) else piece.render(given) for piece in self.pieces])

    def render_each(self, records: Sequence[Mapping[str, Any]]) -> list[bytes]:
        """The bytes for each of many records: column by column, where all its pieces are plain."""
        slots = [piece for piece in self.pieces if isinstance(piece, Placed)]
        if self.own or not slots or not all(slot.is_plain for slot in slots):
            return [self.render(record) for record in records]
        columns = [repeat(piece) if isinstance(piece, bytes) else piece.of_each(records) for piece in self.pieces]
        return list(map(b"".join, zip(*columns, strict=False)))  # what is repeated has no end

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
    """A stamped field."""

    placed: Placed


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


@dataclass(frozen=True, slots=True)
class Token:
    """A piece on its way into a run; source is None for constant text, `stamp` for a stamp."""

    piece: bytes | Placed | Stamp | FieldRun
    guard: Guard = ()
    source: str | None = None
    drawn: bool = False


def merged(parts: Sequence[Any]) -> tuple[Any, ...]:
    """Neighbouring constant text as one, and none that is empty."""
    found: list[Any] = []
    for part in parts:
        if isinstance(part, bytes) and found and isinstance(found[-1], bytes):
            found[-1] += part
        elif part != b"":
            found.append(part)
    return tuple(found)
