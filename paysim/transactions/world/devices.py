"""The devices that payments come from, and the user agents they send.

Browsers tell little more than these forms nowadays: Chrome's reduced user agent names neither device nor minor
version, Safari's froze the platform's. A wallet of a platform needs its devices: Apple Pay never comes from Android.
"""

from bisect import bisect_right
from dataclasses import dataclass
from functools import cache

import numpy as np

from paysim.transactions.randomness import pick

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


@cache
def _agents(device: str, wallet: str | None) -> tuple[list[str], list[float]]:
    """User agents of a device type and the edges of their shares. wallet: of a platform, or None for any device."""
    forms = [form for form in FORMS if form.device == device and (wallet is None or wallet in form.wallets)]
    pairs = [
        ("Mozilla/5.0 " + form.text.replace("{}", v), form.share / len(form.versions))
        for form in forms
        for v in form.versions
    ]
    edges = np.cumsum([share for _, share in pairs])
    return [agent for agent, _ in pairs], (edges / edges[-1]).tolist()


def devices(kinds: dict[str, float], wallets: list[str], draws: np.ndarray) -> list[tuple[str, str]]:
    """(device type, user agent) of each person. kinds: device type → share; wallets: each one's; draws: (n, 2)."""
    names = list(kinds)
    chosen = pick(list(kinds.values()), draws[:, 0]).tolist()
    made = []
    for kind, wallet, draw in zip(chosen, wallets, draws[:, 1].tolist(), strict=True):
        agents, edges = _agents(names[kind], wallet if wallet in _PLATFORM_WALLETS else None)
        made.append((names[kind], agents[bisect_right(edges, draw)]))
    return made
