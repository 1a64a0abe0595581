"""Snapshots of a run: the sum of what its senders account for."""

import pytest

from paysim.loadtest.live.figures import Live
from paysim.publishers.base import PublisherFigures
from paysim.summary.model import Reload
from tests.support.live_accounts import RUN, account


@pytest.fixture
def live():
    live = Live()
    live.begin(RUN)
    return live


def run(live, seconds, *per_sender, start=0):
    """Each sender acknowledges so many a second."""
    for second in range(start, start + seconds + 1):
        live.accounts = lambda second=second: {
            f"w{n}": account(n, acked=rate * second) for n, rate in enumerate(per_sender)
        }
        live.tick(float(second), 10, None)
    return live.latest


def test_a_snapshot_adds_up_its_senders_and_says_what_each_did(live):
    now = run(live, 10, 100, 300)

    assert now.total.acked == now.total.ended == 4000
    assert now.total.bytes == 400_000
    assert now.total.per_s == pytest.approx(400)
    assert now.total.mb_per_s == pytest.approx(0.04)
    assert now.methods["credit_card"] == now.total
    assert now.hub.connections == 8
    assert now.hub.states == {"healthy": 8}
    assert [(s.name, s.producer, s.flow.acked, s.flow.per_s) for s in now.senders] == [
        ("w0", 0, 1000, pytest.approx(100)),
        ("w1", 1, 3000, pytest.approx(300)),
    ]
    assert now.latency_ms["response"]["p99"] == pytest.approx(10, rel=2e-3)
    assert now.latency_ms["from_schedule"] is None


def test_accounts_of_the_run_before_do_not_count(live):
    live.accounts = lambda: {"": account(run="r0", acked=500)}

    assert live.tick(1.0, 1, None).total.acked == 0


def test_failures_retries_and_throttles_have_their_rates(live):
    for second in range(5):
        failing = account(failed=7 * second, unknown=second)
        failing.hub = PublisherFigures(throttled=3 * second, retries=2 * second, reconnects=second)
        live.accounts = lambda failing=failing: {"": failing}
        live.tick(float(second), 1, 100.0)

    expected = {"failed": 7, "unknown": 1, "retries": 2, "throttled": 3, "reconnects": 1}
    assert live.latest.faults == pytest.approx(expected)
    assert live.latest.target_per_s == 100


def test_a_reset_counts_from_there_and_leaves_rates_as_they_are(live):
    run(live, 10, 100)
    live.reset()

    assert live.latest.total.acked == 0
    assert live.latest.total.per_s == pytest.approx(100)
    assert len(live.history) == 0
    assert live.since == 10
    assert run(live, 2, 100, start=11).total.acked == 300


def test_the_connections_of_a_silent_worker_are_gone_and_its_counts_stay(live):
    live.accounts = lambda: {"a": account(0, acked=10), "b": account(1, acked=20, silent=True)}
    now = live.tick(1.0, 1, None)

    assert now.total.acked == 30
    assert now.hub.connections == 4
    assert [sender.silent for sender in now.senders] == [False, True]


def test_a_new_run_begins_at_nothing(live):
    run(live, 3, 100)
    live.reloaded(Reload(at_s=2.0, change="transaction.volume.rate: 100 → 200"))
    live.begin("r2")

    assert live.latest is None
    assert live.reloads == []
    assert len(live.history) == 0


def test_partitions_are_counted_and_have_their_rates(live):
    for second in range(4):
        live.accounts = lambda second=second: {"": account(acked=1, partitions={"0": 10 * second, "1": 30 * second})}
        live.tick(float(second), 1, None)

    assert {name: (p.events, p.per_s) for name, p in live.latest.partitions.items()} == {"0": (30, 10), "1": (90, 30)}


def test_the_rate_of_a_partition_is_that_between_two_looks_at_it(live):
    for second in range(10):
        look = second - second % 3
        live.accounts = lambda look=look: {"": account(acked=1, partitions={"0": 10 * look})}
        live.tick(float(second), 1, None)
        assert second < 3 or live.latest.partitions["0"].per_s == pytest.approx(10)
    for second in range(10, 60):
        live.tick(float(second), 1, None)
    assert live.latest.partitions["0"].per_s == 0


@pytest.mark.parametrize("every", [4, 10])
def test_a_rate_below_one_a_second_is_told_by_the_last_minute(live, every):
    for second in range(121):
        live.accounts = lambda second=second: {"": account(acked=second // every)}
        live.tick(float(second), 1, 1 / every)
        assert second < 60 or live.latest.total.per_s == pytest.approx(1 / every, rel=0.2)
    assert live.latest.methods["credit_card"].per_s == live.latest.total.per_s


def test_a_fast_run_that_stalls_is_seen_at_once(live):
    run(live, 10, 100)
    for second in range(11, 17):
        live.tick(float(second), 1, 100.0)
    assert live.latest.total.per_s == 0
