"""What the summary tells its reader to do next: one cause, the first in the chain, with a number."""

import pytest

from paysim.loadtest.judge.advice import advice
from paysim.loadtest.report import summary
from paysim.loadtest.sending.event_loop_lag import EventLoopLag
from paysim.loadtest.sending.latency import Latencies
from paysim.publishers.base import PublisherFigures
from paysim.summary.model import AskedRate
from tests.support.accounts import account, facts


def made(acked=1000, failed=0, unknown=0, late=0, hub=None, delivery=None, service=(), blocked=None, **changes):
    """`service`: (seconds, transactions), where it is not as the response time of the account."""
    one = account(0, acked, failed, unknown, late)
    one.hub = PublisherFigures(**{"sends": 100, "retries": 0, "connections": 4, **(hub or {})})
    if service:
        latencies = Latencies()
        for seconds, n in service:
            latencies.record("service", seconds, n)
            latencies.record("response", seconds, n)
        one.latencies = latencies.encode()
    if blocked:
        one.event_loop_lag = EventLoopLag(seconds=blocked, max_ms=150.0)
    found = summary.make(facts(**changes), [one])
    found.delivery = delivery
    return found


def advised(**changes):
    return advice(made(**changes))


def test_where_nothing_stands_out_nothing_is_said():
    assert advised() == []


THROTTLED = {"throttled": 60, "retries": 60, "attempts_failed": {"throttled (com.microsoft:server-busy)": 60}}
BUSY = {"all_busy_s": 1.0}


def test_the_first_cause_of_the_chain_is_the_only_one():
    everything = {"late": 500, "target_per_s": 100_000.0, "users_max": 5, "cpu_warning": True, "duration_s": 6.0}
    (units,) = advised(hub={**THROTTLED, **BUSY, "all_busy_s": 3.0}, **everything)
    (connections,) = advised(hub={"all_busy_s": 3.0}, **everything)
    (users,) = advised(**everything)
    (workers,) = advised(**{**everything, "late": 0})
    assert "throughput units: raise them to 100," in units
    assert "raise output.event_hub.connections to" in connections
    assert "users (-u)" in users
    assert "workers (--processes" in workers


def test_a_throttled_hub_gets_units_and_nothing_else():
    # 12,280 of 30,000 with one unit: 60 sends waited 4 to 6 s, which took 117 users and lasted as long as a stall.
    service = [(0.00037, 11_000), (0.0013, 1280)]
    asked = AskedRate(
        transactions=30_000,
        acked=12_280,
        seconds=15.0,
        peak_per_s=2000,
        share=0.4,
        reached=False,
    )
    (line,) = advised(
        acked=12_280, late=10_600, hub={**THROTTLED, "connections": 20, "sends": 1288, "all_busy_s": 3.0},
        service=service, duration_s=15.0, users_max=20, target_per_s=2000.0, asked=asked,
    )  # fmt: skip
    assert line == "60 sends throttled: the rate needs 2 throughput units: raise them to 2, or lower the rate"


def test_throttling_says_to_how_many_units():
    (line,) = advised(hub={"throttled": 7}, target_per_s=2500.0)
    assert line == "7 sends throttled: the rate needs 3 throughput units: raise them to 3, or lower the rate"


def test_where_the_mean_needs_no_more_than_there_are_it_is_one_more():
    (line,) = advised(hub={"throttled": 7}, target_per_s=500.0)
    assert "needs 1 throughput unit: raise them to 2," in line


def test_without_a_rate_units_are_for_what_users_send():
    config = {"transaction": {"volume": {"rate_per_user": 800}}}
    (line,) = advised(hub={"throttled": 7}, config=config)
    assert "needs 4 throughput units: raise them to 4," in line


def test_units_are_for_the_highest_rate_not_the_mean():
    asked = AskedRate(transactions=6000, acked=1000, seconds=2.0, peak_per_s=5500, share=0.17, reached=False)
    assert made(asked=asked, target_per_s=3000.0).rate.throughput_units_needed == 6
    (line,) = advised(hub={"throttled": 7}, asked=asked, target_per_s=3000.0)
    assert "raise them to 6," in line


