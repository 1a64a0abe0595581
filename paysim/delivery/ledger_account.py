"""A ledger as one process tells it to another: plain fields, before anything that is open in it is judged."""

from pydantic import ConfigDict

from paysim.summary.delivery import Duplicates, Range
from paysim.summary.model import OutcomeCounts
from paysim.summary.part import Count, Part


class OpenSends(Part):
    """Transactions on their way. Where their producer dies they become unknown."""

    model_config = ConfigDict(extra="forbid")

    ranges: list[Range]
    """Their sequence numbers."""
    methods: dict[str, Count]
    """Payment method → how many."""
    duplicates: list[Count]
    """The numbers that scenarios sent again, each as often as it did."""


class LedgerAccount(Part):
    """What one producer sent in one run so far. Counts are of transactions."""

    model_config = ConfigDict(extra="forbid")

    producer: Count
    next_sequence: Count
    """The first sequence number that was not used."""
    generated: Count
    made: tuple[int, int] | None
    """The first and the last time that stands in ids, in Unix milliseconds. None where it made none."""
    failed: list[Range]
    unknown: list[Range]
    resent: list[Range]
    duplicates: Duplicates
    open: OpenSends
    methods: dict[str, OutcomeCounts]
    """Payment method → what became of its transactions."""
    violations: dict[str, Count]
    """Label → how many were made bad on purpose."""
    episodes: dict[str, Count]
    """Label → how many episodes these are."""
