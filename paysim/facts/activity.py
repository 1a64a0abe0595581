"""How much people pay: payments a person a month, and how differently people do."""

from . import sources as by
from .figure import Figure, Range

_PACE = "payments a person a month, cash left out where the source can"
PER_MONTH: dict[str, Figure] = {
    "US": Figure(41, _PACE, year=2024, source=by.FED_DIARY, estimate="48 with cash, 14 % of them"),
    "GB": Figure(
        60,
        _PACE,
        year=2024,
        source=by.UK_FINANCE_MARKETS,
        estimate="48.6 bn less 4.4 bn in cash, 90 % by consumers, 55 m adults",
    ),
    "CA": Figure(
        44, _PACE, year=2024, source=by.PAYMENTS_CANADA, estimate="22.5 bn, 86 % digital, less companies', 33 m adults"
    ),
    "AU": Figure(61, _PACE, year=2023, source=by.RBA_BOARD, estimate="730 electronic payments a year"),
    "DE": Figure(
        27,
        _PACE,
        year=2023,
        source=by.BUNDESBANK_STATISTICS,
        estimate="11.8 bn card payments are 39 %; 70 m adults; less companies'",
    ),
    "FR": Figure(
        36,
        _PACE,
        year=2024,
        source=by.BANQUE_DE_FRANCE,
        estimate="32.7 bn, most by persons, 54 m adults; less companies'",
    ),
    "JP": Figure(33, _PACE, year=2024, source=by.METI, estimate="some 42 bn cashless payments, 105 m adults"),
    "BR": Figure(60, _PACE, year=2024, source=by.BCB_RETAIL, estimate="790 a head a year, less companies'"),
    "IN": Figure(35, _PACE, year=2024, source=by.RBI_REPORT, estimate="208.5 bn a year by some 450 m who pay so"),
}
WORLD = Figure(40, _PACE, year=2024, source=by.OWN, estimate="an unweighted middle of the countries here")
SPREAD = Figure(
    0.55,
    "standard deviation of ln(payments a month) between people",
    year=2013,
    source=by.KRUMME,
    estimate="people with 50 to 120 purchases a month are the busy, not the rare",
)
MOST_PER_DAY = Figure(
    40,
    "payments of one person on one day, at most",
    year=2024,
    source=by.FED_DIARY,
    estimate="a month's payments in a day",
)
BUSIEST_SHARE = Figure(
    0.002,
    "share of all payments by the busiest person, below",
    year=2024,
    source=by.FED_DIARY,
    estimate="40 a day for a week of 200,000 would be 0.14 %",
)
BUSIEST_TENTH = Range(
    0.15,
    0.40,
    "share of payments by the busiest tenth of people",
    year=2013,
    source=by.KRUMME,
    estimate="a lognormal spread of 0.35 to 1",
)


def per_month(country: str) -> Figure:
    """The pace of a country's people."""
    return PER_MONTH.get(country, WORLD)
