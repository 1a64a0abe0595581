"""Connection strings and host names, read strictly: what this file accepts means the same to every other reader.

The SDK takes the host of `Endpoint` with urlparse, ignores keys it does not know, and falls back to
`HostName`; the resolver below it knows `2130706433` for 127.0.0.1. What could be read in two ways is an error
here, because `targets` decides by it what may be loaded. No error text holds a value.
"""

import ipaddress
import re
from dataclasses import dataclass, field
from typing import Final

EMBEDDED: Final = "embedded"
FORM: Final = "Endpoint=sb://…;SharedAccessKeyName=…;SharedAccessKey=…"

_KEYS = {
    name.lower(): name
    for name in (
        "Endpoint", "SharedAccessKeyName", "SharedAccessKey", "SharedAccessSignature", "EntityPath",
        "UseDevelopmentEmulator"
    )
}  # fmt: skip
_ENDPOINT = re.compile(r"sb://([^/]*)/?", re.IGNORECASE)
_HOST_AND_PORT = re.compile(r"(\[[^\]]*\]|[^:]*)(?::(.*))?", re.DOTALL)
_HOST = re.compile(r"(?=.{1,253}$)[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?)*")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_HUB = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,254}[A-Za-z0-9])?")


class ConnectionStringError(ValueError):
    """Raised where a connection string is malformed: `messages` has one text a fault, without its values."""

    def __init__(self, messages: list[str]) -> None:
        super().__init__("; ".join(messages))
        self.messages = messages


@dataclass(frozen=True, slots=True)
class ConnectionString:
    """What a connection string says. `host` is in lower case, an IPv6 address without its brackets."""

    host: str
    port: int | None = None
    key_name: str | None = None
    key: str | None = field(default=None, repr=False)
    signature: str | None = field(default=None, repr=False)
    entity_path: str | None = None
    emulator: bool = False


def parse(text: str) -> ConnectionString:
    """Read a connection string. Raises ConnectionStringError with everything that is wrong with it."""
    if "=" not in text:
        raise ConnectionStringError([f"neither `{EMBEDDED}` nor a connection string ({FORM})"])
    values, messages = _parts(text)
    host, port = "", None
    if "Endpoint" not in values:
        messages.append(f"without Endpoint; needed: {FORM}")
    elif match := _ENDPOINT.fullmatch(values["Endpoint"]):
        try:
            host, port = host_and_port(match.group(1))
        except ValueError as error:
            messages.append(f"Endpoint: {error}")
    else:
        messages.append("Endpoint must be sb://HOST/ or sb://HOST:PORT/")
    messages += _credential_faults(values)
    if (hub := values.get("EntityPath")) and not is_hub_name(hub):
        messages.append(f"EntityPath is not {HUB_NAME}")
    # The SDK compares with the exact text `true`, and would speak TLS where another spelling is used.
    if values.get("UseDevelopmentEmulator", "false") not in ("true", "false"):
        messages.append("UseDevelopmentEmulator must be true or false, in lower case")
    if messages:
        raise ConnectionStringError(messages)
    return ConnectionString(
        host=host,
        port=port,
        key_name=values.get("SharedAccessKeyName"),
        key=values.get("SharedAccessKey"),
        signature=values.get("SharedAccessSignature"),
        entity_path=values.get("EntityPath"),
        emulator=values.get("UseDevelopmentEmulator") == "true",
    )


def _parts(text: str) -> tuple[dict[str, str], list[str]]:
    """The `Key=value` parts by their usual spelling, and what is wrong with them."""
    values: dict[str, str] = {}
    messages = []
    # No spaces around names and no empty parts: the SDK takes neither.
    for position, part in enumerate(text.strip().removesuffix(";").split(";"), 1):
        name, _, value = part.partition("=")
        known = _KEYS.get(name.lower())
        if known is None:
            # Its name may be a piece of a key that was cut in two: only its place is told.
            allowed = ", ".join(_KEYS.values())
            messages.append(f"part {position} begins with no known name; allowed: {allowed}")
        elif known in values:
            messages.append(f"{known} is given twice")
        elif not value.strip():
            messages.append(f"{known} is empty")
        else:
            values[known] = value.strip()
    return values, messages


