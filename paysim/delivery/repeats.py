"""Which transactions scenarios (`duplicate`, `redelivery`) sent again on purpose, and what became of each copy.

A copy carries the id of its transaction, so it has no sequence of its own, and the ranges of a ledger cannot hold it.
Copies are exceptions: each costs some bytes of memory. A process that sends notes the numbers with their outcomes, and
hands each of them on once, with its next account; the process that conducts the run joins them.

acked     the copy is stored
failed    surely not stored
unknown   the outcome was lost: stored or not, and perhaps more than once
resent    of the acknowledged ones: an earlier attempt may have stored it too
"""

from array import array
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from .sequence_set import Copies

OUTCOMES = ("acked", "failed", "unknown", "resent")
_AT_ONCE = 65_536

Taken = dict[str, bytes]
"""Outcome → sequence numbers as little-endian integers of eight bytes."""
Joined = dict[str, bytearray]
"""The same, added up over several accounts."""


class Noted:
    """The outcomes since they were last taken."""

    def __init__(self) -> None:
        self._numbers: dict[str, array[int]] = {}

    def note(self, outcome: str, numbers: Iterable[int]) -> None:
        self._numbers.setdefault(outcome, array("q")).extend(numbers)

    def take(self) -> Taken:
        numbers, self._numbers = self._numbers, {}
        return {outcome: np.asarray(found).astype("<i8").tobytes() for outcome, found in numbers.items() if found}


def join(joined: Joined, taken: Taken) -> Joined:
    """Add what was taken, in place."""
    for outcome, numbers in taken.items():
        joined.setdefault(outcome, bytearray()).extend(numbers)
    return joined


def plain(taken: Mapping[str, bytes | bytearray], still_open: Sequence[int]) -> dict[str, list[list[int]]]:
    """As a summary has it: outcome → `Copies.ranges`, where there are any. still_open: these have become unknown."""
    found = {}
    for outcome in OUTCOMES:
        numbers = np.frombuffer(taken.get(outcome, b""), "<i8")
        if outcome == "unknown":
            numbers = np.concatenate((numbers, np.array(still_open, np.int64)))
        copies = Copies()
        for at in range(0, len(numbers), _AT_ONCE):
            copies.add(numbers[at : at + _AT_ONCE])
        if len(numbers):
            found[outcome] = copies.ranges()
    return found


def read(plain: Mapping[str, Sequence[Sequence[int]]]) -> dict[str, Copies]:
    """Outcome → how often which sequence number, from what a summary has."""
    return {outcome: Copies.read(plain.get(outcome, [])) for outcome in OUTCOMES}
