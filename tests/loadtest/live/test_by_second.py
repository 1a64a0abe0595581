"""Charts show a run second by second: a stall, a step and a slow send stand where they were."""

import pytest

from paysim.loadtest.live.by_second import SecondPoint, joined
from paysim.loadtest.live.figures import Live
from paysim.loadtest.sending.account import Account
from paysim.loadtest.sending.latency import Latencies
from paysim.publishers.base import PublisherFigures
from tests.support.live_accounts import RUN, account
from tests.support.present import present

STEP = [100] * 5 + [0] * 5 + [600] + [100] * 5
"""How many are acknowledged in each second: a stall from 0:05 to 0:10, and then what it owes."""


def a_live() -> Live:
    live = Live()
    live.begin(RUN)
    return live


def _stands(live: Live, told: Account) -> None:
    """What the only sender accounts for now."""
    live.accounts = lambda: {"": told}


def test_a_stall_stands_at_its_seconds_and_what_it_owes_after_it():
    live, acked = a_live(), 0
    live.tick(0.0, 5, 100.0)
    for second, count in enumerate(STEP, 1):
        acked += count
        _stands(live, account(acked=acked))
        live.tick(float(second), 5, 100.0)
    assert [point.per_s("acked") for point in live.history] == [0, *STEP[:-1]]
    assert [point.elapsed for point in live.history] == list(range(len(STEP)))


def test_workers_that_are_heard_between_looks_smear_nothing_over_more_than_a_second():
    """Each reports at a moment of its own, and one report comes so late that two fall between the same two looks."""
    live, rate = a_live(), 50
    live.tick(0.0, 5, 100.0)
    for second in range(1, 20):
        for worker, phase in (("a", 0.3), ("b", 0.95 if second != 7 else 1.02)):
            moment = second - 1 + phase
            sent = account(acked=round(rate * min(moment, 12.0)))  # a stall from 0:12 on
            live.heard(worker, moment, sent)
        live.accounts = dict
        live.tick(float(second), 5, 100.0)
    rates = [round(point.per_s("acked")) for point in live.history]
    assert rates[2:12] == pytest.approx([100] * 10, abs=3)
    assert 95 <= rates[12] + rates[13] <= 105 and rates[13] < 60
    assert rates[14:] == [0] * len(rates[14:])


def test_one_slow_send_is_one_point():
    live = a_live()
    live.tick(0.0, 5, None)
    for second in range(1, 9):
        slow = account(acked=10 * second)
        if second >= 4:
            slow.latencies = with_a_slow_one(10 * second - 1)
        _stands(live, slow)
        live.tick(float(second), 5, None)
    worst = [(point.latency_ms["response"] or {}).get("max", 0) for point in live.history]
    assert [at for at, value in enumerate(worst) if value > 1000] == [4]


def with_a_slow_one(quick: int) -> dict[str, bytes]:
    """So many of 10 ms, and one of two seconds."""
    latencies = Latencies()
    latencies.record("response", 0.01, quick)
    latencies.record("response", 2.0, 1)
    return latencies.encode()


def test_a_look_just_before_a_reload_is_no_point_of_its_own():
    live = a_live()
    for moment in (0.0, 1.0, 2.0, 2.3, 3.0, 4.0):
        _stands(live, account(acked=round(100 * moment)))
        live.tick(moment, 5, 100.0)
    assert [(point.elapsed, point.per_s("acked")) for point in live.history] == [
        (0, 0), (1, 100), (2.3, pytest.approx(100)), (3, pytest.approx(100)),
    ]  # fmt: skip


def test_the_end_has_all_that_was_acknowledged_since_the_last_look():
    live = a_live()
    for moment, acked in ((0.0, 0), (1.0, 100), (2.0, 200)):
        _stands(live, account(acked=acked))
        live.tick(moment, 5, 100.0)
    live.accounts = lambda: {"": account(acked=260)}
    live.tick(2.5, 0, None, running=False)
    last = list(live.history)[-1]
    assert (last.elapsed, last.seconds) == (2.5, 1.5)
    assert sum(point.per_s("acked") * point.seconds for point in live.history) == pytest.approx(260)


def test_faults_stand_at_their_second():
    live = a_live()
    for second in range(6):
        failing = account(acked=second)
        failing.hub = PublisherFigures(throttled=3 if second >= 2 else 0)
        _stands(live, failing)
        live.tick(float(second), 1, None)
    assert [point.per_s("throttled") for point in live.history] == [0, 0, 3, 0, 0]


def test_of_two_seconds_that_are_joined_the_worse_latency_counts_and_the_mean_rate():
    one = SecondPoint(1.0, 3, None, {"response": {"p99": 5.0}}, 1.0, {"acked": 10.0})
    other = SecondPoint(2.0, 4, None, {"response": {"p99": 2.0}, "service": None}, 1.0, {"acked": 30.0})
    both = joined(one, other)
    assert (both.elapsed, both.users, both.seconds, both.per_s("acked")) == (2.0, 4, 2.0, 20.0)
    assert present(both.latency_ms["response"])["p99"] == 5.0
    assert both.latency_ms["service"] is None
