"""The bytes of an event that are the same for many: all but its id, its body, their lengths and an episode's name.

They are taken from the SDK's own encoding of an event with a known id. An event is three sections: properties (message
id, content type), application properties (run, violation, episode, role) and data (the body). In a batch each event is
wrapped as one data section (AMQP 1.0 part 3, section 3.2.6; Event Hubs' batch format 0x80013700): `00 53 75 a0 len8 …`
under 256 bytes, else `00 53 75 b0 len32 …`.
"""

import uuid
from collections.abc import Callable

from azure.eventhub import EventData, EventDataBatch

from paysim.contract.labels import EpisodePart
from paysim.transactions.events.stamps import uuid_text

from .application_properties import HEAD, extended

ROOMY = 1 << 30
"""Bytes: more than any event or batch has."""
_PROBE_ID = bytes(range(16))
_PROBE_EPISODE = bytes(16)
_PROBE_TEXT = uuid_text(_PROBE_EPISODE).encode()
_NO_BODY = b"\x00\x53\x75\xa0\x00"  # how an encoded event without a body ends
_MAX_SHAPES = 8192


def shape_of(run_id: str, content_type: str, label: str | None, role: str | None) -> "EventShape":
    """The shape of the events of a run. Raises ValueError where the SDK encodes events in another way."""
    part = None if role is None else EpisodePart(_PROBE_EPISODE, role)
    encoding = _sdk_encoding(b"", _PROBE_ID, run_id, label, part, content_type)
    before_id, _, rest = encoding.partition(_PROBE_ID)
    if not rest.endswith(_NO_BODY):
        raise ValueError("the SDK encodes events in another way")
    return EventShape(before_id, rest[: -len(_NO_BODY)])


class EventShape:
    """What stands before the id and before the body of an event, for one label and one role.

    heads, tails: length of a body in bytes → what stands before the id, and between id and body.
    """

    def __init__(self, before_id: bytes, before_body: bytes) -> None:
        self._before_id, self._before_body = before_id, before_body
        self.heads: dict[int, bytes] = _LengthTable(self._head)
        self.tails: dict[int, bytes] = _LengthTable(self._tail)
        self.overhead = 8 + len(before_id) + 16 + len(before_body) + 8
        """At most this many bytes come to a body."""

    def cost(self, body_length: int) -> int:
        """Bytes an event with such a body takes in a batch."""
        return len(self.heads[body_length]) + 16 + len(self.tails[body_length]) + body_length

    def event_length(self, body_length: int, tail: bytes) -> int:
        """Bytes of an event by itself, without the header that wraps it in a batch."""
        return len(self._before_id) + 16 + len(tail) + body_length

    def ends(self, body_length: int, properties: bytes) -> tuple[bytes, bytes]:
        """What stands before the id and before the body of an event with application properties of its own."""
        own, _, pairs = self._before_body.rpartition(HEAD)
        tail = own + extended(HEAD + pairs, properties) + data_header(body_length)
        return data_header(self.event_length(body_length, tail)) + self._before_id, tail

    def _head(self, body_length: int) -> bytes:
        return data_header(self.event_length(body_length, self.tails[body_length])) + self._before_id

    def _tail(self, body_length: int) -> bytes:
        return self._before_body + data_header(body_length)


class _LengthTable(dict[int, bytes]):
    """Length → bytes, made when they are asked for, and forgotten when there are too many."""

    def __init__(self, make: Callable[[int], bytes]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, length: int) -> bytes:
        if len(self) >= _MAX_SHAPES:
            self.clear()
        made = self[length] = self._make(length)
        return made


def of_episode(tail: bytes, part: EpisodePart) -> bytes:
    """What stands before the body, with the name of this episode."""
    return tail.replace(_PROBE_TEXT, uuid_text(part.episode).encode(), 1)


def data_header(length: int) -> bytes:
    """What stands before a data section of so many bytes."""
    if length < 256:
        return b"\x00\x53\x75\xa0" + length.to_bytes(1, "big")
    return b"\x00\x53\x75\xb0" + length.to_bytes(4, "big")


def sdk_event(
    body: bytes, transaction_id: bytes, run_id: str, label: str | None, part: EpisodePart | None, content_type: str
) -> EventData:
    """An event as the SDK's documented interface makes it. transaction_id: 16 bytes."""
    event = EventData(body)
    # The property is annotated as text; the SDK encodes a UUID as an AMQP uuid, 17 bytes instead of 38.
    event.message_id = uuid.UUID(bytes=transaction_id)  # type: ignore[assignment]
    event.content_type = content_type
    event.properties = {"paysim-run": run_id}
    if label is not None:
        event.properties["paysim-violation"] = label
    if part is not None:
        event.properties["paysim-episode"] = uuid_text(part.episode)
        event.properties["paysim-role"] = part.role
    return event


def _sdk_encoding(
    body: bytes, transaction_id: bytes, run_id: str, label: str | None, part: EpisodePart | None, content_type: str
) -> bytes:
    batch = EventDataBatch(max_size_in_bytes=ROOMY)
    batch.add(sdk_event(body, transaction_id, run_id, label, part, content_type))
    return bytes(batch._message[5][0])
