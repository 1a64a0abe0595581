"""Pieces of events for people, made for those who are met and kept for as many as there is room.

A source of records whose people are too many to be listed is a `PersonRecords`: it makes columns of values for whoever
is asked for, one pass for some hundred. `PersonPieces` renders a run of the layout for them and remembers it.
"""

import re
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import repeat
from typing import Any

import numpy as np
import orjson

from .pieces import FieldRun, Placed
from .templates.tree import Leaf

Record = dict[str, Any]
Columns = Mapping[str, Sequence[bytes | None]]
"""Dotted path → JSON values, one a person; None where absent."""
_FEW = 8192  # people: among fewer somebody may come twice in a draw
KEPT = 1 << 20
"""People whose pieces are kept at the most; who was met first is forgotten first."""


class PersonRecords(Sequence[Record]):
    """Records of `size` people, and behind them `others`. columns: makes the values of the people at some positions;
    it should not hold what holds these records."""

    def __init__(self, size: int, columns: Callable[[np.ndarray], Columns], others: Sequence[Record] = ()) -> None:
        self.size, self.others, self.columns = size, others, columns
        self._made: dict[int, Record] = {}
        self._readable: PersonPieces | None = None

    def __len__(self) -> int:
        return self.size + len(self.others)

    def __getitem__(self, at: Any) -> Any:
        """The record of one person, a position."""
        if at >= self.size:
            return self.others[at - self.size]
        if self._readable is not None:
            found = self._readable.read(at)
            if found is not None:
                return found
        if at not in self._made:
            self._make(np.array([at]))
        return self._made[at]

    def make(self, positions: np.ndarray) -> None:
        """Make the records of people who are about to be asked for, all at once."""
        if self._readable is None:
            self._make(positions)

    def _make(self, positions: np.ndarray) -> None:
        if len(self._made) > 4 * len(positions) + 1_000:
            self._made.clear()
        positions = positions[positions < self.size]
        columns = self.columns(positions)
        for number, at in enumerate(positions.tolist()):
            given = ((path, values[number]) for path, values in columns.items())
            self._made[at] = {path: orjson.loads(value) for path, value in given if value is not None}

    def of(self, path: str, positions: np.ndarray) -> list[Any]:
        """The value of one field at each of these positions; None where absent."""
        found: list[Any] = [None] * len(positions)
        mine = np.flatnonzero(positions < self.size)
        for at, value in zip(mine.tolist(), self.columns(positions[mine]).get(path, ()), strict=False):
            found[at] = None if value is None else orjson.loads(value)
        for at in np.flatnonzero(positions >= self.size).tolist():
            found[at] = self.others[int(positions[at]) - self.size].get(path)
        return found

    def pieces(self, run: FieldRun) -> "PersonPieces":
        """This run for these people. One that has all values as they are is what records are read from."""
        made = PersonPieces(self, run)
        paths = _plain_paths(run)
        if self._readable is None and paths is not None:
            some = self.columns(np.zeros(min(1, self.size), np.intp))
            if set(paths) == set(some):
                self._readable = made
        return made


class PersonPieces:
    """A run of the layout for each person who is met."""

    def __init__(self, records: PersonRecords, run: FieldRun) -> None:
        # Not the records themselves, which may be read from these pieces: a circle is not freed when it is let go.
        self._size, self._columns, self._run = records.size, records.columns, run
        self._paths = [piece.leaf.path for piece in run.pieces if isinstance(piece, Placed) and piece.is_plain]
        self._texts = np.empty(len(records), dtype=object)
        self._there = np.zeros(len(records), bool)
        for at, record in enumerate(records.others, records.size):
            self._texts[at], self._there[at] = run.render(record), True
        self._pattern = _pattern(run)
        self._kept: deque[np.ndarray] = deque()
        self._count = 0

    def take(self, positions: np.ndarray) -> list[bytes]:
        """The piece of each of the people at these positions."""
        there = self._there.take(positions)
        if not there.all():
            missing = positions[~there]
            self._make(missing if self._size > _FEW else np.unique(missing))
        found: list[bytes] = self._texts.take(positions).tolist()
        return found

    def _make(self, positions: np.ndarray) -> None:
        while self._kept and self._count + len(positions) > KEPT:
            oldest = self._kept.popleft()
            self._texts[oldest], self._there[oldest] = None, False
            self._count -= len(oldest)
        self._texts[positions] = rendered(self._run, self._columns(positions), len(positions))
        self._there[positions] = True
        self._kept.append(positions)
        self._count += len(positions)

    def read(self, at: int) -> Record | None:
        """The record that is in the piece of this person; None where it is not made, or cannot be read."""
        found = self._pattern.fullmatch(self._texts[at]) if self._there[at] else None
        if found is None:
            return None
        given = zip(self._paths, found.groups(), strict=True)
        return {path: value.decode() for path, value in given if value is not None}


def rendered(run: FieldRun, columns: Columns, count: int) -> list[bytes]:
    """A run for some people, a column at a time where its nodes are plain fields."""
    placed = [piece for piece in run.pieces if isinstance(piece, Placed)]
    if run.own or not all(isinstance(piece.node, Leaf) for piece in placed):
        rows = (
            {p: orjson.loads(v) for p, values in columns.items() if (v := values[at]) is not None}
            for at in range(count)
        )
        return [run.render(row) for row in rows]
    sparse = [piece.leaf.path for piece in placed if None in columns[piece.leaf.path]]
    if len(sparse) < 3 or count < 2:
        return _side_by_side(run, columns, count)
    # Many fields that few have: those who have the same ones together.
    groups: dict[tuple[bool, ...], list[int]] = {}
    for at, there in enumerate(zip(*([v is None for v in columns[path]] for path in sparse), strict=True)):
        groups.setdefault(there, []).append(at)
    found = [b""] * count
    for alike in groups.values():
        some = {path: [values[at] for at in alike] for path, values in columns.items()}
        for at, text in zip(alike, _side_by_side(run, some, len(alike)), strict=True):
            found[at] = text
    return found


def _side_by_side(run: FieldRun, columns: Columns, count: int) -> list[bytes]:
    before, made = b"", list[Iterable[bytes]]()
    for piece in run.pieces:
        if isinstance(piece, bytes):
            before += piece
            continue
        values = columns[piece.leaf.path]
        if values[0] is None and not any(values):
            before = piece.column([None], before, b"")[0]
        elif None not in values:
            parts, before = piece.in_parts(values, before)  # type: ignore[arg-type]
            made += parts
        else:
            made.append(piece.column(values, before, b""))
            before = b""
    # What is the same for all has no end, and then the values end the columns.
    made = [repeat(before, count), *made] if not made else [*made, repeat(before)]
    return list(map(b"".join, zip(*made, strict=False)))


def _plain_paths(run: FieldRun) -> list[str] | None:
    """The fields of a run that has their JSON values as they are, else None."""
    placed = [piece for piece in run.pieces if isinstance(piece, Placed)]
    return [piece.leaf.path for piece in placed] if not run.own and all(piece.is_plain for piece in placed) else None


def _pattern(run: FieldRun) -> re.Pattern[bytes]:
    """What `rendered` writes, where all values are texts without escapes."""
    made = b""
    for piece in run.pieces:
        if isinstance(piece, bytes):
            made += re.escape(piece)
        else:
            made += b'(?:%b"([^"\\\\]*)"%b)?' % (re.escape(piece.before), re.escape(piece.after))
    return re.compile(made, re.DOTALL)
