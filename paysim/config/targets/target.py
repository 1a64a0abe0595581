"""The Event Hub that a configuration points at: its name, where its bytes really go, how it is signed in to."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Self

from paysim.config.sections.event_hub import EventHub

from . import connection_strings, proxies
from .proxies import Proxy

DEFAULT_HUB = "payments"
LOCAL = "LOCAL HUB, not Azure"

# Namespaces of Azure's clouds, with and without a private link's name.
_CLOUDS = tuple(
    f".servicebus.{cloud}" for cloud in ("windows.net", "usgovcloudapi.net", "chinacloudapi.cn", "cloudapi.de")
)


def in_public_cloud(host: str) -> bool:
    """Whether a host is a namespace of one of Azure's clouds."""
    return host.endswith(_CLOUDS)


def short_name(host: str) -> str:
    """`contoso-prod` for `contoso-prod.servicebus.windows.net`; other hosts as they are."""
    for suffix in _CLOUDS:
        if host.endswith(suffix):
            return host.removesuffix(suffix).removesuffix(".privatelink")
    return host


@dataclass(frozen=True, slots=True)
class Target:
    """One hub of one namespace. `repr` holds no secret.

    host, port: of the namespace, as in the connection string (port None: the protocol's own).
    endpoint: host and port that are connected to instead, where the configuration says so.
    proxy: through which connections leave, the configured one or the environment's.
    """

    host: str
    hub: str
    port: int | None = None
    emulator: bool = False
    credential: Literal["key", "signature", "identity", "embedded"] = "key"
    endpoint: tuple[str, int | None] | None = None
    proxy: Proxy | None = None

    @classmethod
    def of(
        cls,
        event_hub: EventHub,
        connection_string: str | None = None,
        environ: Mapping[str, str] | None = None,
    ) -> Self:
        """The target of a valid `output.event_hub`.

        connection_string: used instead of the configured one: the embedded hub's, or `verify`'s.
        environ: the process's environment, which is the default, for its proxies.
        Raises ConnectionStringError where the connection string is malformed.
        """
        configured = event_hub.connection_string.get_secret_value() if event_hub.connection_string else None
        text = connection_string or configured
        hub = event_hub.eventhub_name
        if text == connection_strings.EMBEDDED:
            return cls("localhost", hub or DEFAULT_HUB, credential="embedded")
        parsed = connection_strings.parse(text) if text is not None else None
        host = parsed.host if parsed else (event_hub.fully_qualified_namespace or "").lower()
        endpoint, proxy = None, None
        # The embedded hub is reached directly, whatever the file says for the namespace it stands in for.
        if configured != connection_strings.EMBEDDED:
            endpoint = connection_strings.host_and_port(event_hub.endpoint) if event_hub.endpoint else None
            tls = parsed is None or not parsed.emulator
            proxy = proxies.proxy_of(event_hub, endpoint[0] if endpoint else host, tls=tls, environ=environ)
        if parsed is None:
            return cls(host, hub or "", credential="identity", endpoint=endpoint, proxy=proxy)
        return cls(
            host,
            hub or parsed.entity_path or DEFAULT_HUB,
            parsed.port,
            parsed.emulator,
            "signature" if parsed.signature else "key",
            endpoint,
            proxy,
        )

    @property
    def proxied(self) -> bool:
        """Whether connections leave through a proxy that is not on this machine."""
        return self.proxy is not None and not connection_strings.is_loopback(self.proxy.host)

    @property
    def loopback(self) -> bool:
        """Whether the bytes stay on this machine: namespace and endpoint are both loopback, and no proxy is used.

        A proxy elsewhere would take `localhost` for itself.
        """
        hosts = [self.host, *([self.endpoint[0]] if self.endpoint else [])]
        return not self.proxied and all(map(connection_strings.is_loopback, hosts))

    @property
    def local(self) -> bool:
        """Whether it may always be loaded: loopback, or Microsoft's emulator on another machine.

        `UseDevelopmentEmulator=true` is only a word in a string: it counts for no host in an Azure cloud, and not
        where the connection goes to another host than the string names.
        """
        if self.loopback:
            return True
        elsewhere = self.endpoint is not None and self.endpoint[0] != self.host
        return self.emulator and not in_public_cloud(self.host) and not elsewhere and not self.proxied

    @property
    def key(self) -> str:
        """What `allowed_targets` is matched with and people know it by: `contoso-prod/payments`."""
        return f"{short_name(self.host)}/{self.hub}"

    @property
    def keys(self) -> tuple[str, ...]:
        """Every key that must be allowed: the namespace, and a custom endpoint that leads to another one."""
        found = [self.key]
        if self.endpoint and not connection_strings.is_loopback(self.endpoint[0]):
            if connection_strings.is_loopback(self.host):
                found = []
            if not found or in_public_cloud(self.endpoint[0]) or self.emulator:
                found.append(f"{short_name(self.endpoint[0])}/{self.hub}")
        return tuple(dict.fromkeys(found))

    @property
    def name(self) -> str:
        """For the header of the web UI and the first and last line of a run."""
        if self.loopback:
            return LOCAL
        return f"{self.key} (emulator, not Azure)" if self.local else self.key
