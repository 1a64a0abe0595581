"""What a transaction gets when it is handed out: its ids and its time, in the places the layout has for them.

The correlation id is a UUID of version 8 as well: random bits that belong to the run and the producer, and the
sequence scrambled, so that it is unique without a draw for each transaction.
"""

from collections.abc import Sequence
from hashlib import blake2b

import numpy as np

from .identity import MAX_SEQUENCE, Run, high_bits, low_bits
from .mapping import Mapping, rfc3339

_HEX = np.frombuffer(b"0123456789abcdef", np.uint8)
_SCRAMBLE = 0x9E3779B97F4A7C15 % MAX_SEQUENCE  # odd: multiplying by it permutes 40 bits
_NIBBLES = np.arange(36, -4, -4, dtype=np.uint64)
_MASK = np.uint64(MAX_SEQUENCE - 1)
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
        seed = blake2b(f"{run.id}/{producer}".encode(), digest_size=16).digest()
        known = int.from_bytes(seed, "big") & ~(0xF << 76) & ~(0b11 << 62) & ~(MAX_SEQUENCE - 1)
        self._correlation = known | (0x8 << 76) | (0b10 << 62)
        self._correlation_text = uuid_text(self._correlation.to_bytes(16, "big")).encode()[:26]
        self._low_text = uuid_text(low_bits(run.number, 0).rjust(16, b"\0")).encode()[18:26]

    def id(self, milliseconds: int, sequence: int) -> bytes:
        return high_bits(milliseconds, self._producer) + (self._low | sequence).to_bytes(8, "big")

    def correlation(self, sequence: int) -> str:
        return uuid_text((self._correlation | sequence * _SCRAMBLE % MAX_SEQUENCE).to_bytes(16, "big"))

    def ids(self, milliseconds: int, first: int, count: int) -> list[bytes]:
        """`count` ids of one moment from the sequence `first` on."""
        high = high_bits(milliseconds, self._producer)
        start = self._low | first
        return [high + number.to_bytes(8, "big") for number in range(start, start + count)]

    def stamps(self, milliseconds: int, first: int, count: int) -> list[bytes]:
        """The stamps of `count` transactions of one moment, from the sequence `first` on."""
        id_text = uuid_text(high_bits(milliseconds, self._producer).ljust(16, b"\0")).encode()[:18] + self._low_text
        moment = str(milliseconds).encode() if self._epoch else f'"{rfc3339(milliseconds)}"'.encode()
        text, places = b"", []  # constant text with a gap of ten hexadecimal digits at each place
        for part in self._layout:
            if isinstance(part, bytes):
                text += part
            elif part == "transaction_timestamp":
                text += moment
            else:
                mine = part == "transaction_id"
                text += b'"' + (id_text if mine else self._correlation_text)
                places.append((len(text), mine))
                text += b'0000000000"'
        if count < _FEW or not places:
            return [self._one(text, places, first + at) for at in range(count)]
        return self._many(text, places, first, count)

    @staticmethod
    def _one(text: bytes, places: list[tuple[int, bool]], sequence: int) -> bytes:
        parts, done = [], 0
        for at, mine in places:
            parts += [text[done:at], b"%010x" % (sequence if mine else sequence * _SCRAMBLE % MAX_SEQUENCE)]
            done = at + 10
        parts.append(text[done:])
        return b"".join(parts)

    @staticmethod
    def _many(text: bytes, places: list[tuple[int, bool]], first: int, count: int) -> list[bytes]:
        rows = np.empty((count, len(text)), np.uint8)
        rows[:] = np.frombuffer(text, np.uint8)
        numbers = np.arange(first, first + count, dtype=np.uint64)
        plain = scrambled = None
        for at, mine in places:
            if mine:
                plain = _hexadecimal(numbers) if plain is None else plain
                rows[:, at : at + 10] = plain
            else:
                if scrambled is None:
                    scrambled = _hexadecimal(numbers * np.uint64(_SCRAMBLE) & _MASK)
                rows[:, at : at + 10] = scrambled
        return rows.view(f"S{len(text)}").ravel().tolist()


def _hexadecimal(numbers: np.ndarray) -> np.ndarray:
    """(n,) numbers below 2^40 → (n, 10) characters."""
    return _HEX[(numbers[:, None] >> _NIBBLES & np.uint64(15)).astype(np.intp)]
