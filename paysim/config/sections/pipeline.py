"""`pipeline`: what is watched behind the hub while a run is on, and for how long it is waited for."""

import re
from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, SecretStr

from paysim.config.targets import connection_strings, database_urls
from paysim.config.targets.target import Target

from .base import Count, Duration, Fault, Number, Positive, Section
from .event_hub import EventHub
from .thresholds import Limit, Measure, Rows, Threshold

_ID = re.compile(r"message_id|property:[^\s].{0,255}|body:(/[^/]*)*")
_READS = re.compile(r"\s*(select|with)\b", re.IGNORECASE)
Text = Annotated[str, Field(min_length=1)]
Allowed = Annotated[Count, Field(ge=0)] | None


def _form(pattern: str, allowed: str) -> AfterValidator:
    """A validator for text of a form. allowed: the form in words, for the error."""

    def of_the_form(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError(f'"{text[:60]}" is not {allowed}')
        return text

    return AfterValidator(of_the_form)


Column = Annotated[str, _form("[A-Za-z_][A-Za-z0-9_]*", "the name of a column: letters, digits and _")]
Name = Annotated[
    str, _form("[a-z][a-z0-9_-]{0,31}", "a name: 1 to 32 small letters, digits, - and _, a letter at the beginning")
]
Container = Annotated[str, _form("[a-z0-9$](-?[a-z0-9]){0,62}", "a container: small letters, digits and single dashes")]


class HubStage(Section):
    """An output hub. Without an address of its own it is in the namespace that the run sends to."""

    connection_string: SecretStr | None = Field(
        default=None, description="One that may listen. Default: the namespace that the run sends to."
    )
    fully_qualified_namespace: str | None = Field(
        default=None, description="Instead of a connection string, with an identity."
    )
    eventhub_name: str | None = Field(
        default=None, description="The hub. Default: EntityPath of the connection string."
    )
    consumer_group: Text = Field(default="$Default", description="One that nobody else reads with.")
    id: str = Field(
        default="message_id",
        description="Where the transaction id stands: message_id, property:NAME, or body:/POINTER (RFC 6901).",
    )

    def faults(self) -> Iterator[Fault]:
        if not _ID.fullmatch(self.id):
            yield ("id",), "must be message_id, property:NAME, or body:/POINTER, for example body:/transaction_id"
        if self.connection_string is not None and self.fully_qualified_namespace is not None:
            yield ("fully_qualified_namespace",), "stands beside a connection_string; give one of the two"

    def event_hub(self, output: EventHub) -> EventHub:
        """As the rest of paysim takes a hub. output: the hub that the run sends to."""
        plain = output.model_dump()
        if self.connection_string is not None or self.fully_qualified_namespace is not None:
            plain = {"allowed_targets": output.allowed_targets, "connection_string": self.connection_string}
            plain["fully_qualified_namespace"] = self.fully_qualified_namespace
        return EventHub.model_validate({**plain, "eventhub_name": self.eventhub_name})

    def address_faults(self, output: EventHub) -> Iterator[Fault]:
        """Why it names no hub that can be reached."""
        secret = self.connection_string
        if secret is None and self.fully_qualified_namespace is None:
            secret = output.connection_string
            if secret is not None and secret.get_secret_value() == connection_strings.EMBEDDED:
                text = "is needed, because the run sends to an embedded hub, which no pipeline can find"
                yield ("connection_string",), text
                return
        path = None
        if secret is not None:
            try:
                path = connection_strings.parse(secret.get_secret_value()).entity_path
            except connection_strings.ConnectionStringError as error:
                yield from ((("connection_string",), message) for message in error.messages)
                return
        if self.eventhub_name is None and (self.connection_string is None or path is None):
            yield ("eventhub_name",), "is needed: no hub is named"
        elif self.connection_string is not None and path not in (None, self.eventhub_name) and self.eventhub_name:
            yield ("eventhub_name",), f"is not the EntityPath of the connection string, {path}"


class SqlStage(Section):
    """A table of a database, asked again and again."""

    url: SecretStr = Field(
        description=(
            "postgresql://, mssql://, mysql:// or sqlite:///PATH, as SQLAlchemy takes it. Write ${VAR}, not a password."
        )
    )
    query: Text = Field(
        description="A SELECT with :since and :limit, ascending by time (without it, by row): "
        "… WHERE stored_at >= :since ORDER BY stored_at LIMIT :limit"
    )
    id: Column = Field(default="transaction_id", description="The column of the transaction id.")
    time: Column | None = Field(
        default=None, description="The column of the commit time. Without it a latency is an upper bound."
    )
    row: Column | None = Field(
        default=None, description="The column of the primary key. Without it duplicates are not measured."
    )

    def faults(self) -> Iterator[Fault]:
        try:
            database_urls.parse(self.url.get_secret_value())
        except ValueError as error:
            yield ("url",), str(error)
        if not _READS.match(self.query):
            yield ("query",), "must be a SELECT: a stage only reads"
        if self.time is None and self.row is None:
            yield ("time",), "is needed, or row: the column that :since is compared with"
        if missing := [name for name in ("since", "limit") if not re.search(rf":{name}\b", self.query)]:
            yield ("query",), f"has no :{' and no :'.join(missing)}, by which it is asked piece by piece"
        if ";" in self.query.rstrip().rstrip(";"):
            yield ("query",), "holds a second statement after a semicolon"

    @property
    def place(self) -> database_urls.DatabaseUrl:
        return database_urls.parse(self.url.get_secret_value())


def _latency(percentile: str) -> Measure:
    """Milliseconds from the intended time of a transaction to its arrival at the stage."""

    def measured(figures: Any) -> float | None:
        found = None if figures is None else figures.latency_ms
        return None if found is None else getattr(found, percentile)

    return measured


def _count(name: str) -> Measure:
    def measured(figures: Any) -> float | None:
        return None if figures is None or figures.counts is None else getattr(figures.counts, name)

    return measured


def _events(figures: Any) -> float | None:
    """Events without a checkpoint at the end; None while a run is on, when there are always some."""
    return None if figures is None or figures.live else figures.lag.total


def _slope(figures: Any) -> float | None:
    return None if figures is None else figures.lag.slope_per_s


class StageThresholds(Rows):
    """What a stage must reach. Each is measured from `judge.behind.StageSpan`, None where there is none."""

    mapping = "stages"

    p95_ms: Annotated[Positive | None, Threshold(measured=_latency("p95"), unit="ms")] = Field(
        default=None, description="Milliseconds from intended to there that 95 of 100 may take."
    )
    p99_ms: Annotated[Positive | None, Threshold(measured=_latency("p99"), unit="ms")] = Field(
        default=None, description="The same milliseconds for 99 of 100."
    )
    missing: Annotated[Allowed, Threshold(measured=_count("missing"), allows=("missing",))] = Field(
        default=None, description="How many may be missing; null: none."
    )
    duplicates: Annotated[Allowed, Threshold(measured=_count("duplicates"), allows=("duplicates",))] = Field(
        default=None, description="How many copies too many there may be; null: none."
    )
    misjudged: Annotated[Allowed, Threshold(measured=_count("misjudged"), allows=("misjudged",))] = Field(
        default=None, description="How many may be there that do not belong there; null: none."
    )


class LagThresholds(Rows):
    """How far a consumer group may be behind. Each is measured from `judge.behind.LagSpan`, None without one."""

    mapping = "lag"

    events: Annotated[Allowed, Threshold(measured=_events)] = Field(
        default=None, description="Events at the end that may be without a checkpoint."
    )
    slope_per_s: Annotated[Annotated[Number, Field(ge=0)] | None, Threshold(measured=_slope, unit="/s")] = Field(
        default=None, description="Events a second by which the lag may grow, over the last minute."
    )


class PipelineStage(Section):
    name: Name = Field(description="What it is called in pages, metrics and summary.")
    event_hub: HubStage | None = Field(default=None, description="Either an output hub …")
    sql: SqlStage | None = Field(default=None, description="… or a table.")
    expects: Literal["good", "bad", "all"] = Field(
        default="good",
        description="Which transactions belong there: good, bad (labelled with a scenario that breaks the contract) "
        "or all.",
    )
    thresholds: StageThresholds = Field(default=StageThresholds(), description="What it must reach.")

    def faults(self) -> Iterator[Fault]:
        if (self.event_hub is None) == (self.sql is None):
            yield (), "needs either event_hub or sql"


class Checkpoints(Section):
    blob: SecretStr = Field(
        description="The storage account: a connection string, or https://ACCOUNT.blob.core.windows.net with an "
        "identity. Write ${VAR}, not a key."
    )
    container: Container = Field(description="The container of the checkpoints.")

    def faults(self) -> Iterator[Fault]:
        try:
            database_urls.storage_account(self.blob.get_secret_value())
        except ValueError as error:
            yield ("blob",), str(error)


class ConsumerLag(Section):
    consumer_group: Text = Field(description="The group that the pipeline reads with.")
    checkpoints: Checkpoints = Field(description="Where its checkpoints are.")
    thresholds: LagThresholds = Field(default=LagThresholds(), description="How far behind it may be.")


class Pipeline(Section):
    stages: list[PipelineStage] = Field(default=[], description="What is watched behind the hub, in the order shown.")
    lag: list[ConsumerLag] = Field(
        default=[], description="Consumer groups of the pipeline whose checkpoints are blobs."
    )
    wait: Annotated[Duration, Field(ge=0, le=86_400)] = Field(
        default=60, description="How long after the end to wait for what is still under way."
    )

    def faults(self) -> Iterator[Fault]:
        names = [stage.name for stage in self.stages]
        for at, name in enumerate(names):
            if name in names[:at]:
                yield ("stages", at, "name"), f"{name} is the name of another stage already"

    @property
    def watches(self) -> bool:
        return bool(self.stages or self.lag)

    def limits(self) -> Iterator[Limit]:
        """The thresholds of stages and groups that are set."""
        for stage in self.stages:
            yield from stage.thresholds.limits_below(StageThresholds.mapping, stage.name)
        for lag in self.lag:
            yield from lag.thresholds.limits_below(LagThresholds.mapping, lag.consumer_group)

    def latency_limits(self) -> Iterator[tuple[str | int, ...]]:
        """The keys of thresholds that depend on how fast it is."""
        rows = [("stages", at, stage.thresholds) for at, stage in enumerate(self.stages)]
        groups = [("lag", at, lag.thresholds) for at, lag in enumerate(self.lag)]
        for section, at, thresholds in (*rows, *groups):
            for name in ("p95_ms", "p99_ms", "slope_per_s"):
                if getattr(thresholds, name, None) is not None:
                    yield section, at, "thresholds", name

    def hub_faults(self, output: EventHub) -> Iterator[Fault]:
        """Faults between the stages and the hub that the run sends to."""
        for at, stage in enumerate(self.stages):
            if stage.event_hub is not None:
                for keys, text in stage.event_hub.address_faults(output):
                    yield ("stages", at, "event_hub", *keys), text

    def targets(self, output: EventHub) -> Iterator[tuple[tuple[str | int, ...], Target]]:
        """Every host beside the run's own hub that is reached, with the keys that name it. Of a valid section."""
        for at, stage in enumerate(self.stages):
            if stage.event_hub is not None:
                named = "connection_string" if stage.event_hub.connection_string else "eventhub_name"
                yield ("stages", at, "event_hub", named), Target.of(stage.event_hub.event_hub(output))
            elif stage.sql is not None and (target := stage.sql.place.target) is not None:
                yield ("stages", at, "sql", "url"), target
        for at, lag in enumerate(self.lag):
            account = database_urls.storage_account(lag.checkpoints.blob.get_secret_value())
            yield ("lag", at, "checkpoints", "blob"), Target(account.host, lag.checkpoints.container, account.port)
