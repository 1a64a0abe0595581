"""What the generator has to know of a payment method. Each file of this folder holds one or two and registers them.

A method is written once: its form in the contract (`PaymentMethod`), who pays so and where, what from, and with what
outcome. Everything else follows from the registry.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from paysim.contract.methods import PAYMENT_METHODS, PaymentMethod

Record = dict[str, Any]
"""Dotted path → value."""


@dataclass(frozen=True, slots=True)
class ColumnDraw:
    """Payments for which a column is drawn.

    moments: Unix milliseconds, one for all or one each. completed, cancelled: of each, whether it is.
    instruments: what each is paid from.
    """

    count: int
    moments: np.ndarray | int
    completed: np.ndarray
    cancelled: np.ndarray
    instruments: Callable[[], list[Record]]


Values = list[bytes | None]
"""JSON values, one a payment; None where the field is absent."""
Codes = Mapping[str | None, float]
"""What goes with an outcome → its share; None for nothing."""
Column = Callable[[np.random.Generator, ColumnDraw], Values]
"""Draws the values. What it takes from the generator is the same for many payments at once as for them one by one: see
`randomness.Streams`."""


def absent(values: list[bytes], where: np.ndarray) -> Values:
    """The values without those of the payments where a condition holds."""
    found: Values = list(values)
    if where.any():
        for at in np.flatnonzero(where).tolist():
            found[at] = None
    return found


class Presentation:
    """How an instrument is presented: records of which each payment has one, by customer and channel."""

    records: list[Record]
    fields: tuple[str, ...]
    """The names in `payment_details` that they fill."""

    def rule(self, country: str, instrument: Record) -> int:
        """Which rules hold for a customer's instrument: a number of the presentation's own."""
        raise NotImplementedError

    def draw(self, uniform: np.ndarray, rules: np.ndarray, channels: np.ndarray) -> np.ndarray:
        """Positions in `records`, one a payment. channels: positions in CHANNELS."""
        raise NotImplementedError


class Method(PaymentMethod):
    """A payment method, whole.

    popularity: how likely it comes early in a person's order of preference, against the others'.
    amount_shift: standard deviations of chance by which it moves a payment's score, see `amount_ranks`.
    is_card: everybody has at least one method that is.
    unused_channels: where it is not used. domestic: payments do not cross a border.
    code_field: the name in `payment_details` of what the outcome says.
    not_in_refunds: names in `payment_details` of what happened to the payment alone.
    columns: name in `payment_details` → how its values are drawn, for those that differ with every payment.
    """

    popularity: ClassVar[float]
    amount_shift: ClassVar[float] = 0.0
    is_card: ClassVar[bool] = False
    unused_channels: ClassVar[frozenset[str]] = frozenset()
    domestic: ClassVar[bool] = False
    code_field: ClassVar[str] = "reason_code"
    not_in_refunds: ClassVar[tuple[str, ...]] = ()
    columns: ClassVar[Mapping[str, Column]] = {}

    def instruments(self, seed: int, country: str, held: np.ndarray) -> Sequence[Record]:
        """What the first `len(held)` people of a country pay from, without `payment_details.` before the names.

        held: whether each pays so; the record of one who never does is not looked at.
        """
        raise NotImplementedError

    def variant(self, country: str) -> str:
        """Which kind of this method a country's customers use, where kinds fail for reasons of their own."""
        return ""

    def reasons(self, variant: str) -> Codes:
        """Why payments fail."""
        raise NotImplementedError

    def codes(self, status: str, variant: str) -> Codes:
        """The codes that go with a status."""
        if status == "failed":
            return self.reasons(variant)
        return {None: 1.0}

    def presentation(self) -> Presentation | None:
        """How its instruments are presented, where there are several ways."""
        return None


METHODS = PAYMENT_METHODS.holding(Method)
