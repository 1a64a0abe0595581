"""A run that ends for two reasons at once is accounted for all the same."""

import pytest

from tests.support.reading import read_all
from tests.support.running import assert_agree

pytestmark = pytest.mark.usefixtures("unmeasured")

CONFIG = """
simulator:
  output: {batch_size: 100}
  transaction:
    population: {customers: 200, merchants: 50}
    volume: {total: 300, rate: 500}
"""


@pytest.mark.long
@pytest.mark.parametrize("distributed", [False, True])
def test_the_time_is_up_while_a_total_that_was_reached_is_settled(start, hub, distributed):
    hub.fault("ack-delay", "5500")  # all is handed out in half a second, and settled long after the time is up
    options = ("--master", "--expect-workers", "1") if distributed else ()
    load_test = start("--headless", "--only-summary", "-u", "10", "-r", "10", "-t", "3s", *options, config=CONFIG)
    if distributed:
        load_test.add_worker()
    assert load_test.wait(60) == 0, load_test.logs()
    assert load_test.summary["transactions"]["acked"] == 300
    assert load_test.summary["duration_s"] < 3
    assert_agree(load_test.summary, read_all(hub.connection_string))
