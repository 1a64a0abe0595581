"""Card brands and domestic schemes by country, with the years in which their cards could be used.

Shares are of cards used, by number of payments, and of one kind of card: a scheme that issues debit cards only is no
part of the credit row. A co-badged card (girocard and Debit Mastercard, CB and Visa, eftpos and Visa) counts as the
scheme that carries the payment in its own country.
"""

from dataclasses import dataclass
from typing import ClassVar

from . import sources as by
from .figure import Fact, Figure, Lifetime, Shares, Source


@dataclass(frozen=True, slots=True)
class Brand(Fact):
    """A card scheme. countries: where it issues; empty: everywhere. online: whether it can pay at a distance at all;
    recurring: by a card on file. kinds: of cards."""

    unit: ClassVar[str] = "years in which its cards are used"
    name: str
    countries: frozenset[str]
    kinds: frozenset[str]
    used: Lifetime
    online: bool = True
    recurring: bool = True


_BOTH, _DEBIT, _CREDIT = frozenset({"credit", "debit"}), frozenset({"debit"}), frozenset({"credit"})
_EUROPE = frozenset({"DE", "FR", "ES", "IT", "NL", "AT", "BE", "IE", "PT", "FI", "GB"})


def _brand(
    name: str, first: int, kinds: frozenset[str], *countries: str, online: bool = True, recurring: bool = True
) -> Brand:
    return Brand(name, frozenset(countries), kinds, Lifetime(first), online, recurring, year=first, source=by.NETWORKS)


BRANDS: dict[str, Brand] = {
    brand.name: brand
    for brand in (
        _brand("visa", 1958, _BOTH),
        _brand("mastercard", 1966, _BOTH),
        _brand("amex", 1958, _CREDIT),
        _brand("discover", 1985, _BOTH, "US"),
        _brand("jcb", 1961, _BOTH, "JP"),
        _brand("girocard", 1990, _DEBIT, "DE", online=False, recurring=False),
        _brand("cartes_bancaires", 1984, _BOTH, "FR"),
        _brand("interac", 1984, _DEBIT, "CA", recurring=False),
        _brand("eftpos", 1983, _DEBIT, "AU"),
        _brand("rupay", 2012, _BOTH, "IN"),
        _brand("elo", 2011, _BOTH, "BR"),
        _brand("hipercard", 1993, _CREDIT, "BR"),
        _brand("bancontact", 1979, _DEBIT, "BE"),
        _brand("pagobancomat", 1983, _DEBIT, "IT"),
        _brand("multibanco", 1985, _DEBIT, "PT"),
        Brand(
            "maestro",
            _EUROPE,
            _DEBIT,
            Lifetime(1991, 2027),
            year=2023,
            source=by.MASTERCARD,
            estimate="no new cards since July 2023; the last ones issued expire within four years",
        ),
    )
}

_CARRIED = "share of the cards of a domestic scheme, by the brand that carries them where it does not reach"
_CO_BADGED = "no national table found: Debit Mastercard and Visa Debit as banks name them, rounded"


def _carried(**parts: float) -> Shares:
    return Shares(parts, _CARRIED, year=2024, source=by.OWN, estimate=_CO_BADGED)


# Domestic scheme → the brand on the same card that carries it abroad, and online where the scheme does not go there.
CO_BADGES: dict[str, Shares] = {
    "girocard": _carried(mastercard=0.55, visa=0.45),
    "interac": _carried(visa=0.70, mastercard=0.30),
    "cartes_bancaires": _carried(visa=0.58, mastercard=0.42),
    "eftpos": _carried(visa=0.62, mastercard=0.38),
    "bancontact": _carried(mastercard=0.60, visa=0.40),
    "pagobancomat": _carried(mastercard=0.65, visa=0.35),
    "multibanco": _carried(visa=0.55, mastercard=0.45),
}

_UNIT = "share of payments by cards of this kind, by number"
_TWO_OF_GB = (
    "Visa and Mastercard have 95 % of payments by British cards or more; between them by the cards of large banks"
)
_OF_CARDS = "of all cards: CB 75, Visa 17, Mastercard 8 %"
_MADE = "no national table found: shares of cards in circulation as the schemes and press name them, rounded"


def _shares(source: Source, estimate: str, year: int = 2024, **parts: float) -> Shares:
    return Shares(parts, _UNIT, year=year, source=source, estimate=estimate)


