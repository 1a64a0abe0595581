"""What chance alone makes of runs: the permutation test, on values whose truth is known."""

import numpy as np
import pytest

from paysim.history import noise

RESOLUTION = 0.002


def chances(rows: np.ndarray, runs_a: int) -> list[float]:
    return noise.chances(rows, runs_a, np.full((len(rows), 1), RESOLUTION))


def runs(rng: np.random.Generator, slower: float, count: int) -> np.ndarray:
    """Logarithms of eight latencies: a run is slow in all of them, and high percentiles vary most."""
    own = np.array([1, 1.5, 3, 1, 1.5, 3, 1.2, 2.5])[:, np.newaxis] * 0.02
    return np.log1p(slower) + rng.normal(0, 0.02, (1, count)) + rng.normal(0, 1, (8, count)) * own


def test_five_against_five_that_lie_apart_are_the_rarest_division():
    (chance,) = chances(np.array([[1.0, 1.1, 1.2, 1.3, 1.4, 2.0, 2.1, 2.2, 2.3, 2.4]]), 5)
    assert chance == pytest.approx(1 / 252)


def test_a_difference_in_the_other_direction_is_none():
    (chance,) = chances(np.array([[2.0, 2.1, 2.2, 1.0, 1.1, 1.2]]), 3)
    assert chance == 1


def test_three_against_three_are_enough_and_two_against_two_are_not():
    assert noise.is_known(3, 3) and noise.is_known(1, 19)
    assert not noise.is_known(1, 1) and not noise.is_known(2, 2) and not noise.is_known(1, 5)


def test_values_that_never_differ_are_no_difference():
    assert chances(np.zeros((3, 10)), 5) == [1, 1, 1]


def test_what_differs_by_less_than_the_resolution_is_not_told_apart_from_what_is_larger():
    """A figure as steady as a clock must not hide, by its tiny difference, that another one is really worse."""
    steady = [0.0] * 5 + [1e-6] * 5
    slower = [0.0, 0.01, 0.02, 0.0, 0.01, 0.1, 0.11, 0.12, 0.1, 0.11]
    found = chances(np.array([steady, slower]), 5)
    assert found[1] <= noise.ALPHA


def test_of_runs_of_one_build_at_most_one_comparison_in_twenty_finds_anything():
    rng = np.random.default_rng(3)
    found = sum(min(chances(runs(rng, 0, 10), 5)) <= noise.ALPHA for _ in range(400))
    assert found / 400 <= 0.05 + 3 * (0.05 * 0.95 / 400) ** 0.5


def test_a_build_that_is_a_tenth_slower_is_found_in_noise_of_a_few_percent():
    rng = np.random.default_rng(4)
    found = sum(min(chances(np.hstack([runs(rng, 0, 5), runs(rng, 0.1, 5)]), 5)) <= noise.ALPHA for _ in range(100))
    assert found >= 95


def test_many_runs_are_divided_by_chance_and_alike_in_each_call():
    rng = np.random.default_rng(5)
    rows = np.hstack([runs(rng, 0, 30), runs(rng, 0.1, 30)])
    assert chances(rows, 30) == chances(rows, 30)
    assert min(chances(rows, 30)) <= 0.001


def test_one_run_against_many_is_the_rarest_where_it_is_beyond_all():
    base = np.log(np.linspace(10, 11, 19))
    assert chances(np.array([[*base, np.log(12.0)]]), 19) == [pytest.approx(1 / 20)]
    assert chances(np.array([[*base, np.log(10.5)]]), 19)[0] > 0.3
