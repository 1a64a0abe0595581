"""What is bought where: the channel of payments by method and country, and what merchants of each channel sell.

Cards in person are in `presence`; here are the other methods, and what goes with a channel.
"""

from . import presence
from . import sources as by
from .figure import Figure, Shares

_IN_PERSON = "share of a method's payments that are made in person, by number"
_WALLET = "between cards in person and how much of e-commerce the country's wallets have"
_TILLS = "three of five codes stand at street shops, the rest are shown by online shops and for bills"

# (method, country) → share in person; "*" is any other country. Where a method has no row it is never paid so.
IN_PERSON: dict[tuple[str, str], Figure] = {
    ("bank_transfer", "IN"): Figure(
        0.70, _IN_PERSON, year=2025, source=by.WORLDLINE, estimate="678 m codes at shops; the rest is in apps"
    ),
    ("bank_transfer", "BR"): Figure(0.40, _IN_PERSON, year=2022, source=by.BCB_PIX_REPORT, estimate=_TILLS),
    ("digital_wallet", "US"): Figure(
        0.55, _IN_PERSON, year=2024, source=by.WORLDPAY_US, estimate="16 % of value in person, 39 % of that online"
    ),
    ("digital_wallet", "AU"): Figure(
        0.85, _IN_PERSON, year=2024, source=by.RBA_RETAIL, estimate="44 % of device-present payments are by phone"
    ),
    ("digital_wallet", "JP"): Figure(
        0.85, _IN_PERSON, year=2024, source=by.METI, estimate="e-money and codes are made for tills"
    ),
    ("digital_wallet", "IN"): Figure(0.70, _IN_PERSON, year=2025, source=by.WORLDLINE, estimate="as UPI"),
    ("digital_wallet", "BR"): Figure(0.55, _IN_PERSON, year=2024, source=by.OWN, estimate=_WALLET),
    ("digital_wallet", "DE"): Figure(
        0.55, _IN_PERSON, year=2023, source=by.BUNDESBANK, estimate="mobile 6, internet methods 4 of 100 payments"
    ),
    ("digital_wallet", "*"): Figure(0.72, _IN_PERSON, year=2024, source=by.OWN, estimate=_WALLET),
}

_REMOTE = "channel of a method's payments at a distance, by number"
# Method → channels of what is not in person. api is a merchant's server: what recurs or is on file.
REMOTE_CHANNELS: dict[str, Shares] = {
    "credit_card": presence.REMOTE_CHANNELS,
    "debit_card": presence.REMOTE_CHANNELS,
    "bank_transfer": Shares(
        {"web": 0.30, "mobile": 0.50, "api": 0.20},
        _REMOTE,
        year=2024,
        source=by.OWN,
        estimate="more banking is done by app than by browser; bills that are collected come from a server",
    ),
    "digital_wallet": Shares(
        {"web": 0.30, "mobile": 0.70},
        _REMOTE,
        year=2024,
        source=by.WORLDPAY,
        estimate="57 % of e-commerce is by phone, and a phone is where most wallets are",
    ),
    "cryptocurrency": Shares(
        {"web": 0.55, "mobile": 0.40, "api": 0.05},
        _REMOTE,
        year=2024,
        source=by.OWN,
        estimate="checkouts that show an address; hardly anything recurs",
    ),
}

_SOLD = "share of a channel's payments by what the merchant sells, by number"
# Channel → merchant categories.
CATEGORIES: dict[str, Shares] = {
    "pos": Shares(
        {
            "retail": 0.49,
            "food_beverage": 0.25,
            "travel": 0.07,
            "entertainment": 0.03,
            "healthcare": 0.05,
            "education": 0.01,
            "other": 0.10,
        },
        _SOLD,
        year=2024,
        source=by.ECB_SPACE,
        estimate="half in shops, a quarter in restaurants and cafés; fuel and services are other, fares are travel",
    ),
    "web": Shares(
        {
            "retail": 0.40,
            "food_beverage": 0.08,
            "travel": 0.13,
            "entertainment": 0.15,
            "healthcare": 0.05,
            "education": 0.04,
            "other": 0.15,
        },
        _SOLD,
        year=2024,
        source=by.ECB_SPACE,
        estimate="what is bought online: clothes and electronics before food, tickets, media; bills are other",
    ),
    "mobile": Shares(
        {
            "retail": 0.34,
            "food_beverage": 0.18,
            "travel": 0.16,
            "entertainment": 0.16,
            "healthcare": 0.03,
            "education": 0.02,
            "other": 0.11,
        },
        _SOLD,
        year=2024,
        source=by.ECB_SPACE,
        estimate="as online, with meals that are ordered and rides that are booked by app",
    ),
    "api": Shares(
        {
            "retail": 0.07,
            "food_beverage": 0.02,
            "travel": 0.05,
            "entertainment": 0.31,
            "healthcare": 0.03,
            "education": 0.05,
            "other": 0.47,
        },
        _SOLD,
        year=2024,
        source=by.OWN,
        estimate="what recurs: telephone, electricity and insurance, media and memberships, tuition",
    ),
}

_STATUS = "share of payments, by number"
PENDING = Figure(
    0.03,
    _STATUS + ", that wait for a banking day or a confirmation",
    year=2024,
    source=by.OWN,
    estimate="a tenth of payments are by schemes that settle on banking days only, and two days in seven are none",
)
CANCELLED = Figure(
    0.01,
    _STATUS + ", that the payer gives up",
    year=2024,
    source=by.OWN,
    estimate="carts are given up before they are paid; of payments that were begun, one in a hundred",
)


def in_person(method: str, country: str) -> float:
    """The share of a method's payments in a country that are made in person."""
    if method in ("credit_card", "debit_card"):
        return presence.IN_PERSON.get(country, presence.IN_PERSON_WORLD).value
    row = IN_PERSON.get((method, country)) or IN_PERSON.get((method, "*"))
    return 0.0 if row is None else row.value
