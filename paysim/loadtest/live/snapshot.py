"""How a run stands at one moment: what pages, the progress line and metrics show. Plain data, made from accounts.

Counts are since the start of the run, or since a Reset of the statistics; rates and latencies are of the last few
seconds. The summary is made from the accounts themselves (`summary`), not from here.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from pydantic import Field

from paysim.loadtest.sending.account import Account
from paysim.summary.counters import HubCounters
from paysim.summary.model import FollowUpsRecord
from paysim.summary.pipeline import PipelineFigures

OUTCOMES = ("acked", "failed", "unknown", "bytes")

Counts = dict[tuple[str, str, str], float]
"""(sender, kind, name) → count since the start of the run. kind: an outcome, of a method; "hub", of a counter;
"partition", of an id; "follow-up", of a
transaction type; "followed", of a method; or a connection's counter, of its number."""


@dataclass(frozen=True, slots=True)
class Flow:
    """What became of transactions: counts, acknowledged bytes, and acknowledged transactions and MB a second now."""

    acked: int = 0
    failed: int = 0
    unknown: int = 0
    bytes: int = 0
    per_s: float = 0.0
    mb_per_s: float = 0.0

    @property
    def ended(self) -> int:
        """How many have an outcome."""
        return self.acked + self.failed + self.unknown


class HubFigures(HubCounters):
    """What the publishers counted, and their connections as they are now."""

    connections: int = 0
    states: dict[str, int] = Field(default_factory=dict)
    """State → connections."""


class ConnectionNow(HubCounters):
    """One connection of a sender: its counters, acknowledged events, and how fast now."""

    events: int
    per_s: float
    mb_per_s: float
    state: str


@dataclass(frozen=True, slots=True)
class SenderFigures:
    """One process that sends. `name`: Locust's name of the worker, or "" of a standalone run."""

    name: str
    producer: int
    flow: Flow
    hub: HubFigures
    connections: tuple[ConnectionNow, ...] = ()
    silent: bool = False  # a worker that died: its last report


@dataclass(frozen=True, slots=True)
class PartitionFigures:
    """Events that a partition gained since the start of the run, and how many a second now."""

    events: int
    per_s: float


class FollowUpsNow(FollowUpsRecord):
    """What has followed payments, and how fast now. Payments are those of the whole run, whatever was reset."""

    per_s: dict[str, float] = Field(default_factory=dict)
    """Transaction type → how many a second."""


def faults() -> dict[str, str]:
    """What counts as a fault, in the order of the page: an outcome or a counter → what people call it."""
    charted = {name: row.chart for name, row in HubCounters.rows().items() if row.chart is not None}
    return {"failed": "failed", "unknown": "unknown", **charted}


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A run at `at` (Unix seconds), `elapsed` seconds after its start.

    target_per_s: the rate that is asked for now, None in the closed model. faults: those of `faults`, each a second,
    over the last seconds. latency_ms: kind → p50, p90, p95, p99 and max of what was acknowledged in the last seconds,
    None where nothing was; run_ms: the same since the start of the run, or since a Reset of the statistics.
    method_ms: payment method → p50, p95 and p99 of its response times since then. late: how many began late since the
    start of the run. planned: how many it is to send in all. pipeline: what was told last of what is behind the hub;
    None where nothing is watched. follow_ups: None where nothing follows payments but refunds.
    """

    at: float
    elapsed: float
    running: bool
    users: int
    target_per_s: float | None
    total: Flow
    methods: dict[str, Flow]
    hub: HubFigures
    faults: dict[str, float]
    latency_ms: dict[str, dict[str, float] | None]
    partitions: dict[str, PartitionFigures]
    run_ms: dict[str, dict[str, float] | None] = field(default_factory=dict)
    method_ms: dict[str, dict[str, float]] = field(default_factory=dict)
    late: int = 0
    planned: int | None = None
    senders: tuple[SenderFigures, ...] = ()
    pipeline: PipelineFigures | None = None
    follow_ups: FollowUpsNow | None = None

    @property
    def begun(self) -> dict[str, int]:
        """Payment method → transactions with an outcome that follow nothing: what the configured mix is about."""
        followed = {} if self.follow_ups is None else self.follow_ups.by_method
        return {method: begun(flow.ended, followed.get(method, 0)) for method, flow in self.methods.items()}


def begun(ended: int, followed: int) -> int:
    """Of transactions with an outcome, those that are no follow-ups. followed: follow-ups made; some may be under
    way."""
    return max(0, ended - followed)


def counters(accounts: Mapping[str, Account]) -> Counts:
    """What accounts, by sender, count, side by side."""
    found: Counts = {}
    names = tuple(HubCounters.rows())
    for sender, account in accounts.items():
        for method, tally in account.ledger.methods.items():
            for outcome in OUTCOMES:
                found[sender, outcome, method] = getattr(tally, outcome)
        for name in names:
            found[sender, "hub", name] = getattr(account.hub, name)
        for number, connection in enumerate(account.hub.by_connection):
            for name in ("events", "bytes", *names):
                found[sender, f"connection {name}", str(number)] = getattr(connection, name)
        if account.follow_ups is not None:
            for type_, events in account.follow_ups.by_type.items():
                found[sender, "follow-up", type_] = events
            for method, events in account.follow_ups.by_method.items():
                found[sender, "followed", method] = events
        for partition, events in account.partitions.items():
            found[sender, "partition", partition] = events
    return found


def totals(counts: Counts) -> dict[tuple[str, str], float]:
    """The same over all senders, and, under the name "", over all methods."""
    found: dict[tuple[str, str], float] = {}
    for (_, kind, name), count in counts.items():
        found[kind, name] = found.get((kind, name), 0) + count
        if kind in OUTCOMES:
            found[kind, ""] = found.get((kind, ""), 0) + count
    return found


def hub_figures(counts: Mapping[str, float], accounts: Iterable[Account]) -> HubFigures:
    """Counters as counted, connections and their states as they are now."""
    states: dict[str, int] = {}
    connections = 0
    for account in accounts:
        if account.silent:
            continue
        connections += account.hub.connections
        for state, n in account.hub.states.items():
            states[state] = states.get(state, 0) + n
    return HubFigures.model_validate({**counts, "connections": connections, "states": states})
