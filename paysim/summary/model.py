"""What a run leaves, as models: `summary.json` is a `Summary`, key by key.

`SCHEMA_VERSION` is raised when a key goes, gets another name, another unit or another meaning: whoever reads the older
form would misread the newer. A key that is added does not raise it. `paysim verify` and `paysim compare` read their own
version only.

1    the first
2    `loop_blocked` is `event_loop_lag`, `hub.partitions` is gone (`hub.positions` says it), `silent`, `identity` and
     `positions` are always there, `verdict` has the reasons
"""

from collections.abc import Iterator
from typing import Any, Literal

from pydantic import ConfigDict, Field

from paysim.eventhub.hub_identity import HubIdentity

from .counters import FollowUpCounters, HubCounters, Lateness
from .delivery import DeliveryRecord, ProducerRecord
from .part import Count, Figure, Part, Text
from .pipeline import PipelineRecord

SCHEMA_VERSION: Literal[2] = 2


class OutcomeCounts(Part):
    """Transactions by outcome."""

    acked: Count = 0
    """The hub has them."""
    failed: Count = 0
    """Surely not stored."""
    unknown: Count = 0
    """Their outcome was lost."""
    bytes: Count = 0
    """Bytes of the bodies of acknowledged transactions."""

    @property
    def ended(self) -> int:
        """Those that have an outcome."""
        return self.acked + self.failed + self.unknown


class ShortfallRecord(Part):
    """Shares of payments: what was asked for, and what there could be."""

    asked: float
    possible: float


class Transactions(OutcomeCounts):
    """All transactions of the run."""

    generated: Count
    surplus_max: Count = 0
    """How many transactions above the total a lost worker may have sent."""
    payments_for_refunds: Count = 0
    """Refunds that went out as payments, because there was nothing to refund yet."""
    violations: dict[str, Count] = Field(default_factory=dict)
    """Label → how many were made bad on purpose."""
    episodes: dict[str, Count] = Field(default_factory=dict)
    """Label → how many episodes these are: stories of several, or one transaction each."""
    copies_waiting: Count = 0
    """Copies that scenarios would have sent after the end. They were not sent, and count nowhere else."""
    shortfalls: dict[str, ShortfallRecord] = Field(default_factory=dict)
    """Key below `transaction` → a share that could not be reached: too few payments can be so before the end."""


class HookRecord(Part):
    """What functions of the user's own (`on_transaction`) did and cost, over all processes."""

    calls: Count = 0
    """Transactions that were handed to them."""
    dropped: Count = 0
    """Those that they dropped; others took their places."""
    seconds: float = 0.0
    """What they took, reading and writing documents included."""


class PeopleRecord(Part):
    """How often the same people paid, by draws; scenarios and what is tried again are apart."""

    most_payments: Count
    """Payments of the one who paid most."""
    least_gap_s: float | None = None
    """Seconds between two payments of one person, at the least. Null where nobody paid twice."""


class FollowUpsRecord(FollowUpCounters):
    """What followed payments with `lifecycle: full`, over all processes."""

    open_of_silent: Count = 0
    """Those of the open ones whose process went silent before."""

    @property
    def unfollowed(self) -> int:
        """Payments whose stories the run itself cut short, its end apart."""
        return self.thinned + self.cut_off + self.open_of_silent


class AskedRate(Part):
    """What fell due by the rate that was asked for, over the run."""

    transactions: int
    acked: int
    """Acknowledged while a rate was asked for."""
    seconds: float
    """Seconds of the run in which a rate was asked for."""
    peak_per_s: float
    """The highest rate, in transactions/s."""
    share: float
    """acked / transactions."""
    reached: bool


class Rate(Lateness):
    """How fast, in transactions/s unless it says otherwise."""

    achieved_per_s: Figure
    """Acknowledged ones, over the whole run."""
    target_per_s: float | None = None
    """The mean of what was asked for. Null where no rate was."""
    asked: AskedRate | None = None
    after_ramp_per_s: float | None = None
    """Acknowledged ones from the end of the ramp on. Null where the ramp did not end."""
    ramp_s: float | None = None
    """Seconds from the start to the end of the ramp."""
    mb_per_s: float
    """Megabytes (10⁶ bytes) of acknowledged bodies a second."""
    throughput_units_needed: int
    """Azure's units for the peak: 1,000 events/s or 1 MB/s each."""


class Percentiles(Part):
    """Milliseconds."""

    p50: Figure
    p90: Figure
    p95: Figure
    p99: Figure
    p999: Figure
    max: Figure


class Latency(Part):
    """The four latencies of acknowledged transactions. Null where nothing was measured."""

    response: Percentiles | None = None
    """Batch ready → acknowledged."""
    service: Percentiles | None = None
    """Sent on a free connection → acknowledged."""
    from_schedule: Percentiles | None = None
    """Intended send time → acknowledged, which coordinated omission cannot hide."""
    connection_wait: Percentiles | None = None
    """The time that a send waited for a free connection."""

    def measured(self) -> Iterator[tuple[str, Percentiles]]:
        """Kind and figures of those that were measured."""
        for kind, found in self:
            if found is not None:
                yield kind, found


class EventLoopLag(Part):
    """How long processes that send were held up, by work or by a machine without a free core."""

    max_ms: float
    """The longest time, in milliseconds."""
    share: float
    """Of the run, 0 to 1: the mean over processes."""


