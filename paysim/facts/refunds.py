"""What comes back: refund rates by merchant category, and how long a refund takes."""

from . import sources as by
from .figure import Figure, Range

RETAIL_RETURNS = Figure(0.169, "share of retail sales that are returned, by value", year=2024, source=by.NRF)
_RATE = "share of payments that are refunded, by number"
_HOW = "retail by value made less for dear goods; the others by how often what they sell can be given back"
BY_CATEGORY: dict[str, Figure] = {
    "retail": Figure(0.060, _RATE, year=2024, source=by.NRF, estimate=_HOW),
    "travel": Figure(0.030, _RATE, year=2024, source=by.OWN, estimate=_HOW),
    "entertainment": Figure(0.015, _RATE, year=2024, source=by.OWN, estimate=_HOW),
    "education": Figure(0.015, _RATE, year=2024, source=by.OWN, estimate=_HOW),
    "healthcare": Figure(0.008, _RATE, year=2024, source=by.OWN, estimate=_HOW),
    "other": Figure(0.010, _RATE, year=2024, source=by.OWN, estimate=_HOW),
    "food_beverage": Figure(0.004, _RATE, year=2024, source=by.OWN, estimate=_HOW),
}
_DELAY = "days from a payment to its refund, median"
DELAY = Range(
    1.0, 5.0, _DELAY, year=2024, source=by.NRF, estimate="what has to be carried back first, within return periods"
)
DELAY_BY_CATEGORY: dict[str, Figure] = {
    "retail": Figure(3.5, _DELAY, year=2024, source=by.OWN, estimate="a parcel each way, or the next visit"),
    "travel": Figure(4.5, _DELAY, year=2024, source=by.OWN, estimate="a trip that is given up"),
    "entertainment": Figure(2.0, _DELAY, year=2024, source=by.OWN, estimate="digital goods soon, tickets later"),
    "education": Figure(4.5, _DELAY, year=2024, source=by.OWN, estimate="a course that is given up"),
    "healthcare": Figure(3.0, _DELAY, year=2024, source=by.OWN, estimate="after a bill is corrected"),
    "other": Figure(3.0, _DELAY, year=2024, source=by.OWN, estimate="after a bill is corrected"),
    "food_beverage": Figure(1.0, _DELAY, year=2024, source=by.OWN, estimate="an order that did not come"),
}
PARTIAL = Range(
    0.10,
    0.60,
    "share of refunds that are less than the payment",
    year=2024,
    source=by.OWN,
    estimate="one article of several; between a tenth and three in five",
)
