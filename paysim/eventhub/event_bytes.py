"""An event as a hub delivers it: the few things that verifying needs, taken out of the encoded message.

The SDK decodes an event in 34 µs, most of it for what is not asked here, and fails on some that are legal AMQP. Of a
message (AMQP 1.0 part 3, section 3.2) these are read where they stand: sequence number and enqueued time in the message
annotations, the message id at the head of the properties, the application properties as one piece of bytes, the same
for all events of a run but for their labels. Anybody may write into a hub, so every type and every form of part 1,
section 1.6 is stepped over, known here or not. `raw_receiver` compares the first events of each connection with what
the SDK makes of them.
"""

import struct
from typing import NamedTuple

_U32 = struct.Struct(">I").unpack_from
_U64 = struct.Struct(">Q").unpack_from
_I64 = struct.Struct(">q").unpack_from
_SEQUENCE, _TIME = b"x-opt-sequence-number", b"x-opt-enqueued-time"
_SEQUENCE_KEY, _TIME_KEY = (b"\xa3" + bytes([len(key)]) + key for key in (_SEQUENCE, _TIME))
_HEADER, _ANNOTATIONS, _PROPERTIES, _APPLICATION, _BODY = 0x70, 0x72, 0x73, 0x74, 0x75
_MOST_DESCRIPTORS = 64
"""A value may be described, its descriptor too, and so on: deeper than this nobody means it."""


class Unreadable(ValueError):
    """A message, or a frame, is encoded in a way that is not known here. sequence: of the event, where that is known"""

    def __init__(self, reason: str, sequence: int | None = None) -> None:
        super().__init__(reason)
        self.sequence = sequence


class Event(NamedTuple):
    """id: of 16 bytes, None where the message id is none or no AMQP uuid. application: the section, as encoded.

    body: where the first section of the body begins, in what the event was read from. properties: where the list of
    properties stands, -1 where there is none.
    """

    sequence: int
    enqueued_ms: int
    id: bytes | None
    application: bytes
    body: int
    properties: int = -1


def read(data: bytes, at: int, end: int) -> Event:
    """The event encoded in data[at:end]. Raises Unreadable."""
    try:
        return _read(data, at, end)
    except Unreadable as error:
        raise Unreadable(str(error), _sequence(data, at, end)) from None
    except (IndexError, struct.error):
        raise Unreadable("an event that is cut off", _sequence(data, at, end)) from None


def _read(data: bytes, at: int, end: int) -> Event:
    sequence = enqueued = None
    message_id, application, properties = None, b"", -1
    while at < end:
        code, value, stop = section(data, at, end)
        if code == _APPLICATION:
            application = data[at:stop]
        elif code == _PROPERTIES:
            message_id, properties = _first_uuid(data, value, stop), value
        elif code == _ANNOTATIONS:
            sequence, enqueued = _numbers(data, value, stop)
        elif code >= _BODY or code < _HEADER:
            break
        at = stop
    if sequence is None or enqueued is None:
        raise Unreadable("an event without sequence number or enqueued time")
    return Event(sequence, enqueued, message_id, application, at, properties)


def _sequence(data: bytes, at: int, end: int) -> int | None:
    """The sequence number alone: the hub's annotations stand before what the producer wrote."""
    try:
        while at < end:
            code, value, at = section(data, at, end)
            if code == _ANNOTATIONS:
                return _numbers(data, value, at)[0]
    except (IndexError, struct.error, Unreadable):
        pass
    return None


def body(data: bytes, at: int, end: int) -> bytes:
    """The data sections from `at` on, joined. Raises Unreadable."""
    parts = []
    try:
        while at < end:
            code, value, stop = section(data, at, end)
            if code == _BODY:
                parts.append(data[value + (2 if data[value] == 0xA0 else 5) : stop])
            at = stop
    except (IndexError, struct.error):
        raise Unreadable("a body that is cut off") from None
    return b"".join(parts)


def message_id(data: bytes, at: int) -> bytes | str | None:
    """The message id in the list of properties at `at`, where it is binary or a string. Raises Unreadable."""
    try:
        field = at + (3 if data[at] == 0xC0 else 9)
        form = data[field]
        if form in (0xA0, 0xA1):
            value = data[field + 2 : field + 2 + data[field + 1]]
        elif form in (0xB0, 0xB1):
            value = data[field + 5 : field + 5 + int(_U32(data, field + 1)[0])]
        else:
            return None
    except (IndexError, struct.error):
        raise Unreadable("a message id that is cut off") from None
    return value if form in (0xA0, 0xB0) else value.decode("utf-8", "replace")


def property_value(application: bytes, name: bytes) -> bytes | str | None:
    """Of a section of application properties as encoded: the value of a name, a UUID as its 16 bytes.

    None where there is none, or it is neither text, binary nor UUID. Raises Unreadable.
    """
    if not application:
        return None
    try:
        _, value, stop = section(application, 0, len(application))
        for key, at, end in _pairs(application, value, stop):
            if key == name:
                form = application[at]
                if form == 0x98:
                    return application[at + 1 : at + 17]
                if form in (0xA0, 0xB0):
                    return application[at + (2 if form == 0xA0 else 5) : end]
                text = _text(application, at, end)
                return None if text is None else text.decode("utf-8", "replace")
    except (IndexError, struct.error):
        raise Unreadable("application properties that are cut off") from None
    return None


