"""Counters: figures that every process of a run counts, and everything that is said and shown of them.

A counter is one row: a field of `HubCounters` (what publishers count), `Lateness` (what sessions count) or
`FollowUpCounters` (what generators count) with a `Counter` beside it. Its name is its key in summary.json, in accounts
and in the page's data; its docstring is what /metrics and the summary's schema say of it. Columns of the table *Event
Hub*, rows of the table *Follow-ups* and their CSV files, tiles and chart of the page, metrics and the summary are made
from the rows.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any, Self

from pydantic import Field

from paysim.registry import Registry

from .meanings import meanings
from .part import Count, Figure, Part

# What happens to a send, for counters to count. Each is told once, by the publisher that it happens to.


@dataclass(frozen=True, slots=True)
class Attempt:
    """A batch is given to a connection."""


@dataclass(frozen=True, slots=True)
class Retried:
    """A batch is to be given to a connection again."""


@dataclass(frozen=True, slots=True)
class Reconnection:
    """A connection was opened in place of a lost one."""


@dataclass(frozen=True, slots=True)
class FailedAttempt:
    """An attempt to send, or to open a connection, failed. throttled: the service refused it as busy."""

    reason: str
    throttled: bool = False


@dataclass(frozen=True, slots=True)
class AcknowledgedBatch:
    """A batch is stored. bytes: of bodies. seconds: of the attempt. in_doubt: an earlier attempt may have stored it.
    wire_bytes: of the whole message, properties and framing of events included."""

    events: int
    bytes: int
    seconds: float = 0.0
    in_doubt: bool = False
    wire_bytes: int = 0


Happening = Attempt | Retried | Reconnection | FailedAttempt | AcknowledgedBatch


def _one(_: Any) -> int:
    return 1


@dataclass(frozen=True, kw_only=True)
class Counter:
    """How a counter is counted and shown.

    counts: the happening that is counted; None where whoever has the figure sets it. by: how much one counts.
    joined: makes the figure of a run from those of its processes.
    metric: its name in /metrics between `paysim_` and `_total`, which ends with the unit; None: not shown there.
    label: where the figure is a map, what its keys are: the name of the label in /metrics.
    gauge: whether it is how many there are now, and may go down; its metric has no `_total`.
    heading: the head of its column in the table *Event Hub*, or of its row in *Follow-ups*; None: it has none.
    tile: what the page calls it in a tile of its own; None: no tile. bad: whether more than none is shown in red.
    chart: its name among the faults a second of the page; None: not among them.
    name, part: its key, and the class that has it; registering the row gives it both.
    """

    counts: type[Happening] | None = None
    by: Callable[[Any], float] = _one
    joined: Callable[[Iterable[Any]], Any] = sum
    metric: str | None = None
    label: str | None = None
    gauge: bool = False
    heading: str | None = None
    tile: str | None = None
    bad: bool = False
    chart: str | None = None
    name: str = ""
    part: "type[Counters] | None" = None

    @property
    def meaning(self) -> str:
        """Its docstring, in one line."""
        return "" if self.part is None else meanings(self.part).get(self.name, "").replace("\n", " ")


COUNTERS: Registry[Counter] = Registry("counter")


class Counters(Part):
    """A part of an account or of a summary whose fields are counters: each is registered under its name."""

    @classmethod
    def __pydantic_init_subclass__(cls, **arguments: Any) -> None:
        inherited = {name for base in cls.__mro__[1:] for name in getattr(base, "model_fields", ())}
        for name, field in cls.model_fields.items():
            for row in (each for each in field.metadata if isinstance(each, Counter) and name not in inherited):
                COUNTERS.add(replace(row, name=name, part=cls))

    @classmethod
    def rows(cls) -> dict[str, Counter]:
        """Its counters by name."""
        return {name: row for name, row in COUNTERS.items() if name in cls.model_fields}

    @classmethod
    def total(cls, parts: Iterable["Counters"]) -> Self:
        """What the counters of several processes come to."""
        every = list(parts)
        joined = {name: row.joined([getattr(each, name) for each in every]) for name, row in cls.rows().items()}
        return cls.model_validate(joined if every else {})


def counted(happening: type[Happening]) -> Mapping[str, Callable[[Any], float]]:
    """Counters of this happening: name → how much one counts."""
    return {name: row.by for name, row in COUNTERS.items() if row.counts is happening}


def _highest(figures: Iterable[float]) -> float:
    return max(figures, default=0.0)


class Lateness(Counters):
    """How late transactions began."""

    late: Annotated[Count, Counter(metric="late_transactions")] = 0
    """Transactions that began more than 100 ms after their scheduled time."""
    late_max_ms: Annotated[Figure, Counter(joined=_highest)] = 0.0
    """The latest of all, in milliseconds after its scheduled time."""


def _by_key(maps: Iterable[Mapping[str, int]]) -> dict[str, int]:
    found: dict[str, int] = {}
    for each in maps:
        for key, count in each.items():
            found[key] = found.get(key, 0) + count
    return dict(sorted(found.items()))


class FollowUpCounters(Counters):
    """What followed payments with `lifecycle: full`."""

    by_type: Annotated[
        dict[str, Count], Counter(joined=_by_key, metric="follow_up_transactions", label="transaction_type")
    ] = Field(default_factory=dict)
    """How many of each transaction type were made, as the last report of each process has it."""
    by_method: Annotated[dict[str, Count], Counter(joined=_by_key, label="payment_method")] = Field(
        default_factory=dict
    )
    """The same of each payment method: without them its transactions are what the configured mix is about."""
    open: Annotated[Count, Counter(metric="open_payments", gauge=True, heading="… payments open now")] = 0
    """Payments that something is still to follow; in a summary, after its end."""
    thinned: Annotated[Count, Counter(metric="thinned_payments", heading="… payments that nothing follows")] = 0
    """Payments that nothing followed, as there was no room for more."""
    cut_off: Annotated[Count, Counter(metric="cut_off_payments", heading="… payments cut off by reloads")] = 0
    """Payments that nothing followed any more, as the configuration changed too often."""


class HubCounters(Counters):
    """What publishers count of their sends. Stands last here, so that a row can be added at the end."""

    sends: Annotated[Count, Counter(counts=Attempt, metric="hub_sends", heading="Sends")] = 0
    """Attempts to send a batch."""
    retries: Annotated[
        Count,
        Counter(counts=Retried, metric="hub_retries", heading="Retries", tile="Retried sends", chart="retried sends"),
    ] = 0
    """Attempts after the first one of a batch."""
    throttled: Annotated[
        Count,
        Counter(
            counts=FailedAttempt,
            by=lambda failed: failed.throttled,
            metric="hub_throttled_sends",
            heading="Throttled",
            tile="Throttled sends",
            bad=True,
            chart="throttled sends",
        ),
    ] = 0
    """Attempts that the service refused as busy."""
    reconnects: Annotated[
        Count, Counter(counts=Reconnection, metric="hub_reconnects", heading="Reconnects", chart="reconnects")
    ] = 0
    """Connections that were opened in place of a lost one."""
    resent_unknown: Annotated[
        Count,
        Counter(
            counts=AcknowledgedBatch,
            by=lambda acked: acked.events if acked.in_doubt else 0,
            metric="hub_resent_unknown_transactions",
        ),
    ] = 0
    """Transactions that were acknowledged after an attempt whose outcome was lost."""
    wire_bytes: Annotated[
        Count, Counter(counts=AcknowledgedBatch, by=lambda acked: acked.wire_bytes, metric="hub_wire_bytes")
    ] = 0
    """Bytes of acknowledged batches with the properties of events: what throughput units count."""
    all_busy_s: Annotated[Figure, Counter(metric="hub_all_connections_busy_seconds")] = 0.0
    """Seconds in which all connections of a process were busy and a send waited, over all processes."""
