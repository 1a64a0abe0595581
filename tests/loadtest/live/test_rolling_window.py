"""Rates and percentiles of the last seconds, from figures that only grow."""

import numpy as np
import pytest
from hdrh.histogram import HdrHistogram

from paysim.loadtest.live.rolling_window import IntervalPercentiles, Rates, values
from paysim.loadtest.sending.latency import Latencies
from tests.support.present import present


def test_a_rate_is_the_growth_over_the_window_and_not_since_the_start():
    rates = Rates(5)
    for second in range(20):
        rates.add(second, {"acked": 10 * second if second < 10 else 100 + 1000 * (second - 10)})

    assert rates.per_s("acked") == pytest.approx(1000)


def test_a_report_that_comes_late_evens_out():
    rates = Rates(4)
    for second, count in enumerate([0, 100, 200, 200, 400, 500, 600]):
        rates.add(second, {"acked": count})

    assert rates.per_s("acked") == pytest.approx(100)


def test_a_counter_that_appears_began_at_nothing_and_one_that_is_not_there_does_not_grow():
    rates = Rates(5)
    rates.add(0, {})
    rates.add(2, {"acked": 50})

    assert rates.per_s("acked") == 25
    assert rates.per_s("failed") == 0


def test_one_look_or_two_at_once_are_no_rate():
    rates = Rates(5)
    rates.add(1, {"acked": 50})
    assert rates.per_s("acked") == 0

    rates.add(1.0001, {"acked": 90})
    assert rates.per_s("acked") == 0


def encoded(seconds) -> bytes:
    latencies = Latencies()
    for value in seconds:
        latencies.record("response", value, 1)
    return latencies.encode()["response"]


def test_interval_percentiles_are_those_of_the_interval_alone():
    rng = np.random.default_rng(3)
    before, after = rng.lognormal(-6, 0.5, 5000), rng.lognormal(-3, 0.5, 3000)
    interval = IntervalPercentiles(3)
    for second in range(10):
        interval.add(second, {"a": encoded(before)})
    interval.add(10, {"a": encoded([*before, *after])})

    only = Latencies()
    for value in after:
        only.record("response", value, 1)
    found, expected = present(interval.milliseconds()), present(only.percentiles_ms("response"))
    assert {name: found[name] for name in ("p50", "p90", "p95", "p99")} == pytest.approx(
        {name: expected[name] for name in ("p50", "p90", "p95", "p99")}, rel=2e-3
    )
    assert found["max"] == pytest.approx(max(after) * 1000, rel=2e-3)


def test_histograms_of_several_senders_add_up_and_a_silent_one_counts_no_more():
    interval = IntervalPercentiles(2)
    interval.add(0, {"a": encoded([0.001] * 50), "b": encoded([0.1] * 50)})
    assert present(interval.milliseconds())["p50"] == pytest.approx(1, rel=2e-3)
    assert present(interval.milliseconds())["p95"] == pytest.approx(100, rel=2e-3)

    for second in (1, 2, 3, 4):
        interval.add(second, {"b": encoded([0.1] * 50 + [0.2] * second)})
    assert present(interval.milliseconds())["p50"] == pytest.approx(200, rel=2e-3)


def test_an_interval_in_which_nothing_was_acknowledged_has_no_percentiles():
    interval = IntervalPercentiles(2)
    assert interval.milliseconds() is None
    for second in range(6):
        interval.add(second, {"a": encoded([0.001])})
    assert interval.milliseconds() is None


def test_bucket_values_are_the_histograms_own():
    histogram = HdrHistogram(1, 3_600_000_000, 3)
    recorded = (1, 999, 2047, 2048, 123_456, 3_599_999_999)
    for value in recorded:
        histogram.record_value(value)
    counts = np.frombuffer(histogram.counts, np.int64)

    assert all(a >= b and a - b <= b / 1000 for a, b in zip(values()[counts > 0], recorded, strict=True))
