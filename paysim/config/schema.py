"""What a configuration may say: one pydantic model a section, every default here and nowhere else.

Rule 1: no file, no environment, no network. Reading and expanding is `loader`, what may be loaded is `targets`.
Rule 2: a section reports every fault it can see by itself, each with the key it is about (`Section.faults`);
faults that need more than one section are found by the lowest section that holds both.
"""

import math
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, model_validator

from .codes import Channel, Country, Currency, MerchantCategory, PaymentMethod, PaymentStatus, Violation

Fault = tuple[tuple[str, ...], str]
"""Where (keys below the section) and what is wrong, with what is allowed."""


class Faults(ValueError):
    """Raised by a section that found faults between its keys; the loader turns each into a line."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("; ".join(f"{'.'.join(keys)}: {message}" for keys, message in faults))
        self.faults = faults


class Section(BaseModel):
    """One mapping of the YAML. Unknown keys are errors, numbers are finite, and nothing is changed later."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, validate_default=True)

    def faults(self) -> Iterator[Fault]:
        """Faults between the keys of this section, all of them."""
        return iter(())

    @model_validator(mode="after")
    def _no_faults(self) -> Self:
        if found := list(self.faults()):
            raise Faults(found)
        return self


def _no_bool(value: Any) -> Any:
    # YAML's yes and true would otherwise pass as the number 1.
    if isinstance(value, bool):
        raise ValueError("must be a number, not true or false")
    return value


def _weights(weights: dict[str, float]) -> dict[str, float]:
    negative = [name for name, weight in weights.items() if weight < 0]
    if negative:
        raise Faults([((name,), f"weight {weights[name]:g} is negative; allowed: 0 or more") for name in negative])
    total = math.fsum(weights.values())
    if total <= 0:
        raise ValueError("all weights are zero; at least one must be above 0")
    return {name: weight / total for name, weight in weights.items() if weight > 0}


def _weights_or_none(weights: dict[str, float]) -> dict[str, float]:
    return _weights(weights) if weights else {}


Number = Annotated[float, BeforeValidator(_no_bool)]
Count = Annotated[int, BeforeValidator(_no_bool)]
Positive = Annotated[Number, Field(gt=0)]
Share = Annotated[Number, Field(ge=0, le=1)]
Seconds = Annotated[Number, Field(ge=0)]
# A map of weights is normalised to shares that sum to 1; names of weight 0 are left out.
Weights = AfterValidator(_weights)
OptionalWeights = AfterValidator(_weights_or_none)
TimeOfDay = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$|^24:00$")]


class Retry(Section):
    max_retries: Annotated[Count, Field(ge=0, le=100)] = 3
    initial_backoff: Annotated[Number, Field(gt=0, le=60)] = 0.2
    max_backoff: Annotated[Number, Field(gt=0, le=600)] = 30.0


class EventHub(Section):
    connection_string: SecretStr = SecretStr("${EVENTHUB_CONNECTION_STRING:-embedded}")
    fully_qualified_namespace: str | None = None
    eventhub_name: str | None = None
    credential: Literal["default"] = "default"
    allowed_targets: list[str] = []
    transport: Literal["amqp", "amqp_websocket"] = "amqp"
    endpoint: str | None = None
    ca_file: str | None = None
    proxy: str | None = None
    partition_by: Literal["round_robin", "customer_id", "merchant_id"] = "round_robin"
    connections: Literal["auto"] | Annotated[Count, Field(ge=1, le=1000)] = "auto"
    send_timeout: Annotated[Number, Field(gt=0, le=3600)] = 60
    retry: Retry = Retry()


class FileOutput(Section):
    path: Annotated[str, Field(min_length=1)] = "output/{run_id}/transactions.jsonl"
    rotate_mb: Positive | None = None


class Output(Section):
    destination: Literal["event_hub", "file", "stdout"] = "event_hub"
    batch_size: Annotated[Count, Field(ge=1, le=5000)] = 100
    linger_ms: Annotated[Number, Field(ge=0, le=10_000)] = 0
    rate_limit: Positive | None = None
    event_hub: EventHub = EventHub()
    file: FileOutput = FileOutput()


