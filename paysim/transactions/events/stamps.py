"""What a transaction gets when it is handed out: its ids and its time, in the places the layout has for them.

The correlation id is a UUID of version 8 as well: random bits that belong to the run and the producer, and the
sequence scrambled, so that it is unique without a draw for each transaction.
"""

from collections.abc import Iterable, Sequence
from hashlib import blake2b
from itertools import repeat

import numpy as np

from paysim.contract.identity import MAX_SEQUENCE, Run, high_bits, low_bits

from .columns import texts_of
from .layout import merged
from .mapping import CompiledMapping, epoch_ms, rfc3339

_SCRAMBLE = 0x9E3779B97F4A7C15 % MAX_SEQUENCE  # odd: multiplying by it permutes 40 bits
_MASK = np.uint64(MAX_SEQUENCE - 1)
# The last hexadecimal digits of three groups of a correlation id are letters: see `identity`.
_LETTERS = 0xA << 96 | 0xA << 64 | 0xA << 40
Moments = int | np.ndarray
# Below this many at once Python's own formatting is faster than numpy's start-up.
_FEW = 12
_AHEAD = 1024  # sequences whose digits are made at once


def uuid_text(value: bytes) -> str:
    """16 bytes as UUIDs are written."""
    text = value.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


class Stamper:
    """Stamps for one layout, run and producer. layout: bytes and field names in turn, as `Layout.stamp`.

    sequences: shared by all stampers of a producer, which count together.
    """

    def __init__(
        self, layout: Sequence[bytes | str], mapping: CompiledMapping, run: Run, producer: int, sequences: "Sequences"
    ) -> None:
        self._epoch = mapping.timestamp_format == "epoch_ms"
        self._producer = producer
        self._low = int.from_bytes(low_bits(run.number, 0), "big")
        seed = blake2b(f"{run.number}/{producer}".encode(), digest_size=16).digest()
        known = int.from_bytes(seed, "big") & ~(0xF << 76) & ~(0b11 << 62) & ~(MAX_SEQUENCE - 1)
        self._correlation = known | (0x8 << 76) | (0b10 << 62) | _LETTERS
        self._sequences = sequences
        self._parts = self._parted(layout)
        self._present: tuple[tuple[int, int], Sequence[bytes | str]] | None = None
        self._single: tuple[int, bytes, list[bytes]] | None = None
        self._places = [(i, part) for i, part in enumerate(self._now(0, 0)) if isinstance(part, str)]

    def id(self, milliseconds: int, sequence: int) -> bytes:
        return high_bits(milliseconds, self._producer) + (self._low | sequence).to_bytes(8, "big")

    def correlation(self, sequence: int) -> str:
        return uuid_text((self._correlation | sequence * _SCRAMBLE % MAX_SEQUENCE).to_bytes(16, "big"))

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

    def single(self, now: int, sequence: int, rest: bytes) -> tuple[bytes, bytes]:
        """One live transaction, stamped, and its id: what `stamps` and `ids` make of it, in fewer steps."""
        at, texts = self._sequences.at(sequence, 1)
        if self._single is None or self._single[0] != now:
            pieces = [part if isinstance(part, bytes) else b"" for part in self._now(now, now)]
            self._single = now, high_bits(now, self._producer), [*pieces, b""]
        _, high, pieces = self._single
        for place, kind in self._places:
            pieces[place] = texts[kind][at]
        pieces[-1] = rest
        return b"".join(pieces), high + (self._low | sequence).to_bytes(8, "big")

    def stamps(self, ids: Moments, times: Moments, first: int, count: int) -> list[Iterable[bytes]]:
        """The stamps of `count` transactions from the sequence `first` on, as columns of pieces, some without end.

        ids, times: the time in the id and the transaction's own, Unix milliseconds, one for all or one each.
        """
        if not count:
            return []  # a batch of nothing but duplicates
        at, texts = self._sequences.at(first, count)
        columns: dict[str, Iterable[bytes]] = {kind: known[at : at + count] for kind, known in texts.items()}
        if isinstance(ids, int) and isinstance(times, int):
            parts = self._now(ids, times)
        else:
            parts = self._parts
            columns["id"] = _id_times(ids, count)
            columns["time"] = self._times(times, count)
        return [repeat(part) if isinstance(part, bytes) else columns[part] for part in parts]

    def _now(self, id_time: int, time: int) -> Sequence[bytes | str]:
        """The parts with these times in them."""
        if self._present is None or self._present[0] != (id_time, time):  # many small batches share a millisecond
            [high], [moment] = _id_times(id_time, 1), self._times(time, 1)
            known = {"id": high, "time": moment}
            made = [part if isinstance(part, bytes) else known.get(part, part) for part in self._parts]
            self._present = (id_time, time), merged(made)
        return self._present[1]

    def _times(self, moments: Moments, count: int) -> list[bytes]:
        if isinstance(moments, int):
            return [str(epoch_ms(moments)).encode() if self._epoch else f'"{rfc3339(moments)}"'.encode()] * count
        return texts_of(_epoch_ms(moments) if self._epoch else _rfc3339(moments))

    def _parted(self, layout: Sequence[bytes | str]) -> Sequence[bytes | str]:
        """Constant text, and what goes between: `id`, the time in the id; `time`; and the kinds of `Sequences`."""
        known = uuid_text(self.id(0, 0)).encode()[13:26]
        parts: list[bytes | str] = []
        for part in layout:
            if isinstance(part, bytes):
                parts.append(part)
            elif part == "transaction_timestamp":
                parts.append("time")
            elif part == "transaction_id":
                parts += [b'"', "id", known, "sequence", b'"']
            else:
                parts += [b'"' + self.correlation(0).encode()[:26], "scrambled", b'"']
        return merged(parts)