CREDIT: dict[str, Shares] = {
    "US": _shares(
        by.NILSON,
        "of all cards by value Visa 61.1, Mastercard 25.8, American Express 11.1, Discover 2.0 %; Amex and "
        "Discover are credit cards",
        visa=0.52,
        mastercard=0.26,
        amex=0.185,
        discover=0.035,
    ),
    "GB": _shares(by.PSR_CARDS, _TWO_OF_GB, visa=0.36, mastercard=0.54, amex=0.10),
    "CA": _shares(by.OWN, _MADE, visa=0.55, mastercard=0.37, amex=0.08),
    "AU": _shares(by.OWN, _MADE, visa=0.50, mastercard=0.36, amex=0.14),
    "DE": _shares(by.OWN, _MADE, visa=0.52, mastercard=0.43, amex=0.05),
    "FR": _shares(
        by.YAVIN, f"{_OF_CARDS}; Amex beside", year=2023, cartes_bancaires=0.74, visa=0.17, mastercard=0.07, amex=0.02
    ),
    "JP": _shares(by.OWN, _MADE, visa=0.50, jcb=0.30, mastercard=0.17, amex=0.03),
    "BR": _shares(by.OWN, _MADE, mastercard=0.52, visa=0.33, elo=0.12, amex=0.02, hipercard=0.01),
    "IN": _shares(
        by.NPCI_CREDIT,
        "16 % of what is spent by credit card goes through RuPay; the others by the cards of large banks",
        year=2025,
        visa=0.43,
        mastercard=0.38,
        rupay=0.16,
        amex=0.03,
    ),
}
DEBIT: dict[str, Shares] = {
    "US": _shares(
        by.NILSON,
        "as of credit cards: Visa's share of debit cards is the larger",
        visa=0.70,
        mastercard=0.285,
        discover=0.015,
    ),
    "GB": _shares(by.PSR_CARDS, _TWO_OF_GB, visa=0.70, mastercard=0.30),
    "CA": _shares(
        by.MONERIS,
        "nearly all debit is Interac; Visa and Mastercard debit carry it online",
        interac=0.93,
        visa=0.05,
        mastercard=0.02,
    ),
    "AU": _shares(by.OWN, _MADE, visa=0.48, mastercard=0.27, eftpos=0.25),
    "DE": _shares(
        by.BUNDESBANK_STATISTICS,
        "girocard made 7.9 bn of some 10 bn debit card payments (11.8 bn cards of 2023, 83 % debit)",
        girocard=0.78,
        visa=0.12,
        mastercard=0.095,
        maestro=0.005,
    ),
    "FR": _shares(by.YAVIN, _OF_CARDS, year=2023, cartes_bancaires=0.75, visa=0.17, mastercard=0.08),
    "JP": _shares(by.OWN, _MADE, visa=0.70, jcb=0.25, mastercard=0.05),
    "BR": _shares(
        by.BOANERGES,
        "Elo has more than 18 % of debit, Mastercard more transactions than Visa",
        year=2016,
        mastercard=0.47,
        visa=0.35,
        elo=0.18,
    ),
    "IN": _shares(
        by.GLOBALDATA,
        "RuPay has 24 % of debit card payments, though most of the cards; the others as they had it before",
        year=2019,
        visa=0.46,
        mastercard=0.30,
        rupay=0.24,
    ),
}
WORLD_CREDIT = _shares(by.OWN, _MADE, visa=0.50, mastercard=0.42, amex=0.08)
WORLD_DEBIT = _shares(by.OWN, _MADE, visa=0.52, mastercard=0.47, maestro=0.01)

VISA_US = Figure(0.611, "share of the value of US cards", year=2024, source=by.NILSON)
MASTERCARD_US = Figure(0.258, "share of the value of US cards", year=2024, source=by.NILSON)
GIROCARD_OF_DEBIT = Figure(
    0.80,
    "share of debit card payments in person in Germany",
    year=2024,
    source=by.EURO_KARTENSYSTEME,
    estimate="7.9 bn girocard payments of some 10 bn debit card payments, nearly all of them in person",
)
INTERAC_OF_DEBIT = Figure(
    0.95, "share of debit card payments in person in Canada", year=2024, source=by.MONERIS, estimate="nearly all"
)


def of(country: str, kind: str) -> Shares:
    """Brands of a country's credit or debit cards."""
    if kind == "credit":
        return CREDIT.get(country, WORLD_CREDIT)
    return DEBIT.get(country, WORLD_DEBIT)


def usable(brand: str, country: str, year: int) -> bool:
    """Whether somebody of this country could hold a card of this brand in this year; False for an unknown brand."""
    row = BRANDS.get(brand)
    return row is not None and (not row.countries or country in row.countries) and year in row.used
