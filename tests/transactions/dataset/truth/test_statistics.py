"""Figures and their intervals, against scipy and against draws whose truth is known."""

import numpy as np
import pytest
from scipy import stats

from paysim.transactions.dataset.truth import statistics
from paysim.transactions.dataset.truth.statistics import Measured

EVERY = np.ones(2_000, dtype=bool)
ALONE = np.arange(2_000)


def drawn(seed: int, share: float, size: int = 2_000) -> np.ndarray:
    return np.random.default_rng(seed).random(size) < share


def test_a_share_has_wilsons_interval():
    found = statistics.share(drawn(1, 0.3), EVERY)
    assert found is not None
    hits = int(drawn(1, 0.3).sum())
    expected = stats.binomtest(hits, 2_000).proportion_ci(0.99, method="wilson")
    assert (found.value, found.n) == (hits / 2_000, 2_000)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=1e-4)


def test_a_share_of_none_and_of_all_stays_within_zero_and_one():
    none, every = statistics.share(~EVERY, EVERY), statistics.share(EVERY, EVERY, ALONE)
    assert none is not None
    assert every is not None
    assert none.low == 0 < none.high < 0.01
    assert every.high == 1 > every.low > 0.99


def test_people_who_do_all_alike_widen_the_interval():
    """A hundred people of twenty payments each tell no more than a hundred payments."""
    whose = np.repeat(np.arange(100), 20)
    hits = drawn(2, 0.3, 100)[whose]
    alone, together = statistics.share(hits, EVERY), statistics.share(hits, EVERY, whose)
    assert alone is not None
    assert together is not None
    assert (together.high - together.low) == pytest.approx((alone.high - alone.low) * np.sqrt(20), rel=0.1)


def test_a_mean_is_near_the_truth_99_times_of_100():
    misses = 0
    for seed in range(300):
        rng = np.random.default_rng(seed)
        whose = rng.integers(0, 200, 2_000)
        values = rng.lognormal(3, 0.5, 2_000) + rng.normal(0, 5, 200)[whose]
        found = statistics.mean(values, EVERY, whose)
        assert found is not None
        misses += not found.low <= np.exp(3 + 0.125) <= found.high
    assert misses <= 12  # 3 are expected


def test_a_ratio_adds_the_errors_of_both():
    above, below = Measured(0.2, 0.18, 0.22, 900), Measured(0.1, 0.09, 0.11, 400)
    found = statistics.ratio(above, below)
    assert found is not None
    assert (found.value, found.n) == (2.0, 400)
    assert 1.6 < found.low < 1.8 < 2.2 < found.high < 2.5
    assert statistics.ratio(above, Measured(0.0, 0.0, 0.1, 400)) is None
    assert statistics.ratio(None, below) is None


def test_a_median_lies_between_its_order_statistics():
    found = statistics.median(np.random.default_rng(3).normal(10, 2, 2_000))
    assert found is not None
    assert found.low < found.value < found.high
    assert found.low < 10 < found.high
    assert statistics.median(np.array([1.0])) is None


@pytest.mark.parametrize("apart", [0.0, 1.0, 2.5])
def test_the_area_under_the_curve_is_that_of_mann_and_whitney(apart: float):
    rng = np.random.default_rng(4)
    positive = np.arange(2_000) < 300
    scores = (rng.normal(0, 1, 2_000) + apart * positive).round(1)  # rounded: there are ties
    found = statistics.auc(scores, positive)
    assert found is not None
    pairs = stats.mannwhitneyu(scores[positive], scores[~positive]).statistic / (300 * 1_700)
    assert found.value == pytest.approx(pairs)
    assert found.low < stats.norm.cdf(apart / np.sqrt(2)) < found.high


def test_what_has_no_rows_has_no_figure():
    assert statistics.share(EVERY, ~EVERY) is None
    assert statistics.mean(ALONE, ~EVERY, ALONE) is None
    assert statistics.rule(EVERY, ~EVERY) is None
    assert statistics.auc(ALONE, ~EVERY) is None
