"""Many properties at once: what is true passes nearly always, and what is a little or far off does not."""

import numpy as np
import pytest

from tests.support.many_intervals import count, judge, mean, share


def true_ones(rng: np.random.Generator) -> list:
    return [
        *(share(f"share {n}", int(rng.binomial(5_000, 0.02)), 5_000, 0.02) for n in range(15)),
        *(count(f"count {n}", int(rng.poisson(30.0)), 30.0) for n in range(10)),
        *(mean(f"mean {n}", rng.normal(1.0, 0.8, 500), 1.0, 0.8) for n in range(10)),
    ]


def passes(properties: list) -> bool:
    try:
        judge(properties)
    except AssertionError:
        return False
    return True


def test_what_is_true_passes_in_nearly_all_runs() -> None:
    rng = np.random.default_rng(1)
    assert sum(passes(true_ones(rng)) for _ in range(60)) >= 56


def test_one_that_is_far_off_is_found() -> None:
    properties = [*true_ones(np.random.default_rng(1)), share("wrong", 160, 5_000, 0.02)]
    with pytest.raises(AssertionError, match="wrong"):
        judge(properties)


def test_many_that_are_a_little_off_are_found() -> None:
    rng = np.random.default_rng(1)
    properties = [share(f"share {n}", int(rng.binomial(5_000, 0.025)), 5_000, 0.02) for n in range(30)]
    assert not passes(properties)


def test_intervals_hold_what_they_were_made_for() -> None:
    one = share("none", 0, 100, 0.01)
    assert one.low == 0.0 and 0.03 < one.high < 0.04 and not one.is_outside
    assert count("none", 0, 10.0).is_outside
    assert share("all", 100, 100, 0.99).high == 1.0
