"""How amounts end: price points, round sums, tips."""

from . import sources as by
from .figure import Range, Shares

NINE_OR_ZERO = Range(
    0.30,
    0.90,
    "share of shop payments in cents whose last digit is 9 or 0",
    year=2011,
    source=by.LEVY,
    estimate="9 is the most frequent last digit of a price; two in ten by chance, baskets and taxes between",
)
DIGITAL_POINTS = Range(
    0.50,
    1.0,
    "share of payments for digital goods that end in .99, .95, .49 or .00",
    year=2011,
    source=by.LEVY,
    estimate="one article, its price the seller's; 4 in 100 by chance",
)
DIGITAL_ENDINGS = Shares(
    {"99": 0.62, "00": 0.14, "49": 0.10, "95": 0.08, "other": 0.06},
    "last two digits of prices of digital goods",
    year=2011,
    source=by.LEVY,
    estimate="9 leads in every digit; tax added in some states",
)
SHOP_ENDINGS = Shares(
    {"99": 0.24, "9": 0.14, "00": 0.12, "50": 0.05, "5": 0.06, "other": 0.39},
    "last digits of shop payments: of two digits, else of the last one",
    year=2011,
    source=by.LEVY,
    estimate="prices of single articles; baskets and taxes are the rest",
)
_END = "last digits of payments: of two digits, else of the last one; whole: no part of a unit"


def _ends(estimate: str, **parts: float) -> Shares:
    names = {"d0": "0", "d5": "5", "d9": "9", "d00": "00", "d50": "50", "d99": "99"}
    found = {names.get(name, name): share for name, share in parts.items()}
    return Shares(found, _END, year=2024, source=by.OWN, estimate=estimate)


COUNTER_ENDINGS = _ends(
    "menus and counters: prices of one thing, in steps of 5 or 10",
    d9=0.16, d50=0.14, d00=0.12, d0=0.16, d5=0.12, other=0.30,
)  # fmt: skip
FARE_ENDINGS = _ends("tariffs go in steps of 5 or 10", d00=0.16, d50=0.14, d0=0.44, d5=0.26)
BILL_ENDINGS = _ends("meters, taxes and quantities: no price at all", d00=0.16, d99=0.08, d50=0.04, other=0.72)
ROUND_ENDINGS = _ends("fees, cuts and gifts are round", d00=0.62, d50=0.08, d99=0.04, d0=0.06, other=0.20)
RESTAURANT_ENDINGS = _ends(
    "menus in steps of 10 or 50; some round up", whole=0.22, d50=0.16, d0=0.26, d5=0.08, other=0.28
)
FUEL_ROUND = Range(
    0.10,
    0.60,
    "share of fuel payments of whole units",
    year=2013,
    source=by.LYNN,
    estimate="more than half where people pump it themselves, fewer where they fill up",
)
RESTAURANT_ROUND = Range(
    0.08,
    0.45,
    "share of US restaurant payments of whole dollars, tip included",
    year=2013,
    source=by.LYNN,
    estimate="people choose tips that make the sum round; 1 in 100 by chance",
)
