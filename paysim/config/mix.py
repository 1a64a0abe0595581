"""The shares of methods, statuses, channels and categories that a configuration leads to, where it says `auto` too.

Shares are always read here, not from the sections, where a key may be `auto`. This room does not know facts: a room
that does registers `Facts`, as `paysim.transactions.behaviour.mix.auto_shares` does.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from paysim.registry import Registry

if TYPE_CHECKING:
    from .sections.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Mix:
    """Shares of all transactions by name, without those of nothing. Each mapping sums to one."""

    methods: dict[str, float]
    statuses: dict[str, float]
    channels: dict[str, float]
    categories: dict[str, float]


class Facts(ABC):
    """name: whose facts."""

    name: ClassVar[str]

    @abstractmethod
    def mix(self, transaction: "Transaction") -> Mix:
        """What a configuration sets, and for the rest what the facts say beside it."""


FACTS: Registry[Facts] = Registry("source of facts")


def mix_of(transaction: "Transaction") -> Mix:
    """The shares that a valid configuration leads to. They are kept, so asking again costs nothing."""
    [facts] = FACTS.values()
    return facts.mix(transaction)
