"""Which proxy the connections to a hub leave through: the configured one, or the environment's.

AMQP itself goes through no proxy. AMQP over WebSocket does, where `output.event_hub.proxy` says so. Without that
websocket-client, which the SDK uses, takes `https_proxy` (`http_proxy` without TLS) from the environment, in small
letters or capitals; it knows no `ALL_PROXY`. A host that `no_proxy` names is reached directly in either case, as it is
with websocket-client, and loopback never goes to a proxy that only the environment names. What is decided here is what
happens: `eventhub.address` sees to that.
"""

import ipaddress
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from paysim.config.sections.event_hub import EventHub

from . import connection_strings

CONFIGURED = "output.event_hub.proxy"
_FORM = re.compile(r"(?:https?://)?(?:[^/@]*@)?(\[[^\]]*\]|[^/@:]+)(?::[0-9]+)?/?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Proxy:
    """An HTTP proxy, asked to CONNECT. `repr` and `str` hold no secret.

    source: what names it, the key of the configuration or a variable.
    """

    host: str
    port: int
    source: str
    user: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port} ({self.source})"


def proxy_of(event_hub: EventHub, host: str, *, tls: bool, environ: Mapping[str, str] | None = None) -> Proxy | None:
    """The proxy by which `host` is reached, None: directly. environ: the process's environment, which is the default.

    A variable that names no HTTP proxy counts as one all the same, of no host: `fault` says what is wrong.
    """
    environ = os.environ if environ is None else environ
    if event_hub.transport != "amqp_websocket" or exempt(host, environ):
        return None
    if event_hub.proxy is not None:
        return _read(event_hub.proxy, CONFIGURED)
    if connection_strings.is_loopback(host):
        return None
    for name in ("https_proxy", "HTTPS_PROXY") if tls else ("http_proxy", "HTTP_PROXY"):
        if name in environ:  # an empty one in small letters hides the other
            text = environ[name].replace(" ", "")
            return _read(text, name) if text else None
    return None


def fault(proxy: Proxy) -> str | None:
    """What is wrong with the variable that names it, if anything."""
    if proxy.host:
        return None
    return (
        f"the environment variable {proxy.source} is no http://HOST:PORT, and AMQP over WebSocket goes through no "
        "other proxy; set proxy here, or name the host in NO_PROXY"
    )


def exempt(host: str, environ: Mapping[str, str]) -> bool:
    """Whether `no_proxy` names the host: `*`, the host itself, a domain above it, a network it is in."""
    return any(_matches(entry, host) for entry in no_proxy(environ).split(",") if entry)


def no_proxy(environ: Mapping[str, str]) -> str:
    return environ.get("no_proxy", environ.get("NO_PROXY", "")).replace(" ", "")


def _matches(entry: str, host: str) -> bool:
    entry = entry.lower()
    if entry in ("*", host):
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host.endswith("." + entry.lstrip("."))
    try:
        return "/" in entry and address in ipaddress.ip_network(entry, strict=False)
    except ValueError:
        return False


def _read(text: str, source: str) -> Proxy:
    try:
        url = urlsplit(text if "://" in text else f"http://{text}")
        port = url.port or 80
    except ValueError:
        return Proxy("", 0, source)
    if not _FORM.fullmatch(text) or not url.hostname:
        return Proxy("", 0, source)
    user = unquote(url.username) if url.username else None
    return Proxy(url.hostname, port, source, user, unquote(url.password or "") if user else None)
