"""In person or at a distance: shares of card payments, how cards are presented, and contactless limits."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from . import sources as by
from .figure import Fact, Figure, Shares

_IN_PERSON = "share of card payments made in person, by number"
_TAPPED = "share of card payments in person that are contactless, by number"
_NEAR = "no national figure found: between the euro area's 79 % and the US's 64 %, by the share of e-commerce"

IN_PERSON: dict[str, Figure] = {
    "US": Figure(0.638, _IN_PERSON, year=2022, source=by.FED_STUDY),
    "GB": Figure(0.72, _IN_PERSON, year=2024, source=by.OWN, estimate=_NEAR),
    "CA": Figure(0.74, _IN_PERSON, year=2024, source=by.OWN, estimate=_NEAR),
    "AU": Figure(0.73, _IN_PERSON, year=2022, source=by.RBA_SURVEY, estimate=_NEAR),
    "DE": Figure(
        0.79, _IN_PERSON, year=2024, source=by.ECB_SPACE, estimate="the euro area's: 21 % of payments are online"
    ),
    "FR": Figure(
        0.76, _IN_PERSON, year=2024, source=by.ECB_SPACE, estimate="the euro area's, less for more e-commerce"
    ),
    "JP": Figure(0.68, _IN_PERSON, year=2024, source=by.OWN, estimate=_NEAR),
    "BR": Figure(0.75, _IN_PERSON, year=2024, source=by.ABECS, estimate="a quarter of card value is remote"),
    "IN": Figure(0.51, _IN_PERSON, year=2025, source=by.WORLDLINE, estimate="1.18 bn at terminals, 1.13 bn online"),
}
IN_PERSON_WORLD = Figure(
    0.72, _IN_PERSON, year=2024, source=by.OWN, estimate="an unweighted middle of the countries here"
)

CONTACTLESS: dict[str, Figure] = {
    "US": Figure(
        0.50, _TAPPED, year=2024, source=by.OWN, estimate="networks speak of more than half at the end of 2024"
    ),
    "GB": Figure(0.946, _TAPPED, year=2024, source=by.BARCLAYS),
    "CA": Figure(0.63, _TAPPED, year=2023, source=by.PAYMENTS_CANADA_2023),
    "AU": Figure(0.98, _TAPPED, year=2024, source=by.RBA_RETAIL),
    "DE": Figure(0.87, _TAPPED, year=2024, source=by.EURO_KARTENSYSTEME),
    "FR": Figure(
        0.70, _TAPPED, year=2024, source=by.BANQUE_DE_FRANCE, estimate="60 % in 2022, and growing by 5 points a year"
    ),
    "JP": Figure(0.45, _TAPPED, year=2024, source=by.OWN, estimate="cards in person, without e-money; late to tap"),
    "BR": Figure(0.672, _TAPPED, year=2024, source=by.ABECS),
    "IN": Figure(0.35, _TAPPED, year=2024, source=by.OWN, estimate="taps up to 5,000 INR, at newer terminals only"),
}
CONTACTLESS_EURO_AREA = Figure(
    0.67,
    "share of all card payments that are contactless, by number",
    year=2024,
    source=by.ECB_STATISTICS,
    estimate="29.5 bn of 57 % of 77.6 bn payments in half a year",
)
CONTACTLESS_ELSEWHERE: dict[bool, Figure] = {
    True: Figure(0.80, _TAPPED, year=2024, source=by.ECB_SPACE, estimate="the euro area's cards in person, rounded"),
    False: Figure(0.65, _TAPPED, year=2024, source=by.OWN, estimate="an unweighted middle of the countries here"),
}
"""Where a country has no row: in the euro area (True), and outside."""
TAP_WITH_PIN = Shares(
    dict.fromkeys(("AU", "BR", "DE", "IN", "JP", "NL", "AT", "FI", "PT", "BE"), 0.1),
    "countries where a tap above the limit takes a PIN at the terminal, each alike",
    year=2024,
    source=by.NETWORKS,
    estimate="cards with online PIN; elsewhere the card has to be inserted",
)
MAGNETIC_STRIPE = Figure(
    0.02,
    _TAPPED.replace("are contactless", "read the stripe"),
    year=2024,
    source=by.EMVCO,
    estimate="some 95 % of card-present payments are by chip; the rest is half fallback, half chip-less cards",
)
TAPS_OF_CARDS_AU = Shares(
    {"mobile_wallet": 0.44, "contactless": 0.54, "chip": 0.02},
    "how device-present payments in Australia are presented, by number",
    year=2024,
    source=by.RBA_RETAIL,
)
SOLD_BY_PHONE = Figure(0.57, "share of e-commerce value that is bought by mobile device", year=2024, source=by.WORLDPAY)
# Channel of payments at a distance: api is a merchant's server (recurring, card on file), not a consumer's.
REMOTE_CHANNELS = Shares(
    {"web": 0.36, "mobile": 0.47, "api": 0.17},
    "channel of payments at a distance, by number",
    year=2024,
    source=by.WORLDPAY,
    estimate="57 % of what people start by phone; a sixth recurs or is on file",
)


@dataclass(frozen=True, slots=True)
class ContactlessLimit(Fact):
    """Above `amount`, in `currency`, a contactless card needs a PIN or the holder's device. since, until: days on
    which it holds, both included. amount None: the issuer's own choice."""

    unit: ClassVar[str] = "amount of one contactless payment without verification"
    country: str
    currency: str
    amount: float | None
    since: date
    until: date | None = None


