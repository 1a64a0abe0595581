"""Transaction ids as columns, and as keys: one number of 64 bits each, by which labels and decisions are matched."""

import uuid
from collections.abc import Sequence

import numpy as np

from paysim.contract.identity import MAX_PRODUCERS, MAX_RUNS, MAX_SEQUENCE

MOST_RUNS = 1 << 12
_DASHED, _BARE = 36, 32


def of_texts(texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """UUIDs in any form of text: n × 2 unsigned halves, and n times whether the text is one. Others have zeros."""
    count = len(texts)
    if set(map(len, texts)) <= {_DASHED, _BARE}:
        try:
            octets = bytes.fromhex("".join(texts).replace("-", ""))
        except ValueError:
            octets = b""
        if len(octets) == 16 * count:  # white space is nothing to fromhex
            return _halves(octets), np.ones(count, np.bool_)
    made, known = bytearray(), np.zeros(count, np.bool_)
    for at, text in enumerate(texts):
        try:
            made += uuid.UUID(text.strip().removeprefix("\\x").removeprefix("0x")).bytes  # as databases write binary
            known[at] = True
        except ValueError:
            made += bytes(16)
    return _halves(bytes(made)), known


def _halves(octets: bytes) -> np.ndarray:
    return np.frombuffer(octets, ">u8").astype(np.uint64).reshape(-1, 2)


def of_paysim(halves: np.ndarray) -> np.ndarray:
    """Which of these ids have the form of paysim's (`contract.identity`)."""
    right: np.ndarray = (halves[:, 0] >> np.uint64(12)) & np.uint64(0xF) == 8
    right &= halves[:, 1] >> np.uint64(62) == 0b10
    return right


def milliseconds(halves: np.ndarray) -> np.ndarray:
    """When each was made, in Unix milliseconds."""
    return (halves[:, 0] >> np.uint64(16)).astype(np.int64)


def runs(halves: np.ndarray) -> np.ndarray:
    """The number of the run of each."""
    return halves[:, 1] >> np.uint64(40) & np.uint64(MAX_RUNS - 1)


def keys(halves: np.ndarray, known: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The key of each id, and whether its run is one of `known`, sorted and at most MOST_RUNS.

    Run, producer and sequence name a transaction; where the run is another, the key means nothing.
    """
    own = runs(halves)
    index = np.minimum(np.searchsorted(known, own), len(known) - 1)
    key = index.astype(np.uint64) << np.uint64(52)
    key |= (halves[:, 0] & np.uint64(MAX_PRODUCERS - 1)) << np.uint64(40)
    key |= halves[:, 1] & np.uint64(MAX_SEQUENCE - 1)
    return key, known[index] == own
