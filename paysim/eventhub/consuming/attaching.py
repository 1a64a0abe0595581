"""The link of a receiver, opened by the SDK: for its bytes, or only to show that a partition may be read.

The SDK opens the connection, signs in and attaches the link. It has no owner level, so that nobody's receiver is
disconnected; nothing is ever written, no checkpoint either.
"""

import contextlib
import time
from typing import Any

from paysim.eventhub.event_bytes import Unreadable
from paysim.eventhub.sdk_parts import OF_CONSUMER, tell_missing_of

from . import documented
from .documented import CREDIT, Consumer

ATTACH_SECONDS = 15.0
"""How long the hub may take to open a link."""


def opened(client: Consumer, group: str, partition: str, position: int | str) -> Any:
    """A consumer of the SDK's, its link attached. Raises what the SDK raises, Unreadable where its parts are others.

    `client.receive` would make it and keep it for itself, and does not say when the link is there.
    """
    try:
        create: Any = client._create_consumer
        consumer: Any = create(group, partition, position, _nobody, event_position_inclusive=True, prefetch=CREDIT)
        attached = consumer._open
        consumer._keep_alive = 0  # a thread of the SDK's that would read frames too
    except (AttributeError, TypeError) as error:
        raise Unreadable(str(error)) from None
    deadline = time.monotonic() + ATTACH_SECONDS
    try:
        while not attached():
            if time.monotonic() > deadline:
                raise TimeoutError
    except BaseException:
        consumer.close()
        raise
    tell_missing_of(consumer, OF_CONSUMER)
    return consumer


def attach(client: Consumer, group: str, partition: str) -> None:
    """Show that the partition may be read: a receiver for what is yet to come, closed at once.

    Raises what the SDK raises.
    """
    consumer = None
    with contextlib.suppress(Unreadable):
        consumer = opened(client, group, partition, "@latest")
    if consumer is None:
        documented.attach(client, partition)
    else:
        consumer.close()


def _nobody(*_: object) -> None: ...
