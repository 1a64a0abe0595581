"""The root of what a configuration may say, and the door to its sections (`sections/`, a section a file).

A section reports every fault it can see by itself, each with the key it is about (`Section.faults`); faults that need
more than one section are found by the lowest section that holds both.
"""

from collections.abc import Iterator
from typing import Annotated, Self

from pydantic import Field

from paysim.config.mapping import avro

from .sections.amounts import Amounts
from .sections.base import Count, Fault, Section
from .sections.event_hub import EventHub, Retry
from .sections.load import Load, Stage
from .sections.output import Output
from .sections.pipeline import Pipeline
from .sections.reporting import Logging, Metrics, Report
from .sections.thresholds import Thresholds
from .sections.timestamps import Timestamps
from .sections.transaction import Transaction
from .sections.verify import Verify, verify_faults
from .targets import destinations
from .targets.target import Target

__all__ = [
    "Amounts", "Config", "EventHub", "Load", "Logging", "Metrics", "Output", "Pipeline", "Report", "Retry", "Stage",
    "Thresholds", "Timestamps", "Transaction", "Verify",
]  # fmt: skip


class Config(Section):
    """The whole of `simulator:`."""

    seed: Annotated[Count, Field(ge=0, lt=2**63)] | None = Field(
        default=None,
        description="An integer: population and drawn values repeat. In a load test ids and live times stay unique.",
    )
    output: Output = Field(default_factory=Output)
    transaction: Transaction = Field(default_factory=Transaction)
    load: Load = Load()
    thresholds: Thresholds = Field(
        default=Thresholds(), description="What a run must reach; a miss ends it with exit code 1."
    )
    verify: Verify = Field(
        default=Verify(), description="Read back what was sent, and say what is lost, there twice, or late."
    )
    pipeline: Pipeline = Field(
        default=Pipeline(), description="What is watched behind the hub, live: stages, and the lag of consumer groups."
    )
    report: Report = Report()
    metrics: Metrics = Metrics()
    logging: Logging = Logging()

    def faults(self) -> Iterator[Fault]:
        yield from self._verify_faults()
        yield from self._search_faults()
        yield from self._pipeline_faults()
        yield from avro.faults(self.output, self.transaction)
        for limit in self.thresholds.limits():
            if limit.threshold.needs_verify and not self.verifies:
                yield (
                    ("thresholds", *limit.name.split(".")),
                    "needs verify, which is off here; set verify.enabled: true",
                )

    @property
    def content_type(self) -> str:
        """Of the events; without the id where a registry is asked for it."""
        if self.output.format == "json":
            return self.transaction.mapping.content_type
        return avro.CONTENT_TYPE + (f"+{self.output.schema_id}" if self.output.schema_id else "")

    def in_json(self) -> Self:
        """The same with events that can be read."""
        return self.model_copy(update={"output": self.output.model_copy(update={"format": "json"})})

    @property
    def verifies(self) -> bool:
        """Whether a run reads back what it sent; `auto` means: against this machine only."""
        if not destinations.of(self.output).is_hub:
            return False
        if self.verify.enabled == "auto":
            return Target.of(self.output.event_hub).loopback
        return self.verify.enabled

    def _search_faults(self) -> Iterator[Fault]:
        """What a search for the limit cannot have beside it: it goes beyond what holds, and ends by itself."""
        find = self.load.find_limit
        if find is None:
            return
        limit = self.output.rate_limit
        if self.transaction.volume.total is not None:
            yield ("transaction", "volume", "total"), "the search of load.find_limit ends by itself; leave it out"
        if limit is not None and limit < find.to:
            yield ("output", "rate_limit"), f"{limit:,g} is below load.find_limit.to, {find.to:,g}"
        if self.thresholds.abort:
            yield ("thresholds", "abort"), "load.find_limit goes on where a threshold is missed; leave it out"
        if self.thresholds.after:
            yield ("thresholds", "after"), "load.find_limit leaves out the beginning of each step by itself"

    def _pipeline_faults(self) -> Iterator[Fault]:
        if not self.pipeline.watches:
            return
        if not destinations.of(self.output).is_hub:
            yield ("pipeline",), f"needs destination event_hub, not {self.output.destination}"
            return
        for keys, message in self.pipeline.hub_faults(self.output.event_hub):
            yield ("pipeline", *keys), message
        if self.load.find_limit is not None:
            for keys in self.pipeline.latency_limits():
                yield ("pipeline", *keys), "is held against the whole run, and a search for the limit goes beyond it"

    def _verify_faults(self) -> Iterator[Fault]:
        if self.verify.enabled is True and not destinations.of(self.output).is_hub:
            yield ("verify", "enabled"), f"true needs destination event_hub, not {self.output.destination}"
        if not self.verifies:
            return
        for keys, message in verify_faults(self.output.event_hub, self.verify):
            yield ("verify", *keys), message
