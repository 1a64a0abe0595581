"""What a configuration may say: one pydantic model a section, every default here and nowhere else.

Rule 1: no file, no environment, no network. Reading and expanding is `loader`, what may be loaded is `targets`.
Rule 2: a section reports every fault it can see by itself, each with the key it is about (`Section.faults`);
faults that need more than one section are found by the lowest section that holds both.
"""

# ruff: noqa: RUF012 (pydantic copies a mutable default for each instance)

import math
from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, model_validator

from paysim.contract.codes import MINOR_UNITS, Channel, Currency, MerchantCategory, PaymentStatus
from paysim.contract.countries import COUNTRIES, Country
from paysim.contract.labels import SCENARIOS, Intention, ScenarioName
from paysim.contract.methods import PAYMENT_METHODS, PaymentMethodName

from . import allowed_targets, connection_strings, target
from .mapping import Mapping
from .section import (
    Count,
    Duration,
    Fault,
    Flag,
    Moment,
    Number,
    OptionalWeights,
    Positive,
    Rate,
    Section,
    Share,
    TimeOfDay,
    Weights,
)


class Retry(Section):
    max_retries: Annotated[Count, Field(ge=0, le=100)] = 3
    initial_backoff: Annotated[Duration, Field(gt=0, le=60)] = 0.2
    max_backoff: Annotated[Duration, Field(gt=0, le=600)] = 30.0


class EventHub(Section):
    # In a file the default is ${EVENTHUB_CONNECTION_STRING:-embedded}, which the loader expands.
    connection_string: SecretStr | None = SecretStr("embedded")
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
    send_timeout: Annotated[Duration, Field(gt=0, le=3600)] = 60
    retry: Retry = Retry()

    @model_validator(mode="before")
    @classmethod
    def _identity_instead(cls, values: Any) -> Any:
        # A namespace alone means an identity; the default connection string does not stand against it.
        if isinstance(values, dict) and values.get("fully_qualified_namespace") is not None:
            return {"connection_string": None} | values
        return values

    def faults(self) -> Iterator[Fault]:
        yield from target.form_faults(self)
        for position, pattern in enumerate(self.allowed_targets):
            if fault := allowed_targets.pattern_fault(pattern):
                yield ("allowed_targets", position), f'"{pattern}" {fault}'


class FileOutput(Section):
    path: Annotated[str, Field(min_length=1)] = "output/{run_id}/transactions.jsonl"
    rotate_mb: Positive | None = None


class Output(Section):
    destination: Literal["event_hub", "file", "stdout"] = "event_hub"
    batch_size: Annotated[Count, Field(ge=1, le=5000)] = 100
    linger_ms: Annotated[Number, Field(ge=0, le=10_000)] = 0
    rate_limit: Rate | None = None
    event_hub: EventHub = EventHub()
    file: FileOutput = FileOutput()

    def faults(self) -> Iterator[Fault]:
        # A connection string that is not used, say a shell's, does not stop a run to a file.
        if self.destination == "event_hub":
            for keys, message in target.target_faults(self.event_hub):
                yield ("event_hub", *keys), message

    @property
    def embedded(self) -> bool:
        """Whether transactions go to a local hub that the run starts itself."""
        secret = self.event_hub.connection_string
        return (
            self.destination == "event_hub"
            and secret is not None
            and secret.get_secret_value() == connection_strings.EMBEDDED
        )


class Volume(Section):
    total: Annotated[Count, Field(ge=1, lt=2**40)] | None = None
    rate: Rate | None = None
    rate_per_user: Rate | None = 10
    arrivals: Literal["uniform", "poisson"] = "uniform"


class AmountShape(Section):
    """How amounts of one payment method differ from the rest: any key of `amounts` but by_method."""

    distribution: Literal["normal", "uniform", "exponential", "lognormal", "bimodal"] | None = None
    min: Positive | None = None
    max: Positive | None = None
    mean: Positive | None = None
    std_dev: Positive | None = None
    peaks: Annotated[list[Positive], Field(min_length=2, max_length=2)] | None = None


# By decimals of the currency: ten times as much, in the minor units of any other currency, has 12 digits at most.
_HIGHEST = {0: 500_000_000, 2: 5_000_000, 3: 1_000_000}


class Amounts(Section):
    currency: Currency = "USD"
    convert: Flag = True
    distribution: Literal["normal", "uniform", "exponential", "lognormal", "bimodal"] = "lognormal"
    min: Positive = 1.00
    max: Positive = 10000.00
    mean: Positive = 85.00
    std_dev: Positive | None = None
    peaks: Annotated[list[Positive], Field(min_length=2, max_length=2)] = [25.00, 300.00]
    by_method: dict[PaymentMethodName, AmountShape] = {}

    def of(self, method: str) -> "Amounts":
        """The amounts of one payment method: these with the keys that by_method gives it."""
        shape = self.by_method.get(method)
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
        highest = _HIGHEST[MINOR_UNITS[amounts.currency]]
        if amounts.max > highest:
            what = f"{amounts.max:,.0f} is above {highest:,} {amounts.currency}"
            yield (*at, "max"), f"{what}: amounts of 13 digits could be taken for card numbers"
        for peak in amounts.peaks if amounts.distribution == "bimodal" else []:
            if not amounts.min <= peak <= amounts.max:
                yield (*at, "peaks"), f"{peak:g} lies outside min {amounts.min:g} to max {amounts.max:g}"


