"""Sources of payments with rates of their own: each worker gets its users' part of each, and all sum to the rate."""

import pytest

from paysim.loadtest.cluster.sources import OTHERS, divided, of_workers, parts, rates, wanted
from paysim.loadtest.pacing.rate_plan import RateTarget
from tests.support.rate_plans import rate_plan

OWN = {"Payroll": 50.0, "Fuel": 30.0}
USERS = {"a": {OTHERS: 3, "Payroll": 1, "Fuel": 0}, "b": {OTHERS: 1, "Payroll": 0, "Fuel": 2}}


def test_the_rate_of_the_test_is_the_configured_one_and_all_own_ones() -> None:
    plan = rate_plan(rate=200, own_rates=80.0)
    assert plan.pace(5.0) == RateTarget(280.0)
    assert rates(OWN, plan.pace(5.0)) == {"Payroll": 50.0, "Fuel": 30.0, OTHERS: 200.0}
    assert rate_plan(own_rates=80.0).pace(5.0) == RateTarget(80.0)


def test_a_ramp_is_the_others_and_own_rates_stay() -> None:
    stages = [{"duration": 10, "users": 1, "rate": 100, "ramp": True}]
    plan = rate_plan(stages=stages, own_rates=80.0)
    assert plan.pace(5.0) == RateTarget(130.0, 10.0)
    assert divided(plan.pace(5.0), {"Payroll": 50 / 130}) == {
        OTHERS: RateTarget(80.0, 10.0),
        "Payroll": RateTarget(50.0),
    }
    assert plan.pace(11.0) == RateTarget(0.0)  # after the last stage nothing of anybody falls due
    assert rates(OWN, plan.pace(11.0)) == {"Payroll": 0.0, "Fuel": 0.0, OTHERS: 0.0}


def test_under_a_ceiling_each_has_its_part() -> None:
    assert rates(OWN, rate_plan(rate=200, limit=100, own_rates=80.0).pace(1.0)) == {
        "Payroll": 50.0,
        "Fuel": 30.0,
        OTHERS: 20.0,
    }
    assert rates(OWN, rate_plan(rate=200, limit=40, own_rates=80.0).pace(1.0)) == {
        "Payroll": 25.0,
        "Fuel": 15.0,
        OTHERS: 0.0,
    }


def test_a_rate_follows_the_users_of_its_source() -> None:
    of_test = rates(OWN, RateTarget(280.0))
    of = of_workers(USERS, of_test)
    assert of == {
        "a": {"Payroll": 50.0, "Fuel": 0.0, OTHERS: 150.0},
        "b": {"Payroll": 0.0, "Fuel": 30.0, OTHERS: 50.0},
    }
    assert wanted(USERS, of_test) == pytest.approx({"a": 200 / 280, "b": 80 / 280})
    pace = RateTarget(280.0).share(wanted(USERS, of_test)["a"])
    found = {source: part.rate for source, part in divided(pace, parts(of["a"])).items() if part is not None}
    assert found == pytest.approx({"Payroll": 50.0, "Fuel": 0.0, OTHERS: 150.0})


def test_a_source_without_users_is_everybodys_alike() -> None:
    of = of_workers({"a": {OTHERS: 4}, "b": {OTHERS: 0}}, rates({"Payroll": 50.0}, RateTarget(250.0)))
    assert of == {"a": {"Payroll": 25.0, OTHERS: 200.0}, "b": {"Payroll": 25.0, OTHERS: 0.0}}


@pytest.mark.parametrize("pace", [None, RateTarget(100.0, open=False), RateTarget(0.0), RateTarget(100.0)])
def test_without_own_rates_shares_follow_users(pace: RateTarget | None) -> None:
    users = {"a": {OTHERS: 3}, "b": {OTHERS: 1}}
    assert wanted(users, rates({}, pace)) == {"a": 0.75, "b": 0.25}
    assert divided(pace, parts(of_workers(users, rates({}, pace))["a"])) == {OTHERS: pace}
