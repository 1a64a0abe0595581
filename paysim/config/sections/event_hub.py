"""`output.event_hub`: which hub, how it is signed in to and reached, and how sends are tried again."""

import re
from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, SecretStr, model_validator

from paysim.config.mapping import templates
from paysim.config.targets import connection_strings
from paysim.config.targets.target_patterns import pattern_fault
from paysim.contract.fields import fields

from .base import Count, Duration, Fault, Section

ROUND_ROBIN = "round_robin"


def _partition_by(path: str) -> str:
    if path == ROUND_ROBIN or path in fields():
        return path
    known = (ROUND_ROBIN, *fields())
    raise ValueError(f"must be round_robin or a field of a transaction, not {path}{templates.meant(path, known)}")


PartitionBy = Annotated[str, AfterValidator(_partition_by)]
_PROXY = re.compile(r"http://([^/@]*@)?([^/@]+:[0-9]+)/?")


class Retry(Section):
    max_retries: Annotated[Count, Field(ge=0, le=100)] = Field(
        default=3, description="Attempts after the first one; waiting for a throttled hub does not count."
    )
    initial_backoff: Annotated[Duration, Field(gt=0, le=60)] = Field(
        default=0.2,
        description="The first wait is drawn from 0 to this, each next one from 0 to twice as much (full jitter).",
    )
    max_backoff: Annotated[Duration, Field(gt=0, le=600)] = Field(
        default=30.0, description="The longest that any wait may be."
    )


class EventHub(Section):
    # In a file the default is ${EVENTHUB_CONNECTION_STRING:-embedded}, which the loader expands.
    connection_string: SecretStr | None = Field(
        default=SecretStr("embedded"),
        description=(
            "`embedded` starts the local hub. Otherwise "
            "Endpoint=sb://…;SharedAccessKeyName=…;SharedAccessKey=…;EntityPath=… Write a reference, not a key: a "
            "literal key is refused in a distributed run."
        ),
    )
    fully_qualified_namespace: str | None = Field(
        default=None,
        description=(
            "Instead of a connection string, with an identity: contoso-load.servicebus.windows.net. Then remove "
            "the connection_string above."
        ),
    )
    eventhub_name: str | None = Field(
        default=None, description="The hub. Default: EntityPath of the connection string; for `embedded`: payments."
    )
    credential: Literal["default"] = Field(
        default="default", description="DefaultAzureCredential: managed identity, environment, Azure CLI."
    )
    allowed_targets: list[str] = Field(
        default=[],
        description=(
            "What may be loaded besides this machine and the emulator: namespace/hub, with * and ? but not at the "
            "beginning, for example [evhns-loadtest-*/payments]. Takes no ${VAR}. For one run: "
            "PAYSIM_ALLOW_TARGET=contoso-load/payments in the environment."
        ),
    )
    transport: Literal["amqp", "amqp_websocket"] = Field(
        default="amqp", description="amqp (port 5671) or amqp_websocket (port 443)"
    )
    endpoint: str | None = Field(
        default=None,
        description="host:port of a private endpoint or gateway to connect to instead of the namespace's own address.",
    )
    ca_file: str | None = Field(
        default=None, description="A PEM file of certificates that is trusted instead of the usual ones."
    )
    proxy: str | None = Field(default=None, description="http://host:port, for amqp_websocket.")
    partition_by: PartitionBy = Field(
        default="round_robin",
        description="round_robin (the hub places), or a field, such as customer_id (order is kept for each value).",
    )
    connections: Literal["auto"] | Annotated[Count, Field(ge=1, le=1000)] = Field(
        default="auto", description="Connections of each worker process, 1 to 1000; auto grows from 4 to 32 on demand."
    )
    send_timeout: Annotated[Duration, Field(gt=0, le=3600)] = Field(
        default=60, description="How long a send may take, retries included."
    )
    retry: Retry = Retry()

    @model_validator(mode="before")
    @classmethod
    def _identity_instead(cls, values: Any) -> Any:
        # A namespace alone means an identity; the default connection string does not stand against it.
        if isinstance(values, dict) and values.get("fully_qualified_namespace") is not None:
            return {"connection_string": None} | values
        return values

    def faults(self) -> Iterator[Fault]:
        yield from form_faults(self)
        for position, pattern in enumerate(self.allowed_targets):
            if fault := pattern_fault(pattern):
                yield ("allowed_targets", position), f'"{pattern}" {fault}'


def form_faults(event_hub: EventHub) -> Iterator[Fault]:
    """Faults of `output.event_hub` that can be seen without knowing whether it is used."""
    if event_hub.eventhub_name is not None and not connection_strings.is_hub_name(event_hub.eventhub_name):
        yield ("eventhub_name",), f"not {connection_strings.HUB_NAME}"
    if event_hub.endpoint is not None and (fault := _host_fault(event_hub.endpoint)):
        yield ("endpoint",), fault
    if event_hub.proxy is not None:
        match = _PROXY.fullmatch(event_hub.proxy)
        if match is None or _host_fault(match.group(2)):
            yield ("proxy",), "must be http://HOST:PORT"
        if event_hub.transport != "amqp_websocket":
            yield ("proxy",), "needs transport: amqp_websocket; AMQP itself goes through no proxy"
    if (namespace := event_hub.fully_qualified_namespace) is not None:
        if ":" in namespace or "." not in namespace or _host_fault(namespace):
            yield (
                ("fully_qualified_namespace",),
                "must be the whole host name and nothing else, for example contoso.servicebus.windows.net",
            )
        if event_hub.connection_string is not None:
            yield (
                ("fully_qualified_namespace",),
                "stands beside a connection_string; give the one (with an identity) or the other (with its key)",
            )
    elif event_hub.connection_string is None:
        yield (
            ("connection_string",),
            "is null, and so is fully_qualified_namespace; give one, or "
            f"`{connection_strings.EMBEDDED}` for a local hub",
        )


def _host_fault(text: str) -> str | None:
    try:
        connection_strings.host_and_port(text)
    except ValueError as error:
        return str(error)
    return None
