"""`output.event_hub`: which hub, how it is signed in to and reached, and how sends are tried again."""

# ruff: noqa: RUF012 (pydantic copies a mutable default for each instance)

import re
from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, model_validator

from paysim.config import connection_strings
from paysim.config.target_patterns import pattern_fault

from .base import Count, Duration, Fault, Section

_PROXY = re.compile(r"http://([^/@]*@)?([^/@]+:[0-9]+)/?")


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
