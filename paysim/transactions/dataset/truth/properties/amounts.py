"""How much: averages by method and country, dear and cheap categories, how amounts end."""

import numpy as np

from paysim.facts import exchange, prices, tickets
from paysim.facts.figure import Figure

from ..data import Data
from ..registry import Band, near, register, within
from ..statistics import Measured, mean, ratio, share

_PINNED = tuple(f"patterns.amounts.{key}" for key in ("distribution", "min", "max", "mean", "std_dev", "by_method"))
_CENTS = ("USD", "GBP", "EUR", "CAD", "AUD", "BRL")


def _average(name: str, title: str, country: str, method: str) -> None:
    fact = tickets.AVERAGE[country, method]

    def measure(data: Data) -> Measured | None:
        rows = data.payment & data.method.is_in(method) & data.of_country(country)
        return mean(data.amount, rows, data.people)

    measure.__module__ = __name__
    register(name, title, fact, near(fact), unit=exchange.OF_COUNTRY[country], minimum=200, pinned=_PINNED)(measure)


_average("credit_us", "average US credit card payment", "US", "credit_card")
_average("debit_us", "average US debit card payment", "US", "debit_card")
_average("ach", "average ACH payment", "US", "bank_transfer")
_average("upi_average", "average UPI payment to a merchant", "IN", "bank_transfer")
_average("debit_de", "average German debit card payment", "DE", "debit_card")
_average("debit_gb", "average British debit card payment", "GB", "debit_card")
_average("credit_ca", "average Canadian credit card payment", "CA", "credit_card")
_average("debit_au", "average Australian debit card payment", "AU", "debit_card")
_average("credit_br", "average Brazilian credit card payment", "BR", "credit_card")
_average("debit_br", "average Brazilian debit card payment", "BR", "debit_card")


def _presented(name: str, title: str, country: str, entry_mode: str, fact: Figure) -> None:
    def measure(data: Data) -> Measured | None:
        rows = data.card & data.entry_mode.is_in(entry_mode) & data.merchant_country.is_in(country)
        return mean(data.amount, rows & data.currency.is_in(exchange.OF_COUNTRY[country]), data.people)

    measure.__module__ = __name__
    register(name, title, fact, near(fact), unit=exchange.OF_COUNTRY[country], pinned=_PINNED)(measure)


_presented("tap_gb", "average British tap", "GB", "contactless", tickets.GB_CONTACTLESS)
_presented("tap_fr", "average French tap", "FR", "contactless", tickets.FR_CONTACTLESS)
_presented("insert_fr", "average French payment by inserted card", "FR", "chip", tickets.FR_INSERTED)
_presented("tap_au", "average Australian tap", "AU", "contactless", tickets.AU_CONTACTLESS)
_presented("insert_au", "average Australian payment by inserted card", "AU", "chip", tickets.AU_INSERTED)


@register(
    "card_euro",
    "average card payment in the euro area",
    tickets.EURO_AREA_CARD,
    near(tickets.EURO_AREA_CARD),
    unit="EUR",
    minimum=200,
    pinned=_PINNED,
)
def card_euro(data: Data) -> Measured | None:
    euro = [country for country, currency in exchange.OF_COUNTRY.items() if currency == "EUR"]
    return mean(data.amount, data.card & data.of_country(*euro), data.people)


@register("upi_small", "UPI payments below 500 INR", tickets.UPI_BELOW_500, Band(0.67, 0.97), pinned=_PINNED)
def upi_small(data: Data) -> Measured | None:
    return share(data.amount < 500, data.transfer & data.scheme.is_in("UPI") & data.currency.is_in("INR"), data.people)


@register(
    "airline",
    "average airline ticket over average transit fare",
    tickets.AIRLINE_OF_TRANSIT,
    Band(tickets.AIRLINE_OF_TRANSIT.value),
    unit="ratio",
    minimum=50,
    pinned=_PINNED,
)
def airline(data: Data) -> Measured | None:
    paid = data.payment & np.isfinite(data.dollars)
    tickets_, fares = (mean(data.dollars, paid & data.code.is_in(code), data.people) for code in ("4511", "4111"))
    return ratio(tickets_, fares)


@register(
    "groceries",
    "average supermarket payment over average restaurant payment (fast food)",
    tickets.BY_CATEGORY["5411"],
    Band(1.5, 7.0),
    unit="ratio",
    pinned=_PINNED,
    says="38 over 12 USD",
)
def groceries(data: Data) -> Measured | None:
    paid = data.payment & np.isfinite(data.dollars)
    return ratio(*(mean(data.dollars, paid & data.code.is_in(code), data.people) for code in ("5411", "5814")))


def _cents(data: Data) -> np.ndarray:
    return np.round(data.amount * 100).astype(np.int64)


@register(
    "price_points",
    "shop payments whose last digit is 9 or 0",
    prices.NINE_OR_ZERO,
    within(prices.NINE_OR_ZERO),
    minimum=300,
    pinned=_PINNED,
)
def price_points(data: Data) -> Measured | None:
    last = _cents(data) % 10
    rows = data.payment & data.category.is_in("retail") & data.currency.is_in(*_CENTS)
    return share((last == 9) | (last == 0), rows)


@register(
    "digital_prices",
    "payments for digital goods that end in .99, .95, .49 or .00",
    prices.DIGITAL_POINTS,
    within(prices.DIGITAL_POINTS),
    pinned=_PINNED,
)
def digital_prices(data: Data) -> Measured | None:
    rows = data.payment & data.code.is_in("5815", "5816") & data.currency.is_in(*_CENTS)
    return share(np.isin(_cents(data) % 100, (99, 95, 49, 0)), rows)


@register("fuel", "fuel payments of whole units", prices.FUEL_ROUND, within(prices.FUEL_ROUND), pinned=_PINNED)
def fuel(data: Data) -> Measured | None:
    return share(_cents(data) % 100 == 0, data.payment & data.code.is_in("5541") & data.currency.is_in(*_CENTS))


@register(
    "tips",
    "US restaurant payments of whole dollars, tip included",
    prices.RESTAURANT_ROUND,
    within(prices.RESTAURANT_ROUND),
    pinned=_PINNED,
)
def tips(data: Data) -> Measured | None:
    rows = data.in_person & data.code.is_in("5812") & data.merchant_country.is_in("US") & data.currency.is_in("USD")
    return share(_cents(data) % 100 == 0, rows)


@register("pix_small", "Pix payments below 200 BRL", tickets.PIX_BELOW_200, Band(0.70, 0.98), pinned=_PINNED)
def pix_small(data: Data) -> Measured | None:
    rows = data.transfer & data.scheme.is_in("PIX") & data.currency.is_in("BRL")
    return share(data.amount < 200, rows, data.people)
