"""Sums in cash that are reported or not allowed, by country: what structuring stays below."""

from . import sources as by
from .figure import Figure

_SUM = "in cash that must be reported, from"
THRESHOLDS: dict[str, Figure] = {
    "US": Figure(10_000, f"USD {_SUM}", year=2011, source=by.US_CTR, estimate="the law says more than"),
    "AU": Figure(10_000, f"AUD {_SUM}", year=2006, source=by.AUSTRAC),
    "CA": Figure(10_000, f"CAD {_SUM}", year=2000, source=by.FINTRAC),
    "GB": Figure(
        10_000, f"EUR {_SUM}", year=2017, source=by.UK_MLR, estimate="of dealers in goods; banks report suspicion"
    ),
    "DE": Figure(10_000, f"EUR {_SUM}", year=2024, source=by.EU_AMLR, estimate="the limit of cash payments from 2027"),
    "FR": Figure(10_000, f"EUR {_SUM}", year=2024, source=by.EU_AMLR, estimate="1,000 EUR to merchants already"),
    "BR": Figure(50_000, f"BRL {_SUM}", year=2020, source=by.COAF),
    "IN": Figure(1_000_000, f"INR {_SUM}", year=2005, source=by.PMLA),
    "JP": Figure(2_000_000, f"JPY {_SUM}", year=2007, source=by.JAFIC),
}
