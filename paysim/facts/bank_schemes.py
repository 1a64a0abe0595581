"""Payments from account to account: each scheme with its currency, limit, hours, calendar, years, forms and reasons."""

from dataclasses import dataclass
from typing import ClassVar

from . import sources as by
from .figure import Fact, Figure, Lifetime, Shares, Source

_EURO = ("DE", "FR", "ES", "IT", "NL", "AT", "BE", "IE", "PT", "FI")
_REASONS = "share of returned and refused payments"


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


@dataclass(frozen=True, slots=True)
class BankingDays(Fact):
    """Days on which a scheme settles: Monday to Friday less these holidays of the package `holidays`. financial: a
    calendar of a market there, else a country. subdivision: of the country."""

    unit: ClassVar[str] = "banking days"
    code: str
    financial: bool = False
    subdivision: str | None = None


TARGET = BankingDays("ECB", financial=True, year=2026, source=by.EPC)
FEDERAL_RESERVE = BankingDays("US", year=2026, source=by.NACHA_RULES)
CANADA = BankingDays("CA", year=2026, source=by.PAYMENTS_CANADA_RULES)
AUSTRALIA = BankingDays("AU", subdivision="NSW", year=2026, source=by.AUSPAYNET)


@dataclass(frozen=True, slots=True)
class BankScheme(Fact):
    """name: as `payment_details.scheme` has it, for those that the contract knows. limit: of one payment, in
    `currency`; None: none of the scheme's own. around_the_clock: settles at any time of any day; else on days of
    `calendar`, between `opens` and `closes` (local). used: the years. reference: a pattern of the scheme's own
    end-to-end id, None where any text may stand. reasons: code → share of failures, of the scheme's own list (`codes`
    is all of it that is used here)."""

    unit: ClassVar[str] = "rules of a scheme"
    name: str
    title: str
    countries: tuple[str, ...]
    currency: str
    limit: float | None
    around_the_clock: bool
    used: Lifetime
    calendar: BankingDays | None = None
    opens: str = "00:00"
    closes: str = "24:00"
    reference: str | None = None
    codes: str = "[A-Z]{2}[0-9]{2}"
    reasons: Shares | None = None


def _reasons(source: Source, estimate: str, **parts: float) -> Shares:
    return Shares({code.lstrip("_"): share for code, share in parts.items()}, _REASONS, year=2024, source=source,
                  estimate=estimate)  # fmt: skip


_USUAL = "codes of the scheme's list; shares as funds, then account data, then the account's state fail most often"
_ISO = _reasons(by.ISO_20022, _USUAL, AM04=0.42, AC01=0.20, AC04=0.12, AC06=0.10, AG01=0.06, MS03=0.06, AC03=0.04)
_PIX = _reasons(by.ISO_20022, _USUAL, AM04=0.38, AC03=0.20, AC07=0.10, AC06=0.10, AM02=0.12, AB09=0.05, AG03=0.05)
_FPS = _reasons(by.PAY_UK, _USUAL, _1114=0.38, _1160=0.22, _1172=0.16, _1161=0.10, _1170=0.06, _1162=0.05, _1100=0.03)
_ACH = _reasons(by.NACHA_RULES, _USUAL, R01=0.55, R03=0.14, R02=0.10, R04=0.07, R08=0.05, R09=0.04, R10=0.03, R16=0.02)
_EFT = _reasons(by.PAYMENTS_CANADA_RULES, _USUAL, _901=0.56, _905=0.15, _902=0.14, _903=0.08, _907=0.04, _908=0.03)
_BECS = _reasons(by.AUSPAYNET, _USUAL, _6=0.50, _5=0.20, _3=0.15, _1=0.09, _2=0.04, _8=0.02)
_UPI = _reasons(by.NPCI_CODES, _USUAL, Z9=0.40, ZM=0.20, U30=0.18, U69=0.08, Z8=0.05, Z7=0.04, U16=0.03, Z6=0.02)


