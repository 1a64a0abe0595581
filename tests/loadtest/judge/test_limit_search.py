"""Which rates a search tries, and what it finds: against a system of which the limit is known."""

import pytest

from paysim.config.sections.load import FindLimit
from paysim.loadtest.judge.limit_search import LimitSearch


def plan(**given):
    return FindLimit.model_validate({"from": 100, "to": 100_000, "hold": 10, "confirm": 30, "precision": 0.05, **given})


def found(limit, soak_limit=None, **given):
    """The search, and the rates that it tried: those up to `limit` hold, in the soak those up to `soak_limit`."""
    search, tried = LimitSearch(plan(**given)), []
    while (trial := search.trial) is not None:
        tried.append(trial)
        assert len(tried) < 60
        most = limit if soak_limit is None or not trial.confirms else soak_limit
        search.passed() if trial.rate <= most else search.missed()
    return search, tried


@pytest.mark.parametrize("precision", [0.02, 0.05, 0.2])
@pytest.mark.parametrize("limit", [100, 137, 2999, 3000, 64_000, 99_999])
def test_the_limit_is_found_from_below_within_the_precision(limit, precision):
    search, _ = found(limit, precision=precision)
    assert limit * (1 - precision) <= search.held <= limit
    assert search.confirmed and not search.reached_top


def test_each_step_is_twice_the_one_before_until_one_fails_and_then_halves_what_is_left():
    _, tried = found(1000)
    assert [trial.rate for trial in tried[:6]] == [100, 200, 400, 800, 1600, 1200]


def test_steps_may_be_a_number_of_transactions_a_second():
    _, tried = found(350, step=100)
    assert [trial.rate for trial in tried[:5]] == [100, 200, 300, 400, 350]


def test_what_was_found_is_held_once_more_for_longer():
    search, tried = found(1000)
    assert [trial.confirms for trial in tried] == [False] * (len(tried) - 1) + [True]
    assert (tried[-1].seconds, tried[-1].rate) == (30, search.held)


def test_a_soak_that_fails_is_repeated_a_precision_lower():
    search, tried = found(1000, soak_limit=920)
    soaks = [trial.rate for trial in tried if trial.confirms]
    assert search.confirmed and search.held == soaks[-1] <= 920 < soaks[-2]
    assert soaks[-1] == pytest.approx(soaks[-2] * 0.95)


def test_the_highest_rate_may_hold():
    search, tried = found(10**9, to=1000)
    assert (search.held, search.reached_top, search.confirmed) == (1000, True, True)
    assert tried[-2].rate == 1000 and not tried[-2].confirms


def test_a_limit_below_the_first_rate_is_found_too():
    search, _ = found(30)
    assert 28.5 <= search.held <= 30


def test_where_nothing_holds_the_search_ends():
    search, tried = found(0)
    assert (search.held, search.confirmed) == (None, False)
    assert len(tried) < 10
