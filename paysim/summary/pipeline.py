"""What became of a run behind the hub: `pipeline` of a summary. Counts are of transactions, latencies in ms."""

from typing import Any, Literal, Self

from pydantic import Field

from .part import Count, Figure, Part, Text


class HopLatency(Part):
    """Milliseconds."""

    p50: float
    p95: float
    p99: float
    max: float


class StageRecord(Part):
    """What came to one stage. Where it could not be read to its end, `lost` says why."""

    name: str
    expects: Literal["good", "bad", "all"] | None
    expected: Count
    """Acknowledged ones that belong there."""
    arrived: Count
    """All of the run, each once."""
    right: Count
    """Of these, the ones that belong there."""
    missing: Count
    """Those that do not come any more."""
    under_way: Count
    """Those that have not come, and of which nobody can say that they do not."""
    oldest_s: Figure | None = None
    """How long the first of those that are under way was on its way."""
    duplicates: Count | None
    """Copies too many. Null where rows have no key."""
    misjudged: Count
    """Those that do not belong there."""
    foreign: Count
    """Events and rows of others, and without an id."""
    unrecorded: Count
    """Those that no sender has told of."""
    latency_ms: HopLatency | None
    """Intended → there."""
    judged_ms: HopLatency | None = None
    """The same of those that were intended after the warm-up, which thresholds are held against."""
    hop_ms: HopLatency | None
    """In the hub that is loaded → there; from the acknowledgement where that hub was not read."""
    clock_offset_ms: float
    """How far its clock is ahead, as corrected."""
    clock_error_ms: float | None
    """How wrong that may be; a latency that is smaller says little. Null where it is not known."""
    lost: Text | None = None


class LagRecord(Part):
    """How far a consumer group was behind at the end, in events. `why`: it was not measured."""

    consumer_group: Text
    partitions: dict[str, Count | None]
    total: Count | None
    slope_per_s: float | None
    """By how much it grew, over the last minute."""
    why: Text | None


class PipelineRecord(Part):
    """All hops of a run. Where nothing was measured, `error` says why."""

    stages: list[StageRecord] = Field(default_factory=list)
    in_the_hub: StageRecord | None = None
    """The hub that is loaded. Null where it was not read."""
    acknowledged_ms: HopLatency | None = None
    """Intended → acknowledged."""
    acked: Count = 0
    unknown: Count = 0
    not_measured: Count = 0
    """Transactions that found no room among those that are kept while they are under way."""
    kept_most: Count = 0
    """The most that were under way at a time."""
    most_bytes: Count = 0
    """What those that are kept may take at the most."""
    lag: list[LagRecord] = Field(default_factory=list)
    waited_s: float = 0.0
    error: Text | None = None

    @property
    def hops(self) -> list[StageRecord]:
        """The hub that is loaded, where it is read, and each stage."""
        return [*([self.in_the_hub] if self.in_the_hub else []), *self.stages]

    @classmethod
    def of(cls, plain: dict[str, Any]) -> Self:
        """From what the watcher tells."""
        return cls.model_validate(plain)


class HopNow(Part):
    """A hop in the last seconds. Milliseconds; null where nothing came."""

    hop: Text
    per_s: float
    p50: float | None
    p95: float | None
    p99: float | None
    max: float | None


class PipelineFigures(PipelineRecord):
    """How it stands while a run is on."""

    now: list[HopNow] = Field(default_factory=list)
    """Acknowledged, in the hub where it is read, and each stage. Empty once the run is over."""
    window: dict[str, HopLatency | None] = Field(default_factory=dict)
    """Stage → latency over the last `thresholds.window` seconds, where that is set and has passed."""