SCHEMES: dict[str, BankScheme] = {
    scheme.name: scheme
    for scheme in (
        BankScheme(
            "SEPA", "SEPA Credit Transfer", _EURO, "EUR", 999_999_999.99, False, Lifetime(2008), TARGET, reasons=_ISO,
            year=2008, source=by.EPC,
        ),
        BankScheme(
            "SEPA_INSTANT", "SEPA Instant Credit Transfer", _EURO, "EUR", None, True, Lifetime(2017), reasons=_ISO,
            year=2025, source=by.INSTANT_REGULATION, estimate="100,000 EUR until October 2025",
        ),
        BankScheme(
            "ACH", "Automated Clearing House", ("US",), "USD", None, False, Lifetime(1974), FEDERAL_RESERVE, "02:30",
            "18:00", codes="R[0-9]{2}", reasons=_ACH, year=2022, source=by.NACHA_RULES,
            estimate="the same day up to 1,000,000 USD",
        ),
        BankScheme("RTP", "RTP network", ("US",), "USD", 10_000_000, True, Lifetime(2017), reasons=_ISO, year=2025,
                   source=by.THE_CLEARING_HOUSE),
        BankScheme("FEDNOW", "FedNow", ("US",), "USD", 10_000_000, True, Lifetime(2023), reasons=_ISO, year=2025,
                   source=by.FEDNOW),
        BankScheme("FPS", "Faster Payments", ("GB",), "GBP", 1_000_000, True, Lifetime(2008), codes="[0-9]{4}",
                   reasons=_FPS, year=2022, source=by.PAY_UK_SCHEME),
        BankScheme(
            "EFT", "Automated funds transfer", ("CA",), "CAD", 99_999_999.99, False, Lifetime(1984), CANADA,
            codes="9[0-9]{2}", reasons=_EFT, year=2024, source=by.PAYMENTS_CANADA_RULES,
        ),
        BankScheme(
            "INTERAC_ETRANSFER", "Interac e-Transfer", ("CA",), "CAD", 10_000, True, Lifetime(2003), year=2024,
            source=by.INTERAC, estimate="a person's; 3,000 CAD with many banks",
        ),
        BankScheme("BECS", "Bulk Electronic Clearing System", ("AU",), "AUD", None, False, Lifetime(1994), AUSTRALIA,
                   codes="[1-9]", reasons=_BECS, year=2024, source=by.AUSPAYNET),
        BankScheme("NPP", "New Payments Platform", ("AU",), "AUD", None, True, Lifetime(2018), reasons=_ISO, year=2018,
                   source=by.NPP),
        BankScheme(
            "Zengin", "Zengin System", ("JP",), "JPY", 99_999_999, True, Lifetime(1973), reasons=_ISO, year=2018,
            source=by.ZENGIN, estimate="round the clock since October 2018; larger sums by the central bank's system",
        ),
        BankScheme(
            "PIX", "Pix", ("BR",), "BRL", None, True, Lifetime(2020), reference="E[0-9]{8}20[0-9]{10}[A-Za-z0-9]{11}",
            reasons=_PIX, year=2020, source=by.BCB_PIX_MANUAL,
        ),
        BankScheme(
            "UPI", "Unified Payments Interface", ("IN",), "INR", 100_000, True, Lifetime(2016),
            reference="[0-9]{12}|[A-Z]{3}[0-9A-Za-z]{32}", codes="[A-Z][A-Z0-9]{1,2}", reasons=_UPI, year=2024,
            source=by.NPCI_LIMITS,
        ),
        BankScheme("NEFT", "National Electronic Funds Transfer", ("IN",), "INR", None, True, Lifetime(2005), year=2019,
                   source=by.NEFT),
        BankScheme("IMPS", "Immediate Payment Service", ("IN",), "INR", 500_000, True, Lifetime(2010), year=2021,
                   source=by.NEFT),
    )
}  # fmt: skip

# The scheme that a country's payments to merchants go by, of those that the contract knows.
USUAL: dict[str, str] = {
    "US": "ACH", "GB": "FPS", "CA": "EFT", "AU": "BECS", "JP": "Zengin", "BR": "PIX", "IN": "UPI",
    **dict.fromkeys(_EURO, "SEPA"),
}  # fmt: skip

