"""Terminals whose clock is wrong: which they are, and by how much, is a function of merchant and city.

So it is the same for every payment method, on every worker and at any time of a run, and nothing has to be remembered
but the name of each terminal's episode.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np

from paysim.config.mix import Mix
from paysim.contract.identity import sequence_of
from paysim.contract.labels import SCENARIOS, EpisodePart, Intention
from paysim.transactions.events.mapping import Document
from paysim.transactions.world.devices import FIRST_TERMINAL

from .base import FieldEdit
from .second_messages import SecondMessage

MOST_EPISODES = 100_000
"""Beyond so many terminals each payment is an episode by itself."""
_ODD = np.uint64(0x9E3779B97F4A7C15)
_LEAST, _MOST = 120_000, 540_000  # milliseconds


@dataclass(frozen=True, kw_only=True)
class WrongClock(FieldEdit):
    """Every payment at some terminals. role: of each in the episode that those of a terminal are."""

    role: str

    def faults(self, share: float, intention: Intention) -> Iterator[str]:
        yield from super().faults(share, intention)
        if share > (possible := intention.channels.get("pos", 0.0)):
            yield f"needs payments at a terminal, and they are only {possible:g} of all"


def terminal(document: Document) -> str:
    """What tells one terminal from another in an event: its merchant and its place."""
    return f"{document['merchant_id']} {document['location.city']} {document['location.latitude']}"


def skew(document: Document) -> int:
    """By how much its terminal's clock is fast (or, below zero, slow), in milliseconds."""
    drawn = int.from_bytes(blake2b(terminal(document).encode(), digest_size=8).digest(), "big")
    ahead, size = drawn % 2, drawn // 2 % (_MOST - _LEAST + 1)
    return (_LEAST + size) * (1 if ahead else -1)


def at_terminals(violations: Mapping[str, float], mix: Mix, refunds: float) -> float:
    """The share of payments at a terminal whose clock matters: what is a refund, or bad in another way, is none.
    refunds: that are drawn in the places of payments."""
    others = refunds + sum(
        share * (2 if isinstance(SCENARIOS[name], SecondMessage) else 1)
        for name, share in violations.items()
        if not isinstance(SCENARIOS[name], WrongClock)
    )
    return (1.0 - others) * mix.channels.get("pos", 0.0)


class Clocks:
    """The terminals of one producer."""

    def __init__(self) -> None:
        self._shares: dict[str, float] = {}
        self._episodes: dict[str, bytes] = {}
        self._latest = -1  # sequence of the one that was named last

    def configure(self, violations: Mapping[str, float], mix: Mix, refunds: float) -> None:
        """violations: scenario → share of all transactions. refunds: that are drawn in the places of payments."""
        left = max(1e-9, at_terminals(violations, mix, refunds))
        self._shares = {
            name: share / left
            for name, share in violations.items()
            if share and isinstance(SCENARIOS[name], WrongClock)
        }

    def mark(self, kinds: dict[int, str], picks: Mapping[str, np.ndarray]) -> None:
        """Add to `kinds`, by position, the payments at terminals whose clock is wrong."""
        for name, share in self._shares.items():
            key = picks["merchant"].astype(np.uint64) << np.uint64(32) | picks["place"].astype(np.uint64)
            mixed = (key * _ODD ^ key * _ODD >> np.uint64(29)) * _ODD
            wrong = (mixed >> np.uint64(11)) * 2.0**-53 < share
            for position in np.flatnonzero(wrong & (picks["device"] >= FIRST_TERMINAL)).tolist():
                kinds.setdefault(position, name)

    def part(self, document: Document, transaction_id: bytes, role: str) -> EpisodePart | None:
        """The episode of a payment at a terminal."""
        place = terminal(document)
        if place not in self._episodes and len(self._episodes) >= MOST_EPISODES:
            return None
        if (episode := self._episodes.setdefault(place, transaction_id)) is transaction_id:
            self._latest = sequence_of(transaction_id)
        return EpisodePart(episode, role)

    def forget(self, sequence: int) -> None:
        """Transactions from this number on did not go out. Cheap where none of them has named an episode."""
        if self._latest < sequence:
            return
        self._latest = sequence - 1
        self._episodes = {place: id_ for place, id_ in self._episodes.items() if sequence_of(id_) < sequence}
