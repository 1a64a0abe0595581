"""The deck from which a worker deals payment methods, so that short runs have the configured mix too.

Each copy of a method has a window of deals: outside of it the mix would be off by a whole batch. With weight w the copy
number j may come from deal floor((j - 1) / w) + 1 on, and has to come by deal ceil(j / w). Copies with such windows, of
weights that sum to 1, always fit when the earliest deadline goes first: the Pfair windows of Baruah, Cohen, Plaxton and
Varvel, "Proportionate progress", Algorithmica 15, 1996. So of the first n deals each method is less than one off its
weight, and of any stretch less than two.
"""

import random
from collections.abc import Mapping

from paysim.contract.methods import PaymentMethodName

_PARTS = 10**12
"""Weights are counted in whole parts of this, so that windows are exact however long a run is."""


class Deck:
    """Deals names by their weights; among those that are due by the same deal chance decides."""

    def __init__(self, weights: Mapping[PaymentMethodName, float], rng: random.Random) -> None:
        """`weights` sum to 1."""
        self._rng = rng
        self._parts = _in_parts(weights)
        self._copies = dict.fromkeys(self._parts, 0)  # how many of each were dealt
        self._dealt = 0

    def deal(self) -> PaymentMethodName:
        self._dealt += 1
        due: list[PaymentMethodName] = []
        earliest = 0
        for name, parts in self._parts.items():
            copies = self._copies[name]
            if self._dealt * parts <= copies * _PARTS:
                continue  # its next copy would be one too many by now
            deadline = -(-(copies + 1) * _PARTS // parts)
            if not due or deadline < earliest:
                due, earliest = [name], deadline
            elif deadline == earliest:
                due.append(name)
        name = due[0] if len(due) == 1 else self._rng.choice(due)
        self._copies[name] += 1
        return name


def _in_parts(weights: Mapping[PaymentMethodName, float]) -> dict[PaymentMethodName, int]:
    """Weights as whole parts that sum to `_PARTS`, without names of none; the largest takes what rounding leaves."""
    parts = {name: count for name, weight in weights.items() if (count := round(weight * _PARTS))}
    largest = max(parts, key=parts.__getitem__)
    parts[largest] += _PARTS - sum(parts.values())
    return parts
