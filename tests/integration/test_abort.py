"""A threshold that is missed over its window ends a run: soon, orderly, and without a doubt about what was sent."""

import re
import time

import pytest

from tests.support.cluster import cluster
from tests.support.reading import read_all
from tests.support.running import assert_agree

pytestmark = [pytest.mark.usefixtures("unmeasured"), pytest.mark.busy("the end of a run is timed")]

WINDOW = 5.0
CONFIG = f"""
simulator:
  output: {{batch_size: 10}}
  transaction:
    population: {{customers: 200, merchants: 50}}
    volume: {{rate: 600}}
  thresholds: {{window: {WINDOW:g}s, abort: true, p95_ms: 200}}
"""


@pytest.mark.long
def test_a_distributed_run_hands_out_nothing_from_three_seconds_after_the_window_on(start, hub):
    load_test = cluster(start, CONFIG, 2, "-u", "40", "-r", "40", "-t", "120s")
    hub.wait_for(3000)
    hub.fault("ack-delay", "500")
    missed_from = time.time()
    assert load_test.wait() == 1, load_test.logs()
    summary, arrived = load_test.summary, read_all(hub.connection_string)
    last = max(event.enqueued_ms for event in arrived) / 1000
    assert last - missed_from < WINDOW + 3, load_test.logs()
    assert summary["transactions"]["unknown"] == summary["transactions"]["failed"] == 0
    assert_agree(summary, arrived)
    verdict = summary["verdict"]
    assert verdict["outcome"] == "failed"
    assert re.match(
        r"aborted after [\d.]+ s: over the last 5 s p95_ms was [\d.]+ and has to be ≤ 200", verdict["reasons"][0]
    )
    assert f"{verdict['reasons'][0]}: the run ends" in load_test.log.read_text()
    assert not any("interrupted" in reason for reason in verdict["reasons"])
