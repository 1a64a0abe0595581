"""The deck from which a worker deals payment methods, so that short runs have the configured mix too."""

import random
from collections.abc import Mapping

from paysim.contract.methods import PaymentMethodName

DECK_SIZE = 20


class Deck:
    """Deals names in shuffled decks of `DECK_SIZE` that match the weights by largest remainder.

    What rounding left out of one deck is owed to the next, so that a weight below one card a deck comes too.
    """

    def __init__(self, weights: Mapping[PaymentMethodName, float], rng: random.Random) -> None:
        """`weights` sum to 1."""
        self._weights = dict(weights)
        self._rng = rng
        self._owed = dict.fromkeys(self._weights, 0.0)
        self._cards: list[PaymentMethodName] = []

    def deal(self) -> PaymentMethodName:
        if not self._cards:
            self._cards = self._shuffled()
        return self._cards.pop()

    def _shuffled(self) -> list[PaymentMethodName]:
        wanted = {name: self._owed[name] + weight * DECK_SIZE for name, weight in self._weights.items()}
        counts = {name: max(0, int(share)) for name, share in wanted.items()}
        rest = DECK_SIZE - sum(counts.values())
        by_remainder = sorted(wanted, key=lambda name: counts[name] - wanted[name])
        for name in by_remainder[:rest]:
            counts[name] += 1
        self._owed = {name: wanted[name] - counts[name] for name in wanted}
        cards = [name for name, count in counts.items() for _ in range(count)]
        self._rng.shuffle(cards)
        return cards
