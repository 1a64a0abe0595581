"""Transaction ids and run ids: who made a transaction, in which run, as its how-manieth.

A transaction id is a UUID of version 8 (RFC 9562, section 5.8), most significant bits first:
48 bits Unix milliseconds · 4 bits version (8) · 12 bits producer · 2 bits variant (binary 10) ·
22 bits run · 40 bits sequence. So an id names its producer, run and sequence without a look-up.
"""

import re
import secrets
import time
from dataclasses import dataclass
from datetime import UTC, datetime

MAX_PRODUCERS = 1 << 12
MAX_RUNS = 1 << 22
MAX_SEQUENCE = 1 << 40
# Run numbers have a letter as their first and last hexadecimal digit in an id, so that not even with its dashes taken
# out the end of one has as many digits in a row as a card number.
_LETTERS = 0x20000A
_RUN_ID = re.compile(r"[0-9]{8}T[0-9]{6}Z-([0-9a-f]{6})")


@dataclass(frozen=True, slots=True)
class Run:
    """One test, from Start to Stop. `id` is what people see and events carry (`paysim-run`)."""

    id: str
    number: int  # 22 bits, the last six characters of the id in hexadecimal

    @classmethod
    def new(cls) -> "Run":
        return cls.at(time.time(), new_number())

    @classmethod
    def at(cls, moment: float, number: int) -> "Run":
        """A run that began at `moment` (Unix seconds): its id sorts by time and ends in its number."""
        return cls(f"{datetime.fromtimestamp(moment, UTC):%Y%m%dT%H%M%SZ}-{number:06x}", number)

    @classmethod
    def from_id(cls, run_id: str) -> "Run":
        """Raises ValueError where `run_id` is not one that `at` made."""
        form = _RUN_ID.fullmatch(run_id)
        number = int(form[1], 16) if form else MAX_RUNS
        if number >= MAX_RUNS:
            raise ValueError(f"{run_id!r} is not the id of a run, such as 20260101T000000Z-20000a")
        return cls(run_id, number)


def new_number() -> int:
    """A number for a run that is yet to begin."""
    return run_number(secrets.randbelow(MAX_RUNS))


@dataclass(frozen=True, slots=True)
class Identity:
    """What a transaction id says."""

    milliseconds: int
    producer: int
    run: int
    sequence: int


def run_number(draw: int) -> int:
    """The number of a run from a draw below MAX_RUNS."""
    return draw | _LETTERS


def high_bits(milliseconds: int, producer: int) -> bytes:
    """The first 8 bytes of an id: time, version, producer."""
    return ((milliseconds << 16) | 0x8000 | producer).to_bytes(8, "big")


def low_bits(run: int, sequence: int) -> bytes:
    """The last 8 bytes of an id: variant, run, sequence."""
    return ((0b10 << 62) | (run << 40) | sequence).to_bytes(8, "big")


def parse(transaction_id: bytes) -> Identity | None:
    """What these 16 bytes say, or None where they are not an id of paysim's making."""
    if len(transaction_id) != 16:
        return None
    high = int.from_bytes(transaction_id[:8], "big")
    low = int.from_bytes(transaction_id[8:], "big")
    if (high >> 12) & 0xF != 8 or low >> 62 != 0b10:
        return None
    return Identity(high >> 16, high & 0xFFF, (low >> 40) & (MAX_RUNS - 1), low & (MAX_SEQUENCE - 1))


def sequence_of(transaction_id: bytes) -> int:
    """The sequence in an id that is known to be paysim's."""
    return int.from_bytes(transaction_id[11:], "big")
