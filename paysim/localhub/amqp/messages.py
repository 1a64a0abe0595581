"""The sections of an AMQP message: where a batch's events are, and what a receiver gets in front of one.

Source: OASIS AMQP 1.0 part 3, section 3.2. A message is header, delivery annotations, message annotations,
then the bare message, which belongs to the producer and is never touched: properties, application properties,
body and footer. The batch format of Event Hubs holds one encoded message in each data section of the body.

Nearly all batches are data sections in their shortest encoding, so `count_events` and `envelope` look for that
first; `sections` reads whatever else the standard allows.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from paysim.localhub.amqp import encoding
from paysim.localhub.amqp.encoding import Buffer, DecodeError, compound, descriptor, read_value, value_end

BATCH_FORMAT = 0x80013700
PARTITION_KEY = "x-opt-partition-key"
_HEADER, _DELIVERY_ANNOTATIONS, _MESSAGE_ANNOTATIONS = 0x70, 0x71, 0x72
PROPERTIES, APPLICATION_PROPERTIES, _DATA, _SEQUENCE_BODY, VALUE, _FOOTER = range(0x73, 0x79)
_NAMES = {
    "amqp:header:list": _HEADER,
    "amqp:delivery-annotations:map": _DELIVERY_ANNOTATIONS,
    "amqp:message-annotations:map": _MESSAGE_ANNOTATIONS,
    "amqp:properties:list": PROPERTIES,
    "amqp:application-properties:map": APPLICATION_PROPERTIES,
    "amqp:data:binary": _DATA,
    "amqp:amqp-sequence:list": _SEQUENCE_BODY,
    "amqp:amqp-value:*": VALUE,
    "amqp:footer:map": _FOOTER,
}
_LIST, _MAP, _BINARY = frozenset((0x45, 0xC0, 0xD0)), frozenset((0xC1, 0xD1)), frozenset((0xA0, 0xB0))
# Which types a section's value may have; that of `amqp-value` is free.
_TYPES = {
    _HEADER: _LIST,
    _DELIVERY_ANNOTATIONS: _MAP,
    _MESSAGE_ANNOTATIONS: _MAP,
    PROPERTIES: _LIST,
    APPLICATION_PROPERTIES: _MAP,
    _DATA: _BINARY,
    _SEQUENCE_BODY: _LIST,
    _FOOTER: _MAP,
}
_BODY = (_DATA, _SEQUENCE_BODY, VALUE)
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


@dataclass(frozen=True, slots=True)
class MessageSection:
    """A section's code, where it and its value begin, and where it ends."""

    code: int
    start: int
    value_at: int
    end: int


def sections(message: Buffer, at: int = 0) -> Iterator[MessageSection]:
    """The sections from `at` on, in any encoding and order: rhea puts a footer before the body.

    Raises DecodeError, also where a section is there twice that may be there once.
    """
    seen: set[int] = set()
    while at < len(message):
        code, value_at = _section(message, at)
        kind = VALUE if code in _BODY else code
        if kind in seen and not (code in seen and code in (_DATA, _SEQUENCE_BODY)):
            raise DecodeError(f"section 0x{code:02x} has no place behind the others")
        seen |= {kind, code}
        end = value_end(message, value_at)
        if message[value_at] not in _TYPES.get(code, (message[value_at],)):
            raise DecodeError(f"section 0x{code:02x} has a value of another type")
        yield MessageSection(code, at, value_at, end)
        at = end


def _section(message: Buffer, at: int) -> tuple[int, int]:
    """A section's code and where its value begins."""
    found, value_at = descriptor(message, at)
    code = _NAMES.get(found) if isinstance(found, str) else found
    if code is None or not _HEADER <= code <= _FOOTER:
        raise DecodeError(f"{found!r} is no section of a message")
    return code, value_at


