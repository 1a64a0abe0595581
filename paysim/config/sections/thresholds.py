"""`thresholds`: what a run must reach to pass. A threshold is one row: key, limit, meaning, measure.

A measure is a pure function of figures: what the judge has of a span of a run, at its end or as it goes
(`paysim.loadtest.judge.figures.SpanFigures`, whose room is above this one and is not imported here).

A section of thresholds may stand in a mapping of another one, as `by_method` does: key → section. Its measures are
given the figures of that key, which the judge finds under the name of the mapping.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Annotated, Any, ClassVar

from pydantic import Field

from paysim.contract.methods import PaymentMethodName
from paysim.registry import Registry

from .base import Count, Duration, Fault, Flag, Positive, Rate, Section, Share

Measure = Callable[[Any], float | None]
"""Figures of a span → one of them, None where it was not measured."""


def _always(figures: Any) -> bool:
    return True


@dataclass(frozen=True, kw_only=True)
class Threshold:
    """What a limit is held against.

    measured: the figure, from the figures of a span; None where it was not measured, which counts as missed at the end
    of a run. at_least: whether the limit is the least and not the most. needs_verify: whether only a run that reads
    back can measure it. allows: figures of the summary's `transactions` or `delivery` that fail a run by themselves,
    but not where this is set. applies: whether these figures can have it at all; where not, it is left out.
    unit: what follows a figure of it: "ms", "/s", or "%" where it is a share and shown as percent.
    name: its key, below the mapping that it stands in, which the row gives it.
    """

    measured: Measure
    at_least: bool = False
    needs_verify: bool = False
    allows: tuple[str, ...] = ()
    applies: Callable[[Any], bool] = _always
    unit: str = ""
    name: str = ""

    @property
    def sign(self) -> str:
        """Between name and limit: `p95_ms ≤ 500`."""
        return "≥" if self.at_least else "≤"

    def holds(self, actual: float | None, limit: float, grace: float = 0.0) -> bool:
        """grace: the share of a least limit that may be missing, where a run is on and the last sends are not seen."""
        if actual is None:
            return False
        return actual >= limit * (1 - grace) if self.at_least else actual <= limit


THRESHOLDS: Registry[Threshold] = Registry("threshold")


@dataclass(frozen=True, slots=True)
class Limit:
    """A threshold as a configuration has it.

    name: as summaries, reports and JUnit call it: its key, or such as `by_method.credit_card.p95_ms`. section, item:
    the mapping and the key in it, whose figures are measured; empty where those of the whole run are.
    """

    name: str
    threshold: Threshold
    value: float
    section: str = ""
    item: str = ""


def threshold_of(name: str) -> Threshold:
    """The entry of a name as `Limit.name` has it. Raises UnknownEntry."""
    keys = name.split(".")
    return THRESHOLDS[keys[0] if len(keys) == 1 else f"{keys[0]}.{keys[-1]}"]


def latency(percentile: str) -> Measure:
    """Milliseconds: from schedule where a rate was set, else the response time."""

    def measured(figures: Any) -> float | None:
        kinds = figures.latency_ms
        found = kinds.from_schedule if figures.has_rate else kinds.response
        return None if found is None else float(getattr(found, percentile))

    return measured


def failed_share(figures: Any) -> float | None:
    """The share of failed and unknown transactions of those with an outcome."""
    counts = figures.counts
    return float((counts.failed + counts.unknown) / counts.ended) if counts.ended else None


def mean_rate(figures: Any) -> float | None:
    """Acknowledged transactions/s."""
    found: float | None = figures.per_s
    return found


def asked_share(figures: Any) -> float | None:
    """The share of what fell due that was acknowledged."""
    found: float | None = figures.asked_share
    return found


def has_rate(figures: Any) -> bool:
    """Whether a rate was asked for."""
    return bool(figures.has_rate)


def in_the_hub(figure: str) -> Measure:
    """A count of what was found when the run read back."""

    def measured(figures: Any) -> int | None:
        found: int | None = None if figures.delivery is None else getattr(figures.delivery, figure)
        return found

    return measured


class Rows(Section):
    """A section with thresholds among its fields: each is registered under its key, below that of the mapping in which
    such sections stand (`mapping`), where they do."""

    mapping: ClassVar[str] = ""

    @classmethod
    def __pydantic_init_subclass__(cls, **arguments: Any) -> None:
        for name, field in cls.model_fields.items():
            for threshold in (each for each in field.metadata if isinstance(each, Threshold)):
                key = f"{cls.mapping}.{name}" if cls.mapping else name
                THRESHOLDS.add(replace(threshold, name=key))

    def limits(self) -> Iterator[Limit]:
        """Those that are set, in the order of the section; then those of its mappings."""
        mappings: list[tuple[str, dict[str, Rows]]] = []
        for name in type(self).model_fields:
            value = getattr(self, name)
            if isinstance(value, dict):
                mappings.append((name, value))
            elif value is not None and name in THRESHOLDS:
                yield Limit(name, THRESHOLDS[name], value)
        for mapping, sections in mappings:
            for item, rows in sections.items():
                yield from rows.limits_below(mapping, item)

    def limits_below(self, mapping: str, item: str) -> Iterator[Limit]:
        """Those that are set, of a section that stands in a mapping under this key."""
        for name in type(self).model_fields:
            if (value := getattr(self, name)) is not None:
                yield Limit(f"{mapping}.{item}.{name}", THRESHOLDS[f"{mapping}.{name}"], value, mapping, item)


SHORTEST_WINDOW = 5.0
"""Seconds: workers report once a second, and a batch holds up to a second of the rate."""


class MethodThresholds(Rows):
    """Those of one payment method."""

    mapping = "by_method"

    p95_ms: Annotated[Positive | None, Threshold(measured=latency("p95"), unit="ms")] = Field(
        default=None, description="Milliseconds that 95 of 100 transactions of the method may take."
    )
    p99_ms: Annotated[Positive | None, Threshold(measured=latency("p99"), unit="ms")] = Field(
        default=None, description="The same for 99 of 100."
    )
    error_rate: Annotated[Share | None, Threshold(measured=failed_share, allows=("failed", "unknown"), unit="%")] = (
        Field(default=None, description="Share of failed and unknown transactions of the method.")
    )
    min_rate: Annotated[Rate | None, Threshold(measured=mean_rate, at_least=True, unit="/s")] = Field(
        default=None, description="Mean acknowledged transactions/s of the method."
    )


class Thresholds(Rows):
    """The limits; null is none. Stands last here, so that a row can be added at the end."""

    def faults(self) -> Iterator[Fault]:
        """An end that nothing would ask for."""
        if self.abort and self.window is None:
            yield ("abort",), "needs a window over which a threshold is missed; set window, such as 30s"

    after: Annotated[Duration, Field(ge=0)] = Field(
        default=0, description="The warm-up: no threshold counts what was before; lost and duplicates count it too."
    )
    window: Annotated[Duration, Field(ge=SHORTEST_WINDOW)] | None = Field(
        default=None,
        description="While a run is on, thresholds are held against the last so many seconds; null: all so far.",
    )
    abort: Flag = Field(
        default=False, description="A threshold that is missed over a whole window ends the run, which has failed."
    )
    by_method: dict[PaymentMethodName, MethodThresholds] = Field(
        default={},
        description="Thresholds of a payment method: p95_ms, p99_ms, error_rate, min_rate, such as {credit_card: "
        "{p95_ms: 300}}.",
    )
    p95_ms: Annotated[Positive | None, Threshold(measured=latency("p95"), unit="ms")] = Field(
        default=None,
        description=(
            "Milliseconds that 95 of 100 transactions may take: from schedule where a rate is set, else response time."
        ),
    )
    p99_ms: Annotated[Positive | None, Threshold(measured=latency("p99"), unit="ms")] = Field(
        default=None, description="The same for 99 of 100."
    )
    error_rate: Annotated[Share | None, Threshold(measured=failed_share, allows=("failed", "unknown"), unit="%")] = (
        Field(default=None, description="Share of failed and unknown transactions, 0 to 1.")
    )
    min_rate: Annotated[Rate | None, Threshold(measured=mean_rate, at_least=True, unit="/s")] = Field(
        default=None,
        description="Mean acknowledged transactions/s after the ramp, which is over when all users are there.",
    )
    min_rate_share: Annotated[
        Share | None, Threshold(measured=asked_share, at_least=True, applies=has_rate, unit="%")
    ] = Field(
        default=0.95,
        description="Where a rate is set: the share of what fell due that has to be acknowledged. Less than a second "
        "of the rate never counts as missing. null: none.",
    )
    lost: Annotated[
        Annotated[Count, Field(ge=0)] | None,
        Threshold(measured=in_the_hub("lost"), needs_verify=True, allows=("lost",)),
    ] = Field(default=None, description="Acknowledged transactions that did not arrive; needs verify.")
    duplicates: Annotated[
        Annotated[Count, Field(ge=0)] | None,
        Threshold(measured=in_the_hub("duplicated"), needs_verify=True, allows=("duplicated",)),
    ] = Field(default=None, description="Transactions that arrived twice without having been sent twice; needs verify.")
