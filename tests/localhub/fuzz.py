"""Mutated frames and truncated streams against a real hub, in any number, from a seed.

    python -m tests.localhub.fuzz [--count 200000] [--seed 1]

Each try is a connection of its own: most of them authenticate and attach first, so that the mutations reach
links and messages: batches with every section, idempotent producers, requests to `$management`. Others sign in by
each mechanism, or come over a WebSocket. The hub must end each of them when its client has said all, and neither
crash, nor hang, nor report a defect, nor grow. `make fuzz` runs it in full; the suite has a small run of the same in
`test_resilience`.
"""

import argparse
import contextlib
import random
import resource
import socket
import sys
import time
from pathlib import Path

from paysim.localhub.amqp import encoding, frames
from tests.support.amqp_client import (
    AMQP_HEADER,
    BATCH_FORMAT,
    NULL,
    SASL_HEADER,
    AmqpClient,
    batch,
    described,
    framed,
    transfer_frames,
    uint,
)
from tests.support.hub_process import HubProcess, connected
from tests.support.web_client import masked, websocket_request

_MEBIBYTE = 1_048_576
_GROWTH = 16  # MiB that a hub may come to hold more, of caches and of what it stores
_OPENING = (
    AMQP_HEADER
    + framed(described(frames.OPEN, encoding.string("c"), NULL, uint(65_536)))
    + framed(described(frames.BEGIN, NULL, uint(0), uint(100), uint(100)))
)
# Ways to sign in; the wrong key of the second ends the connection, and what follows the first says it with more bytes.
_SIGNING = [
    SASL_HEADER + framed(described(0x41, encoding.symbol("ANONYMOUS")), kind=1),
    SASL_HEADER + framed(described(0x41, encoding.symbol("PLAIN"), encoding.binary(b"\0policy\0key")), kind=1),
    SASL_HEADER
    + framed(described(0x41, encoding.symbol("PLAIN")), kind=1)
    + framed(described(0x43, encoding.binary(b"\0policy\0key")), kind=1),
    SASL_HEADER
    + framed(b"\0" + encoding.symbol("amqp:sasl-init:list") + encoding.list_of([encoding.symbol("MSSBCBS")]), kind=1),
    b"",
]
_START = _SIGNING[0] + _OPENING
_OWN = encoding.mapping([encoding.symbol("x-opt-partition-key"), encoding.string("k")])
# A batch with every section around its events, in every form of descriptor.
_WHOLE = (
    b"\0\x53\x70\xc0\x02\x01\x41"
    + b"\0\x80"
    + (0x72).to_bytes(8, "big")
    + _OWN
    + (b"\0" + encoding.symbol("amqp:properties:list") + b"\x45")
    + (b"\0\x53\x74" + _OWN)
    + batch([b"\0\x53\x77\xa1\x01v", b"\0\x53\x76\x45"])
    + (b"\0\xb3\0\0\0\x0famqp:footer:map" + encoding.mapping([]))
)
_NUMBERED = b"\0\x53\x72" + encoding.mapping(
    [
        *(encoding.symbol("com.microsoft:producer-epoch"), b"\x61\0\0"),
        *(encoding.symbol("com.microsoft:producer-id"), encoding.long(7)),
        *(encoding.symbol("com.microsoft:producer-sequence-number"), encoding.integer(1)),
    ]
)
_REQUEST = (
    b"\0\x53\x73"
    + encoding.list_of([encoding.string("id"), NULL, NULL, NULL, encoding.string("$management")])
    + b"\0\x53\x74"
    + encoding.mapping(
        [
            *(encoding.string("operation"), encoding.string("READ"), encoding.string("name")),
            *(encoding.string("payments"), encoding.string("type"), encoding.string("com.microsoft:partition")),
            *(encoding.string("partition"), encoding.string("9")),
        ]
    )
    + b"\0\x53\x77\x40"
)
_PARTITION = described(0x28, encoding.string("payments/ConsumerGroups/$Default/Partitions/1"))
_MANAGEMENT, _SOURCE = (described(code, encoding.string("$management")) for code in (0x29, 0x28))
_SENDER = described(0x29, encoding.string("payments/Partitions/2"))
_PRODUCER = encoding.mapping([encoding.symbol("com.microsoft:producer-id"), encoding.long(7)])
_REST = (
    b"".join(transfer_frames(2, 1, batch([b"x" * 50] * 3), BATCH_FORMAT))
    + b"".join(transfer_frames(2, 2, _WHOLE, BATCH_FORMAT))
    + b"".join(transfer_frames(2, 3, b"\0\x53\x77\xa1\x01v"))
    + framed(
        described(
            *(frames.ATTACH, encoding.string("i"), uint(8), b"\x42", NULL, NULL, described(0x28), _SENDER, NULL, NULL),
            *(uint(0), NULL, NULL, encoding.symbol("com.microsoft:idempotent-producer"), _PRODUCER),
        )
    )
    + b"".join(transfer_frames(8, 4, _NUMBERED + batch([b"x"]), BATCH_FORMAT))
    + framed(described(frames.ATTACH, encoding.string("m"), uint(9), b"\x42", NULL, NULL, NULL, _MANAGEMENT))
    + framed(described(frames.ATTACH, encoding.string("n"), uint(10), b"\x41", NULL, NULL, _SOURCE, described(0x29)))
    + framed(described(frames.FLOW, uint(0), uint(10), uint(0), uint(10), uint(10), uint(0), uint(3)))
    + b"".join(transfer_frames(9, 5, _REQUEST))
    + framed(described(frames.ATTACH, encoding.string("l"), uint(7), b"\x41", NULL, NULL, _PARTITION, described(0x29)))
    + framed(described(frames.FLOW, uint(0), uint(10), uint(0), uint(10), uint(7), uint(0), uint(100)))
    + framed(described(frames.DISPOSITION, b"\x41", uint(0), uint(1)))
    + framed(described(frames.DETACH, uint(2), b"\x41"))
    + framed(described(frames.END))
    + framed(described(frames.CLOSE))
)
_WEB = websocket_request() + masked(9, b"ping") + masked(2, _START[:30]) + masked(2, _START[30:] + _REST)


