"""Where every draw comes from: streams of random numbers that are named, not shared.

A stream depends on the seed and its name alone. So a population is the same on every worker, what one payment
method draws does not move what another draws, and the order of calls, keys or countries does not matter.
"""

from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

import numpy as np

from paysim.config.schema import Config
from paysim.contract.identity import Run

BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"  # RFC 4648


def seed_of(config: Config, run: Run) -> int:
    """The configured seed, else one that all workers of the run agree on."""
    return run.number if config.seed is None else config.seed


def stream(*name: int | str) -> np.random.Generator:
    """The stream of this name. Draws of n values begin with the draws of fewer (the prefix property)."""
    digest = blake2b(repr(name).encode(), digest_size=16).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(digest, "big")))


class Streams:
    """A stream for each column that is drawn, by the column's name.

    So what a payment gets does not depend on how many are drawn at once, nor on what else is drawn: draws of `random`,
    `standard_normal` and integers below a power of two are the same in one piece or in several.
    """

    def __init__(self, *name: int | str) -> None:
        self._name = name
        self._streams: dict[str, np.random.Generator] = {}

    def __getitem__(self, column: str) -> np.random.Generator:
        known = self._streams.get(column)
        if known is None:
            known = self._streams[column] = stream(*self._name, column)
        return known


def by_name(weights: Mapping[Any, float]) -> dict[str, float]:
    """Weights of a closed vocabulary as weights of plain names."""
    return {str(name): weight for name, weight in weights.items()}


def pick(weights: "np.ndarray | list[float]", uniform: np.ndarray) -> np.ndarray:
    """Positions drawn with these weights, one for each uniform number in [0, 1)."""
    return np.searchsorted(edges_of(weights), uniform, side="right")


def edges_of(weights: "np.ndarray | list[float]") -> np.ndarray:
    """Where the shares of these weights end: what `pick` looks numbers up in, for who picks often."""
    edges = np.cumsum(weights)
    values: np.ndarray = edges / edges[-1]
    return values


def tokens(prefix: str, draws: np.ndarray) -> list[str]:
    """Base 32 text, one a row of integers 0–31. Every tenth character is a letter, so that no run of digits is as
    long as a card number."""
    draws = draws.copy()
    draws[:, 9::10] %= 26
    width = draws.shape[1]
    text = np.frombuffer(BASE32.encode(), np.uint8)[draws].tobytes().decode()
    return [prefix + text[at : at + width] for at in range(0, len(text), width)]


def apportion(total: int, shares: dict[str, float], least: int = 0) -> dict[str, int]:
    """`total` split by `shares` with the largest remainder, each at least `least` while the total allows it."""
    names = sorted(shares, key=lambda name: (-shares[name], name))
    whole = sum(shares.values())
    counts = {name: int(total * shares[name] / whole) for name in names}
    rest = sorted(names, key=lambda name: counts[name] - total * shares[name] / whole)
    for name in rest[: total - sum(counts.values())]:
        counts[name] += 1
    for name in names:
        while counts[name] < least and max(counts.values()) > least:
            counts[max(counts, key=lambda other: counts[other])] -= 1
            counts[name] += 1
    return counts
