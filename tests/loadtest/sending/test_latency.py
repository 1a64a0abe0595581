"""Latencies are recorded in seconds, merged over processes, and reported in milliseconds."""

import pytest

from paysim.loadtest.sending.latency import Latencies
from tests.support.present import present


def test_a_batch_counts_as_many_latencies_as_it_has_transactions():
    latencies = Latencies()
    latencies.record("response", 0.010, 98)
    latencies.record("response", 0.500, 2)
    figures = present(latencies.percentiles_ms("response"))
    assert figures["p50"] == pytest.approx(10, rel=0.001)
    assert figures["p99"] == pytest.approx(500, rel=0.001)
    assert figures["max"] == pytest.approx(500, rel=0.001)


def test_nothing_recorded_is_none():
    assert Latencies().percentiles_ms("from_schedule") is None


def test_histograms_of_workers_add_up():
    one, other, both = Latencies(), Latencies(), Latencies()
    one.record("service", 0.001, 50)
    other.record("service", 0.100, 50)
    both.merge(one.encode())
    both.merge(other.encode())
    figures = present(both.percentiles_ms("service"))
    assert figures["p50"] == pytest.approx(1, rel=0.001)
    assert figures["p90"] == pytest.approx(100, rel=0.001)
    assert both.percentiles_ms("response") is None


@pytest.mark.parametrize(("seconds", "shown"), [(0.0, 0.001), (-1.0, 0.001), (100_000.0, 3_600_000)])
def test_times_outside_the_range_are_held_at_its_ends(seconds, shown):
    latencies = Latencies()
    latencies.record("response", seconds, 1)
    assert present(latencies.percentiles_ms("response"))["max"] == pytest.approx(shown, rel=0.001)


def test_payment_methods_that_are_kept_apart_count_for_all_besides():
    latencies = Latencies()
    latencies.keep_apart({"credit_card"})
    latencies.record("response", 0.010, 90, "debit_card")
    latencies.record("response", 0.500, 10, "credit_card")
    assert present(latencies.percentiles_ms("response"))["max"] == pytest.approx(500, rel=0.001)
    assert present(latencies.percentiles_ms("response"))["p50"] == pytest.approx(10, rel=0.001)
    own = Latencies()
    own.merge(latencies.encode_methods()["credit_card"])
    assert present(own.percentiles_ms("response"))["p50"] == pytest.approx(500, rel=0.001)
    assert set(latencies.encode_methods()) == {"credit_card"}
