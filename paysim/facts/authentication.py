"""Strong customer authentication: where the law asks for it online, and what is exempt."""

from dataclasses import dataclass
from typing import ClassVar

from . import sources as by
from .figure import Fact, Figure


@dataclass(frozen=True, slots=True)
class Rule(Fact):
    """A country whose law or central bank asks for two factors online. low_value: below it a payment may go without;
    highest: above it no analysis of risk exempts one. Both in `currency`; None: no such exemption."""

    unit: ClassVar[str] = "amounts of exemptions from strong authentication"
    country: str
    currency: str
    low_value: float | None
    highest: float | None


_EUROPE = ("DE", "FR", "ES", "IT", "NL", "AT", "BE", "IE", "PT", "FI")
RULES: dict[str, Rule] = {
    **{country: Rule(country, "EUR", 30, 500, year=2018, source=by.PSD2_RTS) for country in _EUROPE},
    "GB": Rule("GB", "GBP", 25, 440, year=2022, source=by.UK_SCA, estimate="the amounts in euro, as set for sterling"),
    "IN": Rule("IN", "INR", None, None, year=2009, source=by.RBI_AFA),
    "JP": Rule(
        "JP", "JPY", None, None, year=2025, source=by.METI_3DS, estimate="3-D Secure at the acquirer's risk rules"
    ),
}
# Transaction risk analysis: up to this amount in euro, while the provider's fraud rate is not above the share.
LOW_VALUE = Figure(30, "EUR below which a remote payment may go without", year=2018, source=by.PSD2_RTS)
HIGHEST_EXEMPT = Figure(500, "EUR above which risk analysis exempts nothing", year=2018, source=by.PSD2_RTS)
SOFT_DECLINES: dict[str, Figure] = {
    "1A": Figure(
        0.07, "share of declines online in Europe", year=2021, source=by.SCHEME_CODES, estimate="Visa's, a fifteenth"
    ),
    "65": Figure(
        0.06, "share of declines online in Europe", year=2021, source=by.SCHEME_CODES, estimate="Mastercard's"
    ),
}
UNAUTHENTICATED = Figure(
    0.10,
    "share of remote card payments of people under such a law with neither, at most",
    year=2024,
    source=by.EBA_FRAUD,
    estimate="merchants abroad, and what a merchant starts",
)
