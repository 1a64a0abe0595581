"""The devices that payments come from, and the user agents they send.

Browsers tell little more than these forms nowadays: Chrome's reduced user agent names neither device nor minor
version, Safari's froze the platform's. A wallet of a platform needs its devices: Apple Pay never comes from Android.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from paysim.transactions.randomness import edges_of

_WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"
_WINDOWS = f"(Windows NT 10.0; Win64; x64) {_WEBKIT} Chrome/{{}}.0.0.0 Safari/537.36"
_MAC = "(Macintosh; Intel Mac OS X 10_15_7)"
_ANDROID = f"(Linux; Android 10; K) {_WEBKIT}"
_SAFARI = "AppleWebKit/605.1.15 (KHTML, like Gecko) Version/{}"
_CHROMES, _FIREFOXES, _SAFARIS = ("139", "140", "141", "142"), ("128", "140", "143", "144"), ("18.6", "26.0", "26.1")


@dataclass(frozen=True, slots=True)
class Form:
    """A user agent but for what all begin with and its version. share: of its device type; wallets: those of a platform
    that run on it."""

    device: str
    text: str
    versions: tuple[str, ...]
    share: float
    wallets: frozenset[str] = frozenset()


_APPLE, _GOOGLE = frozenset({"apple_pay"}), frozenset({"google_pay"})
FORMS = (
    Form("desktop", _WINDOWS, _CHROMES, 0.46, _GOOGLE),
    Form("desktop", f"{_WINDOWS} Edg/{{}}.0.0.0", _CHROMES, 0.14),
    Form("desktop", "(Windows NT 10.0; Win64; x64; rv:{}.0) Gecko/20100101 Firefox/{}.0", _FIREFOXES, 0.06),
    Form("desktop", f"{_MAC} {_WEBKIT} Chrome/{{}}.0.0.0 Safari/537.36", _CHROMES, 0.13, _GOOGLE),
    Form("desktop", f"{_MAC} {_SAFARI} Safari/605.1.15", _SAFARIS, 0.17, _APPLE),
    Form("desktop", f"(X11; Linux x86_64) {_WEBKIT} Chrome/{{}}.0.0.0 Safari/537.36", _CHROMES, 0.04, _GOOGLE),
    Form(
        "smartphone",
        f"(iPhone; CPU iPhone OS 18_6 like Mac OS X) {_SAFARI} Mobile/15E148 Safari/604.1",
        _SAFARIS,
        0.44,
        _APPLE,
    ),
    Form("smartphone", f"{_ANDROID} Chrome/{{}}.0.0.0 Mobile Safari/537.36", _CHROMES, 0.48, _GOOGLE),
    Form(
        "smartphone", f"{_ANDROID} SamsungBrowser/{{}} Chrome/130.0.0.0 Mobile Safari/537.36", ("28.0",), 0.08, _GOOGLE
    ),
    Form("tablet", f"(iPad; CPU OS 18_6 like Mac OS X) {_SAFARI} Mobile/15E148 Safari/604.1", _SAFARIS, 0.60, _APPLE),
    Form("tablet", f"{_ANDROID} Chrome/{{}}.0.0.0 Safari/537.36", _CHROMES, 0.40, _GOOGLE),
)
_PLATFORM_WALLETS = _APPLE | _GOOGLE


API_CLIENTS = ("python-requests/2.32.3", "okhttp/4.12.0", "Apache-HttpClient/5.3.1 (Java/21.0.2)", "axios/1.7.2")
TERMINALS = (
    "Verifone/P400 (ADK 4.10)",
    "Ingenico/Lane3000 (Telium 3)",
    "PAX/A920 (PayDroid 10)",
    "Castles/S1F2 (2.4)",
)
_KINDS = {
    "web": {"desktop": 0.70, "smartphone": 0.20, "tablet": 0.10},
    "mobile": {"smartphone": 0.9, "tablet": 0.1},
}


def _agents(device: str, wallet: str | None) -> dict[str, float]:
    """User agents of a device type with their shares. wallet: of a platform, or None for any device."""
    forms = [form for form in FORMS if form.device == device and (wallet is None or wallet in form.wallets)]
    shares = {
        "Mozilla/5.0 " + form.text.replace("{}", v): form.share / len(form.versions)
        for form in forms
        for v in form.versions
    }
    whole = sum(shares.values())
    return {agent: share / whole for agent, share in shares.items()}


@dataclass(frozen=True, slots=True)
class Device:
    """What payments of a channel come from."""

    channel: str
    kind: str
    user_agent: str


def _of_people() -> Iterator[Device]:
    for channel, kinds in _KINDS.items():
        for kind in kinds:
            yield from (Device(channel, kind, agent) for agent in _agents(kind, None))
    yield from (Device("api", "server", client) for client in API_CLIENTS)


DEVICES = (*_of_people(), *(Device("pos", "terminal", terminal) for terminal in TERMINALS))
FIRST_TERMINAL = len(DEVICES) - len(TERMINALS)
"""Where in DEVICES the kinds of terminals begin."""


@cache
def _edges(channel: str, wallet: str | None) -> np.ndarray:
    """Where the shares of DEVICES end among the payments of a channel by people with this wallet."""
    shares = np.zeros(len(DEVICES))
    for at, device in enumerate(DEVICES):
        if device.channel != channel:
            continue
        if channel in _KINDS:
            of_kind = _agents(device.kind, wallet)
            shares[at] = _KINDS[channel][device.kind] * of_kind.get(device.user_agent, 0.0)
        else:
            shares[at] = 1.0
    return edges_of(shares)


def devices(channel: str, wallets: Sequence[str], wallet: np.ndarray, uniform: np.ndarray) -> np.ndarray:
    """The device of each person on a channel, a position in DEVICES. wallet: of each, a position in `wallets`."""
    found = np.searchsorted(_edges(channel, None), uniform, side="right")
    for at, name in enumerate(wallets):
        if name in _PLATFORM_WALLETS:
            mine = np.flatnonzero(wallet == at)
            found[mine] = np.searchsorted(_edges(channel, name), uniform[mine], side="right")
    return found
