"""What a transaction gets when it is handed out: its ids and its time, in the places the layout has for them.

The correlation id is a UUID of version 8 as well: random bits that belong to the run and the producer, and the
sequence scrambled, so that it is unique without a draw for each transaction.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from itertools import repeat

import numpy as np

from paysim.contract.identity import MAX_SEQUENCE, Run, high_bits, low_bits

from .columns import texts_of
from .pieces import Masked, Part, Placed, Rest, Stamp, merged
from .stamp_texts import MASK, SCRAMBLE, Moments, Sequences, epoch_ms_rows, id_time, id_times, rfc3339_rows

# The last hexadecimal digits of three groups of a correlation id are letters: see `identity`.
_LETTERS = 0xA << 96 | 0xA << 64 | 0xA << 40
# Below this many at once Python's own formatting is faster than numpy's start-up.
_FEW = 12


def uuid_text(value: bytes) -> str:
    """16 bytes as UUIDs are written."""
    text = value.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


class Stamper:
    """Stamps for one layout, run and producer.

    sequences: shared by all stampers of a producer, which count together.
    """

    def __init__(self, parts: Sequence[Part], run: Run, producer: int, sequences: Sequences) -> None:
        self._run, self._producer = run, producer
        self._low = int.from_bytes(low_bits(run.number, 0), "big")
        seed = blake2b(f"{run.number}/{producer}".encode(), digest_size=16).digest()
        known = int.from_bytes(seed, "big") & ~(0xF << 76) & ~(0b11 << 62) & ~(MAX_SEQUENCE - 1)
        self._correlation = known | (0x8 << 76) | (0b10 << 62) | _LETTERS
        self._sequences = sequences
        self._parts = merged([each for part in parts for each in self._parted(part)])
        # All columns stand in one place, and none is a mask.
        self._whole = [type(part) for part in parts if isinstance(part, Rest | Masked)] == [Rest]
        self._present: tuple[tuple[int, int], Sequence[_Part]] | None = None
        self._alone = _Alone(self._parts)

    def of(self, parts: Sequence[Part]) -> "Stamper":
        """Stamps for another layout of the same producer."""
        return Stamper(parts, self._run, self._producer, self._sequences)

    def id(self, milliseconds: int, sequence: int) -> bytes:
        return high_bits(milliseconds, self._producer) + (self._low | sequence).to_bytes(8, "big")

    def correlation(self, sequence: int) -> str:
        return uuid_text((self._correlation | sequence * SCRAMBLE % MAX_SEQUENCE).to_bytes(16, "big"))

    def ids(self, milliseconds: Moments, first: int, count: int) -> list[bytes]:
        """`count` ids from the sequence `first` on. milliseconds: Unix time, one for all or one each."""
        start = self._low | first
        if isinstance(milliseconds, int):
            high = high_bits(milliseconds, self._producer)
            if count >= _FEW:
                rows = np.empty((count, 16), np.uint8)
                rows[:, :8] = np.frombuffer(high, np.uint8)
                low = np.arange(start, start + count, dtype=np.uint64).astype(">u8")
                rows[:, 8:] = low.view(np.uint8).reshape(-1, 8)
                made: list[bytes] = rows.view("V16").ravel().tolist()
                return made
            return [high + number.to_bytes(8, "big") for number in range(start, start + count)]
        return [
            high_bits(moment, self._producer) + number.to_bytes(8, "big")
            for moment, number in zip(milliseconds.tolist(), range(start, start + count), strict=True)
        ]

    def id_rows(self, milliseconds: Moments, sequences: np.ndarray) -> np.ndarray:
        """(n, 16) octets: the ids of these sequences, which need not be in order."""
        times = np.asarray(milliseconds, np.uint64) << np.uint64(16)
        high = np.broadcast_to(times | np.uint64(0x8000 | self._producer), len(sequences))
        low = np.uint64(self._low) | sequences.astype(np.uint64)
        return _octets(high, low)

    def correlation_rows(self, sequences: np.ndarray) -> np.ndarray:
        """(n, 16) octets: the correlation ids of these sequences."""
        high, low = self._correlation >> 64, self._correlation & (1 << 64) - 1
        scrambled = sequences.astype(np.uint64) * np.uint64(SCRAMBLE) & MASK
        return _octets(np.full(len(sequences), high, np.uint64), np.uint64(low) | scrambled)

    def single(self, now: int, sequence: int, row: Sequence[bytes]) -> tuple[bytes, bytes]:
        """One live transaction, stamped, and its id: what `columns` and `ids` make of it, in fewer steps.

        row: its pieces, one a run; where they stand in one place, they may have been joined.
        """
        at, texts = self._sequences.at(sequence, 1)
        alone = self._alone
        if alone.now != now:
            alone.now, alone.high = now, high_bits(now, self._producer)
            text = id_time(now)
            for place in alone.ids:
                alone.pieces[place] = text
            for place, time in alone.times:
                alone.pieces[place] = time.text(now)
            alone.computed = [(place, self._at(part, text, now)) for place, part in alone.others]
        pieces = alone.pieces
        for place, kind in alone.kinds:
            pieces[place] = texts[kind][at]
        for place, rest in alone.rests:
            pieces[place] = b"".join(row if self._whole else row[rest.start : rest.stop])
        for place, part in alone.computed:
            pieces[place] = self._piece(part, row, texts, at)
        return b"".join(pieces), alone.high + (self._low | sequence).to_bytes(8, "big")

    def _piece(self, part: "_Part", row: Sequence[bytes], texts: Mapping[str, list[bytes]], at: int) -> bytes:
        if isinstance(part, bytes):
            return part
        if isinstance(part, str):
            return texts[part][at]
        if isinstance(part, Rest):
            return b"".join(row if self._whole else row[part.start : part.stop])
        if isinstance(part, _MaskedParts):
            return b"".join([self._piece(each, row, texts, at) for each in part.parts]) if row[part.mask] else b""
        assert isinstance(part, _Id)
        return part.text(part.prefix + self._start(part.scrambled), texts[part.kind][at])

    def _start(self, scrambled: bool) -> bytes:
        return self.correlation(0).encode()[:26] if scrambled else self._between

    def columns(
        self, ids: Moments, times: Moments, first: int, count: int, drawn: Sequence[list[bytes]]
    ) -> list[Iterable[bytes]]:
        """The pieces of `count` transactions from the sequence `first` on, as columns, some without end.

        ids, times: the time in the id and the transaction's own, Unix milliseconds, one for all or one each.
        drawn: the columns of the layout's runs; where they stand in one place, they may have been joined.
        """
        if not count:
            return []  # a batch of nothing but duplicates
        at, texts = self._sequences.at(first, count)
        known: dict[str, Iterable[bytes]] = {kind: made[at : at + count] for kind, made in texts.items()}
        if isinstance(ids, int) and isinstance(times, int):
            parts = self._now(ids, times)
        else:
            parts = self._parts
            known["id"] = id_times(ids, count)
        found: list[Iterable[bytes]] = []
        for part in parts:
            if isinstance(part, Rest):
                found += drawn if self._whole else drawn[part.start : part.stop]
            else:
                found.append(self._column(part, known, times, first, count, drawn))
        return found

    def _column(
        self,
        part: "_Part",
        known: Mapping[str, Iterable[bytes]],
        times: Moments,
        first: int,
        count: int,
        drawn: Sequence[list[bytes]],
    ) -> Iterable[bytes]:
        if isinstance(part, bytes):
            return repeat(part)
        if isinstance(part, str):
            return known[part]
        if isinstance(part, _Time):
            return part.column(times, count)
        if isinstance(part, _Id):
            heads = repeat(part.prefix) if part.prefix or part.scrambled else known["id"]
            start = self._start(part.scrambled)
            return [part.text(head + start, tail) for head, tail in zip(heads, known[part.kind], strict=False)]
        assert isinstance(part, _MaskedParts)
        inner = [self._column(each, known, times, first, count, drawn) for each in part.parts]
        joined = inner[0] if len(inner) == 1 else map(b"".join, zip(*inner, strict=False))
        return [text if there else b"" for text, there in zip(joined, drawn[part.mask], strict=False)]

    def _now(self, sent: int, time: int) -> "Sequence[_Part]":
        """The parts with these times in them. sent: the time in the ids."""
        if self._present is None or self._present[0] != (sent, time):  # many small batches share a millisecond
            parts, high = list(self._parts), id_time(sent)
            for place in self._alone.ids:
                parts[place] = high
            for place, each in self._alone.times:
                parts[place] = each.text(time)
            for place, part in self._alone.others:
                parts[place] = self._at(part, high, time)
            self._present = (sent, time), merged(parts)
        return self._present[1]

    def _at(self, part: "_Part", high: bytes, time: int) -> "_Part":
        if part == "id":
            return high
        if isinstance(part, _Time):
            return part.text(time)
        if isinstance(part, _Id) and not part.scrambled:
            return replace(part, prefix=high)
        if isinstance(part, _MaskedParts):
            return _MaskedParts(merged([self._at(each, high, time) for each in part.parts]), part.mask)
        return part

    @property
    def _between(self) -> bytes:
        """What stands in an id between its time and its sequence."""
        return uuid_text(self.id(0, 0)).encode()[13:26]

    def _parted(self, part: Part) -> "list[_Part]":
        """Constant text, and what goes between: `id`, the time in the id, times, and the kinds of `Sequences`."""
        if isinstance(part, Masked):
            return [_MaskedParts(merged([each for one in part.parts for each in self._parted(one)]), part.mask)]
        if not isinstance(part, Stamp):
            return [part]
        placed, leaf, quote = part.placed, part.placed.leaf, b"" if part.placed.inside else b'"'
        if leaf.path == "transaction_timestamp":
            return [_Time(placed)]
        scrambled = leaf.path != "transaction_id"
        if leaf.steps or leaf.values is not None:
            return [_Id(placed, scrambled)]
        if scrambled:
            return [quote + self.correlation(0).encode()[:26], "scrambled", quote]
        return [quote, "id", self._between, "sequence", quote]


def _octets(high: np.ndarray, low: np.ndarray) -> np.ndarray:
    """Two halves of n ids → (n, 16) octets."""
    rows: np.ndarray = np.stack([high, low], axis=1).astype(">u8").view(np.uint8).reshape(-1, 16)
    return rows


@dataclass(frozen=True, slots=True)
class _Time:
    """The transaction's time, in the form that its place has for it."""

    placed: Placed

    def text(self, moment: int) -> bytes:
        return self.placed.around(self.placed.leaf.made(moment))

    def column(self, moments: Moments, count: int) -> list[bytes]:
        if isinstance(moments, int):
            return [self.text(moments)] * count
        filters = self.placed.leaf.expression.filters
        if self.placed.is_json and not filters:
            rows = rfc3339_rows(moments)
            return texts_of(rows[:, 1:-1] if self.placed.inside else rows)
        if self.placed.is_json and filters == (("epoch_ms", ""),):
            return texts_of(epoch_ms_rows(moments))
        return list(map(self.text, moments.tolist()))


