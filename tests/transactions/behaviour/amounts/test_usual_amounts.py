"""Amounts without a distribution: averages are the facts', whatever is bought where, and limits hold."""

from typing import Any

import numpy as np
import pytest

from paysim.contract.codes import MINOR_UNITS
from paysim.facts import bank_schemes, exchange, tickets
from paysim.transactions.behaviour.amounts.usual_amounts import Pilot, UsualAmounts, averages
from paysim.transactions.methods.base import METHODS
from paysim.transactions.world.countries import COUNTRIES
from paysim.transactions.world.merchant_categories import ALL_CODES
from tests.support.transactions import config, events, make

CURRENCIES = ["USD", "GBP", "CAD", "AUD", "EUR", "JPY", "BRL", "INR"]
NAMES = list(COUNTRIES)
COUNT = 60_000


class Draws:
    """Payments of one country by one method, with some mix of codes and channels."""

    def __init__(
        self,
        country: str,
        method: str,
        in_person: float,
        codes: tuple[str, ...] = ALL_CODES,
        spending: int | None = None,
        **bounds: Any,
    ):
        rng = np.random.default_rng(3)
        self.country = country
        at = np.full(COUNT, NAMES.index(country))
        self.in_person = rng.random(COUNT) < in_person
        self.codes = rng.choice([ALL_CODES.index(code) for code in codes], COUNT)
        levels = rng.integers(0, 5, COUNT) if spending is None else np.full(COUNT, spending)
        pilot = Pilot(at, self.in_person, self.codes, levels)
        usual = UsualAmounts(METHODS[method], pilot, CURRENCIES, **bounds)
        currency = np.full(COUNT, CURRENCIES.index(exchange.OF_COUNTRY[country]))
        self.minor = usual.draw(
            at, self.in_person, self.codes, levels, currency, rng.standard_normal(COUNT), rng.random(COUNT)
        )

    @property
    def amounts(self) -> np.ndarray:
        amounts: np.ndarray = self.minor / 10 ** MINOR_UNITS[exchange.OF_COUNTRY[self.country]]
        return amounts

    def of(self, code: str) -> float:
        return float(self.amounts[self.codes == ALL_CODES.index(code)].mean())


@pytest.mark.parametrize("in_person", [0.0, 0.3, 0.7, 1.0])
@pytest.mark.parametrize(
    ("country", "method"),
    [("US", "credit_card"), ("US", "bank_transfer"), ("GB", "debit_card"), ("JP", "debit_card"), ("IN", "credit_card")],
)
def test_the_average_is_the_countrys_whatever_the_mix(country: str, method: str, in_person: float):
    found = Draws(country, method, in_person).amounts.mean()
    assert found == pytest.approx(tickets.AVERAGE[country, method].value, rel=0.1)


def test_the_average_follows_another_mix_of_what_is_bought():
    dear = ("4511", "4722", "8220", "5411")
    found = Draws("DE", "debit_card", 0.5, dear)
    assert found.amounts.mean() == pytest.approx(tickets.AVERAGE["DE", "debit_card"].value, rel=0.1)
    assert found.of("4511") > 3 * found.of("5411")


@pytest.mark.parametrize("spending", [0, 4])
def test_the_average_is_the_same_where_those_who_pay_most_often_spend_little_or_much(spending: int):
    found = Draws("CA", "credit_card", 0.5, spending=spending).amounts.mean()
    assert found == pytest.approx(tickets.AVERAGE["CA", "credit_card"].value, rel=0.05)


def test_payments_in_person_are_as_small_as_is_known_of_them():
    found = Draws("GB", "debit_card", 0.7)
    assert found.amounts[found.in_person].mean() == pytest.approx(tickets.IN_PERSON["GB", "debit_card"].value, rel=0.1)


@pytest.mark.parametrize("method", ["credit_card", "debit_card", "bank_transfer", "digital_wallet"])
def test_flying_costs_more_than_commuting(method: str):
    found = Draws("US", method, 0.5)
    assert found.of("4511") > tickets.AIRLINE_OF_TRANSIT.value * found.of("4111")


def test_upi_pays_small_amounts_and_never_above_its_limit():
    upi = Draws("IN", "bank_transfer", 0.6).amounts
    assert (upi < 500).mean() == pytest.approx(tickets.UPI_BELOW_500.value, abs=0.1)
    assert upi.max() <= bank_schemes.SCHEMES["UPI"].limit
    assert not (upi % 1).any()


def test_configured_bounds_hold_and_nothing_heaps_up_at_them():
    least, most = np.full(len(CURRENCIES), 20_00.0), np.full(len(CURRENCIES), 90_00.0)
    found = Draws("US", "credit_card", 0.5, least=least, most=most).amounts
    assert found.min() >= 20
    assert found.max() <= 90
    assert (found == 20).mean() < 0.05
    assert (found == 90).mean() < 0.05


@pytest.mark.parametrize(("least", "most"), [(1, 5), (200, 250), (3_000, 9_000), (10, 10.5), (0.01, 0.02)])
def test_any_bounds_leave_amounts_spread_between_them(least: float, most: float):
    low, high = (np.full(len(CURRENCIES), 100.0 * bound) for bound in (least, most))
    found = Draws("US", "credit_card", 0.5, least=low, most=high).amounts
    assert found.min() >= least
    assert found.max() <= most
    assert least <= np.median(found) <= most
    if most / least > 2 and most > 1:
        assert np.quantile(found, 0.9) / np.quantile(found, 0.1) > 1.3


def test_shares_of_channels_that_the_averages_cannot_hold_leave_the_whole_right():
    remote, there = averages("GB", METHODS["credit_card"], 0.99)
    assert 0.8 <= remote / there <= 6.0
    assert 0.99 * there + 0.01 * remote == pytest.approx(47 / exchange.PER_DOLLAR["GBP"].value)


def test_a_configuration_bounds_amounts_without_giving_them_a_distribution():
    generator = make(patterns={"amounts": {"min": 20, "max": 200}, "countries": {"US": 1}})
    found = [e["amount"] for e in events(generator, {"credit_card": 3000}) if e["transaction_type"] == "payment"]
    assert min(found) >= 20
    assert max(found) <= 200


@pytest.mark.parametrize(
    ("amounts", "shape"),
    [
        ({}, None),
        ({"min": 5, "max": 50}, None),
        ({"distribution": "auto"}, None),
        ({"mean": 90}, "lognormal"),
        ({"std_dev": 30}, "lognormal"),
        ({"distribution": "uniform"}, "uniform"),
    ],
)
def test_a_mean_without_a_distribution_is_lognormal_and_bounds_alone_are_none(amounts: dict[str, Any], shape: str):
    assert config(patterns={"amounts": amounts}).transaction.patterns.amounts.shape == shape


def test_one_method_may_follow_the_facts_where_the_others_do_not():
    amounts = {"mean": 90, "by_method": {"debit_card": {"distribution": "auto"}, "bank_transfer": {"mean": 900}}}
    patterns = config(patterns={"amounts": amounts}).transaction.patterns
    assert patterns.amounts.of("debit_card").shape is None
    assert patterns.amounts.of("bank_transfer").average == 900
    assert patterns.amounts.of("credit_card").shape == "lognormal"