class Volume(Section):
    total: Annotated[Count, Field(ge=1, lt=2**40)] | None = None
    rate: Positive | None = None
    rate_per_user: Positive | None = 10
    arrivals: Literal["uniform", "poisson"] = "uniform"


class AmountShape(Section):
    """How amounts of one payment method differ from the rest: any key of `amounts` but by_method."""

    distribution: Literal["normal", "uniform", "exponential", "lognormal", "bimodal"] | None = None
    min: Positive | None = None
    max: Positive | None = None
    mean: Positive | None = None
    std_dev: Positive | None = None
    peaks: Annotated[list[Positive], Field(min_length=2, max_length=2)] | None = None


class Amounts(Section):
    currency: Currency = "USD"
    convert: bool = True
    distribution: Literal["normal", "uniform", "exponential", "lognormal", "bimodal"] = "lognormal"
    min: Positive = 1.00
    max: Positive = 10000.00
    mean: Positive = 85.00
    std_dev: Positive | None = None
    peaks: Annotated[list[Positive], Field(min_length=2, max_length=2)] = [25.00, 300.00]
    by_method: dict[PaymentMethod, AmountShape] = {}

    def of(self, method: str) -> "Amounts":
        """The amounts of one payment method: these with the keys that by_method gives it."""
        shape = self.by_method.get(method)  # type: ignore[call-overload]
        own = shape.model_dump(exclude_none=True) if shape else {}
        return self.model_copy(update={**own, "by_method": {}})

    def faults(self) -> Iterator[Fault]:
        yield from self._bounds((), self)
        for method in self.by_method:
            yield from self._bounds(("by_method", method), self.of(method))

    @staticmethod
    def _bounds(at: tuple[str, ...], amounts: "Amounts") -> Iterator[Fault]:
        if amounts.min >= amounts.max:
            yield (*at, "min"), f"{amounts.min:g} is not below max {amounts.max:g}"
        for peak in amounts.peaks if amounts.distribution == "bimodal" else []:
            if not amounts.min <= peak <= amounts.max:
                yield (*at, "peaks"), f"{peak:g} lies outside min {amounts.min:g} to max {amounts.max:g}"


class Patterns(Section):
    payment_methods: Annotated[dict[PaymentMethod, Number], Weights] = {
        "credit_card": 0.5, "debit_card": 0.3, "bank_transfer": 0.1, "digital_wallet": 0.08, "cryptocurrency": 0.02
    }  # fmt: skip
    payment_status: Annotated[dict[PaymentStatus, Number], Weights] = {
        "completed": 0.85, "failed": 0.10, "pending": 0.03, "cancelled": 0.01, "refunded": 0.01
    }  # fmt: skip
    amounts: Amounts = Amounts()
    currencies: Annotated[dict[Currency, Number], OptionalWeights] = {}
    countries: Annotated[dict[Country, Number], Weights] = {
        "US": 0.50, "GB": 0.15, "CA": 0.10, "AU": 0.08, "DE": 0.05, "FR": 0.04, "JP": 0.03, "BR": 0.03, "IN": 0.02
    }  # fmt: skip
    merchant_categories: Annotated[dict[MerchantCategory, Number], Weights] = {
        "retail": 0.30, "food_beverage": 0.20, "travel": 0.15, "entertainment": 0.10, "healthcare": 0.08,
        "education": 0.07, "other": 0.10
    }  # fmt: skip
    channels: Annotated[dict[Channel, Number], Weights] = {
        "web": 0.4,
        "mobile": 0.35,
        "pos": 0.2,
        "api": 0.05,
    }


class Population(Section):
    customers: Annotated[Count, Field(ge=1, le=10_000_000)] = 5000
    merchants: Annotated[Count, Field(ge=1, le=1_000_000)] = 1000
    activity: Annotated[Number, Field(ge=0, le=5)] = 1.1