def _credential_faults(values: dict[str, str]) -> list[str]:
    key, name = "SharedAccessKey" in values, "SharedAccessKeyName" in values
    if "SharedAccessSignature" in values:
        return ["SharedAccessSignature stands beside a SharedAccessKey; give one of the two"] if key or name else []
    if key != name:
        missing = "SharedAccessKeyName" if key else "SharedAccessKey"
        return [f"without {missing}; needed: {FORM}"]
    return [] if key else [f"without a SharedAccessKey or SharedAccessSignature; needed: {FORM}"]


HUB_NAME: Final = "a hub name: 1 to 256 letters, digits, `.`, `-` and `_`, with a letter or digit at both ends"


def is_hub_name(text: str) -> bool:
    """Whether Event Hubs takes this for the name of a hub."""
    return _HUB.fullmatch(text) is not None


def host_and_port(text: str) -> tuple[str, int | None]:
    """Read `HOST` or `HOST:PORT`, `HOST` being a DNS name, an IPv4 address or an IPv6 address in brackets.

    Raises ValueError for everything else: user names, trailing dots, addresses in other notations, ports out of
    range.
    """
    match = _HOST_AND_PORT.fullmatch(text)
    host, port_text = match.groups() if match else ("", None)
    port = None
    if port_text is not None:
        # isdecimal alone takes digits of other scripts.
        if not (port_text.isascii() and port_text.isdecimal() and 1 <= int(port_text[:6]) <= 65535):
            raise ValueError("the port must be a number from 1 to 65535")
        port = int(port_text)
    if host.startswith("["):
        try:
            return str(ipaddress.IPv6Address(host[1:-1].partition("%")[0] if "%" not in host else "")), port
        except ValueError:
            raise ValueError("what is in brackets is not an IPv6 address") from None
    host = host.lower()
    if not _HOST.fullmatch(host):
        raise ValueError("not a host name; allowed: HOST or HOST:PORT, without a user name or a dot at the end")
    if _NUMBER.fullmatch(host.rpartition(".")[2]):
        try:
            ipaddress.IPv4Address(host)
        except ValueError:
            raise ValueError("an IPv4 address must be four decimal numbers, for example 127.0.0.1") from None
    return host, port


def is_loopback(host: str) -> bool:
    """Whether a host of `host_and_port` is this machine, by its text alone: no name is resolved."""
    if host == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    # An IPv4 address inside IPv6 is none of the spellings that may always be loaded.
    return address.is_loopback and getattr(address, "ipv4_mapped", None) is None


KEY: Final = r"(?<![A-Za-z0-9+/=])[A-Za-z0-9+/]{43}=(?!=)"
"""A shared access key by itself: 32 bytes in base64."""
_MASK = re.compile(
    r"((?:SharedAccess(?:Key|Signature)|AccountKey)\s*=\s*)(?!…)[^;]*|(\bsig=)[^&;\s]+|(//[^/@:]*:)[^/]*(?=@)|" + KEY,
    re.IGNORECASE,
)


def masked(text: str) -> str:
    """The text with shared access keys and signatures, in connection strings or not, and passwords in URLs as `***`."""
    return _MASK.sub(lambda match: "".join(filter(None, match.groups())) + "***", text)


_WITH_KEY = re.compile(r"(SharedAccess(Key|Signature)|AccountKey)\s*=\s*[^;\s]|\bsig=[^&;\s]|" + KEY, re.IGNORECASE)
_WITH_PASSWORD = re.compile(r"//[^/@:]*:[^/@]+@")


def holds_key(text: str) -> bool:
    """Whether a text, well formed or not, has a shared access key or signature in it."""
    return _WITH_KEY.search(text) is not None


def holds_secret(text: str) -> bool:
    """Whether it has a key, a signature or a password in it."""
    return holds_key(text) or _WITH_PASSWORD.search(text) is not None
