"""The way out of a partition, and who may stand there.

Source of the rules on receivers: Event Hubs, "event consumers". A receiver with an owner level (epoch) has the
partition of its consumer group for itself until one with the same or a higher level comes; without levels, five
may share it.
"""

import time
from collections.abc import Callable

from paysim.localhub.amqp.encoding import long, mapping, string, symbol, timestamp
from paysim.localhub.amqp.filters import Position
from paysim.localhub.amqp.proton_link import Delivery, Link
from paysim.localhub.refusals import SHARED, Refusal, higher_epoch, pushed_out, too_many_receivers
from paysim.localhub.storage.namespace import Hub
from paysim.localhub.storage.partition_log import Cursor, PartitionLog

EPOCH = "com.microsoft:epoch"
METRICS = "com.microsoft:enable-receiver-runtime-metric"
_PUMP = 32  # events sent on one link, some 0.3 ms, before others and what is being sent in get their turn
_MOST_WAITING = 4_194_304  # bytes sent beyond the client's session window


class Egress:
    """Sends a partition's events to a receiver, as fast as credit and socket allow."""

    def __init__(
        self,
        link: Link,
        hub: Hub,
        log: PartitionLog,
        start: Position,
        wake: Callable[["Egress"], None],
        stolen: Callable[[], None],
    ) -> None:
        """`wake` is called when there may be something to send, `stolen` after another took the place."""
        self.link, self.hub, self._log = link, hub, log
        self._cursor = Cursor(log, start)
        self._wake, self._stolen = wake, stolen
        self.epoch = _epoch(link)
        self._wants_metrics = METRICS in link.attach.capabilities
        self.blocked = False  # by the client's session window
        log.listen(self._on_append)

    def _on_append(self) -> None:
        self._wake(self)

    def pump(self) -> bool:
        """Send some events. Returns whether there may be more to send now."""
        self.blocked = self.link.credit > 0 and self.link.waiting > _MOST_WAITING
        if self.blocked:
            return False
        if self._wants_metrics:
            self._cursor.delivery_annotations = _metrics(self._log)
        for _ in range(min(_PUMP, self.link.credit)):
            event = self._cursor.next()
            if event is None:
                self.link.drained()
                return False
            self.link.send(event.message)
        return self.link.credit > 0

    def steal(self, newer: int | None) -> None:
        """Detach the receiver because one with the same or a higher owner level has come."""
        self.link.detach(*pushed_out(self.link.attach.name, self.epoch, newer))
        self._stolen()

    def on_delivery(self, delivery: Delivery) -> None: ...

    def on_credit(self) -> None:
        self._wake(self)

    def on_detach(self) -> None:
        self._log.unlisten(self._on_append)


class Places:
    """Who receives from which partition of which consumer group."""

    def __init__(self) -> None:
        self._taken: dict[tuple[str, str, str], list[Egress]] = {}

    def refusal(self, place: tuple[str, str, str], link: Link) -> Refusal | None:
        """Why a receiver cannot have this place, if it cannot."""
        epoch = _epoch(link)
        there = self._taken.get(place, [])
        highest = max((other.epoch for other in there if other.epoch is not None), default=None)
        if highest is not None and (epoch is None or epoch < highest):
            return higher_epoch(link.attach.name, epoch, highest)
        if epoch is None and len(there) >= SHARED:
            return too_many_receivers()
        return None

    def take(self, place: tuple[str, str, str], egress: Egress) -> None:
        """Give a receiver its place; one with an owner level sends the others away."""
        if egress.epoch is not None:
            for other in self._taken.pop(place, []):
                other.steal(egress.epoch)
        self._taken.setdefault(place, []).append(egress)

    def leave(self, egress: Egress) -> None:
        for place, there in list(self._taken.items()):
            if egress in there:
                there.remove(egress)
                if not there:
                    del self._taken[place]


def _epoch(link: Link) -> int | None:
    value = link.attach.properties.get(EPOCH)
    return value if isinstance(value, int) else None


def _metrics(log: PartitionLog) -> bytes:
    """The delivery annotations that tell a receiver how far the partition's end is."""
    if log.last is None:
        return b""
    return b"\x00\x53\x71" + mapping(
        [
            *(symbol("last_enqueued_sequence_number"), long(log.next_sequence - 1)),
            *(symbol("last_enqueued_offset"), string(str(log.last.last_offset))),
            *(symbol("last_enqueued_time_utc"), timestamp(log.last.enqueued_ms)),
            *(symbol("runtime_info_retrieval_time_utc"), timestamp(time.time_ns() // 1_000_000)),
        ]
    )
