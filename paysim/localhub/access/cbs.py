"""The `$cbs` node: clients put their tokens here, and links open only for what those tokens cover.

Source: AMQP claims-based security 1.0, as the service has it: `put-token` with the token as the value, name
(audience) and type in the application properties; answered 202, or 401 with the reason.
"""

from collections.abc import Callable

from paysim.localhub.access import jwt, sas
from paysim.localhub.amqp.requests import Answer, Request
from paysim.localhub.refusals import tracked

SAS_TYPE, JWT_TYPE = "servicebus.windows.net:sastoken", "jwt"


class Grants:
    """What the tokens put on one connection open."""

    def __init__(self) -> None:
        self._grants: dict[str, sas.TokenGrant] = {}

    def allow_all(self) -> None:
        """Note that the client has shown the namespace's key itself."""
        self._grants[""] = sas.TokenGrant("", float("inf"))

    def put(
        self,
        request: Request,
        key_name: str,
        key: str,
        now: float,
        change: Callable[[sas.TokenGrant], sas.TokenGrant],
    ) -> tuple[Answer, sas.TokenGrant | None]:
        """Handle a request to `$cbs`. `change` may make something else of what the token opens."""
        if request.text("operation") != "put-token":
            return Answer(400, "BadRequest: the operation is not put-token"), None
        token = request.value
        kind, audience = request.text("type"), request.text("name")
        if kind not in (SAS_TYPE, JWT_TYPE) or not isinstance(token, str):
            return Answer(401, tracked("InvalidToken: The token type is not supported.")), None
        try:
            if kind == JWT_TYPE:
                grant = jwt.verify(token, audience, key, now)
            else:
                grant = sas.verify(token, audience, key_name, key, now)
        except sas.TokenRefused as refused:
            return Answer(401, tracked(f"{refused}.")), None
        grant = change(grant)
        self._grants[grant.hub] = grant
        return Answer(202, "Accepted"), grant

    def allow(self, hub: str, now: float) -> bool:
        """Whether a valid token covers the hub now."""
        return any(grant.covers(hub, now) for grant in self._grants.values())
