"""An event as a hub delivers it: the few things that verifying needs, taken out of the encoded message.

The SDK decodes an event in 34 µs, most of it for what is not asked here. Of a message (AMQP 1.0 part 3, section 3.2)
these are read where they stand: sequence number and enqueued time in the message annotations, the message id at the
head of the properties, the application properties as one piece of bytes, the same for all events of a run but for their
labels. `receiving` compares the first events of each connection with what the SDK makes of them.
"""

import struct
from dataclasses import dataclass

_U32 = struct.Struct(">I").unpack_from
_I64 = struct.Struct(">q").unpack_from
_SEQUENCE, _TIME = b"x-opt-sequence-number", b"x-opt-enqueued-time"
_ANNOTATIONS, _PROPERTIES, _APPLICATION, _BODY = 0x72, 0x73, 0x74, 0x75


class Unreadable(ValueError):
    """A message, or a frame, is encoded in a way that is not known here."""


@dataclass(frozen=True, slots=True)
class Event:
    """id: of 16 bytes, None where the message id is none or no AMQP uuid. application: the section, as encoded.

    body: where the first section of the body begins, in what the event was read from.
    """

    sequence: int
    enqueued_ms: int
    id: bytes | None
    application: bytes
    body: int


def read(data: bytes, at: int, end: int) -> Event:
    """The event encoded in data[at:end]. Raises Unreadable."""
    try:
        return _read(data, at, end)
    except (IndexError, struct.error):
        raise Unreadable("an event that is cut off") from None


def _read(data: bytes, at: int, end: int) -> Event:
    sequence = enqueued = None
    message_id, application = None, b""
    while at < end:
        code, form, stop = section(data, at, end)
        if code == _APPLICATION:
            application = data[at:stop]
        elif code == _PROPERTIES:
            message_id = _first_uuid(data, at + 3, form)
        elif code == _ANNOTATIONS:
            sequence = _number_after(data, _SEQUENCE, at, stop)
            enqueued = _number_after(data, _TIME, at, stop)
        elif code >= _BODY:
            break
        at = stop
    if sequence is None or enqueued is None:
        raise Unreadable("an event without sequence number or enqueued time")
    return Event(sequence, enqueued, message_id, application, at)


def body(data: bytes, at: int, end: int) -> bytes:
    """The data sections from `at` on, joined. Raises Unreadable."""
    parts = []
    while at < end:
        code, form, stop = section(data, at, end)
        if code == _BODY:
            parts.append(data[at + (5 if form == 0xA0 else 8) : stop])
        at = stop
    return b"".join(parts)


def section(data: bytes, at: int, end: int) -> tuple[int, int, int]:
    """Code of a section, form of its value, and where it ends."""
    if at + 4 > end or data[at] != 0 or data[at + 1] != 0x53:
        raise Unreadable("no section where one should begin")
    code, form = data[at + 2], data[at + 3]
    kind = form >> 4
    if kind in (0xA, 0xC):
        stop = at + 5 + data[at + 4]
    elif kind in (0xB, 0xD):
        stop = at + 8 + int(_U32(data, at + 4)[0])
    elif kind == 0x4:
        stop = at + 4
    else:
        raise Unreadable(f"a section of form {form:#x}")
    if stop > end:
        raise Unreadable("a section that is cut off")
    return code, form, stop


def _first_uuid(data: bytes, at: int, form: int) -> bytes | None:
    """The first field of the list at `at`, where it is a uuid."""
    if form not in (0xC0, 0xD0):
        return None
    field = at + (3 if form == 0xC0 else 9)
    if data[field] != 0x98:
        return None
    if field + 17 > len(data):
        raise Unreadable("a message id that is cut off")
    return data[field + 1 : field + 17]


def _number_after(data: bytes, key: bytes, at: int, end: int) -> int:
    """The value behind a key of a map: long or timestamp."""
    found = data.find(key, at, end)
    if found < 0:
        raise Unreadable("an annotation is missing")
    value = found + len(key)
    form = data[value]
    if form in (0x81, 0x83):
        return int(_I64(data, value + 1)[0])
    if form == 0x55:
        return int.from_bytes(data[value + 1 : value + 2], "big", signed=True)
    raise Unreadable(f"a number of form {form:#x}")


# Frames

_WIDTHS = [0] * 256  # of a value and its constructor; 0: a size follows, or it is not known
for _form in range(256):
    _WIDTHS[_form] = {0x4: 1, 0x5: 2, 0x6: 3, 0x7: 5, 0x8: 9, 0x9: 17}.get(_form >> 4, 0)


def transfer(data: bytes, at: int, end: int) -> tuple[int, bool]:
    """Of the transfer performative at `at`: where its payload begins, and whether more of the delivery follows.

    AMQP 1.0 part 2, section 2.7.5: handle, delivery-id, delivery-tag, message-format, settled, more, …
    Raises Unreadable.
    """
    try:
        return _transfer(data, at, end)
    except (IndexError, struct.error):
        raise Unreadable("a transfer that is cut off") from None


def _transfer(data: bytes, at: int, end: int) -> tuple[int, bool]:
    form = data[at + 3]
    if form == 0xC0:
        field, stop = at + 6, at + 5 + data[at + 4]
    elif form == 0xD0:
        field, stop = at + 12, at + 8 + int(_U32(data, at + 4)[0])
    else:
        raise Unreadable(f"a transfer of form {form:#x}")
    for _ in range(5):
        if field >= stop:
            return stop, False
        form = data[field]
        if width := _WIDTHS[form]:
            field += width
        elif form >> 4 == 0xA:
            field += 2 + data[field + 1]
        else:
            raise Unreadable(f"a field of form {form:#x}")
    if stop > end:
        raise Unreadable("a transfer that is cut off")
    return stop, field < stop and (data[field] == 0x41 or (data[field] == 0x56 and data[field + 1] == 1))
