"""Many small senders whose transactions share sends (`linger_ms`): every figure is as if each had sent by itself."""

import pytest

from tests.support.reading import read_all
from tests.support.running import assert_agree

pytestmark = pytest.mark.usefixtures("unmeasured")

SHARING = """
simulator:
  output:
    batch_size: 1
    linger_ms: 10
    event_hub: {partition_by: %s}
  transaction:
    population: {customers: 200, merchants: 50}
    volume: {%s}
    violations: {duplicate: %s, malformed_json: 0.01}
"""
CROWD = ("--headless", "--only-summary", "-u", "300", "-r", "300")


@pytest.mark.parametrize("key", ["customer_id", pytest.param("round_robin", marks=pytest.mark.long)])
def test_a_total_of_many_small_senders_is_exact(start, hub, key):
    load_test = start(*CROWD, config=SHARING % (key, "total: 6000", 0.02))
    assert load_test.wait() == 0, load_test.logs()
    summary = load_test.summary
    arrived = read_all(hub.connection_string)
    assert len(arrived) == summary["transactions"]["acked"] == 6_000
    delivery = summary["delivery"]
    assert delivery["lost"] == delivery["duplicated"] == delivery["unexpected"] == 0
    assert delivery["out_of_order"] == (None if key == "round_robin" else 0)
    assert 6_000 / summary["hub"]["sends"] > 4, "they share sends"
    assert summary["latency_ms"]["response"]["max"] > 5, "the first of a share waits for company"


def test_stop_sends_what_waits_for_company_and_accounts_for_it(start, hub):
    load_test = start(*CROWD, "-t", "3s", config=SHARING % ("round_robin", "rate: 5000", 0))
    assert load_test.wait() == 0, load_test.logs()
    summary = load_test.summary
    counts = summary["transactions"]
    assert counts["generated"] == counts["acked"] > 5000
    assert_agree(summary, read_all(hub.connection_string))