class Patterns(Section):
    payment_methods: Annotated[dict[PaymentMethodName, Number], Weights] = Field(
        default_factory=lambda: {name: method.weight for name, method in PAYMENT_METHODS.items() if method.weight}
    )
    payment_status: Annotated[dict[PaymentStatus, Number], Weights] = {
        "completed": 0.85, "failed": 0.10, "pending": 0.03, "cancelled": 0.01, "refunded": 0.01
    }  # fmt: skip
    amounts: Amounts = Amounts()
    currencies: Annotated[dict[Currency, Number], OptionalWeights] = {}
    countries: Annotated[dict[Country, Number], Weights] = Field(
        default_factory=lambda: {code: country.weight for code, country in COUNTRIES.items() if country.weight}
    )
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


class BusinessHours(Period):
    start: TimeOfDay = "09:00"
    end: TimeOfDay = "17:00"
    weight: Annotated[Number, Field(ge=0)] = 0.70


class Evening(Period):
    start: TimeOfDay = "17:00"
    end: TimeOfDay = "22:00"
    weight: Annotated[Number, Field(ge=0)] = 0.25


class Timestamps(Section):
    mode: Literal["live", "replay"] = "live"
    start: Moment | None = None
    end: Moment | None = None
    business_hours: BusinessHours = BusinessHours()
    evening: Evening = Evening()
    night_weight: Annotated[Number, Field(ge=0)] = 0.05
    weekend_factor: Annotated[Number, Field(ge=0)] = 0.6

    def faults(self) -> Iterator[Fault]:
        if self.mode == "replay":
            for name in ("start", "end"):
                if getattr(self, name) is None:
                    yield (
                        (name,),
                        "replay needs a start and an end; RFC 3339, for example 2026-01-01T00:00:00Z",
                    )
        if self.start and self.end and self.start >= self.end:
            yield ("start",), f"{self.start.isoformat()} is not before end {self.end.isoformat()}"
        if self.evening.start < self.business_hours.end and self.business_hours.start < self.evening.end:
            both = [f"{period.start}–{period.end}" for period in (self.evening, self.business_hours)]
            yield ("evening", "start"), f"evening {both[0]} and business_hours {both[1]} overlap"
        if self.business_hours.weight + self.evening.weight + self.night_weight <= 0:
            yield ("night_weight",), "business_hours, evening and night weights are all zero"


class Transaction(Section):
    volume: Volume = Volume()
    patterns: Patterns = Field(default_factory=Patterns)  # of what is registered when it is made
    population: Population = Population()
    timestamps: Timestamps = Timestamps()
    violations: dict[ScenarioName, Share] = {}
    mapping: Mapping = Mapping()

    def faults(self) -> Iterator[Fault]:
        if self.timestamps.mode == "replay" and self.volume.total is None:
            yield ("volume", "total"), "timestamps.mode replay needs a total to spread over its window"
        if math.fsum(self.violations.values()) > 1:
            total = math.fsum(self.violations.values())
            yield ("violations",), f"the shares sum to {total:g}; allowed: at most 1"
        intention = self._intention()
        for name, share in self.violations.items():
            for message in SCENARIOS[name].faults(share, intention) if share else ():
                yield ("violations", name), message

    def _intention(self) -> Intention:
        patterns = self.patterns
        return Intention(
            methods=patterns.payment_methods,
            statuses={str(name): share for name, share in patterns.payment_status.items()},
            goes_out=lambda path: bool(self.mapping.targets(path)),
            rate=self.volume.rate if self.timestamps.mode == "live" else None,
            total=self.volume.total,
        )


class Stage(Section):
    duration: Annotated[Duration, Field(gt=0)]
    users: Annotated[Count, Field(ge=0)]
    spawn_rate: Positive = 1
    rate: Rate | None = None
    ramp: Flag = False


class Load(Section):
    stages: list[Stage] = []
    pattern: Literal["none", "weekly"] = "none"
    speedup: Positive = 1
    request_events: Literal["batch", "transaction"] = "batch"


class Thresholds(Section):
    p95_ms: Positive | None = None
    p99_ms: Positive | None = None
    error_rate: Share | None = None
    min_rate: Rate | None = None
    lost: Annotated[Count, Field(ge=0)] | None = None
    duplicates: Annotated[Count, Field(ge=0)] | None = None


class Verify(Section):
    enabled: Flag | Literal["auto"] = "auto"
    connection_string: SecretStr | None = None
    consumer_group: str | None = None
    timeout: Annotated[Duration, Field(gt=0)] = 60


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
    file: Annotated[str, Field(min_length=1)] | None = None

    def faults(self) -> Iterator[Fault]:
        if self.file is not None and "{run_id}" in self.file:
            yield ("file",), "takes no {run_id}: a process writes its log before and between runs too"


class Config(Section):
    """The whole of `simulator:`."""

    seed: Annotated[Count, Field(ge=0, lt=2**63)] | None = None
    output: Output = Output()
    transaction: Transaction = Field(default_factory=Transaction)
    load: Load = Load()
    thresholds: Thresholds = Thresholds()
    verify: Verify = Verify()
    report: Report = Report()
    metrics: Metrics = Metrics()
    logging: Logging = Logging()

    def faults(self) -> Iterator[Fault]:
        yield from self._verify_faults()
        for name in ("lost", "duplicates"):
            if getattr(self.thresholds, name) is not None and not self.verifies:
                yield ("thresholds", name), "needs verify, which is off here; set verify.enabled: true"

    @property
    def verifies(self) -> bool:
        """Whether a run reads back what it sent; `auto` means: against this machine only."""
        if self.output.destination != "event_hub":
            return False
        if self.verify.enabled == "auto":
            return target.Target.of(self.output.event_hub).loopback
        return self.verify.enabled

    def _verify_faults(self) -> Iterator[Fault]:
        if self.verify.enabled is True and self.output.destination != "event_hub":
            yield ("verify", "enabled"), f"true needs destination event_hub, not {self.output.destination}"
        if not self.verifies:
            return
        for keys, message in target.verify_faults(self.output.event_hub, self.verify):
            yield ("verify", *keys), message
