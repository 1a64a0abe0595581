"""A stage that is an event hub: every partition is read from where it stood when the run began, and ids come out."""

import threading
import time
from array import array
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import orjson

from paysim.eventhub import event_bytes
from paysim.eventhub.address import HubAddress
from paysim.eventhub.consuming.following import Follower
from paysim.eventhub.consuming.sink import Decoded, Meaning
from paysim.eventhub.event_bytes import Event, Unreadable
from paysim.eventhub.looking import Look, Looker

from .clock import OtherClock
from .transaction_ids import at_pointer, halves, id_bytes

PIECE_EVENTS = 4096
PIECE_SECONDS = 0.1
"""What was read of a partition is handed on after so many events, or so long."""
REST_SECONDS = 0.1
"""How long events may gather before they are read. It changes no latency, which is a difference of stamps, and each
time that the watcher wakes up it takes processor time from those that send."""
_OURS = Meaning(True)

Take = Callable[[str, np.ndarray, np.ndarray, np.ndarray, int], None]
"""Partition, ids (n × 2 halves), enqueued Unix microseconds by our clock, sequence numbers, events without an id."""


class IdPlace:
    """Where in an event the transaction id stands: message_id, property:NAME or body:/POINTER."""

    def __init__(self, text: str) -> None:
        self.kind, _, name = text.partition(":")
        self.name = name.encode()
        parts = name.split("/")[1:]
        self.pointer = tuple(part.replace("~1", "/").replace("~0", "~") for part in parts)

    def in_body(self, body: bytes) -> list[bytes]:
        """Every id in a body: one a document. A body may be a list of documents, or one a line."""
        try:
            documents = orjson.loads(body)
        except orjson.JSONDecodeError:
            documents = [_loaded(line) for line in body.splitlines() if line.strip()]
        if not isinstance(documents, list):
            documents = [documents]
        found = (id_bytes(at_pointer(document, self.pointer)) for document in documents)
        return [each for each in found if each is not None]


def _loaded(line: bytes) -> Any:
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError:
        return None


class TailedPartition:
    """Takes the events of one partition from a receiver, and hands ids and stamps on in pieces: a `Sink`."""

    def __init__(self, name: str, position: int, place: IdPlace, clock: OtherClock, take: Take) -> None:
        self.name, self.position = name, position
        self._place, self._clock, self._take = place, clock, take
        self.skipped = 0
        self._handed_on = time.monotonic()
        self._clear()

    def _clear(self) -> None:
        self._ids: list[bytes] = []
        self._stamps, self._places = array("q"), array("q")
        self._without = 0

    def meaning(self, application: bytes) -> Meaning:
        return _OURS  # the id tells whether an event is the run's

    def means(self, properties: Mapping[Any, Any]) -> Meaning:
        return _OURS

    def event(self, event: Event, meaning: Meaning, data: bytes, end: int) -> None:
        if not self._goes_on(event.sequence):
            return
        kind = self._place.kind
        try:
            if kind == "message_id":
                if event.id is not None:  # nearly always
                    self._note(event.id, event.sequence, event.enqueued_ms)
                    return
                value = event_bytes.message_id(data, event.properties) if event.properties >= 0 else None
                self._note(id_bytes(value), event.sequence, event.enqueued_ms)
            elif kind == "property":
                value = event_bytes.property_value(event.application, self._place.name)
                self._note(id_bytes(value), event.sequence, event.enqueued_ms)
            else:
                self._note_all(event_bytes.body(data, event.body, end), event.sequence, event.enqueued_ms)
        except Unreadable:
            self._without += 1

    def decoded(self, event: Decoded) -> None:
        if not self._goes_on(event.sequence):
            return
        if self._place.kind == "message_id":
            self._note(id_bytes(event.message_id), event.sequence, event.enqueued_ms)
        elif self._place.kind == "property":
            value = event.properties.get(self._place.name, event.properties.get(self._place.name.decode()))
            self._note(id_bytes(value), event.sequence, event.enqueued_ms)
        else:
            self._note_all(event.body(), event.sequence, event.enqueued_ms)

    def unreadable(self, sequence: int | None) -> None:
        if self._goes_on(self.position if sequence is None else sequence):
            self._without += 1

    def _goes_on(self, sequence: int) -> bool:
        if (skipped := sequence - self.position) < 0:
            return False  # seen before the connection was lost
        self.skipped += skipped
        self.position = sequence + 1
        return True

    def _note(self, id: bytes | None, sequence: int, enqueued_ms: int) -> None:
        if id is None:
            self._without += 1
            return
        self._ids.append(id)
        self._stamps.append(enqueued_ms)
        self._places.append(sequence)

    def _note_all(self, body: bytes, sequence: int, enqueued_ms: int) -> None:
        found = self._place.in_body(body)
        self._without += not found
        for id in found:
            self._note(id, sequence, enqueued_ms)

    @property
    def holds(self) -> bool:
        """Whether something was not handed on yet."""
        return bool(self._ids)

    def pause(self) -> None:
        if len(self._ids) >= PIECE_EVENTS or time.monotonic() - self._handed_on >= PIECE_SECONDS:
            self.hand_on()

    def hand_on(self) -> None:
        self._handed_on = time.monotonic()
        if not self._ids and not self._without:
            return
        stamps = np.array(self._stamps, np.int64) * 1000
        if len(stamps):
            self._clock.stamped(seen_us=time.time() * 1e6, stamp_us=float(stamps.max()))
        offset = int(self._clock.offset_us)
        ids, places, without = halves(self._ids), np.array(self._places, np.int64), self._without
        self._clear()
        self._take(self.name, ids, stamps - offset, places, without)