# Those of which nothing is completed on other days: nobody in the country calls an instant payment by their name.
SETTLE_BY_DAY = ("ACH", "EFT", "BECS")

UPI_HIGHER_LIMIT = Figure(
    500_000, "INR, for verified merchants of the categories below", year=2025, source=by.NPCI_LIMITS
)
UPI_HIGHER_CATEGORIES: dict[str, Figure] = {
    code: Figure(500_000, "INR a payment", year=2025, source=by.NPCI_LIMITS,
                 estimate="the circular names kinds of merchants, the code is the nearest")
    for code in ("4511", "4722", "7011", "6300", "8062", "8211", "8220")
}  # fmt: skip
PIX_ALIASES = Shares(
    {"random": 0.48, "cpf": 0.17, "phone": 0.18, "email": 0.13, "cnpj": 0.04},
    "share of registered Pix keys",
    year=2024,
    source=by.BCB_PIX_KEYS,
    estimate="random 48 % and CPF 17 % as printed; the rest split between phone, e-mail and CNPJ",
)


@dataclass(frozen=True, slots=True)
class BankCodes(Fact):
    """How the banks of a scheme are named in its account numbers. field: of `payment_details`; digits: how many first
    characters name the bank; codes: those of banks with most accounts; others: a pattern of further codes that
    exist."""

    unit: ClassVar[str] = "codes of banks"
    field: str
    digits: int
    codes: frozenset[str]
    others: str | None = None


BANK_CODES: dict[str, BankCodes] = {
    "ACH": BankCodes(
        "routing_number", 2, frozenset(), "0[1-9]|1[0-2]|2[1-9]|3[0-2]", year=2024, source=by.NACHA_RULES,
        estimate="the first two digits are a Federal Reserve district, plus 20 for thrifts",
    ),
    "EFT": BankCodes(
        "institution_number", 3,
        _words("001 002 003 004 006 010 016 030 039 117 127 219 260 270 320 338 340 352 540 608 614 621 623 815 828 "
        "829 "
                  "837 839 865 879 889 899"),
        year=2024, source=by.PAYMENTS_CANADA_RULES, estimate="the large ones and credit union centrals",
    ),
    "BECS": BankCodes(
        "bsb", 2, _words("01 03 06 08 11 12 14 18 19 30 31 34 48 55 61 63 64 65 66 67 70 73 76 78 80 81 88 93 94"),
        year=2024, source=by.AUSPAYNET, estimate="two digits of a bank; third ones are a state's or a smaller bank's",
    ),
    "Zengin": BankCodes(
        "bank_code", 4, _words("0001 0005 0009 0010 0017 0033 0034 0035 0036 0038 0039 0040 0041 0042 0043 9900"),
        "01[1-9][0-9]|05[0-9]{2}|1[0-9]{3}|2[0-9]{3}", year=2024, source=by.ZENGIN,
        estimate="city and net banks; regional (01xx, 05xx), credit banks (1xxx) and credit unions (2xxx) as a pattern",
    ),
    "UPI": BankCodes(
        "ifsc", 4,
        _words("SBIN HDFC ICIC UTIB PUNB BARB CNRB UBIN KKBK IDIB IOBA BKID CBIN INDB YESB IDFB FDRL MAHB UCBA PSIB "
                  "KARB RATN AUBL BDBL AIRP PYTM IPOS"),
        year=2024, source=by.RBI_REPORT, estimate="the banks with most UPI accounts",
    ),
    "FPS": BankCodes(
        "sort_code", 2, frozenset(), "0[1-9]|1[0-9]|2[0-9]|30|4[0-9]|5[0-9]|6[0-9]|7[27]|8[0-79]|9[0-589]", year=2024,
        source=by.PAY_UK_SCHEME, estimate="first two digits that clearing banks have",
    ),
}  # fmt: skip
PIX_ISPB = BankCodes(
    "reference", 8,
    _words("00000000 00360305 00416968 01181521 08561701 10573521 18236120 22896431 31872495 60701190 60746948 "
           "90400888 92702067 92894922"),
    year=2024, source=by.BCB_PIX_MANUAL,
    estimate="the participants with most Pix payments, by the number in their CNPJ",
)  # fmt: skip
