"""Batches of transactions into `EventDataBatch`es: the bytes that the SDK's `add` makes, at a fraction of its cost.

`EventDataBatch.add` takes about 40 µs an event, and encoding the batch when it is sent another 5 µs. Both are
per-event Python work on bytes that are nearly all the same for every event of a run (`event_shape`). So the whole batch
is one join of them, and the SDK is handed that as the first data section of the message.

This uses `_message`, `_size` and `_count` of `EventDataBatch`, which are private: the SDK's minor version is
pinned, `Encoder` compares its bytes with those of `add` once when it is made, and uses `add` where they differ.
"""

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import orjson
from azure.eventhub import EventDataBatch

from paysim.contract.labels import EpisodePart
from paysim.transactions.batch import Batch

from .event_shape import ROOMY, EventShape, of_episode, sdk_event, shape_of
from .sdk_parts import OF_BATCH, tell_missing_of
from .transfer import Sections, same_as_sdk

log = logging.getLogger(__name__)

Part = tuple[Batch, Any]
"""A batch or a part of one, and what its owner keeps with it, such as whom to tell its outcome."""


@dataclass(slots=True)
class EncodedBatch:
    """One send: the SDK's batch and whose transactions are in it."""

    events: EventDataBatch
    parts: list[Part]


@dataclass(slots=True)
class Encoded:
    """Parts as batches that fit the link, and the transactions that are too large for any."""

    batches: list[EncodedBatch] = field(default_factory=list)
    too_large: list[tuple[Batch, Any, int]] = field(default_factory=list)  # size of each in bytes


