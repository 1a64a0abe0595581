"""What a transaction gets when it is handed out: its ids and its time, in the places the layout has for them.

The correlation id is a UUID of version 8 as well: random bits that belong to the run and the producer, and the
sequence scrambled, so that it is unique without a draw for each transaction.
"""

from collections.abc import Sequence
from hashlib import blake2b

import numpy as np

from .identity import MAX_SEQUENCE, Run, high_bits, low_bits
from .mapping import Mapping, epoch_ms, rfc3339

_HEX = np.frombuffer(b"0123456789abcdef", np.uint8)
_SCRAMBLE = 0x9E3779B97F4A7C15 % MAX_SEQUENCE  # odd: multiplying by it permutes 40 bits
_MASK = np.uint64(MAX_SEQUENCE - 1)
# The last hexadecimal digits of three groups of a correlation id are letters: see `identity`.
_LETTERS = 0xA << 96 | 0xA << 64 | 0xA << 40
Moments = int | np.ndarray
# Below this many at once Python's own formatting is faster than numpy's start-up.
_FEW = 12


def uuid_text(value: bytes) -> str:
    """16 bytes as UUIDs are written."""
    text = value.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


class Stamper:
    """Stamps for one layout, run and producer. layout: bytes and field names in turn, as `Layout.stamp`."""

    def __init__(self, layout: Sequence[bytes | str], mapping: Mapping, run: Run, producer: int) -> None:
        self._layout = layout
        self._epoch = mapping.timestamp_format == "epoch_ms"
        self._producer = producer
        self._low = int.from_bytes(low_bits(run.number, 0), "big")
        seed = blake2b(f"{run.number}/{producer}".encode(), digest_size=16).digest()
        known = int.from_bytes(seed, "big") & ~(0xF << 76) & ~(0b11 << 62) & ~(MAX_SEQUENCE - 1)
        self._correlation = known | (0x8 << 76) | (0b10 << 62) | _LETTERS
        self._correlation_text = uuid_text(self._correlation.to_bytes(16, "big")).encode()[:26]
        self._present: tuple[int, bytes, dict[bytes, bytes | int]] | None = None
        self._known: tuple[tuple[Moments, Moments], _Template] | None = None
        self._low_text = uuid_text(low_bits(run.number, 0).rjust(16, b"\0")).encode()[18:26]
        self._form = self._single_form()

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

    def single(self, now: int, sequence: int) -> tuple[bytes, bytes]:
        """The stamp and the id of one live transaction: what `stamps` and `ids` make of it, in fewer steps."""
        if self._present is None or self._present[0] != now:
            high = high_bits(now, self._producer)
            text = uuid_text(high.ljust(16, b"\0")).encode()[:18]
            time = str(epoch_ms(now)) if self._epoch else f'"{rfc3339(now)}"'
            self._present = now, high, {b"high": text, b"time": time.encode()}
        _, high, values = self._present
        values[b"sequence"], values[b"scrambled"] = sequence, sequence * _SCRAMBLE % MAX_SEQUENCE
        return self._form % values, high + (self._low | sequence).to_bytes(8, "big")

    def _single_form(self) -> bytes:
        """A stamp with places for `high` and `time` of the moment, `sequence` and `scrambled`."""
        form = b""
        for part in self._layout:
            if isinstance(part, bytes):
                form += part.replace(b"%", b"%%")
            elif part == "transaction_timestamp":
                form += b"%(time)b"
            elif part == "transaction_id":
                form += b'"%(high)b' + self._low_text + b'%(sequence)010x"'
            else:
                form += b'"' + self._correlation_text + b'%(scrambled)010x"'
        return form

    def stamps(self, ids: Moments, times: Moments, first: int, count: int) -> list[bytes]:
        """The stamps of `count` transactions from the sequence `first` on.

        ids, times: the time in the id and the transaction's own, Unix milliseconds, one for all or one each.
        """
        if not count:
            return []  # a block of nothing but duplicates
        live = isinstance(ids, int) and isinstance(times, int)
        if live and self._known is not None and self._known[0] == (ids, times):
            template = self._known[1]  # many small blocks share a millisecond
        else:
            template = self._template(_first(ids), _first(times))
            if live:
                self._known = (ids, times), template
        if live:
            if count < _FEW or not template.gaps:
                return [template.filled(first + at) for at in range(count)]
            return template.rows(first, count, {})
        columns = {}
        if not isinstance(times, int):
            columns["time"] = _epoch_ms(times) if self._epoch else _rfc3339(times)
        if not isinstance(ids, int):
            text = _hexadecimal(ids.astype(np.uint64), 12)
            columns["id"] = np.insert(text, 8, ord("-"), axis=1)
        return template.rows(first, count, columns)

    def _template(self, id_time: int, time: int) -> "_Template":
        high = uuid_text(high_bits(id_time, self._producer).ljust(16, b"\0")).encode()[:18]
        moment = str(epoch_ms(time)) if self._epoch else f'"{rfc3339(time)}"'
        template = _Template()
        for part in self._layout:
            if isinstance(part, bytes):
                template.text += part
            elif part == "transaction_timestamp":
                template.gap("time", moment.encode())
            else:
                mine = part == "transaction_id"
                template.text += b'"'
                if mine:
                    template.gap("id", high[:13])
                    template.text += high[13:] + self._low_text
                else:
                    template.text += self._correlation_text
                template.gap("sequence" if mine else "scrambled", b"0" * 10)
                template.text += b'"'
        return template


class _Template:
    """A stamp with gaps: constant text, and where in it what differs between transactions goes."""

    def __init__(self) -> None:
        self.text = b""
        self.gaps: list[tuple[str, int, int]] = []  # kind, start, end

    def gap(self, kind: str, text: bytes) -> None:
        self.gaps.append((kind, len(self.text), len(self.text) + len(text)))
        self.text += text

    def filled(self, sequence: int) -> bytes:
        """One stamp whose times are those of the template."""
        parts, done = [], 0
        for kind, start, end in self.gaps:
            if kind in ("sequence", "scrambled"):
                number = sequence if kind == "sequence" else sequence * _SCRAMBLE % MAX_SEQUENCE
                parts += [self.text[done:start], b"%010x" % number]
                done = end
        parts.append(self.text[done:])
        return b"".join(parts)

    def rows(self, first: int, count: int, columns: dict[str, np.ndarray]) -> list[bytes]:
        """Stamps of consecutive sequences. columns: kind of gap → (count, width) characters, where they differ."""
        if not self.text:
            return [b""] * count
        rows = np.empty((count, len(self.text)), np.uint8)
        rows[:] = np.frombuffer(self.text, np.uint8)
        numbers = np.arange(first, first + count, dtype=np.uint64)
        for kind, start, end in self.gaps:
            if kind not in columns:
                if kind == "sequence":
                    columns[kind] = _hexadecimal(numbers, 10)
                elif kind == "scrambled":
                    columns[kind] = _hexadecimal(numbers * np.uint64(_SCRAMBLE) & _MASK, 10)
                else:
                    continue
            rows[:, start:end] = columns[kind]
        made: list[bytes] = rows.view(f"S{len(self.text)}").ravel().tolist()
        return made


def _first(moments: Moments) -> int:
    return moments if isinstance(moments, int) else int(moments[0])


def _hexadecimal(numbers: np.ndarray, width: int) -> np.ndarray:
    """(n,) numbers → (n, width) characters."""
    shifts = np.arange(4 * width - 4, -4, -4, dtype=np.uint64)
    return _HEX[(numbers[:, None] >> shifts & np.uint64(15)).astype(np.intp)]


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
