"""Payments from account to account keep the rules of their scheme."""

import re
from datetime import date, timedelta
from functools import cache

import holidays
import numpy as np

from paysim.facts import bank_schemes
from paysim.facts.bank_schemes import SCHEMES, BankingDays
from paysim.facts.figure import Figure

from ..data import DAY, Data
from ..registry import ALWAYS, NEVER, Band, near, near_share, register
from ..statistics import Measured, rule, share


def _is(data: Data, value: dict[str, str], of_row: np.ndarray, names: list[str]) -> np.ndarray:
    """Whether the value of a row is what its scheme says. value: scheme → what it must be."""
    wanted = np.array(
        [names.index(value[name]) if value.get(name) in names else -2 for name in [*data.scheme.names, ""]]
    )
    found: np.ndarray = wanted[data.scheme.codes] == of_row
    return found


@register(
    "scheme_currency",
    "bank transfers in the currency of their scheme",
    SCHEMES["SEPA"],
    ALWAYS,
    says="SEPA euro, Pix real, UPI rupee …",
    pinned=("patterns.currencies",),
)
def scheme_currency(data: Data) -> Measured | None:
    currencies = {name: scheme.currency for name, scheme in SCHEMES.items()}
    return rule(_is(data, currencies, data.currency.codes, data.currency.names), data.transfer)


@register(
    "scheme_country",
    "bank transfers by a scheme of the payer's country that existed",
    SCHEMES["PIX"],
    ALWAYS,
    says="Pix since 2020, UPI since 2016 …",
)
def scheme_country(data: Data) -> Measured | None:
    table = np.array(
        [
            [
                (scheme := SCHEMES.get(name)) is not None and country in scheme.countries and data.year in scheme.used
                for country in [*data.country.names, ""]
            ]
            for name in [*data.scheme.names, ""]
        ]
    )
    return rule(table[data.scheme.codes, data.country.codes], data.transfer)


@register(
    "scheme_limit",
    "bank transfers above the limit of their scheme",
    SCHEMES["UPI"],
    NEVER,
    says="UPI 100,000 INR, FPS 1,000,000 GBP …",
)
def scheme_limit(data: Data) -> Measured | None:
    limits = np.array(
        [
            limit if (scheme := SCHEMES.get(name)) is not None and (limit := scheme.limit) is not None else np.inf
            for name in [*data.scheme.names, ""]
        ]
    )[data.scheme.codes]
    higher = data.scheme.is_in("UPI") & data.code.is_in(*bank_schemes.UPI_HIGHER_CATEGORIES)
    limits = np.where(higher, bank_schemes.UPI_HIGHER_LIMIT.value, limits)
    return rule(data.amount > limits, data.transfer)


@register(
    "pix_id",
    "Pix payments whose reference is an EndToEndId",
    SCHEMES["PIX"],
    ALWAYS,
    says="E, ISPB, yyyymmddHHMM, 11 more: 32 characters",
)
def pix_id(data: Data) -> Measured | None:
    return _form(data, "PIX")


@register(
    "upi_id",
    "UPI payments whose reference is a UPI transaction id",
    SCHEMES["UPI"],
    ALWAYS,
    says="12 digits, or 35 characters with the bank's prefix",
)
def upi_id(data: Data) -> Measured | None:
    return _form(data, "UPI")


def _form(data: Data, scheme: str) -> Measured | None:
    pattern = re.compile(SCHEMES[scheme].reference or ".*")
    return rule(
        data.reference.where(lambda text: bool(pattern.fullmatch(text))), data.transfer & data.scheme.is_in(scheme)
    )


@register(
    "fps_reasons",
    "Faster Payments reasons that are numeric",
    SCHEMES["FPS"],
    ALWAYS,
    says="1114, 1160, 1172 …",
    minimum=20,
)
def fps_reasons(data: Data) -> Measured | None:
    failed = data.transfer & data.scheme.is_in("FPS") & data.reason_code.present
    return rule(data.reason_code.where(lambda code: code.isdigit() and len(code) == 4), failed)


