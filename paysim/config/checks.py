"""Checks of a configuration that need to know more than it says: which scheme a country has, and since when.

Who knows it registers a check; `paysim.transactions.behaviour.mix.margin_checks` is one.
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
        """Why no payments can be as this says."""


CHECKS: Registry[Check] = Registry("check of a configuration")
