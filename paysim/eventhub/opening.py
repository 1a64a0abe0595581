"""The first connection: is the hub there, does it know us, what are its partitions; else one line that says why.

Each failure is known within `WITHIN` seconds. The SDK would wait for ever for a server that accepts and stays silent,
so it works in a thread that is left behind.
"""

import contextlib
import ssl
import threading
from collections.abc import Callable
from typing import TypeVar

from azure.eventhub import EventHubProducerClient

from paysim.config.errors import TargetError

from .address import HubAddress
from .connection import HubConnection
from .failures import PROXY, TIMED_OUT, Failure, causes, classify
from .hub_identity import HubIdentity

T = TypeVar("T")

NO_IDENTITY = (
    "DefaultAzureCredential found no identity; sign in (az login), or set AZURE_CLIENT_ID, AZURE_TENANT_ID and "
    "AZURE_CLIENT_SECRET"
)
CONNECT_WITHIN = 12.0
ASK_WITHIN = 4.0


def open_first(address: HubAddress, send_timeout: float) -> HubConnection:
    """A connection to no partition in particular. Raises TargetError, one line, where the hub cannot be used."""
    connection = HubConnection(address, None, send_timeout)
    _try(connection.open, CONNECT_WITHIN, connection, address)
    return connection


def partition_ids(connection: HubConnection, address: HubAddress) -> list[str]:
    """The hub's partitions, asked of the hub. Raises TargetError, one line."""
    return _try(connection.partition_ids, ASK_WITHIN, connection, address)


def identity(address: HubAddress, send_timeout: float) -> HubIdentity | None:
    """Which hub it is, asked of the hub; None where it does not say. It takes the SDK a connection of its own."""
    with contextlib.suppress(Exception):
        client = address.client(send_timeout, CONNECT_WITHIN)
        return within(CONNECT_WITHIN, lambda: _asked(client))
    return None


def _asked(client: EventHubProducerClient) -> HubIdentity:
    with contextlib.closing(client):
        return HubIdentity.of(client.get_eventhub_properties())


def _try(work: Callable[[], T], seconds: float, connection: HubConnection, address: HubAddress) -> T:
    try:
        return within(seconds, work)
    except TooLate:
        connection.abort()
        raise TargetError(explain(TIMED_OUT, address)) from None
    except Exception as error:
        connection.close()
        raise TargetError(explain(classify(error, left=False), address, error)) from None


def explain(failure: Failure, address: HubAddress, error: Exception | None = None) -> str:
    """The failure as one line for the user: what is wrong, and what to look at."""
    at, target = address.host, address.target
    known = {
        "name not resolved": f"the name {at} does not resolve",
        "connection refused": f"{at} refuses connections",
        "timed out": f"{at} does not answer within {CONNECT_WITHIN:.0f} s",
        "TLS certificate not trusted": f"the TLS certificate of {at} is not trusted ({tls_reason(error)});"
        " its CA can be given as output.event_hub.ca_file",
        "TLS failed": f"no TLS connection to {at} ({tls_reason(error)})",
        "unauthorised": _unauthorised(target.credential),
        "token expired": "the credentials have expired",
        "hub not found": f"there is no event hub {target.hub} in {target.host}",
        "no credential": NO_IDENTITY,
        "connection lost": f"{at} closed the connection before it was set up",
    }
    if target.proxy is not None:
        known |= _by_proxy(str(target.proxy), at, failure.reason)
    return f"cannot use {address}: {known.get(failure.reason, failure.reason)}"


def _by_proxy(proxy: str, at: str, reason: str) -> dict[str, str]:
    """Where a proxy is used the first connection is to it, and so are the first failures."""
    status = reason.partition(": ")[2]
    refused = {
        "": f"the proxy {proxy} closed the connection without an answer",
        "407": f"the proxy {proxy} wants another user and password (407)",
        "403": f"the proxy {proxy} does not allow connections to {at} (403)",
    }
    return {
        "name not resolved": f"the name of the proxy {proxy} does not resolve",
        "connection refused": f"the proxy {proxy} refuses connections",
        "timed out": f"{at} does not answer within {CONNECT_WITHIN:.0f} s through the proxy {proxy}",
        "connection lost": f"the connection to {at} through the proxy {proxy} ended before it was set up",
        reason if reason.startswith(PROXY) else PROXY: refused.get(
            status, f"the proxy {proxy} does not connect to {at} ({status})"
        ),
    }


class TooLate(Exception):
    """The SDK did not come back in time."""


def within(seconds: float, work: Callable[[], T]) -> T:
    """Raises TooLate, and leaves the thread behind, where it takes longer."""
    results: list[T] = []
    errors: list[Exception] = []

    def run() -> None:
        try:
            results.append(work())
        except Exception as error:
            errors.append(error)

    thread = threading.Thread(target=run, name="publisher-open", daemon=True)
    thread.start()
    thread.join(seconds)
    if errors:
        raise errors[0]
    if not results:
        raise TooLate
    return results[0]


def tls_reason(error: Exception | None) -> str:
    """OpenSSL's words, without its file and line numbers."""
    for cause in causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return cause.verify_message
        if isinstance(cause, ssl.SSLError) and cause.reason:
            return cause.reason.lower().replace("_", " ")
    return "handshake failed"


def _unauthorised(credential: str) -> str:
    if credential == "identity":
        return "the identity is not authorised; it needs the role Azure Event Hubs Data Sender"
    return "unauthorised: the shared access key or signature is wrong, or lacks the right to send"
