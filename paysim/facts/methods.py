"""Which share of a consumer's payments each method has, by country.

Of non-cash payments that a person starts, by number. A wallet counts where it is presented (a phone at a till, a
button in a shop), not the card behind it; a bank transfer is a payment by account: Pix, UPI, ACH, Faster Payments and
their like. Statistics count wallets as cards, so most rows are estimates from what they print; the parts that are
printed are said.
"""

from . import sources as by
from .figure import Figure, Shares, Source

UNIT = "share of a consumer's non-cash payments, by number"


def _row(
    year: int, source: Source, estimate: str, *, credit: float, debit: float, transfer: float, wallet: float
) -> Shares:
    parts = {"credit_card": credit, "debit_card": debit, "bank_transfer": transfer, "digital_wallet": wallet}
    rest = round(1 - sum(parts.values()), 6)
    return Shares({**parts, "cryptocurrency": rest}, UNIT, year=year, source=source, estimate=estimate)


METHODS: dict[str, Shares] = {
    "US": _row(
        2024,
        by.FED_DIARY,
        "of 48 payments a month 17 by credit card, 30 % by debit card (2023), a seventh by account; a sixth of card "
        "payments in person and two fifths of those online through wallets (Worldpay 2025, by value)",
        credit=0.36,
        debit=0.33,
        transfer=0.15,
        wallet=0.159,
    ),
    "GB": _row(
        2024,
        by.UK_FINANCE_MARKETS,
        "26.1 bn by debit card of 31.4 bn card payments; a quarter of card payments by phone, as half of all adults "
        "pay so "
        "monthly; of remote banking only what people start themselves",
        credit=0.11,
        debit=0.54,
        transfer=0.139,
        wallet=0.21,
    ),
    "CA": _row(
        2024,
        by.PAYMENTS_CANADA,
        "credit cards 33 %, debit cards 30 %, EFT 14 %, cash 11 %, online transfers 7 % of all payments; EFT less "
        "payroll, "
        "an eighth of card payments by phone",
        credit=0.35,
        debit=0.34,
        transfer=0.17,
        wallet=0.139,
    ),
    "AU": _row(
        2024,
        by.RBA_RETAIL,
        "three quarters of card payments by debit card; 39 % of debit and 33 % of credit card payments by phone; "
        "cards are "
        "86 % of non-cash payments (survey of 2022)",
        credit=0.142,
        debit=0.395,
        transfer=0.14,
        wallet=0.322,
    ),
    "DE": _row(
        2023,
        by.BUNDESBANK,
        "debit card 27, credit card 6, mobile 6, internet methods 4, transfer and direct debit 4 of 100 payments, 51 "
        "in "
        "cash: the rest made whole",
        credit=0.128,
        debit=0.574,
        transfer=0.085,
        wallet=0.212,
    ),
    "FR": _row(
        2024,
        by.BANQUE_DE_FRANCE,
        "cards are 62 % of non-cash payments, transfers 18 %, most of them of companies; 15 % of card payments by "
        "phone",
        credit=0.09,
        debit=0.70,
        transfer=0.079,
        wallet=0.13,
    ),
    "JP": _row(
        2024,
        by.METI,
        "by value credit cards 82.9, debit cards 3.1, e-money 4.4, code payments 9.6 %; numbers by average payments of "
        "5,200, 3,000, 1,000 and 1,200 JPY; e-money and codes are wallets here",
        credit=0.52,
        debit=0.035,
        transfer=0.024,
        wallet=0.42,
    ),
    "BR": _row(
        2024,
        by.BCB_RETAIL,
        "Pix 47 % as printed (fourth quarter); a tenth for wallets; the rest as Abecs counts credit, debit and "
        "prepaid cards",
        credit=0.186,
        debit=0.244,
        transfer=0.47,
        wallet=0.099,
    ),
    "IN": _row(
        2024,
        by.RBI_REPORT,
        "UPI 83 % as printed; of the rest what consumers use: cards, prepaid instruments",
        credit=0.06,
        debit=0.04,
        transfer=0.83,
        wallet=0.069,
    ),
}
EURO_AREA = _row(
    2024,
    by.ECB_STATISTICS,
    "cards 57, credit transfers 21, e-money 6 % of all non-cash payments; direct debits left out, transfers less "
    "those of "
    "companies, an eighth of card payments by phone",
    credit=0.14,
    debit=0.55,
    transfer=0.169,
    wallet=0.14,
)
WORLD = _row(
    2024,
    by.WORLDPAY,
    "digital methods are 66 % of e-commerce and 38 % of payments in person by value; an unweighted middle of the "
    "countries "
    "here",
    credit=0.22,
    debit=0.37,
    transfer=0.20,
    wallet=0.209,
)
_EURO = frozenset({"ES", "IT", "NL", "AT", "BE", "IE", "PT", "FI"})

# Figures of single methods that are printed as they are.
PIX_SHARE = Figure(0.47, "share of non-cash payments in Brazil", year=2024, source=by.BCB_RETAIL)
UPI_SHARE = Figure(0.83, "share of digital payments in India", year=2024, source=by.RBI_REPORT)
JP_DEBIT_SHARE_OF_VALUE = Figure(0.031, "share of the value of cashless payments in Japan", year=2024, source=by.METI)
CRYPTO_SINCE = Figure(
    2010, "first year", year=2010, source=by.OWN, estimate="the first purchase for bitcoin, of May 2010, is well known"
)
CRYPTO_SHARE = Figure(0.002, "share of e-commerce value", year=2024, source=by.WORLDPAY)


def of(country: str) -> Shares:
    """The shares of a country; of the euro area, or the world, where it has no row."""
    return METHODS.get(country) or (EURO_AREA if country in _EURO else WORLD)
