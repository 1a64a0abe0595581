"""The last seconds of a hop."""

import numpy as np
import pytest

from paysim.pipeline.histogram import Histogram
from paysim.pipeline.recent import RECENT_SECONDS, Recent


def test_a_pause_shows_at_once_and_what_was_before_is_forgotten():
    recent, latencies, count = Recent(), Histogram(), 0
    for second in range(10):
        count += 100
        latencies.add(np.full(100, 5_000))
        recent.look(float(second), count, latencies)
    assert recent.plain()["per_s"] == pytest.approx(100)
    assert recent.plain()["p95"] == pytest.approx(5, rel=0.006)
    for second in range(10, 10 + int(RECENT_SECONDS)):
        recent.look(float(second), count, latencies)
    assert recent.plain() == {"per_s": 0, "p50": None, "p95": None, "p99": None, "max": None}
    count += 50
    latencies.add(np.full(50, 3_000_000))
    recent.look(13.0, count, latencies)
    assert recent.plain()["per_s"] == pytest.approx(50 / RECENT_SECONDS, abs=0.001)
    assert recent.plain()["p50"] == pytest.approx(3000, rel=0.006)


def test_before_two_looks_nothing_is_known():
    recent = Recent()
    recent.look(0.0, 100, Histogram())
    assert recent.plain() == {"per_s": 0.0, "p50": None, "p95": None, "p99": None, "max": None}