def envelope(message: Buffer) -> Envelope:
    """Read what stands before the bare message. Raises DecodeError."""
    if message[:2] == b"\0\x53" and len(message) > 2 and _MESSAGE_ANNOTATIONS < message[2] <= _FOOTER:
        return _NO_ENVELOPE
    header, pairs, own, key, bare = b"", b"", 0, None, len(message)
    for section in sections(message):
        if section.code > _MESSAGE_ANNOTATIONS:
            bare = section.start
            break
        if section.code == _HEADER:
            header = bytes(message[section.start : section.end])
        elif section.code == _MESSAGE_ANNOTATIONS:
            pairs, own, key = _annotations(message, section.value_at)
    return Envelope(header, pairs, own, key, bare)


def _annotations(message: Buffer, at: int) -> tuple[bytes, int, str | None]:
    kept, items, partition_key = [], 0, None
    for key, begin, value_at, end in _pairs(message, at):
        if key == PARTITION_KEY:
            value, _ = read_value(message, value_at)
            partition_key = value if isinstance(value, str) else None
        elif not isinstance(key, str) or key not in _OWN:
            kept.append(bytes(message[begin:end]))
            items += 2
    return b"".join(kept), items, partition_key


def _pairs(message: Buffer, at: int) -> Iterator[tuple[Any, int, int, int]]:
    """A map's entries: the key, where it begins, where its value begins and ends."""
    count, at, end = compound(message, at)
    if count % 2:
        raise DecodeError("a map has a key without a value")
    for _ in range(count // 2):
        key, value_at = read_value(message, at)
        after = value_end(message, value_at)
        yield key, at, value_at, after
        at = after
    if at != end:
        raise DecodeError("annotations are not as long as they say")


def annotation_values(message: Buffer, names: tuple[str, ...]) -> dict[str, Any]:
    """The named message annotations, as far as the message has them. Raises DecodeError."""
    for section in sections(message):
        if section.code == _MESSAGE_ANNOTATIONS:
            pairs = _pairs(message, section.value_at)
            return {key: read_value(message, value_at)[0] for key, _, value_at, _ in pairs if key in names}
        if section.code > _MESSAGE_ANNOTATIONS:
            break
    return {}


def read_send(message_format: int, payload: bytes) -> Send:
    """Understand a message as far as storing it needs. Raises DecodeError."""
    outer = envelope(payload)
    if message_format == BATCH_FORMAT:
        events, last_at = count_events(payload, first_event(payload, outer.bare))
        return Send(payload, True, events, last_at, outer.partition_key)
    if not _is_one_data_section(payload) and not list(sections(payload)):
        raise DecodeError("a message without a section")
    return Send(payload, False, 1, 0, outer.partition_key)


def _is_one_data_section(message: bytes) -> bool:
    head, size = message[:4], len(message) - 8
    return head == b"\0\x53\x75\xb0" and size >= 0 and bool(_U32.unpack_from(message, 4)[0] == size)


def first_event(batch: Buffer, bare: int) -> int:
    """Where the first data section of a batch is, whose bare message begins at `bare`. Raises DecodeError."""
    if batch[bare : bare + 3] == b"\0\x53\x75":
        return bare
    for section in sections(batch, bare):
        if section.code in _BODY:
            return section.start
    raise DecodeError("a batch is empty")


def count_events(batch: Buffer, at: int) -> tuple[int, int]:
    """How many data sections a batch holds from `at` on, one an event, and where the last one is.

    A footer may follow. Raises DecodeError when it holds anything else.
    """
    count, last, end = 0, at, len(batch)
    unpack = _U32.unpack_from
    while at < end:
        if batch[at] == 0 and at + 8 <= end and batch[at + 1] == 0x53 and batch[at + 2] == _DATA:
            code = batch[at + 3]
            if code == 0xB0:
                last = at
                at += 8 + unpack(batch, at + 4)[0]
                count += 1
                continue
            if code == 0xA0:
                last = at
                at += 5 + batch[at + 4]
                count += 1
                continue
        section = next(sections(batch, at))
        at = section.end
        if section.code == _FOOTER:
            break
        if section.code != _DATA:
            raise DecodeError("a batch holds something else than data sections")
        last = section.start
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
