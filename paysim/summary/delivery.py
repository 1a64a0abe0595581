"""What producers say that they sent, and what of it was found in the hub: `producers` and `delivery` of a summary."""

from typing import Annotated

from pydantic import Field, Strict

from paysim.contract.identity import MAX_PRODUCERS, MAX_SEQUENCE

from .part import Count, Part, Text

Sequence = Annotated[int, Strict(), Field(ge=0, lt=MAX_SEQUENCE)]
Range = tuple[Sequence, Sequence]
"""The first and the last sequence number of a range."""


class Duplicates(Part):
    """Copies that scenarios sent on purpose (`duplicate`, `redelivery`), by outcome. They have no sequence number of
    their own."""

    acked: Count
    failed: Count
    unknown: Count
    resent: Count
    """Of the acknowledged ones, those that an earlier attempt may have stored too."""


class ProducerRecord(Part):
    """One process that sent, by the sequence numbers of its transactions.

    What is below `next_sequence` and neither failed nor unknown was acknowledged.
    """

    producer: Annotated[int, Strict(), Field(ge=0, lt=MAX_PRODUCERS)]
    """The number that stands in the ids of its transactions."""
    next_sequence: Annotated[int, Strict(), Field(ge=0, le=MAX_SEQUENCE)]
    """The first sequence number that was not used."""
    made_ms: tuple[int, int] | None = None
    """The first and the last time that stands in its ids, in Unix milliseconds. Null where it made none."""
    failed: list[Range]
    """Surely not stored."""
    unknown: list[Range]
    """Their outcome was lost: stored or not, and perhaps more than once."""
    resent: list[Range]
    """Acknowledged after an attempt whose outcome was lost: stored at least once."""
    duplicates: Duplicates
    repeated: dict[str, list[tuple[Count, Count, Count]]]
    """Outcome → which numbers scenarios sent again on purpose: first, last, how often each."""
    silent: Annotated[bool, Strict()] = False
    """Whether it ended without a last report: what it sent after the one that is here is not accounted for."""

    @property
    def acked(self) -> int:
        absent = sum(last - first + 1 for first, last in (*self.failed, *self.unknown))
        return self.next_sequence - absent + self.duplicates.acked


class Delay(Part):
    """Milliseconds from made to stored."""

    p50: float
    p99: float
    max: float


class ContractCheck(Part):
    """Bodies that were read back and held against the contract of a transaction."""

    checked: Count = 0
    bad: Count = 0
    """Bodies that break the contract and have no label that says so."""
    good: Count = 0
    """Bodies that keep the contract and have a label that says otherwise."""


class DeliveryRecord(Part):
    """What was found in the hub, in transactions. Where it could not be verified, `error` says why."""

    arrived: Count
    lost: Count | None
    """Acknowledged and not there. Null where that cannot be said."""
    expired: Count
    """Events, of whomever, that aged out before they were read."""
    duplicated: Count
    """Surplus copies that nothing explains."""
    explained_duplicates: Count
    """Copies of transactions that were sent again because their outcome was lost."""
    unexpected: Count
    """Transactions in the hub that failed or were never sent."""
    out_of_order: Count | None
    """Null where no order is promised."""
    unknown_arrived: Count
    after_last_report: Count
    """Transactions in the hub that a silent producer sent after its last report."""
    foreign: Count
    """Events of others in the same partitions."""
    unreadable: Count
    """Events of others that could not be read."""
    delay_ms: Delay | None
    contract: ContractCheck | None
    """Null where a mapping makes bodies that follow no contract."""
    ranges: dict[str, list[tuple[int, int, int]]]
    """Kind of finding → producer, first and last sequence number, of the first hundred ranges."""
    seconds: float
    """How long verifying took."""
    error: Text | None = None
