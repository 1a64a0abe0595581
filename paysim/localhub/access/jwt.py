"""JSON Web Tokens, so that the identity path of a client runs over the wire.

No identity provider signs for a local hub: a token is taken when it is signed with the namespace's own key
(HS256), names Event Hubs as its audience and has not expired. Source: RFC 7519, RFC 7515.
"""

import base64
import binascii
import hashlib
import hmac
import json
from typing import Any

from paysim.localhub.access.sas import TokenGrant, TokenRefused, hub_of

AUDIENCES = {"https://eventhubs.azure.net", "https://eventhubs.azure.net/"}


def signed(claims: dict[str, Any], key: str) -> str:
    """A token with these claims, as a test's credential makes one."""
    parts = [_text(json.dumps(part).encode()) for part in ({"alg": "HS256", "typ": "JWT"}, claims)]
    return ".".join([*parts, _signature(".".join(parts), key)])


def verify(token: str, audience: str, key: str, now: float) -> TokenGrant:
    """Check a token that is put for an audience such as `sb://host/hub`. Raises TokenRefused."""
    head, _, signature = token.rpartition(".")
    try:
        header, claims = (json.loads(_bytes(part)) for part in head.split("."))
        algorithm, aimed, expiry = header["alg"], str(claims["aud"]), float(claims["exp"])
    except (ValueError, TypeError, KeyError, RecursionError):
        raise TokenRefused("MalformedToken: the token is no JSON Web Token") from None
    if algorithm != "HS256" or not hmac.compare_digest(_signature(head, key).encode(), signature.encode()):
        raise TokenRefused("InvalidSignature: The token has an invalid signature")
    if not now < expiry:
        raise TokenRefused("ExpiredToken: The token is expired")
    if aimed not in AUDIENCES:
        raise TokenRefused("InvalidAudience: the token is not for Event Hubs")
    return TokenGrant(hub_of(audience), expiry)


def _signature(text: str, key: str) -> str:
    return _text(hmac.new(key.encode(), text.encode(), hashlib.sha256).digest())


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error as error:
        raise ValueError(str(error)) from None
