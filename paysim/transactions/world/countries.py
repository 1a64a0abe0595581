"""What a country means for a payment: one row of `_ROWS` each, with everything that there is to say of it.

A country's people and ids depend on the seed and its own code alone, so a new row changes nobody else's. Its cities are
those that Faker knows in it.
"""

import re
from dataclasses import dataclass, replace

from paysim.contract import countries
from paysim.contract.codes import MINOR_UNITS
from paysim.contract.countries import CountryCode

from .languages import LANGUAGES


@dataclass(frozen=True, slots=True, kw_only=True)
class Country(CountryCode):
    """A country.

    currency: ISO 4217. zone: the IANA zone most of its people live in, the country's local time here.
    scheme: of account-to-account transfers, one of `bank_schemes`. brands, wallets: name → share of the cards and
    wallets held. locale: Faker's for its people; where it has none of its own the nearest neighbour's.
    language: what its shops are called in, one of `languages`. legal_forms: what some shops add to their name.
    strong_authentication: whether law or central bank ask for it online (PSD2, the FCA, the RBI, METI); elsewhere 3-D
    Secure is the exception. family_name_first, two_family_names: how people are called.
    """

    currency: str
    zone: str
    scheme: str
    brands: dict[str, float]
    wallets: dict[str, float]
    locale: str
    language: str
    legal_forms: tuple[str, ...]
    strong_authentication: bool = False
    family_name_first: bool = False
    two_family_names: bool = False

    def __post_init__(self) -> None:
        """Raises ValueError for a code that is none of two capitals, and a currency or language that is not known."""
        if not re.fullmatch("[A-Z]{2}", self.code):
            raise ValueError(f"country {self.code}: the code must be two capitals, as in ISO 3166-1 alpha-2")
        if self.currency not in MINOR_UNITS:
            raise ValueError(f"country {self.code}: {self.currency} is not a currency of contract.codes")
        if self.language not in LANGUAGES:
            raise ValueError(f"country {self.code}: shops have no names in {self.language}: {', '.join(LANGUAGES)}")


COUNTRIES = countries.COUNTRIES.holding(Country)

_GLOBAL = {"visa": 0.52, "mastercard": 0.40, "amex": 0.08}
_EURO = {"visa": 0.45, "mastercard": 0.47, "amex": 0.04, "maestro": 0.04}
_WALLETS = {"paypal": 0.40, "apple_pay": 0.35, "google_pay": 0.25}


def _euro(code: str, zone: str, locale: str, language: str, *legal_forms: str) -> Country:
    return Country(
        code=code,
        currency="EUR",
        zone=zone,
        scheme="SEPA",
        brands=_EURO,
        wallets=_WALLETS,
        locale=locale,
        language=language,
        legal_forms=legal_forms,
        strong_authentication=True,
    )


_ROWS = (
    Country(
        code="US",
        weight=0.50,
        currency="USD",
        zone="America/New_York",
        scheme="ACH",
        brands={"visa": 0.53, "mastercard": 0.24, "amex": 0.15, "discover": 0.08},
        wallets={"paypal": 0.35, "apple_pay": 0.38, "google_pay": 0.15, "cash_app": 0.12},
        locale="en_US",
        language="en",
        legal_forms=("Inc", "LLC"),
    ),
    Country(
        code="GB",
        weight=0.15,
        currency="GBP",
        zone="Europe/London",
        scheme="FPS",
        brands=_GLOBAL,
        wallets=_WALLETS,
        locale="en_GB",
        language="en",
        legal_forms=("Ltd", "PLC"),
        strong_authentication=True,
    ),
    Country(
        code="CA",
        weight=0.10,
        currency="CAD",
        zone="America/Toronto",
        scheme="EFT",
        brands={"visa": 0.45, "mastercard": 0.30, "interac": 0.18, "amex": 0.07},
        wallets=_WALLETS,
        locale="en_US",
        language="en",
        legal_forms=("Inc", "Ltd"),
    ),
    Country(
        code="AU",
        weight=0.08,
        currency="AUD",
        zone="Australia/Sydney",
        scheme="BECS",
        brands={"visa": 0.48, "mastercard": 0.34, "eftpos": 0.12, "amex": 0.06},
        wallets=_WALLETS,
        locale="en_GB",
        language="en",
        legal_forms=("Pty Ltd", "Ltd"),
    ),
    replace(
        _euro("DE", "Europe/Berlin", "de_DE", "de", "GmbH", "KG"),
        weight=0.05,
        brands={"visa": 0.46, "mastercard": 0.47, "maestro": 0.04, "amex": 0.03},
    ),
    replace(
        _euro("FR", "Europe/Paris", "fr_FR", "fr", "SARL", "SAS"),
        weight=0.04,
        brands={"cartes_bancaires": 0.45, "visa": 0.28, "mastercard": 0.25, "amex": 0.02},
    ),
    Country(
        code="JP",
        weight=0.03,
        currency="JPY",
        zone="Asia/Tokyo",
        scheme="Zengin",
        brands={"visa": 0.45, "jcb": 0.30, "mastercard": 0.20, "amex": 0.05},
        wallets={"paypay": 0.55, "apple_pay": 0.25, "google_pay": 0.10, "paypal": 0.10},
        locale="ja_JP",
        language="ja",
        legal_forms=("株式会社", "有限会社"),
        strong_authentication=True,
        family_name_first=True,
    ),
    Country(
        code="BR",
        weight=0.03,
        currency="BRL",
        zone="America/Sao_Paulo",
        scheme="PIX",
        brands={"visa": 0.42, "mastercard": 0.40, "elo": 0.16, "amex": 0.02},
        wallets={"mercado_pago": 0.50, "google_pay": 0.20, "apple_pay": 0.15, "paypal": 0.15},
        locale="pt_BR",
        language="pt",
        legal_forms=("Ltda.", "S.A."),
    ),
    Country(
        code="IN",
        weight=0.02,
        currency="INR",
        zone="Asia/Kolkata",
        scheme="UPI",
        brands={"rupay": 0.38, "visa": 0.35, "mastercard": 0.26, "amex": 0.01},
        wallets={"phonepe": 0.50, "google_pay": 0.38, "paytm": 0.12},
        locale="en_IN",
        language="en",
        legal_forms=("Pvt Ltd", "Ltd"),
        strong_authentication=True,
    ),
    replace(_euro("ES", "Europe/Madrid", "es_ES", "es", "S.L.", "S.A."), two_family_names=True),
    _euro("IT", "Europe/Rome", "it_IT", "it", "S.r.l.", "S.p.A."),
    _euro("NL", "Europe/Amsterdam", "nl_NL", "nl", "B.V.", "V.O.F."),
    _euro("AT", "Europe/Vienna", "de_AT", "de", "GmbH", "KG"),
    _euro("BE", "Europe/Brussels", "nl_BE", "nl", "BV", "NV"),
    _euro("IE", "Europe/Dublin", "en_IE", "en", "Ltd", "DAC"),
    replace(_euro("PT", "Europe/Lisbon", "pt_PT", "pt", "Lda.", "S.A."), two_family_names=True),
    _euro("FI", "Europe/Helsinki", "fi_FI", "fi", "Oy", "Ky"),
)
for _row in _ROWS:
    COUNTRIES.add(_row)
