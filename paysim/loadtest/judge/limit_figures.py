"""The figures of one step of a search for the limit, by the accounts of those who send.

What fell due and was not sent shows in the latency from schedule: at a rate that is above what is sent by a share, it
grows by that share of the time that passes. Batches and reports that come late cannot hide it, as they would in a
count.

On a machine that others use too, processes tell how long they waited for a core: the rest of the time is their own.

Pure: accounts and times in, figures out. Times in seconds after the start of the run.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from paysim.loadtest.sending.account import Account
from paysim.summary.model import Percentiles

from .behind import LAG_OF
from .readings import Buckets, Key, add, percentiles

BEHIND = 0.02
"""The share of what falls due that may be left: less is not told from chance."""
BEHIND_SECONDS = 0.1
"""Growth of the latency from one part to another that any machine may show."""
THROTTLED = 0.005
"""The share of sends that the hub may refuse as busy: what was held up for a second comes in a burst afterwards."""
THROTTLED_AT_ALL = 2
"""Sends that are refused where a hub is busy: one alone may be such a burst."""
STAGE_BEHIND = 0.05
"""The share of what falls due that may be left behind the hub …"""
STAGE_SECONDS, LAG_SECONDS = 2.0, 10.0
"""… and how many seconds of the rate besides: batches, polls and, for lag, checkpoints come in jumps."""
SAME_BACKLOG = 0.5
"""The share of a stage's backlog from which on a stage before it holds up the same transactions."""


@dataclass(frozen=True, slots=True)
class StepCounts:
    """What all senders had counted at a moment. busy_s, cpu_s, waited_s, lag_s: seconds, of all together."""

    at: float
    senders: int = 0
    acked: int = 0
    failed: int = 0
    unknown: int = 0
    wire_bytes: int = 0
    sends: int = 0
    throttled: int = 0
    busy_s: float = 0.0
    cpu_s: float = 0.0
    waited_s: float = 0.0
    lag_s: float = 0.0
    partitions: Mapping[str, int] = field(default_factory=dict)
    buckets: Mapping[Key, Buckets] = field(default_factory=dict)
    backlog: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def of(
        cls, at: float, accounts: Iterable[Account], buckets: Mapping[Key, Buckets], backlog: Mapping[str, int]
    ) -> "StepCounts":
        """buckets: the histograms of all senders, of all payment methods together. backlog: see `behind.backlog`."""
        every = list(accounts)
        methods = [tally for account in every for tally in account.ledger.methods.values()]
        partitions: dict[str, int] = {}
        for account in every:
            for name, events in account.partitions.items():
                partitions[name] = max(events, partitions.get(name, 0))
        return cls(
            at=at,
            senders=len(every),
            acked=sum(tally.acked for tally in methods),
            failed=sum(tally.failed for tally in methods),
            unknown=sum(tally.unknown for tally in methods),
            wire_bytes=sum(account.hub.wire_bytes for account in every),
            sends=sum(account.hub.sends for account in every),
            throttled=sum(account.hub.throttled for account in every),
            busy_s=sum(account.hub.all_busy_s for account in every),
            cpu_s=sum(account.cpu_s for account in every),
            waited_s=sum(account.cpu_waited_s for account in every),
            lag_s=sum(account.event_loop_lag.seconds for account in every),
            partitions=partitions,
            buckets=buckets,
            backlog=backlog,
        )

    def latency(self, kind: str, since: "StepCounts") -> Percentiles | None:
        """In milliseconds, of what was acknowledged since then."""
        gained: dict[Key, Buckets] = {}
        add(gained, {key: counts for key, counts in self.buckets.items() if key[0] == kind})
        add(gained, {key: counts for key, counts in since.buckets.items() if key[0] == kind}, -1)
        return percentiles(gained.get((kind, "")))


