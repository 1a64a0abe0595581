"""How often payments are fraudulent, and disputes, by merchant category."""

from . import sources as by
from .figure import Figure, Range

_RATE = "share of card payments that are fraudulent, by number"
RATE = Figure(0.0012, _RATE, year=2020, source=by.TABFORMER)
RATE_EUROPE = Figure(0.00015, _RATE, year=2024, source=by.EBA_FRAUD, estimate="17 m of 111 bn card payments")
REMOTE_OF_FRAUD = Range(0.80, 0.85, "share of the value of card fraud that is remote", year=2024, source=by.EBA_FRAUD)
RATE_IN_PERSON_FR = Figure(0.00011, "share of value at points of sale in France", year=2021, source=by.OSMP)
RATE_ONLINE_FR = Figure(0.00196, "share of value online in France", year=2021, source=by.OSMP)

DISPUTES = Range(
    0.003, 0.009, "share of e-commerce payments that are disputed, by number", year=2023, source=by.CLEARLY
)
_DISPUTED = "share of card payments that are disputed, by number"
_NEXT = "of the nearest kind of business in the table"
DISPUTES_BY_CATEGORY: dict[str, Figure] = {
    "education": Figure(0.0102, _DISPUTED, year=2023, source=by.CLEARLY),
    "travel": Figure(0.0089, _DISPUTED, year=2023, source=by.CLEARLY),
    "healthcare": Figure(0.0086, _DISPUTED, year=2023, source=by.CLEARLY),
    "entertainment": Figure(0.0056, _DISPUTED, year=2023, source=by.CLEARLY),
    "retail": Figure(0.0052, _DISPUTED, year=2023, source=by.CLEARLY),
    "food_beverage": Figure(0.0012, _DISPUTED, year=2023, source=by.CLEARLY),
    "other": Figure(0.0055, _DISPUTED, year=2023, source=by.CLEARLY, estimate=_NEXT),
}
SCORE_SEPARATES_DECLINES = Range(
    0.65,
    0.90,
    "area under the ROC curve of a risk score for declines",
    year=2024,
    source=by.OWN,
    estimate="a score explains part of the declines: most are for want of funds",
)
SCORE_SEPARATES_FRAUD = Range(
    0.90,
    0.985,
    "area under the ROC curve of a risk score for fraud",
    year=2024,
    source=by.OWN,
    estimate="what models reach on public sets; a perfect score would be no score",
)
INDICATOR_TRUE = Figure(
    0.8,
    "share of payments with a fraud indicator for which it is so, at least",
    year=2024,
    source=by.OWN,
    estimate="an engine knows more than a window of data shows; most of what it says can be seen",
)
