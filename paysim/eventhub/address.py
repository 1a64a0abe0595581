"""From the configuration to clients of the SDK: which hub, by which way, with which credentials.

No connection is opened here. Whether the hub may be loaded at all is decided in `paysim.config.targets`.
"""

import logging
import os
import ssl
from typing import Any

from azure.eventhub import EventHubConsumerClient, EventHubProducerClient, TransportType

from paysim.config.errors import TargetError
from paysim.config.schema import EventHub
from paysim.config.targets import proxies
from paysim.config.targets.allowed_targets import refusals
from paysim.config.targets.connection_strings import EMBEDDED, ConnectionStringError
from paysim.config.targets.target import Target

from . import sdk_mends, sdk_parts

# The SDK logs every change of state, addresses and tracking ids included, and names each failure several
# times; what matters comes out of here as TargetError, SendError and figures.
QUIET_LOGGERS = ("azure", "msal", "urllib3", "websocket")


def quieten() -> None:
    """Keep the SDK and what it uses out of the log, whatever level the log has."""
    for name in QUIET_LOGGERS:
        logging.getLogger(name).setLevel(logging.CRITICAL)


class HubAddress:
    """One event hub and the way to it. `repr` and `str` hold no secret."""

    def __init__(self, config: EventHub, connection_string: str | None = None) -> None:
        """`connection_string`: used instead of the configured one, as the embedded hub's.

        Raises TargetError where the target is malformed, or may not be loaded.
        """
        configured = config.connection_string.get_secret_value() if config.connection_string else None
        self._connection_string = connection_string or configured
        sdk_parts.tell_missing()
        sdk_mends.mend()
        try:
            self.target = Target.of(config, connection_string)
        except ConnectionStringError as error:
            raise TargetError(f"connection_string: {error}") from None
        if self._connection_string == EMBEDDED:
            raise TargetError("the embedded hub is not running: its connection string is missing")
        # The last gate: whatever came before, no connection is opened to what is not allowed.
        for refusal in refusals(self.target, config.allowed_targets):
            raise TargetError(refusal)
        self._credential: Any = None
        # The embedded hub is reached directly, whatever the file says for the namespace it stands in for.
        self._way: dict[str, Any] = {} if configured == EMBEDDED else self._way_of(config, self.target)
        websocket = self._way.get("transport_type") is TransportType.AmqpOverWebsocket
        if self.target.proxy is None and websocket:
            reach_directly((self.target.endpoint or (self.target.host,))[0])
        if self.target.port is not None and (websocket or not self.target.emulator):
            # Over TLS and over WebSockets the SDK ignores the port of the Endpoint.
            self._way.setdefault("custom_endpoint_address", f"sb://{self.host}")
        if self._connection_string is None:
            from azure.identity import DefaultAzureCredential  # half a second of imports, for identities only

            # Tokens are asked for by way of the environment's proxies, but not those that this machine gives.
            reach_directly("localhost", "127.0.0.0/8", "127.0.0.1", "::1", "169.254.169.254")

            self._credential = DefaultAzureCredential()

    def __str__(self) -> str:
        return self.target.key

    @property
    def host(self) -> str:
        """What connections are opened to, for messages."""
        host, port = self.target.endpoint or (self.target.host, self.target.port)
        host = f"[{host}]" if ":" in host else host
        return f"{host}:{port}" if port is not None else host

    def client(self, send_timeout: float, socket_timeout: float) -> EventHubProducerClient:
        """A client that never retries by itself."""
        arguments = {**self._arguments(socket_timeout), "send_timeout": send_timeout}
        if self._connection_string is not None:
            return EventHubProducerClient.from_connection_string(self._connection_string, **arguments)
        return EventHubProducerClient(self.target.host, credential=self._credential, **arguments)

    def consumer(self, group: str, socket_timeout: float) -> EventHubConsumerClient:
        """A client that reads, without retries of its own, without checkpoints."""
        arguments = self._arguments(socket_timeout)
        if self._connection_string is not None:
            return EventHubConsumerClient.from_connection_string(self._connection_string, group, **arguments)
        arguments["credential"] = self._credential
        return EventHubConsumerClient(self.target.host, consumer_group=group, **arguments)

    def _arguments(self, socket_timeout: float) -> dict[str, Any]:
        return {
            **self._way,
            "eventhub_name": self.target.hub,
            "retry_total": 0,
            "retry_backoff_factor": 0,
            "socket_timeout": socket_timeout,
        }

    @staticmethod
    def _way_of(config: EventHub, target: Target) -> dict[str, Any]:
        way: dict[str, Any] = {
            "transport_type": TransportType.AmqpOverWebsocket
            if config.transport == "amqp_websocket"
            else TransportType.Amqp
        }
        if config.endpoint is not None:
            way["custom_endpoint_address"] = f"sb://{config.endpoint}"
        if config.ca_file is not None:
            way["connection_verify"] = usable(config.ca_file)
        if (proxy := target.proxy) is not None:
            way["http_proxy"] = {"proxy_hostname": proxy.host, "proxy_port": proxy.port}
            if proxy.user:
                way["http_proxy"] |= {"username": proxy.user, "password": proxy.password}
        return way


def reach_directly(*hosts: str) -> None:
    """See that what asks the environment for a proxy, as websocket-client and requests do, asks none for these."""
    known = proxies.no_proxy(os.environ)
    if missing := [host for host in hosts if host not in known.split(",")]:
        os.environ["no_proxy"] = ",".join(filter(None, (known, *missing)))


def usable(ca_file: str) -> str:
    # The SDK would read it at every connection, and take a missing one for a lost connection.
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(ca_file)
    except ssl.SSLError:
        raise TargetError(f"cannot use output.event_hub.ca_file {ca_file}: it holds no certificates") from None
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        raise TargetError(f"cannot use output.event_hub.ca_file {ca_file}: {reason}") from None
    return ca_file
