"""How often payments are fraudulent, and what tells them apart."""

from . import sources as by
from .figure import Figure, Range

_RATE = "share of card payments that are fraudulent, by number"
RATE = Figure(0.0012, _RATE, year=2020, source=by.TABFORMER)
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
