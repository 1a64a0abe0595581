"""What a country means for a payment: its currency, its clock, its bank transfer scheme, its cards and wallets.

The names of the countries are `config.codes.Country`; Faker's locale for each is in `population`.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CountryFacts:
    """currency: ISO 4217. zone: the IANA zone most of its people live in, the country's local time here.
    scheme: of account-to-account transfers. brands, wallets: name → share of the cards and wallets held."""

    currency: str
    zone: str
    scheme: str
    brands: dict[str, float]
    wallets: dict[str, float]


_GLOBAL = {"visa": 0.52, "mastercard": 0.40, "amex": 0.08}
_EURO = {"visa": 0.45, "mastercard": 0.47, "amex": 0.04, "maestro": 0.04}
_WALLETS = {"paypal": 0.40, "apple_pay": 0.35, "google_pay": 0.25}


def _euro(zone: str, brands: dict[str, float] = _EURO) -> CountryFacts:
    return CountryFacts("EUR", zone, "SEPA", brands, _WALLETS)


COUNTRIES: dict[str, CountryFacts] = {
    "US": CountryFacts(
        "USD",
        "America/New_York",
        "ACH",
        {"visa": 0.53, "mastercard": 0.24, "amex": 0.15, "discover": 0.08},
        {"paypal": 0.35, "apple_pay": 0.38, "google_pay": 0.15, "cash_app": 0.12},
    ),
    "GB": CountryFacts("GBP", "Europe/London", "FPS", _GLOBAL, _WALLETS),
    "CA": CountryFacts(
        "CAD",
        "America/Toronto",
        "EFT",
        {"visa": 0.45, "mastercard": 0.30, "interac": 0.18, "amex": 0.07},
        _WALLETS,
    ),
    "AU": CountryFacts(
        "AUD",
        "Australia/Sydney",
        "BECS",
        {"visa": 0.48, "mastercard": 0.34, "eftpos": 0.12, "amex": 0.06},
        _WALLETS,
    ),
    "DE": _euro("Europe/Berlin", {"visa": 0.46, "mastercard": 0.47, "maestro": 0.04, "amex": 0.03}),
    "FR": _euro("Europe/Paris", {"cartes_bancaires": 0.45, "visa": 0.28, "mastercard": 0.25, "amex": 0.02}),
    "JP": CountryFacts(
        "JPY",
        "Asia/Tokyo",
        "Zengin",
        {"visa": 0.45, "jcb": 0.30, "mastercard": 0.20, "amex": 0.05},
        {"paypay": 0.55, "apple_pay": 0.25, "google_pay": 0.10, "paypal": 0.10},
    ),
    "BR": CountryFacts(
        "BRL",
        "America/Sao_Paulo",
        "PIX",
        {"visa": 0.42, "mastercard": 0.40, "elo": 0.16, "amex": 0.02},
        {"mercado_pago": 0.50, "google_pay": 0.20, "apple_pay": 0.15, "paypal": 0.15},
    ),
    "IN": CountryFacts(
        "INR",
        "Asia/Kolkata",
        "UPI",
        {"rupay": 0.38, "visa": 0.35, "mastercard": 0.26, "amex": 0.01},
        {"phonepe": 0.50, "google_pay": 0.38, "paytm": 0.12},
    ),
    "ES": _euro("Europe/Madrid"),
    "IT": _euro("Europe/Rome"),
    "NL": _euro("Europe/Amsterdam"),
    "AT": _euro("Europe/Vienna"),
    "BE": _euro("Europe/Brussels"),
    "IE": _euro("Europe/Dublin"),
    "PT": _euro("Europe/Lisbon"),
    "FI": _euro("Europe/Helsinki"),
}
# Schemes that issue debit cards only; a credit card has one of the other brands of its country.
DEBIT_ONLY = frozenset({"interac", "eftpos", "maestro"})
# Brands that issue hardly any debit cards.
CREDIT_ONLY = frozenset({"amex"})
# Schemes outside of EMV 3-D Secure.
WITHOUT_3DS = frozenset({"interac", "eftpos"})
# Where the law or the central bank asks for strong authentication online (PSD2, the FCA, the RBI, METI); elsewhere 3-D
# Secure is the exception.
STRONG = frozenset({"GB", "DE", "FR", "JP", "IN", "ES", "IT", "NL", "AT", "BE", "IE", "PT", "FI"})
