"""`transaction.patterns`: the shares of methods, statuses, countries and channels, and the amounts."""

from typing import Annotated

from pydantic import Field

from paysim.contract.codes import Channel, Currency, MerchantCategory, PaymentStatus
from paysim.contract.countries import COUNTRIES, Country
from paysim.contract.methods import PAYMENT_METHODS, PaymentMethodName

from .amounts import Amounts
from .base import Number, OptionalWeights, Section, Weights


class Patterns(Section):
    payment_methods: Annotated[dict[PaymentMethodName, Number], Weights] = Field(
        default_factory=lambda: {name: method.weight for name, method in PAYMENT_METHODS.items() if method.weight},
        description="A map of weights replaces its default whole and need not sum to 1.",
    )
    payment_status: Annotated[dict[PaymentStatus, Number], Weights] = Field(default={
        "completed": 0.85, "failed": 0.10, "pending": 0.03, "cancelled": 0.01, "refunded": 0.01
    }, description="The weight of `refunded` is the share of refunds.")  # fmt: skip
    amounts: Amounts = Amounts()
    currencies: Annotated[dict[Currency, Number], OptionalWeights] = Field(
        default={},
        description=(
            "Weights of currencies, such as {USD: 2, EUR: 1}. Empty: the currency of the customer's country. Bank "
            "transfers are always in their scheme's."
        ),
    )
    countries: Annotated[dict[Country, Number], Weights] = Field(
        default_factory=lambda: {code: country.weight for code, country in COUNTRIES.items() if country.weight},
        description="Weights of the customers' countries, ISO 3166-1.",
    )
    merchant_categories: Annotated[dict[MerchantCategory, Number], Weights] = Field(default={
        "retail": 0.30, "food_beverage": 0.20, "travel": 0.15, "entertainment": 0.10, "healthcare": 0.08,
        "education": 0.07, "other": 0.10
    }, description="Weights of what merchants sell; each has codes of ISO 18245.")  # fmt: skip
    channels: Annotated[dict[Channel, Number], Weights] = Field(
        default={
            "web": 0.4,
            "mobile": 0.35,
            "pos": 0.2,
            "api": 0.05,
        },
        description="Weights of how people pay.",
    )
