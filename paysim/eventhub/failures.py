"""What an error of the SDK means for a send: its name in statistics, whether to try again, whether the hub may
have stored the batch nevertheless.

The SDK wraps and re-raises, and its texts carry tracking ids, addresses and times; so the cause is looked for
along the chain of exceptions, and the reasons are words of our own or the AMQP condition, nothing else.
"""

import re
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum

from azure.core.exceptions import ClientAuthenticationError
from azure.eventhub.exceptions import AuthenticationError, OperationTimeoutError


class Again(Enum):
    """Whether another attempt makes sense."""

    RETRY = "retry"
    WAIT = "wait"  # the service is busy and asks for patience: outside `max_retries`
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Failure:
    """One failed attempt. `unknown`: the batch may be stored. `broken`: the connection cannot go on."""

    reason: str
    again: Again = Again.RETRY
    unknown: bool = False
    broken: bool = True


TIMED_OUT = Failure("timed out")
NO_CONNECTION = Failure("no free connection in time", Again.NEVER, broken=False)
SERVER_BUSY = Failure("throttled (com.microsoft:server-busy)", Again.WAIT, broken=False)
UNAUTHORISED = Failure("unauthorised", Again.NEVER)
NOT_FOUND = Failure("hub not found", Again.NEVER)
TOKEN_EXPIRED = Failure("token expired")
NO_CREDENTIAL = Failure("no credential", Again.NEVER)
PROXY = "refused by the proxy"
"""How the reason begins where a proxy refuses to connect; its status follows, where it gave one."""

# A condition in the hub's answer to a send or with which it ended a link or a connection.
_CONDITIONS = {
    "com.microsoft:server-busy": SERVER_BUSY,
    "amqp:unauthorized-access": UNAUTHORISED,
    "com.microsoft:auth-failed": UNAUTHORISED,
    "amqp:not-found": NOT_FOUND,
    "com.microsoft:entity-disabled": Failure("hub disabled", Again.NEVER),
    "amqp:resource-deleted": Failure("hub deleted", Again.NEVER),
    "amqp:link:message-size-exceeded": Failure("batch too large for the hub", Again.NEVER, broken=False),
    "amqp:not-allowed": Failure("not allowed", Again.NEVER),
    "com.microsoft:argument-error": Failure("refused as invalid", Again.NEVER, broken=False),
    "amqp:decode-error": Failure("refused as undecodable", Again.NEVER),
}

# The hub answered, but not whether it has stored the batch.
_DOUBTFUL = {"com.microsoft:timeout", "amqp:internal-error", "amqp:unknown-error"}

# What the SDK says by itself, without the hub.
_LOCAL = {"amqp:client-error", "amqp:socket-error", "amqp:unknown-error", "amqp:vendor-error"}


def classify(error: BaseException, *, left: bool, ended: BaseException | None = None) -> Failure:
    """What this error of an attempt means.

    `left`: the whole batch was given to the connection. `ended`: with what the hub ended the link, if it did; the SDK
    tells the send that was under way no more than that there was no answer.
    """
    chain = list(causes(error))
    refused = _refused(chain)
    if ended is not None and not refused:
        chain = list(causes(ended))
    failure = _authentication(chain) or _condition(chain) or _proxy(chain) or _transport(chain)
    if not _is_answer(chain):
        failure = replace(failure, broken=True)
    # A clear refusal of what was sent is an outcome; everything else after the bytes left is none.
    if left and not refused:
        failure = replace(failure, unknown=True)
    return failure


def causes(error: BaseException | None) -> Iterator[BaseException]:
    """The error and its causes, outermost first."""
    seen: set[int] = set()
    todo = [error]
    while todo:
        error = todo.pop(0)
        if isinstance(error, BaseException) and id(error) not in seen:
            seen.add(id(error))
            yield error
            inner = [getattr(error, name, None) for name in ("inner_error", "inner_exception")]
            todo += [error.__cause__, error.__context__, *inner]


def _authentication(chain: list[BaseException]) -> Failure | None:
    if any(isinstance(error, ClientAuthenticationError) for error in chain):
        return NO_CREDENTIAL
    if any(type(error).__name__ == "TokenExpired" for error in chain):
        return TOKEN_EXPIRED
    for error in chain:
        status = getattr(error, "status_code", None)
        if type(error).__name__ == "TokenAuthFailure" and isinstance(status, int):
            if status == 404:
                return NOT_FOUND
            if status in (401, 403):
                return _expired_or(UNAUTHORISED, str(getattr(error, "status_description", "")))
    return None


def _condition(chain: list[BaseException]) -> Failure | None:
    condition, description = _amqp_condition(chain)
    if condition is None or condition in _LOCAL:
        return None
    failure = _CONDITIONS.get(condition)
    if failure is None:
        return Failure(condition, broken=False)
    if failure is UNAUTHORISED:
        return _expired_or(failure, description)
    return failure


def _proxy(chain: list[BaseException]) -> Failure | None:
    """websocket-client's own words are `failed CONNECT via proxy status: 407`, or what the socket said."""
    for error in chain:
        if type(error).__name__ == "WebSocketProxyException":
            status = re.search(r"status: ([0-9]{3})\b", str(error))
            if status is None:
                return Failure(PROXY)
            text = f"{PROXY}: {status.group(1)}"
            return Failure(text, Again.NEVER if status.group(1) in ("403", "407") else Again.RETRY)
    return None


def _transport(chain: list[BaseException]) -> Failure:
    for error in chain:
        if isinstance(error, socket.gaierror):
            return Failure("name not resolved")
        if isinstance(error, ConnectionRefusedError):
            return Failure("connection refused")
        if isinstance(error, ssl.SSLCertVerificationError):
            return Failure("TLS certificate not trusted", Again.NEVER)
        if isinstance(error, ssl.SSLError) and "timed out" not in str(error):
            return Failure("TLS failed")
    if any(isinstance(error, TimeoutError | OperationTimeoutError) for error in chain):
        return TIMED_OUT
    if any(isinstance(error, OSError) for error in chain) or _amqp_condition(chain)[0] is not None:
        return Failure("connection lost")
    if any(isinstance(error, AuthenticationError) for error in chain):
        return Failure("authentication failed")
    return Failure(f"unexpected {type(chain[-1]).__name__}")


def _refused(chain: list[BaseException]) -> bool:
    """Whether the hub answered this very send with a clear no."""
    condition, _ = _amqp_condition(chain)
    return _is_answer(chain) and condition is not None and condition not in (_DOUBTFUL | _LOCAL)


def _is_answer(chain: list[BaseException]) -> bool:
    return any(type(error).__name__ in ("MessageException", "MessageSendFailed") for error in chain)


def _amqp_condition(chain: list[BaseException]) -> tuple[str | None, str]:
    for error in chain:
        condition = getattr(error, "condition", None)
        if isinstance(condition, bytes):  # the SDK's ErrorCondition is bytes as well
            value = bytes(getattr(condition, "value", condition))
            description = getattr(error, "description", None) or ""
            text = description.decode("utf-8", "replace") if isinstance(description, bytes) else description
            return value.decode("ascii", "replace"), str(text)
    return None, ""


def _expired_or(failure: Failure, description: str) -> Failure:
    return TOKEN_EXPIRED if "expired" in description.lower() else failure