@dataclass(frozen=True, slots=True)
class _Id:
    """An id, or correlation id (`scrambled`), that filters change. prefix: the time in all of them, if it is one."""

    placed: Placed
    scrambled: bool
    prefix: bytes = b""

    @property
    def kind(self) -> str:
        return "scrambled" if self.scrambled else "sequence"

    def text(self, start: bytes, tail: bytes) -> bytes:
        return self.placed.around(self.placed.leaf.made((start + tail).decode()))


@dataclass(frozen=True, slots=True)
class _MaskedParts:
    parts: "tuple[_Part, ...]"
    mask: int


_Part = bytes | str | Rest | _Time | _Id | _MaskedParts


class _Alone:
    """The pieces of one transaction, and where what differs stands among them: what comes with the sequence, with the
    time, with what was drawn. now: the time that is in them, Unix milliseconds; high: in the id."""

    def __init__(self, parts: Sequence[_Part]) -> None:
        each = list(enumerate(parts))
        self.now, self.high = -1, b""
        self.pieces = [part if isinstance(part, bytes) else b"" for part in parts]
        self.ids = [place for place, part in each if part == "id"]
        self.kinds = [(place, part) for place, part in each if isinstance(part, str) and part != "id"]
        self.times = [(place, part) for place, part in each if isinstance(part, _Time)]
        self.rests = [(place, part) for place, part in each if isinstance(part, Rest)]
        self.others = [(place, part) for place, part in each if isinstance(part, _Id | _MaskedParts)]
        self.computed: list[tuple[int, _Part]] = []