@dataclass(frozen=True)
class StepFigures:
    """Of the time of a step that is judged. rate: that was tried, transactions/s. users: that there were.

    quiet: half of all sends took that long, in milliseconds, in the first step that held; None before it.
    """

    rate: float
    users: int
    connections: int
    first: StepCounts
    parts: tuple[StepCounts, ...]
    last: StepCounts
    quiet_ms: float | None = None

    @property
    def seconds(self) -> float:
        return max(1e-9, self.last.at - self.first.at)

    def _gained(self, name: str) -> float:
        return float(getattr(self.last, name) - getattr(self.first, name))

    @property
    def per_s(self) -> float:
        """Acknowledged transactions/s."""
        return self._gained("acked") / self.seconds

    @property
    def mb_per_s(self) -> float:
        """As they go over the wire, which is what units count."""
        return self._gained("wire_bytes") / 1e6 / self.seconds

    @property
    def not_acked(self) -> tuple[int, int]:
        """Failed and unknown ones."""
        return int(self._gained("failed")), int(self._gained("unknown"))

    @property
    def throttled(self) -> int:
        return int(self._gained("throttled"))

    @property
    def hub_is_busy(self) -> bool:
        """Whether the hub refused more than it may."""
        return self.throttled >= max(THROTTLED_AT_ALL, THROTTLED * self._gained("sends"))

    def _share(self, name: str) -> float:
        return min(1.0, self._gained(name) / max(1, self.last.senders) / self.seconds)

    @property
    def busy_share(self) -> float:
        """Of the time in which all connections of a process were busy and a send waited, the mean of processes."""
        return self._share("busy_s")

    @property
    def waited_share(self) -> float:
        """Of the time in which a process waited for a core that others had, the mean of processes."""
        return self._share("waited_s")

    @property
    def cpu_share(self) -> float:
        """Of the time in which a process had a core or wanted none, how long it had one: the mean of processes."""
        had = self.seconds * max(1, self.last.senders) - self._gained("waited_s")
        return min(1.0, self._gained("cpu_s") / max(had, 1e-9))

    @property
    def lag_share(self) -> float:
        """Of the time in which the event loop was held up, and not for want of a core: the mean of processes."""
        return max(0.0, self._share("lag_s") - self.waited_share)

    @cached_property
    def service_ms(self) -> float | None:
        """What half of all sends took at the hub, in milliseconds."""
        found = self.last.latency("service", self.first)
        return None if found is None else found.p50

    @cached_property
    def behind(self) -> float | None:
        """The share of what fell due that was left, by the growth of the median latency from schedule; None while there
        are not two parts to compare, or where the last has nothing."""
        if len(self.parts) < 2:
            return None
        marks = (self.first, *self.parts)
        early = marks[1].latency("from_schedule", marks[0])
        late = marks[-1].latency("from_schedule", marks[-2])
        if early is None or late is None:
            return None
        grown = (late.p50 - early.p50) / 1000
        passed = (marks[-1].at + marks[-2].at - marks[1].at - marks[0].at) / 2
        return 0.0 if grown <= BEHIND_SECONDS else grown / max(passed, 1e-9)

    @property
    def stage_behind(self) -> tuple[str, int] | None:
        """The stage, or `lag of GROUP`, whose backlog grew with the time, and by how many transactions.

        What is behind a slow stage misses the same transactions: of those the first is named, even where its own
        backlog is a little below what may be.
        """
        grown = {name: now - self.first.backlog.get(name, 0) for name, now in self.last.backlog.items()}
        for name, transactions in grown.items():
            jumps = LAG_SECONDS if name.startswith(LAG_OF) else STAGE_SECONDS
            if transactions > self.rate * max(STAGE_BEHIND * self.seconds, jumps):
                return next((each, of) for each, of in grown.items() if of >= SAME_BACKLOG * transactions)
        return None

    def partition_per_s(self) -> dict[str, float]:
        """Partition → events/s that it got."""
        before = self.first.partitions
        return {name: (events - before.get(name, 0)) / self.seconds for name, events in self.last.partitions.items()}
