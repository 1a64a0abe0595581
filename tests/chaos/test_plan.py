"""The plan: repeatable, dense enough, and every phase comes to an end."""

from collections import Counter
from itertools import islice, takewhile

from paysim.localhub.faults import FAULTS, FaultsInForce
from paysim.localhub.faults.base import LastingFault, Planted

from .plan import ADD_PARTITIONS, ENDLESS, KILL_HUB, KILL_WORKER, MEAN_GAP, OTHERS, steps


def plan(seed: int, seconds: float = 3600):
    return list(takewhile(lambda step: step.at <= seconds, steps(seed)))


def test_a_seed_repeats_its_plan_and_another_has_another():
    assert plan(7) == plan(7) != plan(8)


def test_steps_come_in_the_order_of_time_about_every_two_seconds():
    times = [step.at for step in plan(1)]
    assert times == sorted(times)
    beginnings = {step.at for step in plan(1) if step.value}
    assert 0.9 * MEAN_GAP < 3600 / len(beginnings) < 1.1 * MEAN_GAP


def test_within_minutes_everything_happens():
    seen = Counter(step.what for step in plan(3, 900))
    planted = {name for name, fault in FAULTS.items() if isinstance(fault, Planted)}  # for the detectors' tests
    assert seen.keys() == (FAULTS.keys() - planted) | {KILL_WORKER, KILL_HUB, ADD_PARTITIONS, OTHERS}


def test_what_does_not_end_by_itself_is_ended():
    for seed in range(5):
        in_force: dict[str, float] = {}
        for step in islice(steps(seed), 2000):
            if step.what in FAULTS and (isinstance(FAULTS[step.what], LastingFault) or step.value == ENDLESS):
                in_force.setdefault(step.what, step.at)
            if step.value == 0:
                in_force.pop(step.what, None)
            assert all(step.at - began < 30 for began in in_force.values())


def test_the_hub_takes_every_step():
    faults = FaultsInForce()
    for step in plan(5):
        if step.what in FAULTS:
            faults.set(step.what, step.value, 0.0, step.condition)
