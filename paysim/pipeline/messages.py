"""What the watcher process and the one that started it tell each other.

In: a line of JSON, what to watch, secrets too; then frames of a letter, a length and that many bytes. `R`: rows of
`records`. `J`: a command as JSON:

    {"do": "begin", "run": number, "after": seconds, "window": seconds or null}
                                      note where everything stands, and watch  → {"begun": {…}} or {"refused": why}
    {"do": "end", "wait": seconds}    nothing more is sent; wait for the rest  → {"final": {…}}

Out: lines of JSON. {"ready": true} once all can be reached, or {"refused": why}. {"figures": {…}} each second of a
run. {"trouble": text} and {"said": text} are for the log.
"""

import json
import struct
from typing import IO, Any

from pydantic import BaseModel, SecretStr

FRAME = struct.Struct(">cI")
RECORDS, COMMAND = b"R", b"J"


def revealed(value: Any) -> Any:
    """A model as plain data, secrets in clear: for the pipe to a child."""
    if isinstance(value, BaseModel):
        return {name: revealed(getattr(value, name)) for name in type(value).model_fields}
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, list):
        return [revealed(item) for item in value]
    return value


def frame(letter: bytes, data: bytes) -> bytes:
    return FRAME.pack(letter, len(data)) + data


def command(**words: Any) -> bytes:
    return frame(COMMAND, json.dumps(words).encode())


def next_frame(stream: IO[bytes]) -> tuple[bytes, bytes] | None:
    """Letter and data of the next frame; None at the end."""
    head = stream.read(FRAME.size)
    if len(head) < FRAME.size:
        return None
    letter, length = FRAME.unpack(head)
    data = stream.read(length)
    return (letter, data) if len(data) == length else None
