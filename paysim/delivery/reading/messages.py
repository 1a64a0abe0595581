"""What a reader process and the one that started it tell each other.

In, a line of JSON each: first the hub and how to reach it, then commands:

    {"do": "look"}      → {"hub": {"name": …, "created_at": …},
                           "look": {partition: [first sequence number still there, next one]}}
    {"do": "attach"}    → the same, once it has also shown that reading is allowed, by attaching a receiver
    {"do": "read", "run": …, "from": {partition: sequence number}, "contract": true}: these partitions too
    {"do": "stop"}      → {"stopped": true}: nothing more comes of what was read

or {"refused": why} where that fails. While reading, {"trouble": why, "fatal": …} comes when a connection is lost; it
is tried again unless that is fatal. {"warning": …} is for the log.

Out: frames of a letter, a length and that many bytes: `J` JSON as above, `A` arrivals of one partition.
"""

import json
import struct
from dataclasses import dataclass
from typing import IO, Any

import numpy as np

from paysim.config.schema import EventHub

_FRAME = struct.Struct(">cI")
_HEAD = struct.Struct(">HqIIIIIII")


def opening(config: EventHub, connection_string: str | None, consumer_group: str) -> str:
    """The first line. Holds secrets: it goes through a pipe."""
    data = config.model_dump(mode="json")
    secret = config.connection_string
    data["connection_string"] = secret.get_secret_value() if secret is not None else None
    asked = {"event_hub": data, "connection_string": connection_string, "consumer_group": consumer_group}
    return json.dumps(asked) + "\n"


@dataclass(frozen=True, slots=True)
class Arrived:
    """A piece of a partition. The columns are of the events that carry the run's id.

    position: the sequence number after the last event of the piece. foreign, expired: events of others, and numbers
    that were skipped, in it. unreadable: of the foreign ones. checked, bad, good: see `contract_check`.
    """

    partition: str
    position: int
    foreign: int
    unreadable: int
    expired: int
    checked: int
    bad: int
    good: int
    ids: bytes  # 16 bytes each
    enqueued_ms: np.ndarray
    duplicates: np.ndarray  # booleans: labelled so

    def encoded(self) -> bytes:
        name = self.partition.encode()
        counts = (self.foreign, self.unreadable, self.expired, self.checked, self.bad, self.good)
        head = _HEAD.pack(len(name), self.position, *counts, len(self.duplicates))
        columns = (self.ids, self.enqueued_ms.astype("<i8").tobytes(), self.duplicates.astype(np.uint8).tobytes())
        return frame(b"A", b"".join((head, name, *columns)))

    @classmethod
    def decoded(cls, data: bytes) -> "Arrived":
        length, position, foreign, unreadable, expired, checked, bad, good, n = _HEAD.unpack_from(data)
        at = _HEAD.size + length
        return cls(
            data[_HEAD.size : at].decode(),
            position,
            foreign,
            unreadable,
            expired,
            checked,
            bad,
            good,
            ids=data[at : at + 16 * n],
            enqueued_ms=np.frombuffer(data, "<i8", n, at + 16 * n),
            duplicates=np.frombuffer(data, np.uint8, n, at + 24 * n).view(bool),
        )


def frame(letter: bytes, data: bytes) -> bytes:
    return _FRAME.pack(letter, len(data)) + data


def said(**words: Any) -> bytes:
    """A frame of JSON."""
    return frame(b"J", json.dumps(words).encode())


def next_frame(stream: IO[bytes]) -> Arrived | dict[str, Any] | None:
    """What comes next out of a reader; None at its end."""
    head = stream.read(_FRAME.size)
    if len(head) < _FRAME.size:
        return None
    letter, length = _FRAME.unpack(head)
    data = stream.read(length)
    if len(data) < length:
        return None
    return Arrived.decoded(data) if letter == b"A" else dict(json.loads(data))
