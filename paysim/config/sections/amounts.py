"""`transaction.patterns.amounts`: how large payments are.

Left out, they are as large as the facts say: by what is bought, where, by which method. With a distribution all of them
follow it, in one currency, which is converted into the others.
"""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from paysim.contract.codes import MINOR_UNITS, Currency
from paysim.contract.methods import PaymentMethodName

from .base import Fault, Flag, Positive, Section

# By decimals of the currency: ten times as much, in the minor units of any other currency, has 12 digits at most.
_HIGHEST = {0: 500_000_000, 2: 5_000_000, 3: 1_000_000}


Distribution = Literal["normal", "uniform", "exponential", "lognormal", "bimodal"]
_SHAPING = ("mean", "std_dev", "peaks")


class AmountShape(Section):
    """How amounts of one payment method differ from the rest: any key of `amounts` but by_method."""

    distribution: Literal[Distribution, "auto"] | None = None
    min: Positive | None = None
    max: Positive | None = None
    mean: Positive | None = None
    std_dev: Positive | None = None
    peaks: Annotated[list[Positive], Field(min_length=2, max_length=2)] | None = None


class Amounts(Section):
    currency: Currency = Field(
        default="USD",
        description=(
            "The currency of the amounts here. For other currencies they are converted by a dated table, or taken as "
            "they are with convert: false."
        ),
    )
    convert: Flag = Field(default=True, description="false: every currency takes the numbers here as they are.")
    distribution: Literal[Distribution, "auto"] | None = Field(
        default=None,
        description=(
            "normal, uniform, exponential, lognormal or bimodal. auto, or left out: amounts follow what is bought, the "
            "country, the method and the channel. Left out with a mean or std_dev: lognormal."
        ),
    )
    min: Positive | None = Field(
        default=None,
        description=(
            "The least amount; whatever is drawn stays within min..max. null: 1.00 with a distribution, else none."
        ),
    )
    max: Positive | None = Field(
        default=None,
        description=(
            "The largest amount. null: 10,000 with a distribution, else as much as 10,000 USD. Without a distribution "
            "the limit of a scheme holds besides."
        ),
    )
    mean: Positive | None = Field(
        default=None,
        description=(
            "Of the distribution before it is cut to min..max. For normal, lognormal, exponential. null: 85, where "
            "there is a distribution."
        ),
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
        if own.get("distribution") == "auto":
            own = {"mean": None, "std_dev": None, **own}
        return self.model_copy(update={**own, "by_method": {}})

    @property
    def shape(self) -> Distribution | None:
        """The distribution that all amounts follow; None where they follow the facts."""
        if self.distribution == "auto":
            return None
        if self.distribution is None and (self.mean is not None or self.std_dev is not None):
            return "lognormal"
        return self.distribution

    @property
    def least(self) -> float:
        """The least amount of a distribution."""
        return 1.0 if self.min is None else self.min

    @property
    def most(self) -> float:
        """The largest amount."""
        return 10_000.0 if self.max is None else self.max

    @property
    def average(self) -> float:
        """The mean of a distribution before it is cut."""
        return 85.0 if self.mean is None else self.mean

    def faults(self) -> Iterator[Fault]:
        yield from self._bounds((), self)
        yield from self._needless((), self)
        for method, shape in self.by_method.items():
            yield from self._bounds(("by_method", method), self.of(method))
            yield from self._needless(("by_method", method), shape)

    @staticmethod
    def _needless(at: tuple[str, ...], given: "Amounts | AmountShape") -> Iterator[Fault]:
        for name in _SHAPING if given.distribution == "auto" else ():
            if name in given.model_fields_set and getattr(given, name) is not None:
                yield (*at, name), "goes with a distribution; auto takes min and max only"

    @staticmethod
    def _bounds(at: tuple[str, ...], amounts: "Amounts") -> Iterator[Fault]:
        bounded = amounts.shape is not None or (amounts.min is not None and amounts.max is not None)
        if bounded and amounts.least >= amounts.most:
            yield (*at, "min"), f"{amounts.least:g} is not below max {amounts.most:g}"
        highest = _HIGHEST[MINOR_UNITS[amounts.currency]]
        if amounts.most > highest:
            what = f"{amounts.most:,.0f} is above {highest:,} {amounts.currency}"
            yield (*at, "max"), f"{what}: amounts of 13 digits could be taken for card numbers"
        for peak in amounts.peaks if amounts.shape == "bimodal" else []:
            if not amounts.least <= peak <= amounts.most:
                yield (*at, "peaks"), f"{peak:g} lies outside min {amounts.least:g} to max {amounts.most:g}"
