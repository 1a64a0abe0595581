"""`transaction.patterns.amounts`: how large payments are, in one currency, which is converted into the others."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from paysim.contract.codes import MINOR_UNITS, Currency
from paysim.contract.methods import PaymentMethodName

from .base import Fault, Flag, Positive, Section

# By decimals of the currency: ten times as much, in the minor units of any other currency, has 12 digits at most.
_HIGHEST = {0: 500_000_000, 2: 5_000_000, 3: 1_000_000}


class AmountShape(Section):
    """How amounts of one payment method differ from the rest: any key of `amounts` but by_method."""

    distribution: Literal["normal", "uniform", "exponential", "lognormal", "bimodal"] | None = None
    min: Positive | None = None
    max: Positive | None = None
    mean: Positive | None = None
    std_dev: Positive | None = None
    peaks: Annotated[list[Positive], Field(min_length=2, max_length=2)] | None = None


class Amounts(Section):
    currency: Currency = Field(
        default="USD",
        description=(
            "What the amounts here are in. Others are converted by a dated table; convert: false takes them as "
            "they are."
        ),
    )
    convert: Flag = Field(default=True, description="false: every currency takes the numbers here as they are.")
    distribution: Literal["normal", "uniform", "exponential", "lognormal", "bimodal"] = Field(
        default="lognormal", description="normal, uniform, exponential, lognormal or bimodal"
    )
    min: Positive = Field(
        default=1.00, description="The least amount; whatever the distribution draws is cut to min..max."
    )
    max: Positive = Field(default=10000.00, description="The largest amount.")
    mean: Positive = Field(
        default=85.00,
        description="Of the distribution before it is cut to min..max. For normal, lognormal, exponential.",
    )
    std_dev: Positive | None = Field(default=None, description="For normal (null: 30), lognormal (null: 120), bimodal.")
    peaks: Annotated[list[Positive], Field(min_length=2, max_length=2)] = Field(
        default=[25.00, 300.00], description="For bimodal: two amounts, std_dev around each."
    )
    by_method: dict[PaymentMethodName, AmountShape] = Field(
        default={},
        description=(
            "Any of distribution, min, max, mean, std_dev, peaks for one payment method: {bank_transfer: "
            "{distribution: exponential, mean: 900}}"
        ),
    )

    def of(self, method: str) -> "Amounts":
        """The amounts of one payment method: these with the keys that by_method gives it."""
        shape = self.by_method.get(method)
        own = shape.model_dump(exclude_none=True) if shape else {}
        return self.model_copy(update={**own, "by_method": {}})

    def faults(self) -> Iterator[Fault]:
        yield from self._bounds((), self)
        for method in self.by_method:
            yield from self._bounds(("by_method", method), self.of(method))

    @staticmethod
    def _bounds(at: tuple[str, ...], amounts: "Amounts") -> Iterator[Fault]:
        if amounts.min >= amounts.max:
            yield (*at, "min"), f"{amounts.min:g} is not below max {amounts.max:g}"
        highest = _HIGHEST[MINOR_UNITS[amounts.currency]]
        if amounts.max > highest:
            what = f"{amounts.max:,.0f} is above {highest:,} {amounts.currency}"
            yield (*at, "max"), f"{what}: amounts of 13 digits could be taken for card numbers"
        for peak in amounts.peaks if amounts.distribution == "bimodal" else []:
            if not amounts.min <= peak <= amounts.max:
                yield (*at, "peaks"), f"{peak:g} lies outside min {amounts.min:g} to max {amounts.max:g}"
