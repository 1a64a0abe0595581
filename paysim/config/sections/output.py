"""`output`: where transactions go, in what batches, and how many a second at the most."""

import contextlib
from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from paysim.config.targets import connection_strings, destinations, proxies
from paysim.config.targets.destinations import DestinationName
from paysim.config.targets.target import Target

from .base import Count, Fault, Number, Positive, Rate, Section
from .event_hub import EventHub
from .schema_registry import SchemaRegistry


class FileOutput(Section):
    path: Annotated[str, Field(min_length=1)] = Field(
        default="output/{run_id}/transactions.jsonl",
        description="With several producers each writes NAME.<producer>.jsonl.",
    )
    rotate_mb: Positive | None = Field(default=None, description="Begin a new file after so many MB.")


class Output(Section):
    destination: DestinationName = Field(default="event_hub", description="event_hub, file or stdout (JSON Lines)")
    format: Literal["json", "avro"] = Field(
        default="json",
        description="Of the events: json, or avro (binary, without a header; docs/transaction.avsc, or that of the "
        "mapping). A hub takes both, file and stdout have JSON Lines.",
    )
    schema_id: Annotated[str, Field(pattern="^[!-~]{1,128}$")] | None = Field(
        default=None, description="With avro: the id of the schema in a registry; the content type is avro/binary+ID."
    )
    schema_registry: SchemaRegistry | None = Field(
        default=None, description="With avro, instead of schema_id: the Azure Schema Registry that is asked for the id."
    )
    batch_size: Annotated[Count, Field(ge=1, le=5000)] = Field(
        default=100, description="Transactions a task sends at once, 1 to 5000; never above the link's size limit."
    )
    linger_ms: Annotated[Number, Field(ge=0, le=10_000)] = Field(
        default=0, description="Milliseconds that transactions of many users wait to share one send; 0: not at all."
    )
    rate_limit: Rate | None = Field(
        default=None, description="A ceiling in transactions/s over the whole test, all workers together."
    )
    event_hub: EventHub = EventHub()
    file: FileOutput = FileOutput()

    def faults(self) -> Iterator[Fault]:
        # A connection string that is not used, say a shell's, does not stop a run to a file.
        if destinations.of(self).is_hub:
            for keys, message in _target_faults(self.event_hub):
                yield ("event_hub", *keys), message

    @property
    def embedded(self) -> bool:
        """Whether transactions go to a local hub that the run starts itself."""
        secret = self.event_hub.connection_string
        return (
            destinations.of(self).is_hub
            and secret is not None
            and secret.get_secret_value() == connection_strings.EMBEDDED
        )


def _target_faults(event_hub: EventHub) -> Iterator[Fault]:
    """Why an `output.event_hub` that is used, and has no fault of form, names no single hub or no way to it."""
    yield from _names_no_hub(event_hub)
    with contextlib.suppress(ValueError):  # that is told above
        if (proxy := Target.of(event_hub).proxy) is not None and (text := proxies.fault(proxy)):
            yield ("proxy",), text


def _names_no_hub(event_hub: EventHub) -> Iterator[Fault]:
    secret = event_hub.connection_string
    if secret is None:
        if event_hub.eventhub_name is None:
            yield ("eventhub_name",), "is needed with fully_qualified_namespace; give the name of the hub"
        return
    if secret.get_secret_value() == connection_strings.EMBEDDED:
        return
    try:
        parsed = connection_strings.parse(secret.get_secret_value())
    except connection_strings.ConnectionStringError as error:
        yield from ((("connection_string",), message) for message in error.messages)
        return
    path, name = parsed.entity_path, event_hub.eventhub_name
    if path is None and name is None:
        yield ("eventhub_name",), "no hub is named; give its name here, or EntityPath in the connection string"
    elif path is not None and name is not None and path != name:
        text = f"{name} is not the EntityPath of the connection string, {path}; name the hub in one place"
        yield ("eventhub_name",), text
