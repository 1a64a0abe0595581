"""The account of one process in a run: what it sent and what became of it. Live figures and summary are made of it.

A standalone run has one account; a master has the newest of each worker. It is plain data, which is sent as it is
(`cluster.messages`), and it says nothing about how the run is judged.
"""

from collections.abc import Iterable
from typing import Self

from pydantic import ConfigDict, Field

from paysim.delivery.ledger import Ledger
from paysim.delivery.ledger_account import LedgerAccount
from paysim.publishers.base import PublisherFigures
from paysim.summary.counters import Lateness
from paysim.summary.model import FollowUpsRecord, HookRecord, PeopleRecord, ShortfallRecord
from paysim.summary.part import Count, Part

from .event_loop_lag import EventLoopLag


class Account(Part):
    """One process's part of a run so far."""

    model_config = ConfigDict(extra="forbid")

    run: str
    """The id of the run."""
    ledger: LedgerAccount
    latencies: dict[str, bytes]
    """Kind → compressed HdrHistogram (its V2 encoding) of microseconds, of those kinds that were measured."""
    latencies_by_method: dict[str, dict[str, bytes]] = Field(default_factory=dict)
    """The same of each payment method that has thresholds of its own."""
    ahead: float = 0.0
    """How many more transactions fell due by chance than the rate asks for: see `Schedule.ahead`."""
    lateness: Lateness
    event_loop_lag: EventLoopLag
    hub: PublisherFigures
    cpu_s: float = 0.0
    """Seconds of processor time that the process took so far."""
    cpu_waited_s: float = 0.0
    """Seconds that it waited for a processor core that others used; 0 where the system does not tell."""
    partitions: dict[str, int]
    """Partition → events since the start of the run, whoever sent them. Empty where this process does not look."""
    payments_for_refunds: Count
    """Refunds that went out as payments, because there was nothing to refund yet."""
    copies_waiting: Count = 0
    """Copies that scenarios will send and that are not due yet."""
    shortfalls: dict[str, ShortfallRecord] = Field(default_factory=dict)
    """Shares that cannot be reached, by their keys."""
    hook: HookRecord | None = None
    """None where no function of the user's own changes transactions."""
    people: PeopleRecord | None = None
    """None where payers are drawn by weight."""
    follow_ups: FollowUpsRecord | None = None
    """None where nothing follows payments but refunds."""
    broken: bool = False
    """Whether a listener or a greenlet of the process has failed, as Locust tells by its exit code."""
    silent: bool = False
    """Whether the process ended without a final account; the master sets it."""
    repeats: dict[str, bytes] = Field(default_factory=dict)
    """Outcome → which numbers scenarios sent again since the last account: see `delivery.repeats`."""
    labels: dict[str, dict[str, bytes]] = Field(default_factory=dict)
    """Those since the last account: see `report.labels_file`."""
    records: bytes = b""
    """Rows of `pipeline.records` since the last account, where the run is watched behind the hub."""

    @classmethod
    def blank(cls, run: str, producer: int) -> Self:
        """Of a process that has not told anything."""
        return cls(
            run=run,
            ledger=Ledger(producer).account(),
            latencies={},
            lateness=Lateness(),
            event_loop_lag=EventLoopLag(),
            hub=PublisherFigures(),
            partitions={},
            payments_for_refunds=0,
        )


def follow_ups(accounts: Iterable[Account]) -> FollowUpsRecord | None:
    """Over all processes; None where nothing follows payments but refunds."""
    parts = [(account.follow_ups, account.silent) for account in accounts if account.follow_ups is not None]
    if not parts:
        return None
    found = FollowUpsRecord.total(part for part, _ in parts)
    found.open_of_silent = sum(part.open for part, silent in parts if silent)
    return found
