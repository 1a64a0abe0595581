"""`transaction.patterns`: the shares of methods, statuses, countries and channels, and the amounts.

What is `auto` here follows the facts: `paysim.config.mix` says what that comes to.
"""

from typing import Annotated

from pydantic import Field

from paysim.contract.codes import Channel, Currency, MerchantCategory, PaymentStatus
from paysim.contract.countries import COUNTRIES, Country
from paysim.contract.methods import PaymentMethodName

from .amounts import Amounts
from .base import AUTO_OR_GIVEN, GIVEN, Auto, Number, OptionalWeights, Section, Weights


class Patterns(Section):
    payment_methods: Annotated[Auto | Annotated[dict[PaymentMethodName, Number], Weights, GIVEN], AUTO_OR_GIVEN] = (
        Field(
            default="auto",
            description=(
                "Weights of payment methods, which need not sum to 1. auto: each country pays as its statistics say, "
                "Brazil by Pix."
            ),
        )
    )
    payment_status: Annotated[Auto | Annotated[dict[PaymentStatus, Number], Weights, GIVEN], AUTO_OR_GIVEN] = Field(
        default="auto",
        description=(
            "Weights of what becomes of payments; that of `refunded` is the share of refunds. auto: as often as "
            "statistics say."
        ),
    )
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
    merchant_categories: Annotated[Auto | Annotated[dict[MerchantCategory, Number], Weights, GIVEN], AUTO_OR_GIVEN] = (
        Field(
            default="auto",
            description="Weights of what merchants sell; each has codes of ISO 18245. auto: as goes with the channel.",
        )
    )
    channels: Annotated[Auto | Annotated[dict[Channel, Number], Weights, GIVEN], AUTO_OR_GIVEN] = Field(
        default="auto",
        description="Weights of how people pay. auto: as statistics say of each country's methods.",
    )
