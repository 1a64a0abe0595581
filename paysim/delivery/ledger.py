"""The ledger: what one producer sent in one run, and what became of it.

Only exceptions cost memory: what is neither failed nor unknown below `next_sequence` was acknowledged, so
10⁹ acknowledged transactions take no more than ten. Failed and unknown ones are kept as ranges of sequence.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from typing import Any

from paysim.transactions.block import Block
from paysim.transactions.identity import sequence_of


class Ranges:
    """A set of whole numbers as sorted, disjoint, inclusive ranges."""

    def __init__(self, ranges: Iterable[tuple[int, int]] = ()) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []
        for start, end in ranges:
            self.add(start, end)

    def add(self, start: int, end: int) -> None:
        """Add start..end, both included; touching ranges become one."""
        first = bisect_right(self._starts, start)
        if first and self._ends[first - 1] >= start - 1:
            first -= 1
            start = self._starts[first]
        last = bisect_right(self._starts, end + 1)
        if last > first:
            end = max(end, self._ends[last - 1])
        self._starts[first:last] = [start]
        self._ends[first:last] = [end]

    def __iter__(self) -> Iterator[tuple[int, int]]:
        return zip(self._starts, self._ends, strict=True)

    def __len__(self) -> int:
        """How many numbers, not how many ranges."""
        return sum(end - start + 1 for start, end in self)

    def __contains__(self, number: int) -> bool:
        at = bisect_right(self._starts, number) - 1
        return at >= 0 and number <= self._ends[at]

    def lists(self) -> list[list[int]]:
        """The ranges as JSON has them."""
        return [[start, end] for start, end in self]


class Tally:
    """Counts of one payment method."""

    __slots__ = ("acked", "bytes", "failed", "unknown")

    def __init__(self, acked: int = 0, failed: int = 0, unknown: int = 0, bytes: int = 0) -> None:
        self.acked, self.failed, self.unknown, self.bytes = acked, failed, unknown, bytes

    def __iadd__(self, other: "Tally") -> "Tally":
        self.acked += other.acked
        self.failed += other.failed
        self.unknown += other.unknown
        self.bytes += other.bytes
        return self

    def plain(self) -> dict[str, int]:
        return {"acked": self.acked, "failed": self.failed, "unknown": self.unknown, "bytes": self.bytes}


class Ledger:
    """What one producer sent in one run. `bytes` counts acknowledged bodies."""

    def __init__(self, producer: int) -> None:
        self.producer = producer
        self.next_sequence = 0
        self.generated = 0
        self.failed = Ranges()
        self.unknown = Ranges()
        self.methods: dict[str, Tally] = {}
        self.violations: dict[str, int] = {}

    def hand_out(self, block: Block, next_sequence: int) -> None:
        """A block was generated and is on its way; `next_sequence` is the first number not yet used."""
        self.generated += len(block)
        self.next_sequence = next_sequence
        for label in block.labels.values():
            self.violations[label] = self.violations.get(label, 0) + 1

    def acked(self, block: Block, size: int) -> None:
        tally = self._tally(block.method)
        tally.acked += len(block)
        tally.bytes += size

    def not_acked(self, block: Block, *, unknown: bool) -> None:
        """The block surely failed, or its outcome was lost (`unknown`)."""
        tally = self._tally(block.method)
        if unknown:
            tally.unknown += len(block)
        else:
            tally.failed += len(block)
        ranges = self.unknown if unknown else self.failed
        for at, transaction_id in enumerate(block.ids):
            # A duplicate repeats an id whose own outcome is written where the original went.
            if block.labels.get(at) != "duplicate":
                sequence = sequence_of(transaction_id)
                ranges.add(sequence, sequence)

    def _tally(self, method: str) -> Tally:
        tally = self.methods.get(method)
        if tally is None:
            tally = self.methods[method] = Tally()
        return tally

    def plain(self) -> dict[str, Any]:
        """For a message or a file: plain types only."""
        return {
            "producer": self.producer,
            "next_sequence": self.next_sequence,
            "generated": self.generated,
            "failed": self.failed.lists(),
            "unknown": self.unknown.lists(),
            "methods": {method: tally.plain() for method, tally in self.methods.items()},
            "violations": dict(self.violations),
        }

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> "Ledger":
        ledger = cls(plain["producer"])
        ledger.next_sequence = plain["next_sequence"]
        ledger.generated = plain["generated"]
        ledger.failed = Ranges((start, end) for start, end in plain["failed"])
        ledger.unknown = Ranges((start, end) for start, end in plain["unknown"])
        ledger.methods = {method: Tally(**counts) for method, counts in plain["methods"].items()}
        ledger.violations = dict(plain["violations"])
        return ledger
