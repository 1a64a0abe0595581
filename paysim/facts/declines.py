"""How often payments are declined, and why, by channel."""

from . import sources as by
from .figure import Figure, Members, Range, Shares

_RATE = "share of attempts that are declined, by number"
RATE_ONLINE = Range(0.03, 0.15, _RATE, year=2021, source=by.ETHOCA)
"""From 3 to 4 % of physical goods to 15 % of digital goods."""
RATE_ONLINE_PHYSICAL = Range(0.03, 0.04, _RATE, year=2021, source=by.ETHOCA)
RATE_ONLINE_DIGITAL = Figure(0.15, _RATE, year=2021, source=by.ETHOCA)
RATE_IN_PERSON = Figure(
    0.025, _RATE, year=2021, source=by.TABFORMER, estimate="1.6 % errors in all, online left out; funds"
)
ONLINE_OF_IN_PERSON = Figure(
    1.3,
    "decline rate online over that in person, at least",
    year=2021,
    source=by.ETHOCA,
    estimate="the lower end of what the two rates above allow",
)

FUNDS = Figure(0.44, "share of declines for want of funds", year=2021, source=by.ETHOCA)
SUSPECTED_FRAUD = Figure(0.09, "share of declines for suspected fraud", year=2021, source=by.ETHOCA)
BAD_PIN = Figure(0.15, "share of errors that are a wrong PIN", year=2020, source=by.TABFORMER)

_CODES = "share of declined card payments, by ISO 8583 response code"
_HOW = (
    "51 and suspected fraud (59) as Ethoca has them, 55 in person as TabFormer; the rest split as issuers use the codes"
)
CODES_IN_PERSON = Shares(
    {
        "51": 0.44,
        "55": 0.15,
        "05": 0.14,
        "61": 0.06,
        "59": 0.05,
        "54": 0.04,
        "62": 0.03,
        "75": 0.03,
        "91": 0.03,
        "57": 0.03,
    },
    _CODES,
    year=2021,
    source=by.TABFORMER,
    estimate=_HOW,
)
CODES_ONLINE = Shares(
    {
        "51": 0.44,
        "05": 0.17,
        "59": 0.11,
        "54": 0.07,
        "14": 0.06,
        "82": 0.05,
        "61": 0.03,
        "62": 0.03,
        "91": 0.02,
        "57": 0.02,
    },
    _CODES,
    year=2021,
    source=by.ETHOCA,
    estimate=_HOW,
)
CODES_ONLINE_STRONG = Shares(
    {
        "51": 0.41,
        "05": 0.15,
        "1A": 0.07,
        "65": 0.06,
        "59": 0.09,
        "54": 0.07,
        "14": 0.05,
        "82": 0.03,
        "61": 0.03,
        "62": 0.02,
        "91": 0.02,
    },
    _CODES,
    year=2021,
    source=by.SCHEME_CODES,
    estimate="as online; an eighth are soft declines that ask for authentication",
)
ONLY_IN_PERSON: dict[str, Figure] = {
    code: Figure(0.0, "share of declines online", year=1987, source=by.SCHEME_CODES, estimate="there is no PIN online")
    for code in ("55", "75")
}
RETRIES = Figure(
    0.25,
    "share of declined payments that are tried again with the same merchant within ten minutes",
    year=2021,
    source=by.OWN,
    estimate="one declined customer in four tries at once, where that is allowed",
)
NEVER_AGAIN = Members(
    ("04", "07", "12", "14", "15", "41", "43", "46", "57", "R0", "R1", "R3"),
    "response codes of a card after which the same payment is not tried again: the issuer will never approve it",
    year=2022,
    source=by.VISA_RETRIES,
    estimate="Visa's category 1, taken for all cards: Mastercard says the same by its advice codes 03 and 21, which no "
    "event here has",
)
MOST_ATTEMPTS = Figure(
    15,
    "attempts after a decline of any other kind, in 30 days",
    year=2022,
    source=by.VISA_RETRIES,
    estimate="Visa's; from May 2025 it allows 20, and Mastercard 10 a day and 35 in 30 days",
)
