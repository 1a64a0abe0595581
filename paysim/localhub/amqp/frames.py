"""AMQP 1.0 frames: cutting a byte stream into them, and filling up the ones that go out.

Source: OASIS AMQP 1.0 part 2, section 2.3. Pure functions of bytes: no sockets, no Proton, no meaning of
links. `FrameReader` knows only where a frame ends; `padded` exists because the Azure SDK reads performatives
by position and fails on the trailing nulls which the specification lets a peer leave out.
"""

import struct
from collections.abc import Iterator

from paysim.localhub.amqp.encoding import Buffer, DecodeError, compound, descriptor, value_end

OPEN, BEGIN, ATTACH, FLOW, TRANSFER, DISPOSITION, DETACH, END, CLOSE = range(0x10, 0x19)
_NAMES = {
    f"amqp:{name}:list": code
    for code, name in enumerate(
        ("open", "begin", "attach", "flow", "transfer", "disposition", "detach", "end", "close"), OPEN
    )
}
_ERROR = 0x1D
_REJECTED = 0x25

# Fields of each performative when nothing is left out.
_FIELDS = {
    OPEN: 10,
    BEGIN: 8,
    ATTACH: 14,
    FLOW: 11,
    TRANSFER: 11,
    DISPOSITION: 6,
    DETACH: 3,
    END: 1,
    CLOSE: 1,
}
# Where a performative holds an error, or an outcome that may hold one.
_ERROR_FIELD = {DISPOSITION: 4, DETACH: 2, END: 0, CLOSE: 0}

MAX_FRAME = 65_536  # what the service announces
PADDING = 128  # what `padded` adds to a frame at most

_HEADER = struct.Struct(">IBBH")
_U32 = struct.Struct(">I")


class FrameError(ValueError):
    """The byte stream is not made of AMQP frames."""


class FrameReader:
    """Cuts a stream into whole frames and protocol headers, however it was chopped on the way."""

    def __init__(self, max_frame: int = MAX_FRAME) -> None:
        self._max_frame = max_frame
        self._rest = b""

    def feed(self, data: Buffer) -> Iterator[memoryview]:
        """The frames that `data` completes. Raises FrameError at the first that cannot be one.

        The views die with `data`: copy what must stay.
        """
        if self._rest:
            data = b"".join((self._rest, data))
            self._rest = b""
        view = memoryview(data)
        at, length = 0, len(view)
        while length - at >= 8:
            size, offset, _, _ = _HEADER.unpack_from(view, at)
            if size == 0x414D5150:  # "AMQP": a protocol header of eight bytes
                size = 8
            elif size < 8 or size > self._max_frame or offset < 2 or offset * 4 > size:
                raise FrameError(f"a frame of {size} bytes with its body at {offset * 4}")
            if length - at < size:
                break
            yield view[at : at + size]
            at += size
        if at < length:
            self._rest = bytes(view[at:])


def is_amqp(frame: Buffer) -> bool:
    """Whether this is an AMQP frame with a body: not a protocol header, SASL, or a heartbeat."""
    return frame[5] == 0 and frame[0] == 0 and len(frame) > frame[4] * 4


def performative(frame: Buffer) -> tuple[int, int]:
    """An AMQP frame's performative, and where its list of fields begins. Raises DecodeError."""
    at = frame[4] * 4
    if len(frame) > at + 3 and frame[at] == 0 and frame[at + 1] == 0x53:  # nearly every frame
        return frame[at + 2], at + 3
    found, at = descriptor(frame, at)
    code = _NAMES.get(found, -1) if isinstance(found, str) else found
    if code not in _FIELDS or at >= len(frame):
        raise DecodeError("a frame without a performative")
    return code, at


def short(frame: Buffer, code: int, at: int) -> bytes:
    """The same frame with its performative's descriptor in the shortest form, the one that Proton reads surely."""
    body = b"".join((b"\0\x53", bytes((code,)), frame[at:]))
    begin = frame[4] * 4
    return b"".join((_U32.pack(begin + len(body)), frame[4:begin], body))


def padded(frame: Buffer) -> bytes:
    """The same frame with every field list full, errors inside included. Other frames pass unchanged."""
    if not is_amqp(frame):
        return bytes(frame)
    code, at = performative(frame)
    wanted = _FIELDS.get(code)
    if wanted is None:
        return bytes(frame)
    count, first, end = compound(frame, at)
    fields = bytes(frame[first:end])
    held = _ERROR_FIELD.get(code)
    if held is not None and count > held:
        fields = _with_full_error(fields, held)
    body = _list(fields, count, wanted)
    payload = frame[end:]
    size = at + len(body) + len(payload)
    return b"".join((_U32.pack(size), frame[4:at], body, payload))


def lowered_max_frame(frame: Buffer) -> bytes:
    """A client's open frame that asks for frames smaller by what `padded` adds. Raises DecodeError."""
    _, at = performative(frame)
    count, at, _ = compound(frame, at)
    if count < 3:
        return bytes(frame)
    at = value_end(frame, value_end(frame, at))
    if value_end(frame, at) != at + 5 or frame[at] != 0x70:
        return bytes(frame)
    wanted = _U32.unpack_from(frame, at + 1)[0]
    return b"".join((frame[: at + 1], _U32.pack(max(512, wanted - PADDING)), frame[at + 5 :]))


def _list(fields: bytes, count: int, wanted: int) -> bytes:
    missing = max(0, wanted - count)
    fields += b"\x40" * missing
    count += missing
    if len(fields) < 255 and count < 256:
        return bytes((0xC0, len(fields) + 1, count)) + fields
    return b"\xd0" + _U32.pack(len(fields) + 4) + _U32.pack(count) + fields


def _with_full_error(fields: bytes, index: int) -> bytes:
    start = 0
    for _ in range(index):
        start = value_end(fields, start)
    end = value_end(fields, start)
    return fields[:start] + _full_error(fields[start:end]) + fields[end:]


def _full_error(value: bytes) -> bytes:
    """Fill an error's three fields, and the one field of a rejected outcome around it."""
    if value[:2] != b"\x00\x53" or value[2] not in (_ERROR, _REJECTED):
        return value
    count, first, end = compound(value, 3)
    fields = value[first:end]
    if value[2] == _ERROR:
        return value[:3] + _list(fields, count, 3)
    if count:
        fields = _full_error(fields[: value_end(fields, 0)])
    return value[:3] + _list(fields, count, 1)
