"""Requests to the hub's own nodes, `$cbs` and `$management`: reading one and writing its answer.

The shape is AMQP management's: application properties name the operation, the answer repeats the request's
message id as correlation id. What the operations do is in `cbs` and `management`.
"""

import struct
from dataclasses import dataclass, field
from typing import Any

from paysim.localhub.amqp import encoding
from paysim.localhub.amqp.encoding import DecodeError, compound, read_value, value_end
from paysim.localhub.amqp.messages import APPLICATION_PROPERTIES, PROPERTIES, VALUE, sections

_U32 = struct.Struct(">I")
_MESSAGE_ID = 1024  # bytes: it is kept until its answer has left


@dataclass
class Request:
    """A request as far as it is understood."""

    message_id: bytes = b"\x40"  # as encoded
    reply_to: str | None = None
    properties: dict[str, Any] = field(default_factory=dict)
    value: Any = None

    def text(self, name: str) -> str:
        """An application property that should be a string; empty when it is not."""
        value = self.properties.get(name)
        return value if isinstance(value, str) else ""


@dataclass
class Answer:
    """A status and, after a READ, a map of encoded keys and values."""

    status: int
    description: str
    body: list[bytes] | None = None
    condition: str | None = None  # the AMQP condition of a refusal


def decode(message: bytes) -> Request:
    """Read a request. Raises DecodeError."""
    request = Request()
    for section in sections(message):
        if section.code == PROPERTIES:
            count, first, _ = compound(message, section.value_at)
            if count:
                request.message_id = message[first : value_end(message, first)]
                if len(request.message_id) > _MESSAGE_ID:
                    raise DecodeError(f"a message id of more than {_MESSAGE_ID} bytes")
            fields = read_value(message, section.value_at)[0]
            if len(fields) > 4 and isinstance(fields[4], str):
                request.reply_to = fields[4]
        elif section.code == APPLICATION_PROPERTIES:
            request.properties = read_value(message, section.value_at)[0]
        elif section.code == VALUE:
            request.value = read_value(message, section.value_at)[0]
    return request


def encode(request: Request, answer: Answer) -> bytes:
    """The answer's message. It has the description twice, because the SDK asks `$management` for the other."""
    properties = b"\x40" * 5 + request.message_id + b"\x40" * 7
    status = [
        *(encoding.string("status-code"), encoding.integer(answer.status)),
        *(encoding.string("status-description"), encoding.string(answer.description)),
        *(encoding.string("statusDescription"), encoding.string(answer.description)),
    ]
    if answer.condition is not None:
        status += [encoding.string("error-condition"), encoding.symbol(answer.condition)]
    value = b"\x40" if answer.body is None else encoding.mapping(answer.body)
    return b"".join(
        (
            b"\x00\x53\x73\xd0",
            _U32.pack(len(properties) + 4),
            _U32.pack(13),
            properties,
            b"\x00\x53\x74",
            encoding.mapping(status),
            b"\x00\x53\x77",
            value,
        )
    )
