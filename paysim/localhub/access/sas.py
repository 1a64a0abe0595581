"""Shared access signatures: is this token signed with the namespace's key, still valid, and for what?

`SharedAccessSignature sr=<resource>&sig=<signature>&se=<expiry>&skn=<key name>`, where the signature is the
Base64 HMAC-SHA256 over `<sr as it stands, quoted>\\n<se>` with the key's text as the secret.
"""

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from urllib.parse import unquote_plus, urlsplit


class TokenRefused(Exception):
    """The token gives no access; the message is for the client and holds no secret."""


@dataclass(frozen=True)
class TokenGrant:
    """What a verified token opens: the hub of that name, or the whole namespace when empty, until a time."""

    hub: str
    expires_at: float  # seconds since 1970

    def covers(self, hub: str, now: float) -> bool:
        return now < self.expires_at and self.hub in ("", hub.lower())


def generated_key() -> str:
    """A fresh key such as the portal makes: 32 random bytes in Base64."""
    return base64.b64encode(secrets.token_bytes(32)).decode()


def signature(resource: str, expiry: str, key: str) -> str:
    """The signature of a quoted resource and an expiry, in Base64."""
    signed = f"{resource}\n{expiry}".encode()
    return base64.b64encode(hmac.new(key.encode(), signed, hashlib.sha256).digest()).decode()


def verify(token: str, audience: str, key_name: str, key: str, now: float) -> TokenGrant:
    """Check a token that is put for an audience such as `sb://host/hub`. Raises TokenRefused."""
    scheme, _, rest = token.partition(" ")
    fields = {name: value for name, _, value in (part.partition("=") for part in rest.split("&"))}
    if scheme != "SharedAccessSignature" or not {"sr", "sig", "se"} <= fields.keys():
        raise TokenRefused("MalformedToken: the token is no shared access signature")
    if unquote_plus(fields.get("skn", "")) != key_name:
        raise TokenRefused("InvalidSignature: the key name is unknown")
    wanted = signature(fields["sr"], fields["se"], key)
    if not hmac.compare_digest(wanted.encode(), unquote_plus(fields["sig"]).encode()):
        raise TokenRefused("InvalidSignature: The token has an invalid signature")
    if not fields["se"].isascii() or not fields["se"].isdigit() or len(fields["se"]) > 12:
        raise TokenRefused("MalformedToken: the expiry is no number")
    if int(fields["se"]) <= now:
        raise TokenRefused("ExpiredToken: The token is expired")
    host, path = _resource(unquote_plus(fields["sr"]))
    audience_host, audience_path = _resource(audience)
    if host != audience_host or path not in ("", audience_path):
        raise TokenRefused("InvalidAudience: The token is for another resource")
    return TokenGrant(audience_path, float(fields["se"]))


def hub_of(audience: str) -> str:
    """The hub in an audience, in lower case; empty when it is the whole namespace. Raises TokenRefused."""
    return _resource(audience)[1]


def _resource(uri: str) -> tuple[str, str]:
    """Host and hub of a resource; whatever follows the hub's name belongs to the hub."""
    try:
        parts = urlsplit(uri if "://" in uri else f"sb://{uri}")
        host = parts.hostname or ""
    except ValueError:
        raise TokenRefused("InvalidAudience: the audience is no address") from None
    return host, parts.path.strip("/").split("/")[0].lower()