class Encoder:
    """Encodes batches for one run."""

    def __init__(self, run_id: str, content_type: str = "application/json") -> None:
        self._run_id, self._content_type = run_id, content_type
        tell_missing_of(EventDataBatch(), OF_BATCH)
        self._shapes: dict[tuple[str | None, str | None], EventShape] = {}
        self._empty_size = EventDataBatch().size_in_bytes
        # The comparison below replaces it by the real one; where that fails only its rough size is used.
        self._plain = EventShape(bytes(256), b"")
        self._direct = False
        self.filled = self._same_as_add()
        self._direct = same_as_sdk()

    def encode(self, parts: list[Part], limit: int, partition: str | None = None) -> Encoded:
        """Batches of at most `limit` bytes for a partition, or for any (None), in the order of the parts."""
        if not self.filled:
            return self._add(parts, limit, partition)
        upper = self._empty_size + sum(self.upper_size(batch) for batch, _ in parts)
        if upper <= limit:
            return Encoded([self._fill(parts, limit, partition)])
        encoded = Encoded()
        for group in self._groups(parts, limit, encoded):
            encoded.batches.append(self._fill(group, limit, partition))
        return encoded

    def upper_size(self, batch: Batch) -> int:
        """The most bytes that the batch can take in an event batch."""
        overhead = self._plain.overhead
        if batch.labels and self.filled:
            overhead = max(overhead, *(self._shape_of(batch, at).overhead for at in batch.labels))
        own = sum(3 * len(each) + 16 for each in batch.properties or ())  # numbers take more than in JSON
        return batch.size + len(batch) * overhead + own

    def _shape(self, label: str | None, role: str | None = None) -> EventShape:
        shape = self._shapes.get((label, role))
        if shape is None:
            shape = self._shapes[label, role] = shape_of(self._run_id, self._content_type, label, role)
        return shape

    def _shape_of(self, batch: Batch, at: int) -> EventShape:
        part = batch.episodes.get(at)
        return self._shape(batch.labels.get(at), None if part is None else part.role)

    def _ends(self, batch: Batch, at: int) -> tuple[bytes, bytes]:
        """What stands before the id and before the body of an event."""
        shape, length = self._shape_of(batch, at), len(batch.bodies[at])
        if batch.properties is None:
            head, tail = shape.heads[length], shape.tails[length]
        else:
            head, tail = shape.ends(length, batch.properties[at])
        part = batch.episodes.get(at)
        return head, tail if part is None else of_episode(tail, part)

    def _cost(self, batch: Batch, at: int) -> int:
        """Bytes that an event takes in a batch."""
        if batch.properties is None:
            return self._shape_of(batch, at).cost(len(batch.bodies[at]))
        return sum(map(len, self._ends(batch, at))) + 16 + len(batch.bodies[at])

    def _sections(self, batch: Batch) -> Iterable[bytes]:
        lengths = list(map(len, batch.bodies))
        heads: Iterable[bytes] = map(self._plain.heads.__getitem__, lengths)
        tails: Iterable[bytes] = map(self._plain.tails.__getitem__, lengths)
        if batch.labels:
            heads, tails = list(heads), list(tails)
            for at, label in batch.labels.items():
                part = batch.episodes.get(at)
                shape = self._shape(label, None if part is None else part.role)
                heads[at], tail = shape.heads[lengths[at]], shape.tails[lengths[at]]
                tails[at] = tail if part is None else of_episode(tail, part)
        if batch.properties is not None:
            heads, tails = zip(*(self._ends(batch, at) for at in range(len(batch))), strict=True)
        return chain.from_iterable(zip(heads, batch.ids, tails, batch.bodies, strict=True))

    def _fill(self, parts: list[Part], limit: int, partition: str | None = None) -> EncodedBatch:
        events = EventDataBatch(max_size_in_bytes=limit, partition_id=partition)
        whole = Batch.joined([batch for batch, _ in parts])
        sections = b"".join(self._sections(whole))
        first = parts[0][0]
        _, tail = self._ends(first, 0)
        first_length = self._shape_of(first, 0).event_length(len(first.bodies[0]), tail)
        data = Sections(sections, first_length)
        events._message[5].append(data if self._direct else data.for_sdk())
        events._size += len(sections)
        events._count = len(whole)
        return EncodedBatch(events, parts)

    def _groups(self, parts: list[Part], limit: int, encoded: Encoded) -> Iterator[list[Part]]:
        """Parts cut so that each group fits; what fits no batch goes to `encoded.too_large`."""
        room = limit - self._empty_size
        group: list[Part] = []
        used = 0
        for batch, on_outcome in parts:
            positions: list[int] = []
            for at in range(len(batch)):
                cost = self._cost(batch, at)
                if cost > room:
                    encoded.too_large.append((batch.part([at]), on_outcome, cost + self._empty_size))
                    continue
                if used + cost > room:
                    if positions:
                        group.append((batch.part(positions), on_outcome))
                    yield group
                    group, used, positions = [], 0, []
                positions.append(at)
                used += cost
            if positions:
                group.append((batch.part(positions), on_outcome))
        if group:
            yield group

    def _add(self, parts: list[Part], limit: int, partition: str | None = None) -> Encoded:
        """What `encode` does, by the SDK's `add`."""
        encoded = Encoded()
        filled = EncodedBatch(EventDataBatch(max_size_in_bytes=limit, partition_id=partition), [])
        for batch, on_outcome in parts:
            positions: list[int] = []
            for at, body in enumerate(batch.bodies):
                part = batch.episodes.get(at)
                event = sdk_event(body, batch.ids[at], self._run_id, batch.labels.get(at), part, self._content_type)
                if batch.properties is not None:
                    event.properties.update(orjson.loads(batch.properties[at]))
                try:
                    filled.events.add(event)
                except ValueError:
                    alone = EventDataBatch(max_size_in_bytes=limit, partition_id=partition)
                    try:
                        alone.add(event)
                    except ValueError:
                        roomy = EventDataBatch(max_size_in_bytes=ROOMY)
                        roomy.add(event)
                        encoded.too_large.append((batch.part([at]), on_outcome, roomy.size_in_bytes))
                        continue
                    if positions:
                        filled.parts.append((batch.part(positions), on_outcome))
                    encoded.batches.append(filled)
                    filled, positions = EncodedBatch(alone, []), []
                positions.append(at)
            if positions:
                filled.parts.append((batch.part(positions), on_outcome))
        if filled.parts:
            encoded.batches.append(filled)
        return encoded

    def _same_as_add(self) -> bool:
        """Whether a filled batch and one made by `add` are the same bytes on the wire."""
        try:
            self._plain = self._shape(None)
            same = all(self._compare(batch) for batch in _samples())
        except Exception as error:  # whatever another version of the SDK does here
            log.debug("filling batches: %s", type(error).__name__)
            same = False
        if not same:
            log.warning(
                "azure-eventhub encodes batches in another way than expected; using its add, at about a "
                "quarter of the speed"
            )
        return same

    def _compare(self, batch: Batch) -> bool:
        from azure.eventhub._pyamqp._encode import encode_payload

        def on_outcome(*_: object) -> None: ...

        mine = self._fill([(batch, on_outcome)], 1 << 20).events
        theirs = self._add([(batch, on_outcome)], 1 << 20).batches[0].events
        return (
            encode_payload(bytearray(), mine._message) == encode_payload(bytearray(), theirs._message)
            and mine.size_in_bytes == theirs.size_in_bytes
            and len(mine) == len(theirs)
        )


def _samples() -> Iterator[Batch]:
    """Batches whose bodies and events lie on both sides of every boundary of the encoding."""
    bodies = [b"x" * length for length in (0, 1, 40, *range(100, 160), 254, 255, 256, 257, 1100, 70_000)]
    bodies.append('{"name":"Zoë 金"}'.encode())
    ids = [bytes([at] * 16) for at in range(len(bodies))]
    labels = {0: "oversized", 5: "duplicate", len(bodies) - 1: "malformed_json"}
    yield Batch("credit_card", bodies, ids)
    yield Batch("credit_card", bodies, ids, labels)
    yield Batch("credit_card", bodies[::-1], ids, labels)
    episodes = {at: EpisodePart(bytes(range(at, at + 16)), "payer") for at in range(0, len(bodies), 2)}
    yield Batch("credit_card", bodies, ids, dict.fromkeys(episodes, "structuring"), episodes=episodes)
