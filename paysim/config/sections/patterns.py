"""`transaction.patterns`: the shares of methods, statuses, countries and channels, and the amounts."""

# ruff: noqa: RUF012 (pydantic copies a mutable default for each instance)

from typing import Annotated

from pydantic import Field

from paysim.contract.codes import Channel, Currency, MerchantCategory, PaymentStatus
from paysim.contract.countries import COUNTRIES, Country
from paysim.contract.methods import PAYMENT_METHODS, PaymentMethodName

from .amounts import Amounts
from .base import Number, OptionalWeights, Section, Weights


class Patterns(Section):
    payment_methods: Annotated[dict[PaymentMethodName, Number], Weights] = Field(
        default_factory=lambda: {name: method.weight for name, method in PAYMENT_METHODS.items() if method.weight}
    )
    payment_status: Annotated[dict[PaymentStatus, Number], Weights] = {
        "completed": 0.85, "failed": 0.10, "pending": 0.03, "cancelled": 0.01, "refunded": 0.01
    }  # fmt: skip
    amounts: Amounts = Amounts()
    currencies: Annotated[dict[Currency, Number], OptionalWeights] = {}
    countries: Annotated[dict[Country, Number], Weights] = Field(
        default_factory=lambda: {code: country.weight for code, country in COUNTRIES.items() if country.weight}
    )
    merchant_categories: Annotated[dict[MerchantCategory, Number], Weights] = {
        "retail": 0.30, "food_beverage": 0.20, "travel": 0.15, "entertainment": 0.10, "healthcare": 0.08,
        "education": 0.07, "other": 0.10
    }  # fmt: skip
    channels: Annotated[dict[Channel, Number], Weights] = {
        "web": 0.4,
        "mobile": 0.35,
        "pos": 0.2,
        "api": 0.05,
    }
