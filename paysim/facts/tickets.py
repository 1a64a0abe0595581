"""How much a payment is: averages by country and method, and by merchant category.

Published averages are of all payments of their kind, bills and companies' cards included where the source counts them.
"""

from . import sources as by
from .figure import Figure, Source


def _figure(value: float, currency: str, year: int, source: Source, estimate: str = "") -> Figure:
    return Figure(value, f"{currency} a payment", year=year, source=source, estimate=estimate)


_SAME = "no national figure found: from neighbours with the same prices"
# (country, method) → average payment.
AVERAGE: dict[tuple[str, str], Figure] = {
    ("US", "credit_card"): _figure(96, "USD", 2021, by.FED_STUDY),
    ("US", "debit_card"): _figure(43, "USD", 2021, by.FED_STUDY),
    ("US", "bank_transfer"): _figure(669, "USD", 2024, by.NACHA),
    ("GB", "credit_card"): _figure(47, "GBP", 2024, by.UK_FINANCE_CARDS, "249 bn GBP by 31.4 bn less 26.1 bn payments"),
    ("GB", "debit_card"): _figure(30.5, "GBP", 2024, by.UK_FINANCE_CARDS, "797 bn GBP by 26.1 bn payments"),
    ("CA", "credit_card"): _figure(105, "CAD", 2024, by.PAYMENTS_CANADA),
    ("CA", "debit_card"): _figure(45, "CAD", 2024, by.INTERAC, _SAME),
    ("AU", "credit_card"): _figure(114, "AUD", 2024, by.RBA_RETAIL_MARCH, "35.6 bn AUD by 312.8 m payments"),
    ("AU", "debit_card"): _figure(51, "AUD", 2024, by.RBA_RETAIL_MARCH, "48.9 bn AUD by 955.7 m payments"),
    ("DE", "credit_card"): _figure(58, "EUR", 2024, by.OWN, _SAME),
    ("DE", "debit_card"): _figure(38.85, "EUR", 2024, by.EURO_KARTENSYSTEME),
    ("FR", "credit_card"): _figure(55, "EUR", 2024, by.OWN, _SAME),
    ("FR", "debit_card"): _figure(39, "EUR", 2024, by.ECB_STATISTICS, "the euro area's"),
    ("JP", "credit_card"): _figure(5_200, "JPY", 2024, by.METI, "116.9 trillion JPY by some 22.5 bn payments"),
    ("JP", "debit_card"): _figure(3_000, "JPY", 2024, by.METI, "4.4 trillion JPY by some 1.5 bn payments"),
    ("JP", "digital_wallet"): _figure(1_200, "JPY", 2024, by.METI, "13.5 trillion JPY by some 11.5 bn code payments"),
    ("BR", "credit_card"): _figure(136.59, "BRL", 2024, by.ABECS_TICKETS),
    ("BR", "debit_card"): _figure(59.81, "BRL", 2024, by.ABECS_TICKETS),
    ("BR", "bank_transfer"): _figure(
        180, "BRL", 2022, by.BCB_PIX_REPORT, "257 BRL between persons in 2022; shops less"
    ),
    ("IN", "credit_card"): _figure(4_960, "INR", 2025, by.WORLDLINE, "5,276 INR in the second half of 2023, less 6 %"),
    ("IN", "debit_card"): _figure(2_073, "INR", 2022, by.WORLDLINE_2022),
    ("IN", "bank_transfer"): _figure(627, "INR", 2024, by.WORLDLINE),
    ("IN", "digital_wallet"): _figure(473, "INR", 2022, by.WORLDLINE_2022),
}
_FROM_CARDS = "as cards there, less for more of it at the counter"
_BILLS = "no table of payments to merchants found: bills of a household, smaller ones as transfers grow common"
for _country, _currency, _wallet, _transfer in (
    ("US", "USD", 42, None), ("GB", "GBP", 22, 160), ("CA", "CAD", 45, 260), ("AU", "AUD", 46, 240),
    ("DE", "EUR", 40, 130), ("FR", "EUR", 30, 130), ("JP", "JPY", None, 18_000), ("BR", "BRL", 62, None),
):  # fmt: skip
    if _wallet is not None:
        AVERAGE[_country, "digital_wallet"] = _figure(_wallet, _currency, 2024, by.OWN, _FROM_CARDS)
    if _transfer is not None:
        AVERAGE[_country, "bank_transfer"] = _figure(_transfer, _currency, 2024, by.OWN, _BILLS)
