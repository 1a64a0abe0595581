"""Countries as the contract and a configuration see them: codes and default weights.

What a country means for a payment are the rows of `paysim.transactions.world.countries`.
"""

from dataclasses import dataclass
from typing import Annotated

from paysim.registry import Registry

from .names import OneOf


@dataclass(frozen=True, slots=True, kw_only=True)
class CountryCode:
    """code: ISO 3166-1 alpha-2. weight: the share of its customers by default; 0 for none."""

    code: str
    weight: float = 0.0


COUNTRIES: Registry[CountryCode] = Registry("country", name_of=lambda country: country.code)
Country = Annotated[str, OneOf(COUNTRIES)]
