"""`min_rate` is held against the mean after the ramp."""

import pytest

from paysim.config.schema import Stage
from paysim.loadtest.ramp import Ramp, leading, mean


def stage(duration, ramp=False):
    return Stage(duration=duration, users=1, ramp=ramp)


@pytest.mark.parametrize(
    ("stages", "seconds"),
    [
        ([], 0),
        ([stage(10)], 0),
        ([stage(10, ramp=True), stage(5, ramp=True), stage(60), stage(5, ramp=True)], 15),
        ([stage(10, ramp=True)], float("inf")),
    ],
)
def test_stages_ramp_as_long_as_they_begin_with_a_ramp(stages, seconds):
    assert leading(stages) == seconds


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


def test_the_mean_counts_whole_seconds_and_what_succeeded():
    counts = {99: 5, 100: 1000, 101: 100, 102: 200, 103: 300, 104: 1000}
    assert mean(counts, {102: 50}, begin=100.4, end=104.9) == pytest.approx((100 + 150 + 300) / 3)


def test_a_second_without_any_counts_as_none():
    assert mean({10: 30}, {}, begin=10, end=13) == 10


def test_less_than_a_whole_second_has_no_mean():
    assert mean({100: 1000}, {}, begin=100.4, end=101.9) is None