def texts(application: bytes) -> dict[bytes, bytes]:
    """Of a section of application properties as encoded: those whose key and value are strings or symbols.

    Raises Unreadable where it is no map.
    """
    if not application:
        return {}
    found = {}
    try:
        _, value, stop = section(application, 0, len(application))
        for key, at, after in _pairs(application, value, stop):
            if key is not None and (text := _text(application, at, after)) is not None:
                found[key] = text
    except (IndexError, struct.error):
        raise Unreadable("application properties that are cut off") from None
    return found


def section(data: bytes, at: int, end: int) -> tuple[int, int, int]:
    """Code of a section, where its value begins, and where it ends. Raises Unreadable, IndexError, struct.error."""
    if data[at] != 0:
        raise Unreadable("no section where one should begin")
    if data[at + 1] == 0x53:
        code, value = data[at + 2], at + 3
    elif data[at + 1] == 0x80:
        code, value = int(_U64(data, at + 2)[0]), at + 10
    else:
        raise Unreadable("a section whose code is no number")
    kind = data[value] >> 4
    if kind in (0xA, 0xC):  # nearly all: asked first
        stop = value + 2 + data[value + 1]
    elif kind in (0xB, 0xD):
        stop = value + 5 + int(_U32(data, value + 1)[0])
    else:
        stop = _end(data, value)
    if stop > end:
        raise Unreadable("a section that is cut off")
    return code, value, stop


def _end(data: bytes, at: int) -> int:
    """Where the value at `at` ends. Raises Unreadable, IndexError, struct.error."""
    left = 1  # values that are to be passed: a described one is two
    for _ in range(_MOST_DESCRIPTORS):
        form = data[at]
        if form == 0:
            left, at = left + 1, at + 1
            continue
        kind = form >> 4
        if width := _WIDTHS[form]:
            at += width
        elif kind in (0xA, 0xC, 0xE):
            at += 2 + data[at + 1]
        elif kind in (0xB, 0xD, 0xF):
            at += 5 + int(_U32(data, at + 1)[0])
        else:
            raise Unreadable(f"a value of form {form:#x}")
        left -= 1
        if not left:
            return at
    raise Unreadable("a value that is described too often")


def _first_uuid(data: bytes, at: int, end: int) -> bytes | None:
    """The first field of the list at `at`, where it is a uuid."""
    if data[at] not in (0xC0, 0xD0):
        return None
    field = at + (3 if data[at] == 0xC0 else 9)
    if field >= end or data[field] != 0x98:
        return None
    if field + 17 > end:
        raise Unreadable("a message id that is cut off")
    return data[field + 1 : field + 17]


def _numbers(data: bytes, at: int, end: int) -> tuple[int | None, int | None]:
    """Sequence number and enqueued time of the annotations at `at`, None where they have none."""
    key = at + 9
    if data[at] == 0xD1 and data.startswith(_SEQUENCE_KEY, key):
        # As hubs write them: first of all, one behind the other. The general way takes as long as all the rest.
        value = key + len(_SEQUENCE_KEY)
        key = value + _WIDTHS[data[value]]
        if data.startswith(_TIME_KEY, key):
            return _number(data, value), _number(data, key + len(_TIME_KEY))
    found = {key: value for key, value, _ in _pairs(data, at, end)}
    sequence, time = found.get(_SEQUENCE), found.get(_TIME)
    return None if sequence is None else _number(data, sequence), None if time is None else _number(data, time)


def _number(data: bytes, at: int) -> int:
    """A long or a timestamp."""
    form = data[at]
    if form in (0x81, 0x83):
        return int(_I64(data, at + 1)[0])
    if form == 0x55:
        return int.from_bytes(data[at + 1 : at + 2], "big", signed=True)
    raise Unreadable(f"a number of form {form:#x}")


def _pairs(data: bytes, at: int, end: int) -> list[tuple[bytes | None, int, int]]:
    """Of the map at `at`: each key (None where it is no text), and where its value begins and ends."""
    form = data[at]
    if form == 0xC1:
        count, at = data[at + 2], at + 3
    elif form == 0xD1:
        count, at = int(_U32(data, at + 5)[0]), at + 9
    else:
        raise Unreadable(f"a map of form {form:#x}")
    pairs = []
    for _ in range(count // 2):
        value = _end(data, at)
        stop = _end(data, value)
        if stop > end:
            raise Unreadable("a map that is cut off")
        pairs.append((_text(data, at, value), value, stop))
        at = stop
    return pairs


def _text(data: bytes, at: int, end: int) -> bytes | None:
    """The string or symbol at `at`, None where it is something else."""
    form = data[at]
    if form in (0xA1, 0xA3):
        return data[at + 2 : end]
    if form in (0xB1, 0xB3):
        return data[at + 5 : end]
    return None


_WIDTHS = [0] * 256  # of a value and its constructor; 0: a size follows, or it is not known
for _form in range(256):
    _WIDTHS[_form] = {0x4: 1, 0x5: 2, 0x6: 3, 0x7: 5, 0x8: 9, 0x9: 17}.get(_form >> 4, 0)


# Frames


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