_START = date(2015, 1, 1)
CONTACTLESS_LIMITS: tuple[ContactlessLimit, ...] = (
    ContactlessLimit("GB", "GBP", 30, date(2015, 9, 1), date(2020, 3, 31), year=2015, source=by.FCA),
    ContactlessLimit("GB", "GBP", 45, date(2020, 4, 1), date(2021, 10, 14), year=2020, source=by.FCA),
    ContactlessLimit(
        "GB",
        "GBP",
        100,
        date(2021, 10, 15),
        year=2021,
        source=by.FCA,
        estimate="from 19 March 2026 a bank's own choice; the regulator expects most to stay at 100",
    ),
    ContactlessLimit("DE", "EUR", 50, date(2020, 4, 1), year=2018, source=by.PSD2_RTS),
    ContactlessLimit("FR", "EUR", 30, date(2017, 10, 1), date(2020, 5, 10), year=2017, source=by.BANQUE_DE_FRANCE_2022),
    ContactlessLimit("FR", "EUR", 50, date(2020, 5, 11), year=2020, source=by.BANQUE_DE_FRANCE_2022),
    *(
        ContactlessLimit(country, "EUR", 50, date(2020, 4, 1), year=2018, source=by.PSD2_RTS)
        for country in ("ES", "IT", "NL", "AT", "BE", "IE", "PT", "FI")
    ),
    ContactlessLimit("CA", "CAD", 250, date(2020, 4, 1), year=2020, source=by.INTERAC),
    ContactlessLimit(
        "AU",
        "AUD",
        100,
        _START,
        year=2015,
        source=by.AUSPAYNET,
        estimate="200 AUD for some months of 2020 and 2021 left out",
    ),
    ContactlessLimit("IN", "INR", 5_000, date(2021, 1, 1), year=2021, source=by.RBI_CONTACTLESS),
    ContactlessLimit("BR", "BRL", 200, date(2020, 11, 1), year=2020, source=by.ABECS),
    ContactlessLimit(
        "JP", "JPY", 15_000, date(2020, 4, 1), year=2020, source=by.NETWORKS, estimate="10,000 with some acquirers"
    ),
    ContactlessLimit(
        "US", "USD", None, _START, year=2015, source=by.NETWORKS, estimate="no limit common to all issuers"
    ),
)


def contactless_limit(country: str, day: date) -> ContactlessLimit | None:
    """The limit of a country on a day, or None where none is known."""
    for row in CONTACTLESS_LIMITS:
        if row.country == country and row.since <= day and (row.until is None or day <= row.until):
            return row
    return None