class Period(Section):
    start: TimeOfDay
    end: TimeOfDay
    weight: Annotated[Number, Field(ge=0)]

    def faults(self) -> Iterator[Fault]:
        if self.start >= self.end:
            yield ("start",), f"{self.start} is not before end {self.end}"


class Timestamps(Section):
    mode: Literal["live", "replay"] = "live"
    start: datetime | None = None
    end: datetime | None = None
    business_hours: Period = Period(start="09:00", end="17:00", weight=0.70)
    evening: Period = Period(start="17:00", end="22:00", weight=0.25)
    night_weight: Annotated[Number, Field(ge=0)] = 0.05
    weekend_factor: Annotated[Number, Field(ge=0)] = 0.6

    def faults(self) -> Iterator[Fault]:
        for name in ("start", "end"):
            moment = getattr(self, name)
            if moment is not None and moment.tzinfo is None:
                yield (name,), "has no time zone; allowed: RFC 3339, for example 2026-01-01T00:00:00Z"
                return
        if self.mode == "replay":
            for name in ("start", "end"):
                if getattr(self, name) is None:
                    yield (
                        (name,),
                        "replay needs a start and an end; RFC 3339, for example 2026-01-01T00:00:00Z",
                    )
        if self.start and self.end and self.start >= self.end:
            yield ("start",), "is not before end"
        if self.evening.start < self.business_hours.end and self.business_hours.start < self.evening.end:
            yield ("evening", "start"), "evening and business_hours overlap"
        if self.business_hours.weight + self.evening.weight + self.night_weight <= 0:
            yield ("night_weight",), "business_hours, evening and night weights are all zero"


class Mapping(Section):
    rename: dict[str, str] = {}
    values: dict[str, dict[str, Any]] = {}
    drop: list[str] = []
    add: dict[str, Any] = {}
    formats: dict[str, str] = {}


class Transaction(Section):
    volume: Volume = Volume()
    patterns: Patterns = Patterns()
    population: Population = Population()
    timestamps: Timestamps = Timestamps()
    violations: dict[Violation, Share] = {}
    mapping: Mapping = Mapping()

    def faults(self) -> Iterator[Fault]:
        if self.timestamps.mode == "replay" and self.volume.total is None:
            yield ("volume", "total"), "timestamps.mode replay needs a total to spread over its window"
        if math.fsum(self.violations.values()) > 1:
            yield ("violations",), "the shares sum to more than 1"


class Stage(Section):
    duration: Positive
    users: Annotated[Count, Field(ge=0)]
    spawn_rate: Positive = 1
    rate: Positive | None = None
    ramp: bool = False


class Load(Section):
    stages: list[Stage] = []
    pattern: Literal["none", "weekly"] = "none"
    speedup: Positive = 1
    request_events: Literal["batch", "transaction"] = "batch"


class Thresholds(Section):
    p95_ms: Positive | None = None
    p99_ms: Positive | None = None
    error_rate: Share | None = None
    min_rate: Positive | None = None
    lost: Annotated[Count, Field(ge=0)] | None = None
    duplicates: Annotated[Count, Field(ge=0)] | None = None


class Verify(Section):
    enabled: bool | Literal["auto"] = "auto"
    connection_string: SecretStr | None = None
    consumer_group: str | None = None
    timeout: Positive = 60


class Report(Section):
    summary: Annotated[str, Field(min_length=1)] = "output/{run_id}/summary.json"
    html: str | None = None
    junit: str | None = None
    labels: str | None = None


class Metrics(Section):
    port: Annotated[Count, Field(ge=1, le=65535)] | None = None


class Logging(Section):
    level: Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"] = "INFO"
    format: Literal["text", "json"] = "text"
    file: str | None = None


class Config(Section):
    """The whole of `simulator:`."""

    seed: Annotated[Count, Field(ge=0, lt=2**63)] | None = None
    output: Output = Output()
    transaction: Transaction = Transaction()
    load: Load = Load()
    thresholds: Thresholds = Thresholds()
    verify: Verify = Verify()
    report: Report = Report()
    metrics: Metrics = Metrics()
    logging: Logging = Logging()
