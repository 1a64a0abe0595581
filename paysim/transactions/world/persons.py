"""People by number: all that somebody is follows from the seed, the country and a number.

Nothing is drawn one after the other. Each trait is a hash of its name and of who it is, so a person is the same on
every worker and after a reload, whoever else there is, and any of ten million can be made by itself.
"""

from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b

import numpy as np

from paysim.transactions.randomness import BASE32

from .countries import COUNTRIES

_GAMMA = np.uint64(0x9E3779B97F4A7C15)  # splitmix64 (Steele, Lea and Flood 2014): its step and its finaliser
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_BY_30, _BY_27, _BY_31, _BY_11 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(11)
_A_HASH = 12  # characters of base 32 in a hash
_FIVES = np.arange(0, 5 * _A_HASH, 5, dtype=np.uint64)


def scrambled(values: np.ndarray) -> np.ndarray:
    """A hash of each of these 64-bit numbers."""
    values = values ^ (values >> _BY_30)
    values *= _FIRST
    values ^= values >> _BY_27
    values *= _SECOND
    values ^= values >> _BY_31
    return values


@lru_cache(maxsize=512)
def _keys(seed: int, trait: str, countries: tuple[str, ...]) -> np.ndarray:
    """Where the numbers of each country begin. It goes by the country's code, so others may come and go."""
    digests = (blake2b(repr((seed, "person", trait, code)).encode(), digest_size=8).digest() for code in countries)
    return np.array([int.from_bytes(digest, "big") for digest in digests], np.uint64)


@dataclass(frozen=True, slots=True)
class Persons:
    """Some people. country: of each, its position in COUNTRIES; number: from 0 on, of each within its country."""

    seed: int
    country: np.ndarray
    number: np.ndarray

    def __len__(self) -> int:
        return len(self.number)

    def at(self, positions: np.ndarray | slice) -> "Persons":
        return Persons(self.seed, self.country[positions], self.number[positions])

    def bits(self, trait: str) -> np.ndarray:
        """64 random bits for each, the same whenever they are asked for."""
        return scrambled(
            _keys(self.seed, trait, COUNTRIES.names)[self.country] + self.number.astype(np.uint64) * _GAMMA
        )

    def uniform(self, trait: str) -> np.ndarray:
        """A number in [0, 1) for each."""
        found: np.ndarray = (self.bits(trait) >> _BY_11) * 2.0**-53
        return found

    def normal(self, trait: str) -> np.ndarray:
        """A standard normal number for each, by Box and Muller."""
        radius = np.sqrt(-2.0 * np.log1p(-self.uniform(f"{trait}/radius")))
        found: np.ndarray = radius * np.cos(2.0 * np.pi * self.uniform(f"{trait}/angle"))
        return found

    def digits(self, trait: str, width: int) -> np.ndarray:
        """(people, width): numbers from 0 to 31."""
        rows = []
        for part in range(-(-width // _A_HASH)):
            bits = self.bits(f"{trait}/{part}")
            rows.append(((bits[:, None] >> _FIVES) & np.uint64(31)).astype(np.uint8))
        return np.concatenate(rows, axis=1)[:, :width]

    def octets(self, trait: str, width: int) -> np.ndarray:
        """(people, width): numbers from 0 to 255."""
        rows = [self.bits(f"{trait}/{part}").view(np.uint8).reshape(-1, 8) for part in range(-(-width // 8))]
        return np.concatenate(rows, axis=1)[:, :width]

    def pick(self, trait: str, shares: "np.ndarray | list[float]") -> np.ndarray:
        """A position for each, with these weights."""
        edges = np.cumsum(shares)
        return np.searchsorted(edges / edges[-1], self.uniform(trait), side="right")


def place_of(country: str) -> int:
    """A number for a country's code, from its two capitals alone, so that other countries make no difference."""
    return (ord(country[0]) - ord("A")) * 26 + ord(country[1]) - ord("A")


def _scattered(seed: int, places: np.ndarray, numbers: np.ndarray) -> np.ndarray:
    start = int.from_bytes(blake2b(repr((seed, "identifiers")).encode(), digest_size=8).digest(), "big")
    each = numbers.astype(np.uint64) * np.uint64(26 * 26) + places.astype(np.uint64)
    found: np.ndarray = np.uint64(start) + each * np.uint64(0x9E3779B97)
    return found


_TEXT = np.frombuffer(BASE32.encode(), np.uint8)
_EIGHT = np.arange(35, -5, -5, dtype=np.uint64)


def identifiers(seed: int, places: np.ndarray, numbers: np.ndarray) -> np.ndarray:
    """(n, 8) characters of base 32: different for each (place, number) of a seed, and without a visible pattern."""
    scattered = _scattered(seed, places, numbers)
    return _TEXT[((scattered[:, None] >> _EIGHT) & np.uint64(31)).astype(np.intp)]


def networks(seed: int, places: np.ndarray, numbers: np.ndarray) -> np.ndarray:
    """32 bits for each, and no two alike below the six-millionth of a country."""
    return _scattered(seed + 1, places, numbers) & np.uint64(0xFFFFFFFF)
