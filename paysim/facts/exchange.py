"""What currencies are worth: one dated table, so that a seed gives the same amounts next year.

Mid-market rates of a day, rounded to four significant digits; good for load, not for accounting.
"""

from . import sources as by
from .figure import Figure

_UNIT = "units of the currency for one US dollar"
PER_DOLLAR: dict[str, Figure] = {
    currency: Figure(rate, _UNIT, year=2026, source=by.ECB_RATES, estimate="of the first days of January, rounded")
    for currency, rate in {
        "USD": 1.0, "GBP": 0.743, "CAD": 1.372, "AUD": 1.495, "EUR": 0.853, "JPY": 156.8, "BRL": 5.48, "INR": 90.1,
        "CHF": 0.792, "SEK": 9.22, "NOK": 10.07, "DKK": 6.37, "PLN": 3.60, "CZK": 20.6, "NZD": 1.735, "SGD": 1.286,
        "HKD": 7.785, "CNY": 6.99, "KRW": 1_443.0, "MXN": 17.95, "ZAR": 16.5, "AED": 3.6725, "KWD": 0.3075, "BHD":
        0.376,
    }.items()
}  # fmt: skip
OF_COUNTRY: dict[str, str] = {
    "US": "USD", "GB": "GBP", "CA": "CAD", "AU": "AUD", "JP": "JPY", "BR": "BRL", "IN": "INR",
    **dict.fromkeys(("DE", "FR", "ES", "IT", "NL", "AT", "BE", "IE", "PT", "FI"), "EUR"),
}  # fmt: skip
