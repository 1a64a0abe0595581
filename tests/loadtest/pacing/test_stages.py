"""Stages are a profile of users and rate over time, tested without a clock."""

import pytest

from paysim.config.schema import Stage
from paysim.loadtest.cluster.shares import shares
from paysim.loadtest.pacing.stages import Point, StageProfile
from tests.support.present import present

STEPS = [
    Stage(duration=10, users=100, spawn_rate=50, rate=1000),
    Stage(duration=20, users=200, spawn_rate=50),
    Stage(duration=10, users=0, rate=0.5, ramp=True),
]


def test_a_stage_has_its_users_and_rate_from_its_first_second():
    profile = StageProfile(STEPS, rate=None)
    assert profile.at(0) == Point(100, 50, 1000)
    assert profile.at(9.99) == Point(100, 50, 1000)


def test_a_stage_without_a_rate_keeps_the_one_before():
    assert StageProfile(STEPS, rate=None).at(10) == Point(200, 50, 1000)


def test_the_first_stage_keeps_the_rate_of_the_volume():
    assert StageProfile([Stage(duration=1, users=1)], rate=70).at(0.5) == Point(1, 1, 70)
    assert StageProfile([Stage(duration=1, users=1)], rate=None).at(0.5) == Point(1, 1, None)


def test_a_ramp_goes_in_a_straight_line():
    point = present(StageProfile(STEPS, rate=None).at(35))
    assert point.users == 100
    assert point.rate == pytest.approx(500.25)
    assert point.slope == pytest.approx(-99.95)


def test_a_ramp_at_the_start_begins_at_nothing():
    profile = StageProfile([Stage(duration=10, users=50, rate=100, ramp=True)], rate=None)
    assert profile.at(0) == Point(0, 5.0, 0.0, 10.0)
    assert profile.at(5) == Point(25, 5.0, 50.0, 10.0)


def test_the_course_ends_with_its_last_stage():
    profile = StageProfile(STEPS, rate=None)
    assert profile.ends[-1] == 40
    assert profile.at(40) is None


def test_shares_follow_users():
    assert shares({"a": 30, "b": 10}) == {"a": 0.75, "b": 0.25}
    assert shares({"a": 0, "b": 5}) == {"a": 0, "b": 1}


def test_without_users_all_workers_have_the_same_share():
    assert shares({"a": 0, "b": 0}) == {"a": 0.5, "b": 0.5}
    assert shares({}) == {}
