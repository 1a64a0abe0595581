"""What thresholds are held against: the figures of a span of a run. Plain data."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from paysim.config.sections.thresholds import Limit
from paysim.summary.delivery import DeliveryRecord
from paysim.summary.model import Latency, OutcomeCounts, Summary

from .asked_rate import reached_share

BY_METHOD = "by_method"


@dataclass(frozen=True)
class SpanFigures:
    """Of the whole run, of what follows the warm-up, or of the last seconds; those of a payment method likewise.

    times: makes `latency_ms`, which takes a while, where a threshold asks for it. per_s: acknowledged transactions a
    second, None where the span has no mean. has_rate: whether a rate was asked for; asked_share: what of it was
    acknowledged, 0 to 1. delivery: what was found in the hub, None before the end. below: mapping of `thresholds` → key
    in it → figures of that key.
    """

    counts: OutcomeCounts
    times: Callable[[], Latency] = Latency
    per_s: float | None = None
    has_rate: bool = False
    asked_share: float | None = None
    delivery: DeliveryRecord | None = None
    below: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @classmethod
    def of(cls, summary: Summary) -> "SpanFigures":
        """Of a whole run. A summary has no latencies of a payment method by itself."""
        rate, asked = summary.rate, summary.rate.asked
        share = None if asked is None else reached_share(asked.transactions, asked.acked, asked.peak_per_s)
        seconds = max(summary.duration_s, 1e-9)
        methods = {
            name: cls(counts, per_s=counts.acked / seconds, has_rate=rate.target_per_s is not None)
            for name, counts in summary.by_payment_method.items()
        }
        return cls(
            counts=summary.transactions,
            times=lambda: summary.latency_ms,
            per_s=rate.achieved_per_s if rate.after_ramp_per_s is None else rate.after_ramp_per_s,
            has_rate=rate.target_per_s is not None,
            asked_share=share,
            delivery=summary.delivery,
            below={BY_METHOD: methods},
        )

    @cached_property
    def latency_ms(self) -> Latency:
        """The latencies of the span."""
        return self.times()

    def held_against(self, limit: Limit) -> Any:
        """The figures that a limit is held against.

        Where there are none of its key: empty ones for a payment method (it sent nothing), else None.
        """
        if not limit.section:
            return self
        found = self.below.get(limit.section, {}).get(limit.item)
        if found is None and limit.section == BY_METHOD:
            return SpanFigures(OutcomeCounts(), has_rate=self.has_rate)
        return found


NOT_MEASURED = SpanFigures(OutcomeCounts(), has_rate=True)
"""Of a search in which no rate held."""
