"""Bank transfers, by the scheme of the customer's country (`bank_schemes`)."""

from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar

import numpy as np

from paysim.transactions.events import columns
from paysim.transactions.randomness import stream
from paysim.transactions.world.countries import COUNTRIES

from .bank_schemes import SCHEMES, Scheme
from .base import METHODS, Codes, Column, ColumnDraw, Method, Record, Values


def scheme_of(country: str) -> Scheme:
    """The scheme that a country's people use."""
    return SCHEMES[COUNTRIES[country].scheme]


def account(country: str, draws: Iterator[float]) -> dict[str, str]:
    """An account as its country's scheme writes it, masked. draws: at least 8 uniform numbers."""
    scheme = scheme_of(country)
    return {"scheme": scheme.name, **scheme.account(country, draws)}


def _references(rng: np.random.Generator, draw: ColumnDraw) -> Values:
    return list(columns.references(rng, draw.count))


class BankTransfer(Method):
    """The schemes end at the border, and nobody hands over a transfer at a terminal."""

    name = "bank_transfer"
    weight = 0.1
    details = tuple(scheme.model for scheme in SCHEMES.values())
    popularity = 0.10
    amount_shift = 0.80
    unused_channels = frozenset({"pos"})
    domestic = True
    columns: ClassVar[Mapping[str, Column]] = {"reference": _references}

    def instruments(self, seed: int, country: str, held: np.ndarray) -> Sequence[Record]:
        """An account for each who pays so, an empty record for the rest."""
        draws = stream(seed, self.name, country).random((len(held), 8)).tolist()
        return [account(country, iter(row)) if has else {} for row, has in zip(draws, held.tolist(), strict=True)]

    def variant(self, country: str) -> str:
        """The scheme."""
        return scheme_of(country).name

    def reasons(self, variant: str) -> Codes:
        return SCHEMES[variant].reasons


METHODS.add(BankTransfer())
