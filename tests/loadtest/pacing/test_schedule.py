"""Pacing is arithmetic: tested without a clock."""

import itertools
import math
import random
import statistics

import pytest

from paysim.config.arrivals import Poisson, Uniform
from paysim.loadtest.pacing.schedule import Schedule, batch_of, next_start

EVENLY = Uniform().gaps(random.Random())


@pytest.mark.parametrize(
    ("batch_size", "pace", "n"),
    [
        (100, 10, 10),
        (100, 1000, 100),
        (100, 0.2, 1),
        (1, 50, 1),
        (100, None, 100),
        (100, math.inf, 100),
        (100, 10.9, 10),
    ],
)
def test_a_task_makes_a_batch_but_at_most_a_second_of_its_pace(batch_size, pace, n):
    assert batch_of(batch_size, pace) == n


def test_a_closed_user_starts_when_its_pace_allows():
    assert next_start(previous=100.0, n=10, rate=10, now=100.2) == 101.0


def test_a_closed_user_that_fell_behind_starts_at_once_and_owes_nothing():
    assert next_start(previous=100.0, n=10, rate=10, now=107.5) == 107.5
    assert next_start(previous=107.5, n=10, rate=10, now=107.6) == 108.5


def test_a_user_without_pace_never_waits():
    assert next_start(previous=100.0, n=500, rate=None, now=100.0) == 100.0


def times(schedule, count, n=1):
    return [schedule.take(n) for _ in range(count)]


def test_uniform_arrivals_are_evenly_spaced():
    assert times(Schedule(50.0, 10, EVENLY), 4, n=5) == pytest.approx([50.0, 50.5, 51.0, 51.5])


def test_a_phase_puts_workers_out_of_step():
    assert times(Schedule(0.0, 10, EVENLY, phase=0.5), 2) == pytest.approx([0.05, 0.15])


def test_poisson_arrivals_keep_the_rate_and_have_exponential_gaps():
    schedule = Schedule(0.0, 100, Poisson().gaps(random.Random(1)))
    at = times(schedule, 20_001)
    gaps = [b - a for a, b in itertools.pairwise(at)]
    # The mean of 20,000 exponential gaps lies within 4 standard errors, 4/sqrt(20,000) = 2.8 %.
    assert statistics.fmean(gaps) == pytest.approx(0.01, rel=0.029)
    assert statistics.pstdev(gaps) == pytest.approx(0.01, rel=0.06)


def test_a_stall_is_followed_by_what_it_owes_and_no_more():
    schedule = Schedule(0.0, 10, EVENLY)
    assert schedule.owed(5.0) == pytest.approx(50)
    late = [at for at in times(schedule, 60) if at < 5.0]
    assert len(late) == 50
    assert schedule.owed(5.0) == 0


def test_a_new_rate_counts_from_its_moment_and_stretches_the_gap_that_runs():
    schedule = Schedule(0.0, 1, EVENLY)
    assert schedule.take(1) == 0.0
    schedule.change_rate(0.5, 10)  # half of the gap is left: half a transaction at 10/s
    assert times(schedule, 2) == pytest.approx([0.55, 0.65])


def test_frequent_changes_do_not_starve_a_slow_schedule():
    schedule = Schedule(0.0, 1, EVENLY)
    for tenth in range(1, 1001):
        schedule.change_rate(tenth / 10, 1 + 0.0001 * (tenth % 2))
    assert sum(1 for at in times(schedule, 150) if at < 100) == pytest.approx(100, abs=1)


def test_what_is_owed_keeps_the_times_of_the_old_rate():
    schedule = Schedule(0.0, 10, EVENLY)
    schedule.change_rate(1.0, 1)
    assert times(schedule, 12) == pytest.approx([i / 10 for i in range(10)] + [1.0, 2.0])


def test_a_rate_of_zero_is_a_pause():
    schedule = Schedule(0.0, 10, EVENLY)
    assert schedule.take(1) == 0.0
    schedule.change_rate(0.05, 0)
    assert schedule.due() == math.inf
    schedule.change_rate(7.0, 10)
    assert schedule.take(1) == pytest.approx(7.05)
    assert schedule.owed(7.1) == 0


def test_a_ramp_hands_out_the_integral_of_its_rate():
    schedule = Schedule(0.0, 0, EVENLY)
    schedule.change_rate(0.0, 0, slope=10)
    at = times(schedule, 501)
    assert at[500] == pytest.approx(10.0)  # ∫ 10 t dt over 10 s
    assert schedule.next_rate == pytest.approx(100, rel=0.01)
    assert all(a <= b for a, b in itertools.pairwise(at))


def test_a_ramp_down_ends_at_zero_and_stays_there():
    schedule = Schedule(0.0, 100, EVENLY)
    schedule.change_rate(0.0, 100, slope=-10)
    assert sum(1 for _ in iter(lambda: schedule.take(1), math.inf)) == pytest.approx(500, abs=1)
    assert schedule.owed(1000.0) == 0


def test_nothing_falls_due_after_the_lease_and_that_time_is_not_owed():
    schedule = Schedule(0.0, 10, EVENLY, until=1.0)
    assert times(schedule, 10) == pytest.approx([at / 10 for at in range(10)])
    assert (schedule.due(), schedule.owed(50.0)) == pytest.approx((math.inf, 0.0))
    schedule.extend(50.0, 53.0)
    assert times(schedule, 3) == pytest.approx([50.0, 50.1, 50.2])
    assert schedule.owed(60.0) == pytest.approx(27)


def test_a_lease_that_is_renewed_in_time_changes_nothing():
    schedule, plain = Schedule(0.0, 10, EVENLY, until=3.0), Schedule(0.0, 10, EVENLY)
    for at in range(1, 20):
        schedule.extend(at / 2, at / 2 + 3)
    assert times(schedule, 90) == times(plain, 90)


def test_what_was_owed_before_the_lease_ended_stays_owed():
    schedule = Schedule(0.0, 10, EVENLY, until=1.0)
    schedule.extend(9.0, 12.0)
    assert times(schedule, 12) == pytest.approx([*(at / 10 for at in range(10)), 9.0, 9.1])


def test_a_rate_may_change_while_there_is_no_lease_and_before_the_first():
    schedule = Schedule(0.0, 10, EVENLY, until=0.0)
    schedule.change_rate(2.0, 100)
    assert schedule.due() == math.inf
    schedule.extend(1.0, 0.5)  # an answer that lay about
    assert schedule.owed(3.0) == 0
    schedule.extend(4.0, 7.0)
    assert times(schedule, 2) == pytest.approx([4.0, 4.01])


def test_what_was_drawn_by_chance_is_known_against_the_rate():
    by_chance = Schedule(0.0, 1000.0, Poisson().gaps(random.Random(7)))
    taken = 0
    while (due := by_chance.due()) < 20:
        by_chance.take(100)
        taken += 100
    assert by_chance.ahead != 0
    assert taken - by_chance.ahead == pytest.approx(1000 * due)
    even = Schedule(0.0, 1000.0, EVENLY)
    for _ in range(50):
        even.take(100)
    assert even.ahead == 0


def test_what_a_pause_leaves_owed_keeps_the_rate_at_which_it_fell_due():
    schedule = Schedule(0.0, 1000.0, EVENLY)
    schedule.change_rate(10.0, 0.0)
    for _ in range(100):
        assert schedule.next_rate == 1000
        schedule.take(100)
    schedule.change_rate(20.0, 10.0)
    assert schedule.next_rate == 10