@register(
    "reasons",
    "failed bank transfers with a reason of their scheme's list",
    SCHEMES["ACH"],
    Band(0.99, 1.0),
    says="Nacha R01, BECS 6, NPCI Z9 …",
)
def reasons(data: Data) -> Measured | None:
    table = np.array(
        [
            [
                (scheme := SCHEMES.get(name)) is not None and scheme.reasons is not None and code in scheme.reasons.of
                for code in [*data.reason_code.names, ""]
            ]
            for name in [*data.scheme.names, ""]
        ]
    )
    return rule(table[data.scheme.codes, data.reason_code.codes], data.transfer & data.reason_code.present)


@register(
    "bank_codes",
    "account numbers whose bank exists or could",
    bank_schemes.BANK_CODES["EFT"],
    Band(0.95, 1.0),
    says="institution numbers, BSB, IFSC, sort codes …",
)
def bank_codes(data: Data) -> Measured | None:
    hits, among = np.zeros(data.n, dtype=bool), np.zeros(data.n, dtype=bool)
    for scheme, known in bank_schemes.BANK_CODES.items():
        rows = data.transfer & data.scheme.is_in(scheme) & data.bank.present
        among |= rows
        pattern = re.compile(known.others) if known.others else None

        def exists(
            text: str,
            digits: int = known.digits,
            codes: frozenset[str] = known.codes,
            others: re.Pattern[str] | None = pattern,
        ) -> bool:
            code = text.replace("-", "")[:digits]
            return code in codes or (others is not None and bool(others.fullmatch(code)))

        hits |= rows & data.bank.where(exists)
    return rule(hits, among)


@register(
    "iban_country",
    "SEPA accounts whose IBAN, BIC and owner are of one country",
    SCHEMES["SEPA"],
    Band(0.9, 1.0),
    says="most people bank at home",
)
def iban_country(data: Data) -> Measured | None:
    rows = data.transfer & data.scheme.is_in("SEPA") & data.iban.present & data.bic.present
    at = np.flatnonzero(rows)
    fits = [
        data.iban.names[iban][:2] == data.bic.names[bic][4:6] == data.country.names[country]
        for iban, bic, country in zip(data.iban.codes[at], data.bic.codes[at], data.country.codes[at], strict=True)
    ]
    hits = np.zeros(data.n, dtype=bool)
    hits[at] = fits
    return rule(hits, rows)


_RANDOM: Figure = near_share(bank_schemes.PIX_ALIASES, "random")


@register("pix_keys", "Pix payments to a random key", _RANDOM, near(_RANDOM))
def pix_keys(data: Data) -> Measured | None:
    return share(data.alias_type.is_in("random"), data.transfer & data.scheme.is_in("PIX"), data.people)


@register(
    "banking_days",
    "completed ACH, EFT and BECS payments on days on which these settle",
    bank_schemes.FEDERAL_RESERVE,
    Band(0.95, 1.0),
    says="Monday to Friday less the holidays of their calendar",
)
def banking_days(data: Data) -> Measured | None:
    hits, among = np.zeros(data.n, dtype=bool), np.zeros(data.n, dtype=bool)
    days = data.main_local // DAY
    for name in ("ACH", "EFT", "BECS"):
        calendar = SCHEMES[name].calendar
        assert calendar is not None
        rows = data.transfer & data.scheme.is_in(name) & data.status.is_in("completed")
        among |= rows
        found, place = np.unique(days[rows], return_inverse=True)
        settles = np.array([_settles(calendar, int(day)) for day in found], dtype=bool)
        hits[rows] = settles[place] if len(found) else False
    return share(hits, among, data.people)


def _settles(calendar: BankingDays, day: int) -> bool:
    moment = date(1970, 1, 1) + timedelta(days=day)
    return moment.weekday() < 5 and moment not in _holidays(calendar, moment.year)


@cache
def _holidays(calendar: BankingDays, year: int) -> frozenset[date]:
    found = (
        holidays.financial_holidays(calendar.code, years=year)
        if calendar.financial
        else holidays.country_holidays(calendar.code, subdiv=calendar.subdivision, years=year)
    )
    return frozenset(found)


@register(
    "instant_nights",
    "payments by schemes that never close, between 22 and 6 o'clock",
    SCHEMES["PIX"],
    Band(0.02, 0.25),
    says="day and night",
    minimum=300,
)
def instant_nights(data: Data) -> Measured | None:
    open_ = [name for name, scheme in SCHEMES.items() if scheme.around_the_clock]
    night = (data.hour >= 22) | (data.hour < 6)
    return share(night, data.transfer & data.scheme.is_in(*open_), data.people)
