"""What the summary tells its reader to do next."""

import pytest

from paysim.loadtest import summary
from paysim.loadtest.advice import advice

from .test_summary import account, facts


def advised(acked=1000, failed=0, unknown=0, late=0, hub=None, delivery=None, **changes):
    one = account(0, acked, failed, unknown, late)
    one["hub"] = {"sends": 100, "retries": 0, "connections": 4, **(hub or {})}
    made = summary.make(facts(**changes), [one])
    made["delivery"] = delivery
    return advice(made)


def test_where_nothing_stands_out_nothing_is_said():
    assert advised() == []


def test_throttling_names_the_units_that_the_asked_rate_needs():
    (line,) = advised(hub={"throttled": 7}, target_per_s=2500.0)
    assert line == "7 sends throttled: the rate needs 3 throughput units, peaks more: raise them, or lower it"


def test_large_transactions_need_units_by_their_bytes():
    one = account(0, 1000)
    one["hub"] = {"throttled": 1}
    one["ledger"]["methods"]["credit_card"]["bytes"] = 5_000_000  # 5 kB each
    (line,) = advice(summary.make(facts(target_per_s=1000.0), [one]))
    assert "needs 5 throughput units" in line


@pytest.mark.parametrize(("seconds", "said"), [(0.19, False), (0.21, True)])
def test_connections_that_are_busy_more_than_a_tenth_of_the_run(seconds, said):
    lines = advised(hub={"all_busy_s": seconds}, duration_s=2.0)
    assert (
        any("all 4 connections busy" in line and "raise output.event_hub.connections" in line for line in lines) == said
    )


def test_busy_time_is_that_of_a_process_not_the_sum():
    accounts = [account(producer, 10) for producer in range(4)]
    for each in accounts:
        each["hub"] = {"all_busy_s": 0.1, "connections": 4}
    assert advice(summary.make(facts(duration_s=2.0), accounts)) == []


def test_lateness_says_how_many_users_the_rate_needs():
    # 100 batches of 10 a run: 1000/s are 100 batches a second of 10 ms each.
    (line,) = advised(late=50, target_per_s=100_000.0, users_max=5)
    assert line.startswith("50 transactions began late (up to 500 ms): ")
    assert "needs about 101 users (-u)" in line


def test_lateness_with_enough_users_is_another_matter():
    (line,) = advised(late=50, target_per_s=1000.0, users_max=50)
    assert "spawn users sooner" in line


def test_a_load_generator_without_cpu_is_named_first_but_for_throttling():
    lines = advised(late=50, target_per_s=1000.0, users_max=50, cpu_warning=True)
    assert "ran out of CPU" in lines[0]


@pytest.mark.parametrize(("seconds", "said"), [(0.19, False), (0.21, True)])
def test_a_sender_that_was_held_up_more_than_a_tenth_of_the_run(seconds, said):
    one = account(0, 1000)
    one["blocked"] = {"seconds": seconds, "max_ms": 150.0}
    made = summary.make(facts(duration_s=2.0), [one, account(1, 10) | {"blocked": {"seconds": seconds, "max_ms": 9.0}}])
    assert made["loop_blocked"] == {"max_ms": 150.0, "share": pytest.approx(seconds / 2)}
    assert any("held up" in line and "up to 150 ms" in line for line in advice(made)) == said


def test_failures_name_their_commonest_reason():
    (line,) = advised(failed=5, hub={"attempts_failed": {"timed out": 1, "connection refused": 4}})
    assert '"connection refused"' in line


def test_where_a_hub_is_gone_that_is_all_there_is_to_say():
    hub = {"all_busy_s": 3.0, "attempts_failed": {"connection refused": 400}}
    (line,) = advised(failed=500, late=700, hub=hub, duration_s=2.0, target_per_s=1000.0)
    assert '"connection refused"' in line


def test_unknown_outcomes_are_left_to_verify():
    (line,) = advised(unknown=3)
    assert "the outcome of 3 transactions was lost" in line
    assert advised(unknown=3, delivery={"arrived": 1003}) == []