def _try(hub: HubProcess, draw: random.Random) -> None:
    kind = draw.random()
    deep = kind < 0.8
    stream = bytearray(_REST if deep else _WEB if kind < 0.9 else draw.choice(_SIGNING) + _OPENING + _REST)
    for _ in range(draw.randint(1, 6)):
        stream[draw.randrange(len(stream))] = draw.randrange(256)
    if draw.random() < 0.3:
        del stream[draw.randrange(len(stream)) :]
    client = connected(hub, "payments/Partitions/3")[0] if deep else AmqpClient(hub.port)
    with contextlib.suppress(ConnectionError):  # it was refused before it had said all
        client.send(bytes(stream))
        client.socket.shutdown(socket.SHUT_WR)
        while client.socket.recv(65_536):
            pass
    client.close()


def _memory(hub: HubProcess) -> float:
    """Resident MiB."""
    pages = int(Path(f"/proc/{hub.process.pid}/statm").read_text().split()[1])
    return pages * resource.getpagesize() / _MEBIBYTE


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    hub, draw, began = HubProcess(), random.Random(options.seed), time.monotonic()
    warm = 0.0
    for number in range(1, options.count + 1):
        try:
            _try(hub, draw)
        except TimeoutError:
            print(f"the hub does not answer, or does not end the connection, at try {number} of seed {options.seed}")
            return 1
        if hub.process.poll() is not None:
            print(f"the hub has died at try {number} of seed {options.seed}:\n{hub.stop()}")
            return 1
        if number == options.count // 10:
            warm = _memory(hub)
        if number % 20_000 == 0 or number == options.count:
            print(f"{number:>8} tries {time.monotonic() - began:6.0f} s {_memory(hub):6.1f} MiB", flush=True)
    grown = _memory(hub) - warm
    said = hub.stop()
    print(f"the hub said:\n{said}" if said else "the hub has nothing to report")
    print(f"its memory has grown by {grown:.1f} MiB since a tenth of the tries")
    return 1 if said or grown > _GROWTH else 0


if __name__ == "__main__":
    sys.exit(main())
