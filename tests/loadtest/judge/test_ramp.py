"""`min_rate` is held against the mean after the ramp, of paysim's own transactions."""

import pytest

from paysim.config.schema import Stage
from paysim.loadtest.judge.ramp import Ramp, SentSoFar


def stage(duration, ramp=False):
    return Stage(duration=duration, users=1, ramp=ramp)


def test_the_ramp_is_over_when_all_users_are_there_for_the_first_time():
    ramp = Ramp([])
    assert ramp.over is None
    ramp.spawned(4.5)
    ramp.spawned(60)  # more users, by hand
    assert ramp.over == 4.5


def test_while_stages_ramp_every_step_of_it_spawns_all_users():
    ramp = Ramp([stage(10, ramp=True), stage(60)])
    ramp.spawned(3)
    assert ramp.over is None
    ramp.spawned(11)
    assert ramp.over == 11


def ramp_of(*accounts, over=4.0):
    """Accounts as (sender, elapsed, acked) and how many were under way, in the order in which they come."""
    ramp, is_over = Ramp([]), False
    for sender, elapsed, acked, *under_way in accounts:
        if elapsed >= over and not is_over:
            ramp.spawned(over)
            is_over = True
        ramp.heard(sender, elapsed, SentSoFar(acked + sum(under_way), acked))
    if not is_over:
        ramp.spawned(over)
    return ramp


def test_the_mean_is_of_what_was_acknowledged_after_the_ramp():
    # An account at the very moment, as a standalone run has it.
    assert ramp_of((0, 4.0, 1000)).mean(7000, duration=10.0) == 1000


def test_between_two_accounts_of_a_worker_its_pace_is_even():
    ramp = ramp_of((1, 3.5, 700), (2, 3.8, 100), (1, 4.5, 900), (2, 4.8, 200))
    # a has 800 by then, b 120.
    assert ramp.mean(4000, duration=10.0) == pytest.approx((4000 - 920) / 6)


def test_a_worker_that_is_not_heard_of_again_adds_nothing():
    ramp = ramp_of((1, 3.0, 500), (2, 4.0, 800), (2, 5.0, 900))
    assert ramp.mean(500 + 6800, duration=10.0) == pytest.approx(1000)


def test_a_worker_that_comes_later_began_with_none():
    assert ramp_of((1, 8.0, 400), over=4.0).mean(600, duration=10.0) == pytest.approx((600 - 200) / 6)


def test_less_than_a_second_after_the_ramp_has_no_mean():
    assert ramp_of((0, 9.5, 1000), over=9.5).mean(1500, duration=10.0) is None
    assert Ramp([]).mean(1000, duration=10.0) is None


def test_what_was_under_way_when_the_ramp_ended_makes_no_rate():
    # 160 a second, and 400 under way: those of the ramp are acknowledged after it, those of the end are waited for.
    ramp = ramp_of((0, 5.0, 400, 400), (0, 10.0, 1200, 400), (0, 10.0, 1600), over=5.0)
    assert ramp.mean(1600, duration=10.0) == pytest.approx(160)


def test_what_failed_after_the_ramp_takes_nothing_from_what_was_acknowledged():
    # The 400 that were under way fail: 800 were acknowledged since, 400 are under way for good.
    ramp = ramp_of((0, 5.0, 400, 400), (0, 10.0, 1200, 400 + 400), over=5.0)
    assert ramp.mean(1200, duration=10.0) == pytest.approx(160)