class HubRecord(HubCounters):
    """What the connections of all processes counted, and where in the hub the run begins and ends."""

    attempts_failed: dict[str, Count] = Field(default_factory=dict)
    """Reason → attempts, opening a connection included."""
    connections: Count = 0
    states: dict[str, Count] = Field(default_factory=dict)
    """State → connections at the end."""
    identity: HubIdentity | None = None
    """Null where the target is no hub, or where it could not be asked."""
    positions: dict[str, tuple[Count, Count | None]] | None = None
    """Partition → its next sequence number before the run and after it; the latter null where it could not be asked."""


class Reload(Part):
    """A change of the configuration while the run was on."""

    at_s: float
    """Seconds after the start of the run."""
    change: Text


class Threshold(Part):
    """A configured threshold and what it was held against."""

    name: str
    limit: float
    actual: float | None
    """Null where it could not be measured; then it is missed."""
    ok: bool


class LimitTrial(Part):
    """A step of a search for the limit."""

    at_s: float
    """When it began, in seconds after the start of the run."""
    seconds: float
    per_s: float
    """Transactions/s that were tried."""
    acked_per_s: float
    """Acknowledged ones, after the beginning of the step."""
    users: Count
    confirms: bool
    """Whether it was to confirm what was found."""
    ok: bool
    why: Text | None = None
    """What did not hold, in words."""


class LimitRecord(Part):
    """What a search for the limit found (`load.find_limit`)."""

    per_s: float | None = None
    """The highest rate that held, in transactions/s. Null where none did."""
    at_least: bool = False
    """Whether the limit may be above it: the highest rate held, or the search did not come to its end."""
    confirmed: bool = False
    """Whether the rate was held once more, for longer."""
    throughput_units: float | None = None
    """Units that the rate takes up."""
    bound_by: Literal["events", "bytes"] | None = None
    """Which of the two takes up more of a unit."""
    culprit: str | None = None
    """What holds the run there. Null where nothing did."""
    because: Text | None = None
    """What shows it, in words."""
    advice: Text | None = None
    failed: Count = 0
    """Transactions of the step with that rate."""
    unknown: Count = 0
    steps: list[LimitTrial] = Field(default_factory=list)


class Outcome(Part):
    """Whether the run passed. Until it is judged it has failed."""

    outcome: str = "failed"
    """`passed`, `failed`, or `interrupted` where the only reason is that it did not reach its planned end."""
    exit_code: int = 1
    reasons: list[Text] = Field(default=["the run did not come to its end"])
    """In words, those that decide the exit code first."""


class Mapped(Part):
    """A section of the configuration: its keys as the run had them, those that reports read with their types."""

    model_config = ConfigDict(extra="allow")


class EventHubSection(Mapped):
    connection_string: Text | None
    """Masked."""
    partition_by: str


class OutputSection(Mapped):
    destination: str
    event_hub: EventHubSection
    batch_size: int
    linger_ms: float
    rate_limit: float | None


class PatternsSection(Mapped):
    payment_methods: Literal["auto"] | dict[str, float]


class VolumeSection(Mapped):
    rate_per_user: float | None


class TransactionSection(Mapped):
    mapping: dict[str, Any]
    patterns: PatternsSection
    volume: VolumeSection


class ReportSection(Mapped):
    """Paths, with `{run_id}` in them."""

    junit: Text | None
    html: Text | None
    labels: Text | None
    log: Text | None = None


class Configuration(Mapped):
    """The configuration of the run, with all defaults and secrets masked."""

    output: OutputSection
    transaction: TransactionSection
    report: ReportSection


class Summary(Part):
    """The numbers of one run. Counts are of transactions unless they say otherwise."""

    schema_version: Literal[2] = SCHEMA_VERSION
    run_id: str
    target: Text
    """What people know the target by, without a secret."""
    config: Configuration
    versions: dict[str, str]
    """Of paysim, Python and what the run was made with."""
    started_at: str
    """RFC 3339, UTC, with milliseconds."""
    duration_s: float
    """Seconds from the start until nothing more was handed out."""
    users_max: int
    """The most users that there were at a time."""
    workers: int
    """Processes that sent for a master; 0 for a standalone run."""
    cpu_warning: bool
    """Whether Locust warned that a process was out of CPU."""
    transactions: Transactions
    by_payment_method: dict[str, OutcomeCounts]
    asked_shares: dict[str, float] = Field(default_factory=dict)
    """Payment method → its share of what was asked for at the end, `auto` worked out."""
    rate: Rate
    latency_ms: Latency
    event_loop_lag: EventLoopLag
    follow_ups: FollowUpsRecord | None = None
    """Null where nothing follows payments but refunds."""
    hook: HookRecord | None = None
    """Null where there is no function of the user's own."""
    people: PeopleRecord | None = None
    """How often the same people paid. Null in replay, and where `population.activity` is a number."""
    hub: HubRecord
    producers: list[ProducerRecord]
    delivery: DeliveryRecord | None = None
    """Null where the run was not verified."""
    pipeline: PipelineRecord | None = None
    """Null where nothing was watched behind the hub."""
    reloads: list[Reload] = Field(default_factory=list)
    limit: LimitRecord | None = None
    """Null where none was searched. Thresholds are held against the step with its rate."""
    thresholds: list[Threshold] = Field(default_factory=list)
    verdict: Outcome = Field(default_factory=Outcome)
    exit_code: int = 1
    """That of the verdict."""
