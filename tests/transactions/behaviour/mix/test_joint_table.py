"""One table of all payments: what is configured holds exactly, and the rest is as near to the facts as can be."""

from typing import Any

import numpy as np
import pytest
from scipy.optimize import minimize

from paysim.contract.codes import CHANNELS, MERCHANT_CATEGORIES
from paysim.facts import methods, presence, purchases
from paysim.transactions.behaviour.mix.joint_table import (
    CATEGORY,
    CHANNEL,
    COUNTRY,
    METHOD,
    JointTable,
    fitted,
    joint_table,
)
from paysim.transactions.methods.base import METHODS
from paysim.transactions.world.countries import COUNTRIES
from tests.support import margins
from tests.support.transactions import config

NAMES = {METHOD: METHODS.names, COUNTRY: COUNTRIES.names, CHANNEL: CHANNELS, CATEGORY: MERCHANT_CATEGORIES}


def table(**patterns: Any) -> JointTable:
    return joint_table(config(patterns=patterns).transaction)


def share(found: JointTable, **where: str) -> float:
    """Of all payments: METHOD, COUNTRY … by lower-case name."""
    axes = {"method": METHOD, "country": COUNTRY, "channel": CHANNEL, "category": CATEGORY}
    at: list[Any] = [slice(None)] * 4
    for name, value in where.items():
        at[axes[name]] = NAMES[axes[name]].index(value)
    return float(found.shares[tuple(at)].sum())


def independently(
    prior: np.ndarray, margins: dict[int, np.ndarray], bounds: list[tuple[np.ndarray, float]]
) -> np.ndarray:
    """The nearest table by its dual: a factor a margin and a bound, found by a quasi-Newton method in their logarithms.

    Minimises sum(prior × exp(sum of a cell's logarithms)) − sum(wanted × logarithm); those of bounds are at most 0.
    """
    cells = np.flatnonzero(prior)
    rows, wanted = [], []
    for axis, sums in margins.items():
        place = np.indices(prior.shape)[axis].ravel()[cells]
        for at in np.flatnonzero(sums):
            rows.append(place == at)
            wanted.append(sums[at])
    limits: list[tuple[float | None, float | None]] = [(None, None)] * len(rows)
    for mask, most in bounds:
        rows.append(np.broadcast_to(mask[:, :, None, None], prior.shape).ravel()[cells])
        wanted.append(most)
        limits.append((None, 0.0))
    which, aim, start = np.array(rows, dtype=float), np.array(wanted), prior.ravel()[cells]

    def dual(logs: np.ndarray) -> tuple[float, np.ndarray]:
        found = start * np.exp(logs @ which)
        return float(found.sum() - aim @ logs), which @ found - aim

    done = minimize(
        dual, np.zeros(len(aim)), jac=True, bounds=limits, method="L-BFGS-B",
        options={"maxiter": 20_000, "maxfun": 100_000, "ftol": 1e-16, "gtol": 1e-10, "maxcor": 50},
    )  # fmt: skip
    values = np.zeros(prior.size)
    values[cells] = start * np.exp(done.x @ which)
    return values.reshape(prior.shape)


def test_what_is_set_holds_on_every_axis() -> None:
    found = table(**margins.CONFIGURED)
    for axis, weights in (
        (METHOD, margins.METHODS),
        (COUNTRY, {code: country.weight for code, country in COUNTRIES.items()}),
        (CHANNEL, margins.CHANNELS),
        (CATEGORY, margins.CATEGORIES),
    ):
        expected = [weights.get(name, 0.0) for name in NAMES[axis]]
        assert found.margin(axis).tolist() == pytest.approx(expected, abs=1e-9)


def test_what_is_left_out_is_as_the_facts_have_it() -> None:
    found = table()
    for country in ("US", "DE", "JP", "BR", "IN"):
        whole = share(found, country=country)
        for method in METHODS:
            assert share(found, country=country, method=method) / whole == pytest.approx(methods.of(country)[method])
        for method in ("credit_card", "debit_card"):
            at_tills = share(found, country=country, method=method, channel="pos")
            assert at_tills / share(found, country=country, method=method) == pytest.approx(
                presence.IN_PERSON[country].value, rel=1e-3
            )
    for channel in CHANNELS:
        for category in MERCHANT_CATEGORIES:
            part = share(found, channel=channel, category=category) / share(found, channel=channel)
            assert part == pytest.approx(purchases.CATEGORIES[channel][category])