# Method → average payment in a country of the euro area that has no row; elsewhere in dollars, at the prices of the US.
EURO_AREA: dict[str, Figure] = {
    "credit_card": _figure(48, "EUR", 2024, by.ECB_STATISTICS, "cards together 39 EUR, most of them debit cards"),
    "debit_card": _figure(37, "EUR", 2024, by.ECB_STATISTICS, "cards together 39 EUR"),
    "digital_wallet": _figure(36, "EUR", 2024, by.OWN, _FROM_CARDS),
    "bank_transfer": _figure(130, "EUR", 2024, by.OWN, _BILLS),
}
ELSEWHERE: dict[str, Figure] = {
    "credit_card": _figure(70, "USD", 2024, by.OWN, "below the US's, whose credit cards pay bills"),
    "debit_card": _figure(43, "USD", 2021, by.FED_STUDY, "the US's"),
    "digital_wallet": _figure(42, "USD", 2024, by.OWN, _FROM_CARDS),
    "bank_transfer": _figure(180, "USD", 2024, by.OWN, _BILLS),
    "cryptocurrency": _figure(110, "USD", 2024, by.OWN, "no table found: gift cards and electronics, most of it"),
}
OTHER_METHOD = _figure(45, "USD", 2024, by.OWN, "between debit and credit cards")
# (country, method) → average payment in person, where it is known besides the average of all.
IN_PERSON: dict[tuple[str, str], Figure] = {
    ("GB", "credit_card"): _figure(22, "GBP", 2024, by.UK_FINANCE_CARDS, "taps 15.86 GBP, larger ones with a PIN"),
    ("GB", "debit_card"): _figure(19, "GBP", 2024, by.UK_FINANCE_CARDS, "taps 15.86 GBP, larger ones with a PIN"),
    ("AU", "credit_card"): _figure(69, "AUD", 2024, by.RBA_RETAIL, "taps 46 AUD, a quarter of them by credit card"),
    ("AU", "debit_card"): _figure(40, "AUD", 2024, by.RBA_RETAIL, "taps 46 AUD, three quarters by debit card"),
    ("FR", "credit_card"): _figure(32, "EUR", 2022, by.BANQUE_DE_FRANCE_2022, "taps 16 EUR, inserted cards 41 EUR"),
    ("FR", "debit_card"): _figure(25, "EUR", 2022, by.BANQUE_DE_FRANCE_2022, "taps 16 EUR, inserted cards 41 EUR"),
}
REMOTE_OF_PERSON = Figure(
    2.1,
    "average payment at a distance over that in person",
    year=2024,
    source=by.ECB_SPACE,
    estimate="21 % of payments by number and 36 % by value are online",
)
EURO_AREA_CARD = _figure(39, "EUR", 2024, by.ECB_STATISTICS)
GB_CONTACTLESS = _figure(15.86, "GBP", 2024, by.UK_FINANCE_CARDS)
AU_CONTACTLESS = _figure(46, "AUD", 2024, by.RBA_RETAIL)
AU_INSERTED = _figure(155, "AUD", 2024, by.RBA_RETAIL)
FR_CONTACTLESS = _figure(16, "EUR", 2022, by.BANQUE_DE_FRANCE_2022)
FR_INSERTED = _figure(41, "EUR", 2022, by.BANQUE_DE_FRANCE_2022)
UPI_BELOW_500 = Figure(
    0.84, "share of UPI payments to merchants that are below 500 INR", year=2023, source=by.WORLDLINE
)
PIX_BELOW_200 = Figure(
    0.931, "share of Pix payments by persons that are below 200 BRL", year=2022, source=by.BCB_PIX_REPORT
)

_USUAL = "no table found: the usual price of one purchase there in the US"


def _usual(value: float) -> Figure:
    return _figure(value, "USD", 2024, by.OWN, _USUAL)


