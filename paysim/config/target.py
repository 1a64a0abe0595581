"""The Event Hub that a configuration points at: its name, where its bytes really go, how it is signed in to."""

import contextlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Self

from . import connection_strings, proxies
from .proxies import Proxy

if TYPE_CHECKING:
    from .schema import EventHub, Verify
    from .section import Fault

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
        event_hub: "EventHub",
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


_PROXY = re.compile(r"http://([^/@]*@)?([^/@]+:[0-9]+)/?")


def form_faults(event_hub: "EventHub") -> "Iterator[Fault]":
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


def target_faults(event_hub: "EventHub") -> "Iterator[Fault]":
    """Why an `output.event_hub` that is used, and has no fault of form, names no single hub or no way to it."""
    yield from _names_no_hub(event_hub)
    with contextlib.suppress(ValueError):  # that is told above
        if (proxy := Target.of(event_hub).proxy) is not None and (text := proxies.fault(proxy)):
            yield ("proxy",), text


def _names_no_hub(event_hub: "EventHub") -> "Iterator[Fault]":
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


def verify_faults(event_hub: "EventHub", verify: "Verify") -> "Iterator[Fault]":
    """Why what was sent to a valid `output.event_hub` cannot be read back as `verify` says."""
    target = Target.of(event_hub)
    if not target.local and not (verify.consumer_group or "").strip():
        yield (
            ("consumer_group",),
            "is needed to verify against Azure; name a consumer group that nobody else reads with",
        )
    text = verify.connection_string.get_secret_value() if verify.connection_string else connection_strings.EMBEDDED
    if text == connection_strings.EMBEDDED and (verify.connection_string is None or target.credential == "embedded"):
        return
    try:
        reading = connection_strings.parse(text)
    except connection_strings.ConnectionStringError as error:
        yield from ((("connection_string",), message) for message in error.messages)
        return
    hub = reading.entity_path or target.hub
    if (reading.host, hub) != (target.host, target.hub):
        yield (
            ("connection_string",),
            f"reads {short_name(reading.host)}/{hub}, and the run loads {target.key}; both must be the same hub",
        )


def _host_fault(text: str) -> str | None:
    try:
        connection_strings.host_and_port(text)
    except ValueError as error:
        return str(error)
    return None
