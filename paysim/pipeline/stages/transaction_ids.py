"""Transaction ids as others write them: any text form of a UUID, sixteen bytes, or a UUID of a driver."""

import re
import uuid
from typing import Any

import numpy as np

_FORM = re.compile(
    r"(?:urn:uuid:)?[{(]?([0-9a-f]{8})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{12})[)}]?", re.IGNORECASE
)


def id_bytes(value: Any) -> bytes | None:
    """The id as sixteen bytes, None where the value is no UUID. Text may have braces, `urn:uuid:`, quotes, spaces."""
    if isinstance(value, uuid.UUID):
        return value.bytes
    if isinstance(value, bytes | bytearray | memoryview):
        data = bytes(value)
        if len(data) == 16:
            return data
        try:
            value = data.decode("ascii")
        except UnicodeDecodeError:
            return None
    if not isinstance(value, str):
        return None
    if len(value) == 36:  # nearly always
        try:
            return bytes.fromhex(value.replace("-", "")) if value.count("-") == 4 else None
        except ValueError:
            return None
    form = _FORM.fullmatch(value.strip().strip("\"'").strip())
    return bytes.fromhex("".join(form.groups())) if form else None


def at_pointer(document: Any, pointer: tuple[str, ...]) -> Any:
    """What a JSON Pointer (RFC 6901) names in a document, None where nothing is there."""
    for part in pointer:
        if isinstance(document, dict):
            document = document.get(part)
        elif isinstance(document, list) and part.isdecimal() and int(part) < len(document):
            document = document[int(part)]
        else:
            return None
    return document


def halves(ids: list[bytes]) -> np.ndarray:
    """Ids of sixteen bytes as n × 2 unsigned 64-bit numbers."""
    return np.frombuffer(b"".join(ids), ">u8").astype(np.uint64).reshape(-1, 2)
