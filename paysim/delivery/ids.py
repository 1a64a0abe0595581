"""A list of transaction ids as text, one a line, into columns: 10⁷ in two seconds.

What databases write is taken: any order, upper or lower case, white space around an id, quotes around it (CSV), a last
line without its end, empty lines, and one line of column names at the top. Lines of one form, as databases write them,
are taken apart all at once; a piece whose lines differ is read line by line.
"""

import re
from collections.abc import Iterator
from typing import IO

import numpy as np

PIECE = 37 * 262_144
MOST_FAULTS = 10
_ID = re.compile(rb"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}", re.IGNORECASE)
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


def read(stream: IO[bytes]) -> Iterator[np.ndarray]:
    """Ids by pieces: n × 2 unsigned 64-bit halves. Raises BadLines once the whole is read, so that it names several."""
    line, rest, faults = 1, b"", list[str]()
    while data := stream.read(PIECE):
        data = rest + data
        end = data.rfind(b"\n") + 1
        piece, rest = data[:end], data[end:]
        if piece:
            found, lines = _piece(piece, line, faults)
            line += lines
            yield found
    if rest:
        yield _piece(rest + b"\n", line, faults)[0]
    if faults:
        raise BadLines(faults)


def _piece(data: bytes, line: int, faults: list[str]) -> tuple[np.ndarray, int]:
    """The ids of whole lines, and how many lines those were."""
    found = _alike(data)
    if found is not None:
        return found, len(found)
    lines = data.split(b"\n")[:-1]
    ids = bytearray()
    for number, text in enumerate(lines, line):
        stripped = text.strip().strip(b'"')
        if _ID.fullmatch(stripped):
            ids += bytes.fromhex(stripped.replace(b"-", b"").decode())
        elif stripped and not (number == 1 and _NAME.fullmatch(stripped)) and len(faults) < MOST_FAULTS:
            shown = text.strip()[:60].decode("utf-8", "replace")
            faults.append(f"line {number:,}: {shown!r} is no transaction id")
    return np.frombuffer(bytes(ids), ">u8").astype(np.uint64).reshape(-1, 2), len(lines)


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
    if not re.fullmatch(rb'[\s"]*-{4}[\s"]*', bytes(rows[0, around])):
        return None
    digits = _VALUES[rows[:, start + _DIGITS]]
    if (digits == _BAD).any():
        return None
    octets = np.ascontiguousarray((digits[:, 0::2] << 4) | digits[:, 1::2])
    return octets.view(">u8").astype(np.uint64)
