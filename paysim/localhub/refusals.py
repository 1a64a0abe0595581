"""The service's refusals: the condition and the words for each, by which SDKs choose what they raise.

The words are those that users of the service know from its messages. They end, as there, with ids for its
operators, which differ every time.
"""

import uuid
from datetime import UTC, datetime

from paysim.localhub.conditions import ARGUMENT, FULL, NOT_FOUND, OUT_OF_RANGE, STOLEN, UNAUTHORIZED

Refusal = tuple[str, str]  # condition, description
SHARED = 5  # receivers without owner level in one consumer group and partition
_INTERNAL = 32766  # the service's internal number of an event hub


def tracked(text: str) -> str:
    """The text with tracking ids behind it."""
    now = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S}"
    return f"{text} TrackingId:{uuid.uuid4().hex}_G0, SystemTracker:localhub, Timestamp:{now}"


def missing(host: str, path: str) -> Refusal:
    """There is no event hub, or nothing else, at this address."""
    return NOT_FOUND, tracked(f"The messaging entity 'sb://{host}/{path}' could not be found.")


def missing_group(host: str, hub: str, group: str) -> Refusal:
    """The event hub has no such consumer group."""
    namespace = host.partition(".servicebus.")[0]
    entity = f"{namespace}:eventhub:{hub}~{_INTERNAL}|{group}"
    return NOT_FOUND, tracked(f"The messaging entity '{entity}' could not be found.")


def missing_partition(host: str, hub: str, partition: str, partitions: int) -> Refusal:
    """The event hub has no such partition.

    Two sentences, because SDKs differ in what they go by: the condition and the first, or the second.
    """
    return OUT_OF_RANGE, tracked(
        "The specified partition is invalid for an EventHub partition sender or receiver. "
        f"It should be between 0 and {partitions - 1}. "
        f"The messaging entity 'sb://{host}/{hub}/Partitions/{partition}' could not be found."
    )


def unauthorized(claim: str, host: str, path: str) -> Refusal:
    """No token on this connection covers the address."""
    return UNAUTHORIZED, tracked(
        f"Unauthorized access. '{claim}' claim(s) are required to perform this operation. "
        f"Resource: 'sb://{host}/{path.lower()}'."
    )


def expired() -> Refusal:
    """The link's token is over and was not renewed."""
    return UNAUTHORIZED, tracked("ExpiredToken: The token is expired.")


def beyond_the_end(what: str, value: object, last: int) -> Refusal:
    """A receiver wants to begin where the partition has not been yet, or at an offset of another sort."""
    return ARGUMENT, tracked(f"The supplied {what} '{value}' is invalid. The last {what} in the system is '{last}'")


def higher_epoch(name: str, epoch: int | None, highest: int) -> Refusal:
    """A receiver comes with a lower owner level than another has."""
    if epoch is None:
        return STOLEN, tracked(
            f"At least one receiver for the endpoint is created with epoch of '{highest}', and so non-epoch receiver "
            "is not allowed. Either reconnect with a higher epoch, or make sure all epoch receivers are closed or "
            "disconnected."
        )
    return STOLEN, tracked(
        f"Receiver '{name}' with a higher epoch '{highest}' already exists. Receiver '{name}' with epoch {epoch} "
        "cannot be created. Make sure you are creating receiver with increasing epoch value to ensure connectivity, "
        "or ensure all old epoch receivers are closed or disconnected."
    )


def pushed_out(name: str, epoch: int | None, newer: int | None) -> Refusal:
    """Another receiver has come with the same or a higher owner level."""
    return STOLEN, tracked(
        f"New receiver '{name}' with higher epoch of '{newer}' is created hence current receiver '{name}' with epoch "
        f"'{epoch if epoch is not None else -1}' is getting disconnected. If you are recreating the receiver, make "
        "sure a higher epoch is used."
    )


def too_many_receivers() -> Refusal:
    """As many as may share a partition in a consumer group do so already."""
    return FULL, tracked(
        f"Exceeded the maximum number of allowed receivers per partition in a consumer group which is {SHARED}."
    )
