"""What one person has and does: where and how far from home, regular shops, devices, addresses."""

from . import sources as by
from .figure import Figure, Range

NEAR_HOME = Figure(
    0.70,
    "share of payments in person within 50 km of home, at least",
    year=2013,
    source=by.KRUMME,
    estimate="people return to the same few shops; a trip is an exception",
)
NEAR = Figure(50, "km from home that are near", year=2013, source=by.OWN, estimate="an hour's way to work")
AEROPLANE = Figure(
    1_000, "km/h that nobody travels faster than", year=2024, source=by.AIRCRAFT, estimate="cruise with a tail wind"
)
TOO_FAST = Figure(
    0.001,
    "share of pairs of payments in person that need more than 1,000 km/h, below",
    year=2024,
    source=by.OWN,
    estimate="only a stolen card does",
)
REGULAR_SHOPS = Range(
    0.35,
    0.95,
    "share of payments in person at a merchant that the person pays more than once",
    year=2013,
    source=by.KRUMME,
    estimate="50 to 120 purchases a month in 10 to 50 shops",
)
CITIES_A_WEEK = Figure(
    4,
    "cities in which a person pays in person within a week, median, at most",
    year=2013,
    source=by.OWN,
    estimate="home, work, a town nearby, one trip",
)
DEVICES = Figure(
    2, "devices that a person pays from", year=2024, source=by.OWN, estimate="a phone, and a computer or tablet"
)
E_MAILS = Figure(1, "e-mail addresses of a customer", year=2024, source=by.OWN, estimate="one account with a shop")
CARDS = Figure(
    3, "cards that a person pays with", year=2024, source=by.OWN, estimate="a debit and one or two credit cards"
)
NAME_IN_E_MAIL = Figure(
    0.85,
    "share of people with Latin names whose e-mail has part of the name, at least",
    year=2024,
    source=by.OWN,
    estimate="nicknames are the exception, strangers' names are none",
)
CROSS_BORDER: dict[str, Figure] = {
    "US": Figure(0.049, "share of card payments with a merchant abroad, by number", year=2022, source=by.FED_STUDY),
    "*": Figure(
        0.08,
        "share of card payments with a merchant abroad, by number",
        year=2024,
        source=by.OWN,
        estimate="more than the US's: smaller countries, shared currencies",
    ),
}
HOME_COUNTRY_IN_PERSON = Figure(
    0.93,
    "share of payments in person in the person's own country, at least",
    year=2022,
    source=by.FED_STUDY,
    estimate="most cross-border payments are online",
)
ADDRESS_COUNTRY = Figure(
    0.99,
    "share of payments from an IPv4 address that people of one country share, at least",
    year=2024,
    source=by.OWN,
    estimate="address ranges are given to networks of one country; a few travel",
)
ADDRESS_HOME = Figure(
    0.95,
    "share of IPv6 /64 networks that are one person's, at least",
    year=2024,
    source=by.OWN,
    estimate="a /64 is one home; families are left out",
)
EVERY = Figure(1.0, "share of what a rule holds for", year=2024, source=by.OWN, estimate="by the rule itself")
"""For rules that leave no room: one customer, one name."""