def test_pix_and_upi_are_paid_at_tills_and_other_transfers_are_not() -> None:
    found = table()
    for country in ("BR", "IN"):
        assert share(found, method="bank_transfer", country=country, channel="pos") > 0.004
    for country in ("US", "GB", "DE", "JP"):
        assert share(found, method="bank_transfer", country=country, channel="pos") == 0


def test_a_wallet_pays_from_no_server_whatever_is_configured() -> None:
    found = table(payment_methods={"digital_wallet": 0.5, "credit_card": 0.5}, channels={"api": 0.3, "pos": 0.7})
    assert share(found, method="digital_wallet", channel="api") == 0
    assert share(found, channel="api") == pytest.approx(0.3)
    assert found.possible


@pytest.mark.parametrize(
    "patterns",
    [
        {"payment_methods": margins.METHODS},
        {"channels": margins.CHANNELS},
        {"merchant_categories": margins.CATEGORIES, "channels": {"web": 0.5, "pos": 0.5}},
        margins.CONFIGURED,
        {"payment_methods": {"credit_card": 0.7, "bank_transfer": 0.3}, "countries": {"BR": 1, "US": 2, "IN": 1}},
        {"currencies": {"USD": 0.9, "BRL": 0.01, "EUR": 0.09}},
        {"currencies": {"USD": 0.55, "GBP": 0.02, "EUR": 0.43}, "payment_methods": margins.METHODS},
    ],
    ids=["methods", "channels", "categories and channels", "all", "transfers", "currencies", "currencies and methods"],
)
def test_it_is_the_table_that_another_algorithm_finds(patterns: dict[str, Any]) -> None:
    found = table(**patterns)
    facts = table(**{key: value for key, value in patterns.items() if key == "countries"})
    prior, wanted, bounds = facts.shares.copy(), {COUNTRY: facts.margin(COUNTRY)}, []
    given = config(patterns=patterns).transaction.patterns
    for axis, key in ((METHOD, "payment_methods"), (CHANNEL, "channels"), (CATEGORY, "merchant_categories")):
        if key in patterns:
            weights = getattr(given, key)
            wanted[axis] = np.array([weights.get(name, 0.0) for name in NAMES[axis]])
    prior[wanted[METHOD] == 0 if METHOD in wanted else []] = 0
    if "currencies" in patterns:
        transfers = np.array([method.one_currency for method in METHODS.values()])
        for currency in {country.currency for country in COUNTRIES.values()}:
            there = np.array([country.currency == currency for country in COUNTRIES.values()])
            mask, most = transfers[:, None] & there, given.currencies.get(currency, 0.0)  # type: ignore[call-overload]
            if most == 0:
                prior[mask] = 0
            else:
                bounds.append((mask, most))
    other = independently(prior, wanted, bounds)
    assert found.shares == pytest.approx(other, abs=2e-6)


def test_a_bound_lets_go_where_other_margins_do_its_work() -> None:
    """Scaled down by the first round and not let go, the first cell would stay below what it can have."""
    prior = np.array([[0.8, 0.1], [0.05, 0.05]])
    rows = np.array([0.3, 0.7])
    mask = np.array([[True, False], [False, False]])
    found, missed = fitted(prior, {0: rows}, [(mask, 0.7)])
    assert missed < 1e-9
    assert found == pytest.approx(np.array([[0.8 / 0.9 * 0.3, 0.1 / 0.9 * 0.3], [0.35, 0.35]]))


def test_margins_that_no_table_has_are_missed_and_it_says_so() -> None:
    found, missed = fitted(np.array([[1.0, 0.0], [1.0, 1.0]]), {0: np.array([0.6, 0.4]), 1: np.array([0.2, 0.8])}, [])
    assert missed > 0.1
    assert found[0, 1] == 0


def test_a_method_that_is_not_configured_is_bought_by_as_the_facts_have_it() -> None:
    found = table(payment_methods={"credit_card": 1}).of("digital_wallet")
    assert found.sum(axis=1) == pytest.approx(np.ones(len(COUNTRIES)))
