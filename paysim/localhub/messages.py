"""The sections of an AMQP message: where a batch's events are, and what a receiver gets in front of one.

Source: OASIS AMQP 1.0 part 3, section 3.2. A message is header, delivery annotations, message annotations,
then the bare message, which belongs to the producer and is never touched. The batch format of Event Hubs
holds one encoded message in each data section.
"""

import struct
from dataclasses import dataclass

from paysim.localhub import encoding
from paysim.localhub.encoding import Buffer, DecodeError, compound, read_value, value_end

BATCH_FORMAT = 0x80013700
PARTITION_KEY = "x-opt-partition-key"
_HEADER, _DELIVERY_ANNOTATIONS, _MESSAGE_ANNOTATIONS, _DATA = 0x70, 0x71, 0x72, 0x75
_OWN = {"x-opt-sequence-number", "x-opt-offset", "x-opt-enqueued-time", PARTITION_KEY}

_U32 = struct.Struct(">I")
# The annotations every delivered event has, but for the offset's text: name, constructor, value.
_SEQUENCE = encoding.symbol("x-opt-sequence-number") + b"\x81"
_TIME = encoding.symbol("x-opt-enqueued-time") + b"\x83"
_OFFSET = encoding.symbol("x-opt-offset")
_KEY = encoding.symbol(PARTITION_KEY)
_NUMBERS = struct.Struct(f">{len(_SEQUENCE)}sq{len(_TIME)}sq")


@dataclass(slots=True)
class Envelope:
    """What stands before the bare message."""

    header: bytes
    annotations: bytes  # pairs of encoded key and value that are the producer's own
    pairs: int  # how many items `annotations` holds, keys and values counted
    partition_key: str | None
    bare: int  # where the bare message begins


@dataclass(slots=True)
class Send:
    """What a producer sent in one message: a batch, or a single event."""

    payload: bytes
    is_batch: bool
    events: int
    last_at: int  # where the last event begins in the payload
    partition_key: str | None


_NO_ENVELOPE = Envelope(b"", b"", 0, None, 0)


def envelope(message: Buffer) -> Envelope:
    """Read what stands before the bare message. Raises DecodeError."""
    if bytes(message[:2]) == b"\x00\x53" and len(message) > 2 and message[2] > _MESSAGE_ANNOTATIONS:
        return _NO_ENVELOPE
    header, pairs, own, key, at = b"", b"", 0, None, 0
    while at < len(message):
        code, value_at = _section(message, at)
        if code > _MESSAGE_ANNOTATIONS:
            break
        end = value_end(message, value_at)
        if code == _HEADER:
            header = bytes(message[at:end])
        elif code == _MESSAGE_ANNOTATIONS:
            pairs, own, key = _annotations(message, value_at)
        at = end
    return Envelope(header, pairs, own, key, at)


def _section(message: Buffer, at: int) -> tuple[int, int]:
    """A section's code and where its value begins."""
    start = bytes(message[at : at + 2])
    if start == b"\x00\x53" and len(message) > at + 3:
        return message[at + 2], at + 3
    if start == b"\x00\x80" and len(message) > at + 10:
        return int.from_bytes(message[at + 2 : at + 10], "big"), at + 10
    raise DecodeError("a message section without a descriptor")


def _annotations(message: Buffer, at: int) -> tuple[bytes, int, str | None]:
    count, at, end = compound(message, at)
    kept, items, partition_key = [], 0, None
    for _ in range(count // 2):
        key, value_at = read_value(message, at)
        after = value_end(message, value_at)
        if key == PARTITION_KEY:
            value, _ = read_value(message, value_at)
            partition_key = value if isinstance(value, str) else None
        elif not isinstance(key, str) or key not in _OWN:
            kept.append(bytes(message[at:after]))
            items += 2
        at = after
    if at != end:
        raise DecodeError("annotations are not as long as they say")
    return b"".join(kept), items, partition_key


def read_send(message_format: int, payload: bytes) -> Send:
    """Understand a message as far as storing it needs. Raises DecodeError."""
    outer = envelope(payload)
    if message_format != BATCH_FORMAT:
        return Send(payload, False, 1, 0, outer.partition_key)
    events, last_at = count_events(payload, outer.bare)
    return Send(payload, True, events, last_at, outer.partition_key)


def count_events(batch: Buffer, at: int) -> tuple[int, int]:
    """How many data sections a batch holds from `at` on, one an event, and where the last one is.

    Raises DecodeError when it holds anything else.
    """
    count, last, end = 0, at, len(batch)
    unpack = _U32.unpack_from
    while at < end:
        last = at
        if batch[at] == 0 and at + 8 <= end and batch[at + 1] == 0x53 and batch[at + 2] == _DATA:
            code = batch[at + 3]
            if code == 0xB0:
                at += 8 + unpack(batch, at + 4)[0]
                count += 1
                continue
            if code == 0xA0:
                at += 5 + batch[at + 4]
                count += 1
                continue
        code, value_at = _section(batch, at)
        if code != _DATA or batch[value_at] not in (0xA0, 0xB0):
            raise DecodeError("a batch holds something else than data sections")
        at = value_end(batch, value_at)
        count += 1
    if at != end or not count:
        raise DecodeError("a batch is empty, or its last event is cut off")
    return count, last


def event_at(batch: Buffer, at: int) -> tuple[int, int]:
    """Where the message in the data section at `at` begins and ends, in a batch once counted."""
    if batch[at + 1] == 0x53 and batch[at + 3] == 0xB0:
        return at + 8, at + 8 + _U32.unpack_from(batch, at + 4)[0]
    _, value_at = _section(batch, at)
    return value_at + (2 if batch[value_at] == 0xA0 else 5), value_end(batch, value_at)


def delivered(
    message: Buffer,
    sequence: int,
    offset: int,
    enqueued_ms: int,
    partition_key: str | None,
    delivery_annotations: bytes = b"",
) -> bytes:
    """The event as a receiver gets it: the hub's annotations merged into the producer's, the rest as it was.

    `delivery_annotations` is a whole section, meant for this receiver alone.
    A message that cannot be read is passed on whole behind the annotations: it is the consumer's to judge.
    """
    try:
        own = envelope(message)
    except DecodeError:
        own = _NO_ENVELOPE
    key = partition_key if partition_key is not None else own.partition_key
    text = str(offset).encode()
    body = b"".join(
        (
            _NUMBERS.pack(_SEQUENCE, sequence, _TIME, enqueued_ms),
            _OFFSET,
            bytes((0xA1, len(text))),
            text,
            b"" if key is None else _KEY + encoding.string(key),
            own.annotations,
        )
    )
    count = (6 if key is None else 8) + own.pairs
    sizes = _U32.pack(len(body) + 4) + _U32.pack(count)
    head = b"".join((own.header, delivery_annotations, b"\x00\x53\x72\xd1", sizes, body))
    return head + bytes(message[own.bare :])