# Merchant category code → average payment in the US.
BY_CATEGORY: dict[str, Figure] = {
    "5411": _usual(38), "5311": _usual(52), "5651": _usual(58), "5732": _usual(125), "5661": _usual(72),
    "5712": _usual(230), "5942": _usual(22), "5200": _usual(70), "5945": _usual(36), "5812": _usual(36),
    "5814": _usual(12), "5813": _usual(28), "5462": _usual(11), "7011": _usual(190),
    "4111": _figure(3.5, "USD", 2024, by.MTA, "a base fare of 2.90 USD, some day and week passes"),
    "4121": _usual(22), "4722": _usual(410), "4511": _figure(382, "USD", 2023, by.BTS), "7512": _usual(250),
    "4112": _usual(42), "7832": _usual(25), "5816": _usual(13), "5815": _usual(12), "7922": _usual(92),
    "7997": _usual(50),
    "7996": _usual(82), "5912": _usual(24), "8011": _usual(92), "8021": _usual(155), "8099": _usual(105),
    "8043": _usual(145), "8062": _usual(250), "8299": _usual(115), "8220": _usual(620), "8211": _usual(460),
    "8244": _usual(360), "8241": _usual(88), "4814": _usual(70), "5541": _usual(42), "4900": _usual(122),
    "7230": _usual(42), "7538": _usual(280), "6300": _usual(155), "8398": _usual(58),
}  # fmt: skip
_FIXED = "a price for all: what differs is how many one buys"
# Codes of things that cost the same by whatever method they are paid → how far their price follows the size of other
# payments: the power of that ratio.
FIXED_PRICES: dict[str, Figure] = {
    code: Figure(0.4, "power of the ratio of average payments", year=2024, source=by.OWN, estimate=_FIXED)
    for code in ("4111", "5462", "5814", "5815", "5816", "7832", "7230")
}
_SPREADS = "standard deviation of ln(amount) of payments of one kind"
SPREAD = Figure(
    1.05,
    "standard deviation of ln(amount) of card payments",
    year=2021,
    source=by.FED_STUDY,
    estimate="a mean twice the median, as card payments are skewed",
)
SPREAD_WITHIN = Figure(0.75, _SPREADS, year=2021, source=by.FED_STUDY, estimate="of 1.05 over all, kinds explain half")
# Merchant category code → its spread, where it is another.
SPREAD_BY_CATEGORY: dict[str, Figure] = {
    **{
        code: Figure(0.45, _SPREADS, year=2024, source=by.OWN, estimate="a few prices, by number and size")
        for code in ("4111", "5462", "5541", "5814", "5815", "5816", "7230", "7832", "7997")
    },
    **{
        code: Figure(0.95, _SPREADS, year=2024, source=by.OWN, estimate="from a trifle to a piece of furniture")
        for code in ("4722", "5311", "5712", "5732", "6300", "8062", "8220", "8398")
    },
}
# Scheme → what transfers spread beside that: they pay from a tea to a bill.
SPREAD_BY_SCHEME: dict[str, Figure] = {
    "UPI": Figure(1.25, _SPREADS, year=2023, source=by.WORLDLINE, estimate="84 % below 500 INR, a mean of 627 INR"),
    "PIX": Figure(1.25, _SPREADS, year=2022, source=by.BCB_PIX_REPORT, estimate="93 % below 200 BRL, a mean of 180"),
}
SPREAD_OF_TRANSFERS = Figure(0.6, _SPREADS, year=2024, source=by.OWN, estimate="bills, of all sizes")
AIRLINE_OF_TRANSIT = Figure(
    8.0,
    "average airline ticket over average transit fare, at least",
    year=2024,
    source=by.BTS,
    estimate="382 USD over some fares at once; a tenth of the ratio of single fares",
)


# Country → what things cost there, of what they cost in the US.
PRICE_LEVELS: dict[str, Figure] = {
    country: Figure(value, "price level of private consumption, of that in the US", year=2023, source=source,
                    estimate=estimate)
    for country, value, source, estimate in (
        ("US", 1.0, by.WORLD_BANK, ""),
        *(
            (country, value, by.WORLD_BANK, "the conversion factor over the rate of `exchange`")
            for country, value in (("GB", 0.94), ("CA", 0.88), ("AU", 0.94), ("DE", 0.85), ("FR", 0.86), ("JP", 0.65),
                                   ("BR", 0.46), ("IN", 0.22), ("IT", 0.79))
        ),
        *(
            (country, value, by.OWN, "by Germany, France and Italy: dearer to the north and west")
            for country, value in (("ES", 0.74), ("NL", 0.92), ("AT", 0.88), ("BE", 0.90), ("IE", 1.0), ("PT", 0.69),
                                   ("FI", 0.98))
        ),
    )
}  # fmt: skip
PRICE_LEVEL_ELSEWHERE = Figure(
    0.8,
    "price level of private consumption, of that in the US",
    year=2023,
    source=by.OWN,
    estimate="a middle of the countries here",
)
OTHER_KIND = _figure(60, "USD", 2024, by.OWN, "a middle of the kinds here")


def average(country: str, method: str) -> Figure | None:
    """The average payment by a method in a country, in its currency; None where no figure is known."""
    return AVERAGE.get((country, method))
