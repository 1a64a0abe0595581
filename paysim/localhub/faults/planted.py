"""Planted errors: a send rewritten before it is stored, so that a detector has something to find.

The client's acknowledgement says that all is well. Pure functions of the send's bytes.
"""

from collections.abc import Callable

from paysim.localhub.amqp import messages
from paysim.localhub.amqp.messages import BATCH_FORMAT, Send, read_send
from paysim.localhub.faults.base import FAULTS, Planted
from paysim.localhub.storage.partition_log import PartitionLog

Held = dict[PartitionLog, Send]
"""Sends of one event that go behind their partition's next send."""


def _lose(held: Held, log: PartitionLog, send: Send) -> list[Send]:
    return [_rewritten(send, without_first)] if send.events > 1 else []


def _double(held: Held, log: PartitionLog, send: Send) -> list[Send]:
    return [_rewritten(send, with_first_twice)] if send.events > 1 else [send, send]


def _swap(held: Held, log: PartitionLog, send: Send) -> list[Send]:
    if send.events > 1:
        return [_rewritten(send, with_first_two_swapped)]
    held[log] = send
    return []


def _rewritten(send: Send, rewrite: Callable[[bytes], bytes]) -> Send:
    return read_send(BATCH_FORMAT, rewrite(send.payload))


def _parts(batch: bytes) -> tuple[bytes, list[bytes], bytes]:
    """What stands before the events of a batch, each event's data section, and what stands behind them."""
    at = first = messages.first_event(batch, messages.envelope(batch).bare)
    _, last = messages.count_events(batch, first)
    events = []
    while at <= last:
        _, end = messages.event_at(batch, at)
        events.append(batch[at:end])
        at = end
    return batch[:first], events, batch[at:]


def without_first(batch: bytes) -> bytes:
    """The batch without its first event."""
    head, events, tail = _parts(batch)
    return b"".join([head, *events[1:], tail])


def with_first_twice(batch: bytes) -> bytes:
    """The batch with its first event twice."""
    head, events, tail = _parts(batch)
    return b"".join([head, events[0], *events, tail])


def with_first_two_swapped(batch: bytes) -> bytes:
    """The batch with its first two events in the other order."""
    head, events, tail = _parts(batch)
    return b"".join([head, *events[1::-1], *events[2:], tail])


FAULTS.add(
    Planted(
        name="lose-event",
        meaning="silently drop one event of each of the next N sends",
        rewrite=_lose,
    )
)
FAULTS.add(
    Planted(
        name="double-event",
        meaning="silently store one event of each of the next N sends twice",
        rewrite=_double,
    )
)
FAULTS.add(
    Planted(
        name="swap-events",
        meaning="silently swap the first two events of each of the next N sends",
        rewrite=_swap,
    )
)