def test_large_transactions_need_units_by_their_bytes():
    one = account(0, 1000)
    one.hub = PublisherFigures(throttled=1, connections=4)
    one.ledger.methods["credit_card"].bytes = 5_000_000  # 5 kB each
    (line,) = advice(summary.make(facts(target_per_s=1000.0), [one]))
    assert "needs 5 throughput units" in line


def test_a_throttled_send_among_very_many_is_not_what_held_a_run_up():
    hub = {"throttled": 1, "connections": 32, "sends": 60_000}
    (line,) = advised(late=500, hub=hub, duration_s=600.0, cpu_warning=True)
    assert "ran out of CPU" in line
    assert "1 send throttled" in advised(hub=hub, duration_s=600.0)[0]


@pytest.mark.parametrize(("seconds", "said"), [(0.19, False), (0.21, True)])
def test_connections_that_are_busy_more_than_a_tenth_of_the_run(seconds, said):
    lines = advised(hub={"all_busy_s": seconds}, duration_s=2.0)
    assert any("all 4 connections busy" in line and "connections to 5, or batch_size" in line for line in lines) == said


def test_connections_are_as_many_as_the_rate_needs():
    # 2,000 batches of 10 a second, 10 ms each, as a histogram has it a little more.
    (line,) = advised(hub={"all_busy_s": 1.0}, target_per_s=20_000.0)
    assert "connections to 21, or batch_size" in line


def test_by_key_a_partition_has_one_connection():
    config = {"output": {"event_hub": {"partition_by": "customer_id"}}}
    (line,) = advised(hub={"all_busy_s": 1.0}, target_per_s=20_000.0, config=config)
    assert "one a partition: have 21 partitions, or a larger batch_size" in line


def test_busy_time_is_that_of_a_process_not_the_sum():
    accounts = [account(producer, 10) for producer in range(4)]
    for each in accounts:
        each.hub = PublisherFigures(all_busy_s=0.1, connections=4)
    assert advice(summary.make(facts(duration_s=2.0), accounts)) == []


STALL = [(0.00093, 6930), (0.0045, 50), (3.992, 10)]


@pytest.mark.parametrize("busy", [0.0, 3.96], ids=["with connections to spare", "all connections wait"])
def test_a_stall_is_not_a_want_of_connections_or_users(busy):
    hub = {"sends": 699, "connections": 5, "all_busy_s": busy}
    (line,) = advised(acked=6990, late=1980, hub=hub, service=STALL, duration_s=14.0, users_max=5, target_per_s=500.0)
    assert line.startswith("the hub did not answer for a while: a send took up to 3,9")
    assert "0.93 ms" in line


def test_a_stall_is_one_on_a_slow_machine_too():
    # Five connections that are busy for a sixth of the time are never busy all at once.
    hub = {"sends": 699, "connections": 5, "all_busy_s": 2.0}
    service = [(0.017, 6970), (2.0, 20)]
    (line,) = advised(acked=6990, late=980, hub=hub, service=service, duration_s=14.0, users_max=5, target_per_s=500.0)
    assert line.startswith("the hub did not answer for a while: a send took up to 2,0")


def test_one_slow_send_does_not_hide_connections_that_are_busy_all_the_time():
    service = [(0.02, 9990), (1.5, 10)]
    hub = {"sends": 1000, "connections": 4, "all_busy_s": 1.9}
    (line,) = advised(acked=10_000, hub=hub, service=service, duration_s=2.0, users_max=100, target_per_s=20_000.0)
    assert "connections busy 95 % of the time" in line


def test_sends_that_were_tried_again_are_the_cause_of_what_they_kept_waiting():
    hub = {"all_busy_s": 1.0, "attempts_failed": {"connection refused": 40}, "retries": 40}
    (line,) = advised(late=500, hub=hub, target_per_s=1000.0)
    assert line.startswith('40 attempts to send failed, mostly as "connection refused"')


def test_a_few_that_were_tried_again_do_not_hide_that_users_are_missing():
    # One user and 300 ms a batch of 20: three of 37 sends met a lost connection besides.
    hub = {"sends": 37, "retries": 3, "connections": 4, "attempts_failed": {"connection lost": 3}}
    (line,) = advised(
        acked=680, late=660, hub=hub, service=[(0.302, 680)], duration_s=12.0, users_max=1, target_per_s=300.0
    )
    assert "at this latency the rate needs about 5 users (-u)" in line


