"""The five distributions, cut: held against scipy's own, and against what their names promise."""

from typing import Any

import numpy as np
import pytest
from scipy import stats

from paysim.config.schema import Amounts, Config
from paysim.contract.codes import MINOR_UNITS
from paysim.transactions.behaviour.amounts.amount_distributions import (
    cut_mean,
    log_parameters,
    mean_before_cut,
    normal_quantile,
    quantile,
)
from paysim.transactions.behaviour.amounts.amount_ranks import AmountRanks
from paysim.transactions.behaviour.amounts.exchange_rates import PER_DOLLAR, rate
from tests.support.amounts import reference

RANKS = np.linspace(0, 1, 2001)[1:-1]


CASES: list[dict[str, Any]] = [
    {"distribution": name, **bounds}
    for name in ("normal", "uniform", "exponential", "lognormal", "bimodal")
    for bounds in ({}, {"min": 20.0, "max": 400.0}, {"min": 5.0, "max": 500.0, "mean": 60.0, "std_dev": 45.0})
    if not (name == "bimodal" and "mean" in bounds)
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_rank_is_the_share_of_the_cut_distribution_below_its_amount(case: dict[str, Any]) -> None:
    amounts = Amounts.model_validate(case)
    whole = reference(amounts)
    below, above = whole.cdf(amounts.least), whole.cdf(amounts.most)
    found = quantile(amounts)(RANKS)
    assert np.all((amounts.least <= found) & (found <= amounts.most))
    assert np.all(np.diff(found) > 0)
    assert np.abs((whole.cdf(found) - below) / (above - below) - RANKS).max() < 1e-6


@pytest.mark.parametrize("case", [{"mean": 500.0, "max": 300.0}, {"mean": 10.0, "min": 300.0}], ids=str)
def test_a_cut_far_out_in_a_tail_keeps_its_digits(case: dict[str, Any]) -> None:
    amounts = Amounts.model_validate({"distribution": "normal", "std_dev": 30.0, **case})
    a, b = ((edge - amounts.average) / 30 for edge in (amounts.least, amounts.most))
    assert np.allclose(quantile(amounts)(RANKS), stats.truncnorm(a, b, amounts.average, 30).ppf(RANKS), rtol=1e-9)


def test_the_normal_quantile_is_scipys() -> None:
    p = np.concatenate([10.0 ** -np.arange(1, 300, 3.0), RANKS, 1 - 10.0 ** -np.arange(1, 15)])
    assert np.allclose(normal_quantile(p), stats.norm.ppf(p), rtol=1e-13, atol=1e-15)


def test_a_lognormal_has_the_mean_and_deviation_it_is_given() -> None:
    mu, sigma = log_parameters(85, 120)
    assert stats.lognorm(sigma, scale=np.exp(mu)).stats("mv") == pytest.approx((85, 120**2))


def test_the_mean_after_the_cut_is_known() -> None:
    amounts = Amounts(distribution="exponential", mean=85, min=1, max=100)
    assert cut_mean(amounts) == pytest.approx(stats.truncexpon((99) / 85, 1, 85).mean(), rel=1e-4)
    assert mean_before_cut(amounts) == 85
    assert mean_before_cut(Amounts(distribution="uniform", min=1, max=3)) == 2
    assert mean_before_cut(Amounts(distribution="bimodal")) == 162.5


def test_ranks_are_uniform_whatever_the_shifts() -> None:
    rng = np.random.default_rng(5)
    shifts, weights = np.array([-2.0, 0.1, 0.5, 3.0]), np.array([0.1, 0.5, 0.3, 0.1])
    scores = rng.choice(shifts, 200_000, p=weights) + rng.standard_normal(200_000)
    ranks = AmountRanks(shifts, weights).of(scores)
    # Kolmogorov's bound for n = 200,000 at a chance of one in a million.
    assert stats.kstest(ranks, "uniform").pvalue > 1e-6
    exact = sum(w * stats.norm.cdf(scores[:1000] - s) for s, w in zip(shifts, weights, strict=True))
    assert np.abs(ranks[:1000] - exact).max() < 1e-5


@pytest.mark.parametrize(
    ("amounts", "allowed"),
    [({"max": 5_000_001}, "5,000,000 USD"), ({"max": 6e8, "currency": "KRW"}, "500,000,000 KRW"),
     ({"max": 2e6, "currency": "KWD"}, "1,000,000 KWD")],
)  # fmt: skip
def test_amounts_that_could_be_taken_for_card_numbers_are_refused(amounts: dict[str, Any], allowed: str) -> None:
    with pytest.raises(ValueError, match=f"is above {allowed}: amounts of 13 digits"):
        Config.model_validate({"transaction": {"patterns": {"amounts": amounts}}})


@pytest.mark.parametrize(("highest", "currency"), [(5_000_000, "GBP"), (5e8, "JPY"), (1e6, "KWD")])
def test_the_highest_amounts_allowed_have_no_thirteen_digits_in_any_currency(highest: float, currency: str) -> None:
    most = highest * max(rate(currency, other) * 10 ** MINOR_UNITS[other] for other in PER_DOLLAR)
    assert 10 * most < 1e12  # ten times as much is what excess_amount sends
