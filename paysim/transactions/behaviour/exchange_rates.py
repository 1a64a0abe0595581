"""Exchange rates: one dated table, so that a seed gives the same amounts next year.

Mid-market rates of a day, rounded to four significant digits; good for load, not for accounting.
"""

DATED = "2026-01-02"

# Units of the currency (ISO 4217) for one US dollar.
PER_DOLLAR: dict[str, float] = {
    "USD": 1.0, "GBP": 0.7430, "CAD": 1.372, "AUD": 1.495, "EUR": 0.8530, "JPY": 156.8, "BRL": 5.480,
    "INR": 90.10, "CHF": 0.7920, "SEK": 9.220, "NOK": 10.07, "DKK": 6.370, "PLN": 3.600, "CZK": 20.60,
    "NZD": 1.735, "SGD": 1.286, "HKD": 7.785, "CNY": 6.990, "KRW": 1443.0, "MXN": 17.95, "ZAR": 16.50,
    "AED": 3.6725, "KWD": 0.3075, "BHD": 0.3760,
}  # fmt: skip


def rate(source: str, target: str) -> float:
    """How much of `target` one unit of `source` buys."""
    return PER_DOLLAR[target] / PER_DOLLAR[source]
