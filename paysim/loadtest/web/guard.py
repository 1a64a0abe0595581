"""Who may change a test: a request from the page's own origin, or one from no page at all.

A browser says with `Origin` and `Sec-Fetch-Site` which page a request comes from; a program such as curl says neither.
A page of somebody else's must not start a test of a person who happens to have ours open, nor by a name of its own that
leads here (DNS rebinding), so the name in `Host` counts too: an address, this machine's name, or one given with
`--paysim-web-hosts`, as an ingress's. See the Fetch standard (Origin), Fetch Metadata (Sec-Fetch-Site), RFC 6454.

Routes of others in the same web UI, as those of a login, are left alone.
"""

import ipaddress
import socket
from collections.abc import Collection, Mapping
from urllib.parse import SplitResult, urlsplit

from flask import Response, make_response, request
from locust.web import WebUI

from paysim.config.errors import ConfigError, ConfigFault
from paysim.loadtest.locust_compat import BLUEPRINT

OPTION = "--paysim-web-hosts"
READING = ("GET", "HEAD", "OPTIONS")
_PORTS = {"http": 80, "https": 443}
_GUARDED = (BLUEPRINT, "paysim")
"""The blueprints whose routes are guarded."""

NO_FRAMES = {"X-Frame-Options": "DENY", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin"}
ANY_PAGE = "frame-ancestors 'none'"
OWN_PAGE = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""The pages of paysim load nothing but their own files. Locust's page has a script within it."""


def install(web_ui: WebUI, names: Collection[str]) -> None:
    """Refuse requests of other pages from now on. To be called before anything else that looks at requests.

    names: of hosts under which the web UI is reached.
    """
    assert web_ui.app is not None
    own = frozenset({*names, *(name.lower() for name in (web_ui.host, socket.gethostname()) if name)})

    @web_ui.app.before_request
    def guard() -> Response | None:
        if request.blueprint not in _GUARDED or request.method in READING:
            return None
        reason = refusal(dict(request.headers), own, names)
        return make_response(f"{reason}\n", 403) if reason else None

    @web_ui.app.after_request
    def protect(response: Response) -> Response:
        if request.blueprint in _GUARDED:
            for name, value in NO_FRAMES.items():
                response.headers.setdefault(name, value)
            policy = OWN_PAGE if request.blueprint == "paysim" else ANY_PAGE
            response.headers.setdefault("Content-Security-Policy", policy)
        return response


def refusal(headers: Mapping[str, str], own: Collection[str], named: Collection[str] = ()) -> str | None:
    """Why a request that changes something is refused, or None.

    own: host names of this machine; named: those that lead here by way of others, who may have another `Host` for us.
    """
    origin, site, host = headers.get("Origin"), headers.get("Sec-Fetch-Site"), headers.get("Host", "")
    if origin is None and site is None:
        return None
    if site not in (None, "same-origin", "none"):
        return "this came from a page of another origin, and changes nothing here"
    page = _split(origin if origin is not None else f"//{host}")
    if page is None or not page.hostname:
        return "this came from a page of no known origin, and changes nothing here"
    if page.hostname in named:
        return None
    if origin is not None and not _same(page, _split(f"//{host}")):
        return f"this came from a page of {page.netloc}, and changes nothing here; behind an ingress name it: {OPTION}"
    if not _is_own(page.hostname, own):
        return f"this web UI is not known as {page.hostname}; if that is right, name it: {OPTION} {page.hostname}"
    return None


def hosts(text: str) -> frozenset[str]:
    """The option's host names. Raises ConfigError where one is none."""
    found = frozenset(name.strip().rstrip(".").lower() for name in text.split(",") if name.strip())
    for name in sorted(found):
        if (split := _split(f"//{name}")) is None or split.netloc != name or split.hostname != name.strip("[]"):
            fault = f"{name!r} is no host name; write names as in loadtest.example.com, without scheme and port"
            raise ConfigError([ConfigFault(OPTION, None, (), fault)])
    return found


def _split(url: str) -> SplitResult | None:
    try:
        split = urlsplit(url)
        _ = split.port  # raises where it is none
    except ValueError:
        return None
    return split if split.netloc else None


def _same(page: SplitResult, host: SplitResult | None) -> bool:
    """Whether `Host` is that of the page. Its scheme is not ours to know where TLS ends before us."""
    if host is None or host.hostname != page.hostname:
        return False
    port = page.port or _PORTS.get(page.scheme)
    return host.port == port if host.port is not None else port in _PORTS.values()


def _is_own(host: str, own: Collection[str]) -> bool:
    name = host.rstrip(".")
    if name in own or name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True  # an address belongs to whoever answers there; only names can be made to lead here
