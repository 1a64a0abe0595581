"""The hub is gone for a minute, and the run goes on by itself."""

import time

import pytest

from tests.support.running import LoadTest
from tests.support.waiting import wait_until

from .judge import judge
from .oracle import DataFolder
from .trial import KilledHub

CONFIG = """
simulator:
  output:
    batch_size: 20
    event_hub: {send_timeout: 20}
  transaction:
    population: {customers: 200, merchants: 50}
    volume: {rate: 500}
  thresholds: {error_rate: 1.0}
"""
OUTAGE = 60.0


@pytest.mark.long
@pytest.mark.timeout(300)
def test_after_an_outage_of_a_minute_the_run_goes_on_by_itself(tmp_path):
    hub = KilledHub(tmp_path / "hub")
    reader = DataFolder(tmp_path / "hub")
    options = (
        "--headless",
        "--only-summary",
        "-u",
        "50",
        "-r",
        "50",
        "--master",
        "--expect-workers",
        "2",
        "-t",
        "110s",
    )
    load_test = LoadTest(tmp_path, CONFIG, *options, EVENTHUB_CONNECTION_STRING=hub.connection_string)
    try:
        for _ in range(2):
            load_test.add_worker()
        wait_until(lambda: reader.read() > 3000)
        hub.kill(OUTAGE)
        time.sleep(OUTAGE)  # the outage itself
        before = reader.read()
        hub.tend()
        back = time.monotonic()
        wait_until(lambda: reader.read() > before)
        print(f"first events {time.monotonic() - back:.1f} s after the hub was back")
        time.sleep(8)
        healthy, since = reader.read(), time.monotonic()
        time.sleep(8)
        rate = (reader.read() - healthy) / (time.monotonic() - since)
        print(f"{rate:.0f}/s of 500/s from 8 s after the first")
        assert rate > 450
        assert load_test.wait(120) == 0, load_test.logs()
    finally:
        load_test.kill()
        hub.stop()
    reader.read()
    summary = load_test.summary
    assert "Traceback" not in load_test.logs()
    assert summary["transactions"]["failed"] > 0 and summary["hub"]["reconnects"] > 0
    judgement = judge(summary, reader.arrivals)
    assert not (judgement.lost or judgement.unexpected), judgement
