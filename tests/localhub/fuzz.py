"""Mutated frames and truncated streams against a real hub, in any number, from a seed.

    python -m tests.localhub.fuzz [--count 200000] [--seed 1]

Each try is a connection of its own: most of them authenticate and attach first, so that the mutations reach
links and messages. The hub must neither crash, nor hang, nor report a defect, nor grow. The suite has a small
run of the same in `test_resilience`.
"""

import argparse
import random
import resource
import sys
import time
from pathlib import Path

from paysim.localhub import encoding, frames
from tests.localhub.amqp_client import (
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
from tests.localhub.conftest import HubProcess, connected

_MEBIBYTE = 1_048_576
_START = (
    SASL_HEADER
    + framed(described(0x41, encoding.symbol("ANONYMOUS")), kind=1)
    + AMQP_HEADER
    + framed(described(frames.OPEN, encoding.string("c"), NULL, uint(65_536)))
    + framed(described(frames.BEGIN, NULL, uint(0), uint(100), uint(100)))
)
_PARTITION = described(0x28, encoding.string("payments/ConsumerGroups/$Default/Partitions/1"))
_REST = (
    b"".join(transfer_frames(2, 1, batch([b"x" * 50] * 3), BATCH_FORMAT))
    + framed(described(frames.ATTACH, encoding.string("l"), uint(7), b"\x41", NULL, NULL, _PARTITION, described(0x29)))
    + framed(described(frames.FLOW, uint(0), uint(10), uint(0), uint(10), uint(7), uint(0), uint(100)))
    + framed(described(frames.DISPOSITION, b"\x41", uint(0), uint(1)))
    + framed(described(frames.DETACH, uint(2), b"\x41"))
    + framed(described(frames.END))
    + framed(described(frames.CLOSE))
)


def _try(hub: HubProcess, draw: random.Random) -> None:
    deep = draw.random() < 0.8
    stream = bytearray(_REST if deep else _START + _REST)
    for _ in range(draw.randint(1, 6)):
        stream[draw.randrange(len(stream))] = draw.randrange(256)
    if draw.random() < 0.3:
        del stream[draw.randrange(len(stream)) :]
    client = connected(hub, "payments/Partitions/3")[0] if deep else AmqpClient(hub.port)
    client.send(bytes(stream))
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
    for number in range(1, options.count + 1):
        _try(hub, draw)
        if hub.process.poll() is not None:
            print(f"the hub has died at try {number} of seed {options.seed}")
            return 1
        if number % 20_000 == 0 or number == options.count:
            print(f"{number:>8} tries {time.monotonic() - began:6.0f} s {_memory(hub):6.1f} MiB", flush=True)
    said = hub.stop()
    print(f"the hub said:\n{said}" if said else "the hub has nothing to report")
    return 1 if said else 0


if __name__ == "__main__":
    sys.exit(main())
