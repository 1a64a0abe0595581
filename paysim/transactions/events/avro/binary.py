"""Avro's binary encoding of single values (Apache Avro 1.11, "Binary Encoding")."""

import struct
from collections.abc import Iterable, Sequence
from itertools import repeat

import numpy as np

_DOUBLE = struct.Struct("<d")


def long(value: int) -> bytes:
    """A whole number of 64 bits: zigzag, then seven bits a byte, the lowest first."""
    rest = value << 1 if value >= 0 else (-value << 1) - 1
    if rest < 0x80:
        return _SMALL[rest]
    found = bytearray()
    while rest >= 0x80:
        found.append(rest & 0x7F | 0x80)
        rest >>= 7
    found.append(rest)
    return bytes(found)


def longs(values: np.ndarray) -> list[bytes]:
    """(n,) whole numbers of 64 bits, each encoded."""
    rest = (values << 1 ^ values >> 63).view(np.uint64)
    if not rest.all():
        return list(map(long, values.tolist()))
    rows = np.zeros((len(values), 10), np.uint8)
    for place in range(10):
        more = rest >> np.uint64(7)
        rows[:, place] = rest & np.uint64(0x7F) | np.where(more, np.uint64(0x80), np.uint64(0))
        rest = more
        if not rest.any():
            break
    # Texts of numpy end where nothing but NUL follows, and no number but 0 ends with one.
    texts: list[bytes] = rows.view("S10").ravel().tolist()
    return texts


def headed(quoted: Sequence[bytes], before: bytes) -> tuple[Iterable[bytes], list[bytes]] | None:
    """JSON texts as two columns: `before` with the length, without an end where all are as long, and the text.

    None where one has an escape in it.
    """
    whole = b"".join(quoted)
    if b"\\" in whole:
        return None
    bare = whole[1:-1].split(b'""')  # quotes of neighbours; those of an empty text too
    widths = set(map(len, quoted))
    heads = {width: before + length(width - 2) for width in widths}
    if len(widths) == 1:
        return repeat(heads[widths.pop()]), bare
    return map(heads.__getitem__, map(len, quoted)), bare


def texts(quoted: Sequence[bytes], before: bytes, after: bytes) -> list[bytes] | None:
    """JSON texts, each encoded with bytes around it; None where one has an escape in it."""
    if len(set(map(len, quoted))) != 1:
        made = headed(quoted, before)
        return None if made is None else [head + text + after for head, text in zip(*made, strict=False)]
    whole, width = b"".join(quoted), len(quoted[0])
    if b"\\" in whole:
        return None
    before += length(width - 2)
    start, stop = len(before), len(before) + width - 2
    rows = np.empty((len(quoted), stop + len(after)), np.uint8)
    rows[:, :start] = np.frombuffer(before, np.uint8)
    rows[:, start:stop] = np.frombuffer(whole, np.uint8).reshape(-1, width)[:, 1:-1]
    rows[:, stop:] = np.frombuffer(after, np.uint8)
    found: list[bytes] = rows.view(f"V{rows.shape[1]}").ravel().tolist()
    return found


_SMALL = [bytes([number]) for number in range(0x80)]
LENGTHS = [long(length) for length in range(1024)]
"""Lengths, encoded."""


def length(count: int) -> bytes:
    return LENGTHS[count] if count < len(LENGTHS) else long(count)


def text(value: str) -> bytes:
    encoded = value.encode()
    return length(len(encoded)) + encoded


def double(value: float) -> bytes:
    return _DOUBLE.pack(value)


def boolean(value: bool) -> bytes:
    return b"\x01" if value else b"\x00"
