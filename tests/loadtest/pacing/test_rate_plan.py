"""The pace of the test at a moment, from rate, ceiling and stages."""

import itertools
from dataclasses import astuple

import pytest

from paysim.loadtest.pacing.rate_plan import STEER_SECONDS, RateTarget
from tests.support.present import present
from tests.support.rate_plans import STAGES, rate_plan


def test_without_rate_and_ceiling_there_is_no_pace():
    assert rate_plan().pace(5) is None


def test_a_ceiling_alone_is_not_a_schedule():
    assert rate_plan(limit=50).pace(5) == RateTarget(50, open=False)


@pytest.mark.parametrize(("rate", "limit", "expected"), [(100, None, 100), (100, 1000, 100), (100, 10, 10)])
def test_the_schedule_runs_at_the_smaller_of_rate_and_limit(rate, limit, expected):
    assert rate_plan(rate, limit).pace(5) == RateTarget(expected)


def test_a_stage_replaces_the_rate_and_the_ceiling_holds():
    plan = rate_plan(100, 400, STAGES)
    assert plan.pace(5) == RateTarget(100)
    assert plan.pace(15) == RateTarget(400)
    assert plan.pace(21) == RateTarget(400)  # the ramp is still above the ceiling
    assert astuple(present(plan.pace(29))) == pytest.approx((140, -40, True))


def test_after_the_last_stage_nothing_falls_due():
    assert rate_plan(100, None, STAGES).pace(30) == RateTarget(0)


def test_the_pace_is_looked_at_when_a_stage_ends():
    plan = rate_plan(100, None, STAGES)
    assert plan.pause(9.9) == pytest.approx(0.1)
    assert plan.pause(5) == STEER_SECONDS
    assert plan.pause(31) == STEER_SECONDS


def test_a_share_takes_its_part_of_rate_and_slope():
    assert RateTarget(100, -10, open=False).share(0.25) == RateTarget(25, -2.5, open=False)


def weekly(speedup=1.0, countries=None, timestamps=None, **options):
    transaction = {"patterns": {"countries": countries or {"DE": 1}}, "timestamps": timestamps or {}}
    return rate_plan(1000, transaction=transaction, pattern="weekly", speedup=speedup, **options)


def test_the_weekly_pattern_follows_the_hours_of_the_customers_country():
    blocks = {"business_hours": {"weight": 0.70}, "weekend_factor": 0.6}
    plan = weekly(timestamps=blocks)  # 14:00 in Germany
    rates = [plan.pace((19 + (at + 0.5) / 6) * 3600).rate for at in range(144)]  # of a day, from 9:00 on
    # 0.70 of a day's payments in 8 hours, 0.25 in 5, 0.05 in the other 11; a week has 5 + 2 × 0.6 such days.
    whole = 1000 * 144 * 7 / (5 + 2 * 0.6)
    assert sum(rates[:48]) == pytest.approx(0.70 * whole, rel=0.01)
    assert sum(rates[48:78]) == pytest.approx(0.25 * whole, rel=0.01)
    assert sum(rates[78:]) == pytest.approx(0.05 * whole, rel=0.02)
    assert plan.pace(5 * 24 * 3600).rate == pytest.approx(0.6 * plan.pace(0).rate)  # Saturday


def test_without_hours_the_weekly_pattern_is_that_of_the_facts_and_has_no_jumps():
    plan = weekly()
    rates = [plan.pace((at + 0.5) * 600).rate for at in range(144)]
    assert max(max(pair) / min(pair) for pair in itertools.pairwise(rates)) < 1.5
    assert max(rates) / min(rates) > 10


def test_speedup_compresses_the_week_and_its_mean_is_the_rate():
    plan = weekly(speedup=10_080)  # a week a minute
    rates = [plan.pace(60 * (step + 0.5) / 2016).rate for step in range(2016)]
    assert sum(rates) / len(rates) == pytest.approx(1000, rel=0.001)


def test_countries_are_weighted_each_in_its_own_time():
    both = weekly(countries={"DE": 0.5, "JP": 0.5}).pace(0).rate
    apart = [weekly(countries={country: 1}).pace(0).rate for country in ("DE", "JP")]
    # What people of a country buy depends a little on who else is there: categories hold over all countries.
    assert both == pytest.approx(sum(apart) / 2, rel=0.01)
    assert apart[0] > apart[1]
