"""A list of transaction ids as text, one a line, into columns: 10⁷ in two seconds.

What databases write is taken: any order, upper or lower case, white space around an id, quotes (CSV) or braces around
it, a last line without its end, empty lines, one line of column names at the top, NULL for a row without an id, and a
byte order mark, of UTF-16 too. Lines of one form, as databases write them, are taken apart all at once; a piece whose
lines differ is read line by line.
"""

import codecs
import re
from collections.abc import Iterator
from typing import IO

import numpy as np

PIECE = 37 * 262_144
MOST_FAULTS = 10
_ID = re.compile(rb"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}", re.IGNORECASE)
_NULL = re.compile(rb"null|\\N", re.IGNORECASE)
_NAME = re.compile(rb'"?[A-Za-z_][A-Za-z0-9_. ]*"?')
_DASHES = np.array([8, 13, 18, 23])
_DIGITS = np.array([at for at in range(36) if at not in _DASHES])
_BAD = 16
_VALUES = np.full(256, _BAD, np.uint8)
for _at, _digit in enumerate(b"0123456789abcdef"):
    _VALUES[[_digit, ord(chr(_digit).upper())]] = _at


class BadLines(ValueError):
    """Lines that hold no id; one text a line of input, the first few."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


class Ids:
    """Reads a list once. null: rows without an id, so far."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._pieces = _decoded(stream)
        self._line = 1
        self._faults: list[str] = []
        self.null = 0

    def __iter__(self) -> Iterator[np.ndarray]:
        """By pieces: n × 2 unsigned 64-bit halves. Raises BadLines once the whole is read, so that it names several."""
        rest = b""
        for data in self._pieces:
            data = rest + data
            end = data.rfind(b"\n") + 1
            piece, rest = data[:end], data[end:]
            if piece:
                yield self._piece(piece)
        if rest:
            yield self._piece(rest + b"\n")
        if self._faults:
            raise BadLines(self._faults)

    def _piece(self, data: bytes) -> np.ndarray:
        """The ids of whole lines."""
        found = _alike(data)
        if found is not None:
            self._line += len(found)
            return found
        ids = bytearray()
        for text in data.split(b"\n")[:-1]:
            self._take(text.strip(), ids)
            self._line += 1
        return np.frombuffer(bytes(ids), ">u8").astype(np.uint64).reshape(-1, 2)

    def _take(self, text: bytes, ids: bytearray) -> None:
        stripped = text.strip(b'"')
        if _ID.fullmatch(bare := stripped[1:-1] if stripped[:1] + stripped[-1:] == b"{}" else stripped):
            ids += bytes.fromhex(bare.replace(b"-", b"").decode())
        elif _NULL.fullmatch(stripped):
            self.null += 1
        elif stripped and not (self._line == 1 and _NAME.fullmatch(stripped)) and len(self._faults) < MOST_FAULTS:
            shown = text[:60].decode("utf-8", "replace")
            self._faults.append(f"line {self._line:,}: {shown!r} is no transaction id")


def _decoded(stream: IO[bytes]) -> Iterator[bytes]:
    """The stream as UTF-8 without a byte order mark: UTF-16 where it begins so, as some shells write files."""
    data = stream.read(PIECE)
    if not data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        data = data.removeprefix(codecs.BOM_UTF8)
        while data:
            yield data
            data = stream.read(PIECE)
        return
    decoder = codecs.getincrementaldecoder("utf-16")("replace")
    while data:
        yield decoder.decode(data).encode()
        data = stream.read(PIECE)


def _alike(data: bytes) -> np.ndarray | None:
    """The ids of lines that are all of the first one's form, or None."""
    width = data.index(b"\n") + 1
    match = _ID.search(data, 0, width)
    if match is None or match.end() - match.start() != 36 or len(data) % width:
        return None
    rows = np.frombuffer(data, np.uint8).reshape(-1, width)
    start = match.start()
    around = np.delete(np.arange(width), np.r_[start + _DIGITS])
    if (rows[:, around] != rows[0, around]).any():
        return None
    if not re.fullmatch(rb'\s*"?(-{4}|\{-{4}\})"?\s*', bytes(rows[0, around])):
        return None
    digits = _VALUES[rows[:, start + _DIGITS]]
    if (digits == _BAD).any():
        return None
    octets = np.ascontiguousarray((digits[:, 0::2] << 4) | digits[:, 1::2])
    return octets.view(">u8").astype(np.uint64)
