"""Checks of a configuration that need facts which this room does not have, such as which scheme a country has.

The room that has the facts registers a check; `paysim.transactions.behaviour.mix.margin_checks` is one.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

from paysim.registry import Registry

from .sections.base import Fault

if TYPE_CHECKING:
    from .sections.transaction import Transaction


class Check(ABC):
    """name: what is checked."""

    name: ClassVar[str]

    @abstractmethod
    def faults(self, transaction: "Transaction") -> Iterator[Fault]:
        """Why there can be no payments as this section asks for."""


CHECKS: Registry[Check] = Registry("check of a configuration")
