"""`thresholds`: what a run must reach to pass. A threshold is one row of `Thresholds`: key, limit, meaning, measure.

A measure is a pure function of a run's summary (`paysim.summary.model.Summary`, whose room is above this one and is not
imported here).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Annotated, Any

from pydantic import Field

from paysim.registry import Registry

from .base import Count, Positive, Rate, Section, Share

Measure = Callable[[Any], float | None]
"""A summary → a figure, None where it was not measured."""


@dataclass(frozen=True, kw_only=True)
class Threshold:
    """What a limit is held against.

    measured: the figure, from the summary; None where it was not measured, which counts as missed. at_least: whether
    the limit is the least and not the most. needs_verify: whether only a run that reads back can measure it. allows:
    figures of the summary's `transactions` or `delivery` that fail a run by themselves, but not where this is set.
    name: its key, which the row gives it.
    """

    measured: Measure
    at_least: bool = False
    needs_verify: bool = False
    allows: tuple[str, ...] = ()
    name: str = ""

    @property
    def sign(self) -> str:
        """Between name and limit: `p95_ms ≤ 500`."""
        return "≥" if self.at_least else "≤"

    def holds(self, actual: float | None, limit: float) -> bool:
        if actual is None:
            return False
        return actual >= limit if self.at_least else actual <= limit


THRESHOLDS: Registry[Threshold] = Registry("threshold")


def latency(percentile: str) -> Measure:
    """Milliseconds: from schedule where a rate was set, else the response time."""

    def measured(summary: Any) -> float | None:
        kinds = summary.latency_ms
        found = kinds.from_schedule if summary.rate.target_per_s is not None else kinds.response
        return None if found is None else float(getattr(found, percentile))

    return measured


def failed_share(summary: Any) -> float | None:
    """The share of failed and unknown transactions of those with an outcome."""
    counts = summary.transactions
    return float((counts.failed + counts.unknown) / counts.settled) if counts.settled else None


def achieved_rate(summary: Any) -> float | None:
    """Acknowledged transactions/s after the ramp; over the whole run where that has no mean."""
    after_ramp = summary.rate.after_ramp_per_s
    return float(summary.rate.achieved_per_s if after_ramp is None else after_ramp)


def in_the_hub(figure: str) -> Measure:
    """A count of what was found when the run read back."""

    def measured(summary: Any) -> int | None:
        found: int | None = None if summary.delivery is None else getattr(summary.delivery, figure)
        return found

    return measured


class Rows(Section):
    """A section whose fields are thresholds: each is registered under its key."""

    @classmethod
    def __pydantic_init_subclass__(cls, **arguments: Any) -> None:
        for name, field in cls.model_fields.items():
            (threshold,) = (each for each in field.metadata if isinstance(each, Threshold))
            THRESHOLDS.add(replace(threshold, name=name))


class Thresholds(Rows):
    """The limits; null is none. Stands last here, so that a row can be added at the end."""

    p95_ms: Annotated[Positive | None, Threshold(measured=latency("p95"))] = Field(
        default=None,
        description=(
            "Milliseconds that 95 of 100 transactions may take: from schedule where a rate is set, else response time."
        ),
    )
    p99_ms: Annotated[Positive | None, Threshold(measured=latency("p99"))] = Field(
        default=None, description="The same for 99 of 100."
    )
    error_rate: Annotated[Share | None, Threshold(measured=failed_share, allows=("failed", "unknown"))] = Field(
        default=None, description="Share of failed and unknown transactions, 0 to 1."
    )
    min_rate: Annotated[Rate | None, Threshold(measured=achieved_rate, at_least=True)] = Field(
        default=None,
        description="Mean acknowledged transactions/s after the ramp, which is over when all users are there.",
    )
    lost: Annotated[
        Annotated[Count, Field(ge=0)] | None,
        Threshold(measured=in_the_hub("lost"), needs_verify=True, allows=("lost",)),
    ] = Field(default=None, description="Acknowledged transactions that did not arrive; needs verify.")
    duplicates: Annotated[
        Annotated[Count, Field(ge=0)] | None,
        Threshold(measured=in_the_hub("duplicated"), needs_verify=True, allows=("duplicated",)),
    ] = Field(default=None, description="Transactions that arrived twice without having been sent twice; needs verify.")
