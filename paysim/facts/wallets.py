"""Wallet providers by country: share, first and last year, and whether they pay in person.

A wallet is a person's device or account: it never pays from a server, but for a payment on file that the merchant
starts.
"""

from dataclasses import dataclass
from typing import ClassVar

from . import sources as by
from .figure import Fact, Lifetime, Source


@dataclass(frozen=True, slots=True)
class Wallet(Fact):
    """A provider in a country. share: of the country's wallet payments, by number. used: years in which it can be paid
    with. in_person: years in which it pays at a till, None: never. qr: in person by code, else by tap."""

    unit: ClassVar[str] = "share of wallet payments of a country, by number"
    provider: str
    country: str
    share: float
    used: Lifetime
    in_person: Lifetime | None
    qr: bool = False


_MADE = "years as the provider names them; shares by its users in the country, rounded"
_US = "of users PayPal 36, Apple Pay 20, Venmo 16 %; by number in person Apple Pay leads"


def _tap(provider: str, source: Source, first: int, country: str, share: float, estimate: str = _MADE) -> Wallet:
    used = Lifetime(first)
    return Wallet(provider, country, share, used, used, year=first, source=source, estimate=estimate)


def _paypal(country: str, share: float, in_person: int | None = None, estimate: str = _MADE) -> Wallet:
    till = None if in_person is None else Lifetime(in_person)
    return Wallet("paypal", country, share, Lifetime(2004), till, year=2024, source=by.PAYPAL, estimate=estimate)


def _code(provider: str, country: str, share: float, first: int, source: Source = by.PROVIDERS) -> Wallet:
    used = Lifetime(first)
    return Wallet(provider, country, share, used, used, qr=True, year=2024, source=source, estimate=_MADE)


def _cash_app(share: float) -> Wallet:
    return Wallet("cash_app", "US", share, Lifetime(2013), Lifetime(2017), year=2024, source=by.PROVIDERS, estimate=_US)


WALLETS: tuple[Wallet, ...] = (
    _tap("apple_pay", by.APPLE, 2014, "US", 0.45, _US), _paypal("US", 0.30, estimate=_US),
    _tap("google_pay", by.GOOGLE, 2015, "US", 0.13, _US), _cash_app(0.12),
    _tap("apple_pay", by.APPLE, 2015, "GB", 0.57), _tap("google_pay", by.GOOGLE, 2016, "GB", 0.25), _paypal("GB", 0.18),
    _tap("apple_pay", by.APPLE, 2015, "CA", 0.58), _tap("google_pay", by.GOOGLE, 2017, "CA", 0.24), _paypal("CA", 0.18),
    _tap("apple_pay", by.APPLE, 2015, "AU", 0.64), _tap("google_pay", by.GOOGLE, 2016, "AU", 0.26), _paypal("AU", 0.10),
    _paypal("DE", 0.47, 2025), _tap("apple_pay", by.APPLE, 2018, "DE", 0.30), _tap("google_pay", by.GOOGLE, 2018,
    "DE", 0.23),
    _tap("apple_pay", by.APPLE, 2016, "FR", 0.55), _paypal("FR", 0.25), _tap("google_pay", by.GOOGLE, 2018, "FR", 0.20),
    _code("paypay", "JP", 0.66, 2018), _tap("apple_pay", by.APPLE, 2016, "JP", 0.22),
    _tap("google_pay", by.GOOGLE, 2016, "JP", 0.10), _paypal("JP", 0.02),
    _code("mercado_pago", "BR", 0.55, 2016), _tap("google_pay", by.GOOGLE, 2017, "BR", 0.22),
    _tap("apple_pay", by.APPLE, 2018, "BR", 0.19), _paypal("BR", 0.04),
    _code("phonepe", "IN", 0.50, 2016, by.NPCI_APPS), _code("google_pay", "IN", 0.39, 2017, by.NPCI_APPS),
    _code("paytm", "IN", 0.11, 2014, by.NPCI_APPS),
)  # fmt: skip
# Where a country has no row.
WORLD: tuple[Wallet, ...] = (
    _tap("apple_pay", by.APPLE, 2017, "*", 0.45), _tap("google_pay", by.GOOGLE, 2018, "*", 0.30), _paypal("*", 0.25),
)  # fmt: skip


def of(country: str) -> tuple[Wallet, ...]:
    """The wallets of a country."""
    return tuple(wallet for wallet in WALLETS if wallet.country == country) or WORLD


def find(provider: str, country: str) -> Wallet | None:
    """A provider in a country, or None where it has no customers there."""
    return next((wallet for wallet in of(country) if wallet.provider == provider), None)