class HubTail:
    """Tails one hub, a thread a partition."""

    def __init__(
        self, address: HubAddress, group: str, id: str, clock: OtherClock, take: Take, tell: Callable[[str, bool], None]
    ) -> None:
        """clock: of the namespace. tell: takes a text for the log, and whether a partition is not read because of
        it."""
        self.clock = clock
        self._place, self._take, self._tell = IdPlace(id), take, tell
        self._lost: set[str] = set()
        self._follower = Follower(address, group, self._trouble, lambda text: tell(text, False), rest=REST_SECONDS)
        self._looker = Looker(self._follower.client)
        self._looking = threading.Lock()
        self.partitions: list[TailedPartition] = []
        self._first_hub: Any = None

    def start(self) -> None:
        """Note where each partition stands: `watch` reads from there. Raises what the SDK raises."""
        look = self.look()
        self._first_hub = look.hub
        self.partitions = [
            TailedPartition(name, after, self._place, self.clock, self._take) for name, after in look.ends.items()
        ]

    def look(self) -> Look:
        """Raises what the SDK raises."""
        with self._looking:
            return self._looker.look()

    def watch(self, stopped: threading.Event) -> list[threading.Thread]:
        """A thread a partition, until stopped."""
        threads = [
            threading.Thread(target=self._follower.follow, args=(partition, stopped), daemon=True)
            for partition in self.partitions
        ]
        for thread in threads:
            thread.start()
        return threads

    def _trouble(self, why: str, fatal: bool) -> None:
        if why not in self._lost:
            self._lost.add(why)
            self._tell(why, True)

    def has_read(self, ends: Mapping[str, int]) -> bool:
        """Whether everything before these positions was read and handed on. ends: partition → sequence number."""
        read = {each.name: each.position for each in self.partitions if not each.holds}
        return all(read.get(name, -1) >= after for name, after in ends.items())

    @property
    def skipped(self) -> int:
        """Events that were gone before they could be read."""
        return sum(partition.skipped for partition in self.partitions)

    def same_hub(self, look: Look) -> bool:
        """Whether it is the hub that it was at the beginning."""
        return bool(look.hub == self._first_hub)
