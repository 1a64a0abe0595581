"""The main job against a real Event Hub: `make test-azure`, with PAYSIM_TEST_CONNECTION_STRING and an allowed target.

It sends a few hundred transactions, and reads only what came after its start.
"""

import os

import pytest

from tests.support.running import LoadTest

CONNECTION_STRING = os.environ.get("PAYSIM_TEST_CONNECTION_STRING", "")
CONFIG = """
simulator:
  output: {batch_size: 20}
  transaction:
    volume: {rate: 100}
"""


@pytest.mark.azure
@pytest.mark.skipif(not CONNECTION_STRING, reason="PAYSIM_TEST_CONNECTION_STRING is not set")
@pytest.mark.skipif("PAYSIM_ALLOW_TARGET" not in os.environ, reason="PAYSIM_ALLOW_TARGET names no allowed target")
def test_a_real_event_hub_takes_what_is_sent(tmp_path):
    load_test = LoadTest(
        tmp_path,
        CONFIG,
        *("--headless", "--only-summary", "-u", "10", "-r", "10", "-t", "10s"),
        EVENTHUB_CONNECTION_STRING=CONNECTION_STRING,
    )
    assert load_test.wait(180) == 0, load_test.logs()
    counts = load_test.summary["transactions"]
    assert counts["acked"] == counts["generated"] > 500
    assert "LOCAL" not in load_test.summary["target"]
