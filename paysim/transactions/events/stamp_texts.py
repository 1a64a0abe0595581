"""The texts of many stamps at once: digits of ids by their sequence or their time, and times."""

from functools import lru_cache

import numpy as np

from paysim.contract.identity import MAX_SEQUENCE

from .columns import texts_of
from .templates.times import rfc3339

SCRAMBLE = 0x9E3779B97F4A7C15 % MAX_SEQUENCE  # odd: multiplying by it permutes 40 bits
MASK = np.uint64(MAX_SEQUENCE - 1)
Moments = int | np.ndarray
"""Unix milliseconds, one for all or one each."""
_AHEAD = 1024  # sequences whose digits are made at once


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
            self._texts["scrambled"] = texts_of(_hexadecimal(numbers * np.uint64(SCRAMBLE) & MASK, 10))
        return at, self._texts


def _hexadecimal(numbers: np.ndarray, width: int) -> np.ndarray:
    """(n,) numbers → (n, width) characters."""
    digits = np.frombuffer(numbers.astype(">u8").tobytes().hex().encode(), np.uint8)
    return digits.reshape(-1, 16)[:, -width:]


@lru_cache(maxsize=16)
def id_time(moment: int) -> bytes:
    text = f"{moment:012x}"
    return f"{text[:8]}-{text[8:]}".encode()


def id_times(moments: Moments, count: int) -> list[bytes]:
    """Unix milliseconds → the first thirteen characters of the ids."""
    if isinstance(moments, int):
        return [id_time(moments)] * count
    return texts_of(np.insert(_hexadecimal(moments, 12), 8, ord("-"), axis=1))


def _digits(numbers: np.ndarray, width: int) -> np.ndarray:
    """(n,) numbers → (n, width) decimal characters, zeros in front."""
    powers = 10 ** np.arange(width - 1, -1, -1, dtype=np.int64)
    return (numbers[:, None] // powers % 10 + ord("0")).astype(np.uint8)


def epoch_ms_rows(moments: np.ndarray) -> np.ndarray:
    """(n,) Unix milliseconds → (n, 13) characters: the time as `times.epoch_ms` has it."""
    doubled = np.array([0, 2, 4, 6, 8, 1, 3, 5, 7, 9])
    digits = _digits(moments, 13) - ord("0")
    sums = digits[:, 0::2].sum(axis=1) + doubled[digits[:, 1::2]].sum(axis=1)
    return _digits(moments + (sums % 10 == 0), 13)


def rfc3339_rows(moments: np.ndarray) -> np.ndarray:
    """(n,) Unix milliseconds → (n, 26) characters: the time as `times.rfc3339` writes it, in quotes."""
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
