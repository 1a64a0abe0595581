"""Events as the SDK decodes them: those that are not read by their bytes, and those that are compared with it."""

import uuid
from traceback import walk_tb
from typing import Any

from azure.eventhub import EventData

from paysim.eventhub.event_bytes import Unreadable
from paysim.eventhub.failures import causes

from .sink import Decoded


def decoders() -> Any:
    """The SDK's module that decodes frames and messages. Raises Unreadable where it has none."""
    try:
        from azure.eventhub._pyamqp import _decode
    except ImportError as error:
        raise Unreadable(str(error)) from None
    return _decode


def is_the_decoders(error: BaseException) -> bool:
    """Whether the SDK's decoder raised this because of a message. It does not tell which message."""
    try:
        code = decoders().decode_payload.__code__
    except (Unreadable, AttributeError):
        return False
    return any(frame.f_code is code for cause in causes(error) for frame, _ in walk_tb(cause.__traceback__))


def of_message(message: Any) -> Decoded:
    """A message as the SDK has decoded it, before it becomes an EventData. May raise anything for an odd message."""
    notes = message.message_annotations
    sequence, enqueued = int(notes[b"x-opt-sequence-number"]), int(notes[b"x-opt-enqueued-time"])
    id = message.properties.message_id if message.properties else None
    properties = message.application_properties or {}
    return Decoded(sequence, enqueued, _of_uuid(id), properties, lambda: _joined(message.data), id)


def of_event(event: EventData) -> Decoded:
    """An `EventData` of the SDK. Raises Unreadable."""
    enqueued, sequence = event.enqueued_time, event.sequence_number
    if sequence is None or enqueued is None:
        raise Unreadable("an event without sequence number or enqueued time")
    id, properties = _of_uuid(event.message_id), event.properties or {}
    body = event.raw_amqp_message
    stamp = round(enqueued.timestamp() * 1000)
    return Decoded(sequence, stamp, id, properties, lambda: _joined(body.body), event.message_id)


def _joined(parts: Any) -> bytes:
    """The data sections of a body; one of another kind has none."""
    try:
        return b"".join(parts)
    except TypeError:
        return b""


def _of_uuid(id: Any) -> bytes | None:
    return id.bytes if isinstance(id, uuid.UUID) else None