class Sequences:
    """The last ten hexadecimal digits of ids, by their sequence: made for many ahead, as numpy likes it."""

    def __init__(self) -> None:
        self._first = 0
        self._texts: dict[str, list[bytes]] = {"sequence": [], "scrambled": []}

    def at(self, first: int, count: int) -> tuple[int, dict[str, list[bytes]]]:
        """Where the sequence `first` and `count` − 1 more are found in the texts, by kind."""
        at = first - self._first
        if at < 0 or at + count > len(self._texts["sequence"]):
            self._first, at = first, 0
            numbers = np.arange(first, first + max(count, _AHEAD), dtype=np.uint64)
            self._texts["sequence"] = texts_of(_hexadecimal(numbers, 10))
            self._texts["scrambled"] = texts_of(_hexadecimal(numbers * np.uint64(_SCRAMBLE) & _MASK, 10))
        return at, self._texts


def _hexadecimal(numbers: np.ndarray, width: int) -> np.ndarray:
    """(n,) numbers → (n, width) characters."""
    digits = np.frombuffer(numbers.astype(">u8").tobytes().hex().encode(), np.uint8)
    return digits.reshape(-1, 16)[:, -width:]


def _id_times(moments: Moments, count: int) -> list[bytes]:
    """Unix milliseconds → the first thirteen characters of the ids."""
    if isinstance(moments, int):
        text = f"{moments:012x}"
        return [f"{text[:8]}-{text[8:]}".encode()] * count
    return texts_of(np.insert(_hexadecimal(moments, 12), 8, ord("-"), axis=1))


def _digits(numbers: np.ndarray, width: int) -> np.ndarray:
    """(n,) numbers → (n, width) decimal characters, zeros in front."""
    powers = 10 ** np.arange(width - 1, -1, -1, dtype=np.int64)
    return (numbers[:, None] // powers % 10 + ord("0")).astype(np.uint8)


def _epoch_ms(moments: np.ndarray) -> np.ndarray:
    """(n,) Unix milliseconds → (n, 13) characters: the time as `mapping.epoch_ms` has it."""
    doubled = np.array([0, 2, 4, 6, 8, 1, 3, 5, 7, 9])
    digits = _digits(moments, 13) - ord("0")
    sums = digits[:, 0::2].sum(axis=1) + doubled[digits[:, 1::2]].sum(axis=1)
    return _digits(moments + (sums % 10 == 0), 13)


def _rfc3339(moments: np.ndarray) -> np.ndarray:
    """(n,) Unix milliseconds → (n, 26) characters: the time as `mapping.rfc3339` writes it, in quotes."""
    rows = np.empty((len(moments), 26), np.uint8)
    days, rest = np.divmod(moments, 86_400_000)
    known, which = np.unique(days, return_inverse=True)
    dates = b"".join(rfc3339(day * 86_400_000)[:10].encode() for day in known.tolist())
    rows[:] = np.frombuffer(b'"0000-00-00T00:00:00.000Z"', np.uint8)
    rows[:, 1:11] = np.frombuffer(dates, np.uint8).reshape(-1, 10)[which]
    for start, width, unit, modulus in (
        (12, 2, 3_600_000, 24),
        (15, 2, 60_000, 60),
        (18, 2, 1_000, 60),
        (21, 3, 1, 1_000),
    ):
        rows[:, start : start + width] = _digits(rest // unit % modulus, width)
    return rows
