"""`min_rate` is held against the mean after the ramp, of paysim's own transactions."""

import pytest

from paysim.config.schema import Stage
from paysim.loadtest.judge.ramp import Ramp


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
    """Accounts as (sender, elapsed, acked), in the order in which they come."""
    ramp, is_over = Ramp([]), False
    for sender, elapsed, acked in accounts:
        if elapsed >= over and not is_over:
            ramp.spawned(over)
            is_over = True
        ramp.heard(sender, elapsed, acked)
    if not is_over:
        ramp.spawned(over)
    return ramp


def test_the_mean_is_of_what_was_acknowledged_after_the_ramp():
    # An account at the very moment, as a standalone run has it.
    assert ramp_of(("", 4.0, 1000)).mean(7000, duration=10.0) == 1000


def test_between_two_accounts_of_a_worker_its_pace_is_even():
    ramp = ramp_of(("a", 3.5, 700), ("b", 3.8, 100), ("a", 4.5, 900), ("b", 4.8, 200))
    # a has 800 by then, b 120.
    assert ramp.mean(4000, duration=10.0) == pytest.approx((4000 - 920) / 6)


def test_a_worker_that_is_not_heard_of_again_adds_nothing():
    ramp = ramp_of(("a", 3.0, 500), ("b", 4.0, 800), ("b", 5.0, 900))
    assert ramp.mean(500 + 6800, duration=10.0) == pytest.approx(1000)


def test_a_worker_that_comes_later_began_with_none():
    assert ramp_of(("a", 8.0, 400), over=4.0).mean(600, duration=10.0) == pytest.approx((600 - 200) / 6)


def test_less_than_a_second_after_the_ramp_has_no_mean():
    assert ramp_of(("", 9.5, 1000), over=9.5).mean(1500, duration=10.0) is None
    assert Ramp([]).mean(1000, duration=10.0) is None