def test_lateness_says_how_many_users_the_rate_needs():
    # 100 batches of 10 a run: 1000/s are 100 batches a second of 10 ms each.
    (line,) = advised(late=50, target_per_s=100_000.0, users_max=5)
    assert line.startswith("50 transactions began late (up to 500 ms): ")
    assert "needs about 101 users (-u)" in line


def test_users_that_share_sends_have_a_batch_each():
    config = {"output": {"linger_ms": 5, "batch_size": 1}}
    (line,) = advised(late=50, target_per_s=10_000.0, users_max=5, config=config)
    assert "needs about 101 users (-u)" in line


def test_a_process_without_cpu_is_not_helped_by_users():
    # Half of the sends take 1 ms; the others are slow to be heard of.
    service = [(0.001, 600), (0.2, 400)]
    (line,) = advised(late=500, target_per_s=1000.0, users_max=5, service=service, blocked=1.5)
    assert line.startswith("Locust ran out of CPU (held up 75 % of the time, up to 150 ms): use 2 workers")


def test_lateness_with_enough_users_is_another_matter():
    (line,) = advised(late=50, target_per_s=1000.0, users_max=50)
    assert line.endswith("spawn users sooner, 2 in the first second (-r 2)")
    (line,) = advised(late=50, target_per_s=1000.0, users_max=50, ramp_s=0.1)
    assert line.endswith("use larger batches, or 2 workers (--processes 2)")


def test_a_few_that_began_late_are_not_what_a_run_is_about():
    assert advised(late=7, target_per_s=1000.0, users_max=50) == []


def test_workers_are_as_many_as_the_rate_needs():
    (line,) = advised(target_per_s=2200.0, cpu_warning=True, duration_s=6.0, acked=6000)
    assert line == "Locust ran out of CPU: use 3 workers (--processes 3), or larger batches"


@pytest.mark.parametrize(("seconds", "said"), [(0.19, False), (0.21, True)])
def test_a_sender_that_was_held_up_more_than_a_tenth_of_the_run(seconds, said):
    one = account(0, 1000)
    one.event_loop_lag = EventLoopLag(seconds=seconds, max_ms=150.0)
    other = account(1, 10).model_copy(update={"event_loop_lag": EventLoopLag(seconds=seconds, max_ms=9)})
    found = summary.make(facts(duration_s=2.0), [one, other])
    assert (found.event_loop_lag.max_ms, found.event_loop_lag.share) == pytest.approx((150.0, seconds / 2))
    assert any("held up" in line and "up to 150 ms" in line for line in advice(found)) == said


def test_the_beginning_of_a_run_of_a_tenth_of_a_second_is_no_want_of_cpu():
    assert advised(duration_s=0.145, blocked=0.053, cpu_warning=True) == []


def test_failures_name_their_commonest_reason():
    (line,) = advised(failed=5, hub={"attempts_failed": {"timed out": 1, "connection refused": 4}})
    assert line.startswith('5 transactions failed, mostly as "connection refused"')


def test_where_a_hub_is_gone_that_is_all_there_is_to_say():
    hub = {"all_busy_s": 3.0, "attempts_failed": {"connection refused": 400}}
    (line,) = advised(failed=500, late=700, hub=hub, duration_s=2.0, target_per_s=1000.0)
    assert '"connection refused"' in line


def test_where_sends_failed_because_they_were_throttled_too_long_it_is_units():
    (line,) = advised(failed=500, late=700, hub={**THROTTLED, **BUSY}, target_per_s=5000.0)
    assert "raise them to 5," in line


def test_unknown_outcomes_are_left_to_verify():
    (line,) = advised(unknown=3)
    assert "the outcome of 3 transactions was lost" in line
    assert advised(unknown=3, delivery={"arrived": 1003}) == []


def test_many_unknown_outcomes_name_their_reason_where_verify_has_told_the_rest():
    hub = {"attempts_failed": {"connection lost": 30}}
    (line,) = advised(unknown=300, hub=hub, delivery={"arrived": 1300})
    assert 'the outcome of 300 transactions was lost, mostly as "connection lost"' in line
