"""Who pays how often: margins hold exactly, and nobody is forgotten."""

import numpy as np
import pytest

from paysim.transactions.behaviour.habits import (
    activity_by_country,
    fit,
    methods_liked,
    payers,
    zipf,
)
from paysim.transactions.behaviour.mix.joint_table import METHOD
from paysim.transactions.methods.base import METHODS, Method
from paysim.transactions.world.active import PopulationStore, World
from tests.support.transactions import config


def test_all_ranks_together_are_zipf_and_each_country_has_its_weight() -> None:
    weights = {"US": 0.5, "GB": 0.3, "JP": 0.15, "IN": 0.05}
    found = activity_by_country(5000, 1.1, weights)
    for country, weight in weights.items():
        assert found[country].sum() == pytest.approx(weight, abs=1e-12)
        assert np.all(np.diff(found[country]) <= 0)
    everyone = np.sort(np.concatenate(list(found.values())))[::-1]
    assert np.allclose(everyone, zipf(5000, 1.1), rtol=1e-2)


def test_a_country_of_little_weight_still_has_a_customer() -> None:
    found = activity_by_country(3, 1.1, {"US": 0.999, "JP": 0.0005, "DE": 0.0005})
    assert {country: len(of) for country, of in found.items()} == {"US": 1, "JP": 1, "DE": 1}
    assert found["JP"].sum() == pytest.approx(0.0005)


def test_fewer_customers_than_countries_serve_the_heaviest() -> None:
    assert set(activity_by_country(2, 1.1, {"US": 0.5, "JP": 0.2, "DE": 0.3})) == {"US", "DE"}


def test_without_activity_all_are_alike() -> None:
    assert np.allclose(zipf(4, 0.0), 0.25)


def test_a_fit_has_both_margins_and_the_given_zeros() -> None:
    allowed = np.array([[1.0, 0.0], [1.0, 1.0]])
    table = fit(allowed, np.array([0.3, 0.7]), np.array([0.6, 0.4]))
    assert table.sum(axis=1) == pytest.approx([0.3, 0.7])
    assert table.sum(axis=0) == pytest.approx([0.6, 0.4])
    assert table[0, 1] == 0


def test_where_no_fit_exists_the_columns_hold() -> None:
    table = fit(np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([0.5, 0.5]), np.array([0.9, 0.1]), rounds=50)
    assert table.sum(axis=0) == pytest.approx([0.9, 0.1])


def test_methods_and_activity_hold_at_once() -> None:
    world = World(PopulationStore(5), config(population={}).transaction)
    found = np.column_stack([world.payers.of(method) for method in METHODS])
    assert np.abs(found.sum(axis=1) - world.activity).max() < 1e-9
    assert found.sum(axis=0) == pytest.approx(world.table.margin(METHOD))
    assert not found[~world.held].any()


class _Sixth(Method):
    name = "sixth"
    details = ()
    popularity = 0.1


def test_however_many_methods_there_are_nobody_pays_by_one_that_they_have_not() -> None:
    with METHODS.added(_Sixth()):
        methods = dict.fromkeys(METHODS, 1 / len(METHODS))
        # Two people of the first country and one of the second; the sixth method is the last place.
        held = np.array([[1, 0, 0, 0, 0, 1], [1, 1, 1, 1, 1, 0], [1, 0, 0, 0, 0, 0]], dtype=bool)
        found = payers(np.array([0.4, 0.5, 0.1]), held, np.array([0, 0, 1]), [(m, w, None) for m, w in methods.items()])
        table = np.column_stack([found.of(method) for method in METHODS])
    assert not table[~held].any()
    assert table[0, 5] > 0


def test_people_pay_by_what_they_like_best_of_what_is_configured() -> None:
    preference = np.array([[2, 0, 1, 3, 4], [4, 1, 0, 2, 3]])
    configured = np.array([[True, True, False, False, False]] * 2)
    held = methods_liked(preference, np.array([1, 2]), configured)
    assert held.tolist() == [[True, False, False, False, False], [True, True, False, False, False]]


def test_a_method_that_nobody_likes_is_everybodys() -> None:
    patterns = {"payment_methods": {"credit_card": 0.5, "cryptocurrency": 0.5}, "countries": {"US": 1}}
    world = World(PopulationStore(1), config(population={"customers": 1}, patterns=patterns).transaction)
    found = dict(zip(METHODS, world.held[0].tolist(), strict=True))
    assert found == {name: name in ("credit_card", "cryptocurrency") for name in METHODS}
    assert sum(world.payers.of(name).sum() for name in METHODS) == pytest.approx(1)
