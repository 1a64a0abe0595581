"""The pace of the test at a moment, from rate, ceiling and stages."""

import pytest

from paysim.config.schema import Config
from paysim.loadtest.steering import STEER_SECONDS, Pace, Steering


def steering(rate=None, limit=None, stages=()):
    return Steering(
        Config.model_validate(
            {
                "output": {"rate_limit": limit},
                "transaction": {"volume": {"rate": rate}},
                "load": {"stages": list(stages)},
            }
        )
    )


def test_without_rate_and_ceiling_there_is_no_pace():
    assert steering().pace(5) is None


def test_a_ceiling_alone_is_not_a_schedule():
    assert steering(limit=50).pace(5) == Pace(50, open=False)


@pytest.mark.parametrize(("rate", "limit", "expected"), [(100, None, 100), (100, 1000, 100), (100, 10, 10)])
def test_the_schedule_runs_at_the_smaller_of_rate_and_limit(rate, limit, expected):
    assert steering(rate, limit).pace(5) == Pace(expected)


STAGES = [
    {"duration": 10, "users": 1},
    {"duration": 10, "users": 1, "rate": 500},
    {"duration": 10, "users": 1, "rate": 100, "ramp": True},
]


def test_a_stage_replaces_the_rate_and_the_ceiling_holds():
    course = steering(100, 400, STAGES)
    assert course.pace(5) == Pace(100)
    assert course.pace(15) == Pace(400)
    assert course.pace(21) == Pace(400)  # the ramp is still above the ceiling
    assert course.pace(29) == Pace(pytest.approx(140), pytest.approx(-40))


def test_after_the_last_stage_nothing_falls_due():
    assert steering(100, None, STAGES).pace(30) == Pace(0)


def test_the_pace_is_looked_at_when_a_stage_ends():
    course = steering(100, None, STAGES)
    assert course.pause(9.9) == pytest.approx(0.1)
    assert course.pause(5) == STEER_SECONDS
    assert course.pause(31) == STEER_SECONDS


def test_a_share_takes_its_part_of_rate_and_slope():
    assert Pace(100, -10, open=False).share(0.25) == Pace(25, -2.5, open=False)
