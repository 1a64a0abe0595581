"""One Locust request is one transaction, one event is one batch."""

import pytest

from paysim.loadtest.sending.statistics import Statistics
from paysim.publishers.base import SendError


@pytest.fixture
def events(environment):
    fired = []
    environment.events.request.add_listener(lambda **event: fired.append(event))
    return fired


def test_a_batch_of_n_counts_n_requests_and_fires_once(environment, events):
    Statistics(environment, "EVENTHUB", "LOCAL HUB", event_per_transaction=False).note(
        "credit_card", 10, 5005, [(10, 0.020)], None
    )
    for entry in (environment.stats.get("credit_card", "EVENTHUB"), environment.stats.total):
        assert entry.num_requests == 10
        assert entry.num_failures == 0
        assert sum(entry.num_reqs_per_sec.values()) == 10
        assert entry.total_content_length == 5005
        assert entry.avg_response_time == pytest.approx(20)
        assert entry.response_times == {20: 10}
    assert len(events) == 1
    assert events[0]["context"] == {"transactions": 10}
    assert events[0]["response_length"] == 500


def test_a_failed_batch_of_n_counts_n_failures_by_reason(environment, events):
    statistics = Statistics(environment, "EVENTHUB", "LOCAL HUB", event_per_transaction=False)
    statistics.note("debit_card", 7, 700, [(7, 1.0)], SendError("throttled"))
    statistics.note("debit_card", 3, 300, [(3, 1.0)], SendError("throttled"))
    entry = environment.stats.get("debit_card", "EVENTHUB")
    assert (entry.num_requests, entry.num_failures) == (10, 10)
    assert sum(entry.num_fail_per_sec.values()) == 10
    (error,) = environment.stats.errors.values()
    assert error.occurrences == 10
    assert "throttled" in str(error.error)


def test_on_request_every_transaction_is_an_event_of_its_own(environment, events):
    Statistics(environment, "FILE", "x.jsonl", event_per_transaction=True).note(
        "bank_transfer", 4, 400, [(4, 0.001)], None
    )
    assert [event["context"] for event in events] == [{"transactions": 1}] * 4
    assert environment.stats.total.num_requests == 4
    assert environment.stats.total.total_content_length == 400


def test_entries_that_a_start_replaced_are_looked_up_anew(environment):
    statistics = Statistics(environment, "EVENTHUB", "LOCAL HUB", event_per_transaction=False)
    statistics.note("credit_card", 10, 10, [(10, 0.001)], None)
    environment.stats.clear_all()
    statistics.note("credit_card", 5, 5, [(5, 0.001)], None)
    assert environment.stats.get("credit_card", "EVENTHUB").num_requests == 5


def test_in_a_shared_send_every_transaction_has_its_own_latency(environment, events):
    latencies = [(1, 0.021), (1, 0.025), (3, 0.023), (1, 0.021)]
    Statistics(environment, "EVENTHUB", "LOCAL HUB", event_per_transaction=False).note(
        "credit_card", 6, 6600, latencies, None
    )
    assert len(events) == 1
    for entry in (environment.stats.get("credit_card", "EVENTHUB"), environment.stats.total):
        assert entry.response_times == {21: 2, 25: 1, 23: 3}
        assert (entry.min_response_time, entry.max_response_time) == (pytest.approx(21), pytest.approx(25))
        assert entry.avg_response_time == pytest.approx((2 * 21 + 25 + 3 * 23) / 6)


def test_an_event_has_all_that_locusts_own_clients_give(environment, events):
    statistics = Statistics(environment, "EVENTHUB", "namespace/hub", event_per_transaction=False)
    statistics.note("debit_card", 1, 100, [(1, 1.0)], None)
    (event,) = events
    names = "request_type name response_time response_length response context exception start_time url"
    assert set(names.split()) <= set(event)
    assert (event["url"], event["response"]) == ("namespace/hub", None)


def test_labels_of_failures_tell_failed_from_unknown(environment):
    statistics = Statistics(environment, "EVENTHUB", "hub", event_per_transaction=False)
    statistics.note("debit_card", 7, 700, [(7, 1.0)], SendError("connection lost"))
    statistics.note("debit_card", 3, 300, [(3, 1.0)], SendError("connection lost", unknown=True))
    told = {error.to_dict()["error"]: error.occurrences for error in environment.stats.errors.values()}
    assert told == {"failed: connection lost": 7, "unknown: connection lost": 3}
    # A worker's errors travel as text.
    assert {error.serialize()["error"] for error in environment.stats.errors.values()} == set(told)
