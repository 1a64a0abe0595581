"""A reload reaches every worker between two batches; what it may not change it refuses."""

import os
import signal
import time
from collections import Counter

import orjson
import pytest

from tests.support.reading import read_all
from tests.support.running import LoadTest, assert_agree

pytestmark = [pytest.mark.usefixtures("unmeasured"), pytest.mark.busy("rates and mixes of a few seconds are measured")]

CONFIG = """
simulator:
  output: {batch_size: 10, destination: event_hub}
  transaction:
    population: {customers: 200, merchants: 50}
    volume: {rate: 1000}
    patterns:
      payment_methods: {credit_card: 0.6, debit_card: 0.3, bank_transfer: 0.1}
"""


def replace(load_test: LoadTest, text: str) -> None:
    """As editors do: a new file takes the place of the old one."""
    fresh = load_test.config.with_suffix(".new")
    fresh.write_text(text)
    os.replace(fresh, load_test.config)


def test_the_mix_turns_on_every_worker_and_nothing_is_lost(start, hub):
    load_test = start(
        "--headless", "--only-summary", "--master", "--expect-workers", "2", "-u", "20", "-r", "20", config=CONFIG
    )
    for _ in range(2):
        load_test.add_worker()
    hub.wait_for(2000)
    replace(load_test, CONFIG.replace("0.6", "nonsense"))
    load_test.wait_for_log("not valid, the old one runs on")
    replace(load_test, CONFIG.replace("event_hub", "file"))
    load_test.wait_for_log("output.destination cannot change while paysim runs")
    turned = CONFIG.replace("credit_card: 0.6", "credit_card: 0.1").replace("bank_transfer: 0.1", "bank_transfer: 0.6")
    replace(load_test, turned)
    load_test.wait_for_log("the configuration was reloaded")
    changed_ms = time.time() * 1000
    hub.wait_for(hub.stored() + 4000)
    load_test.signal(signal.SIGTERM)
    assert load_test.wait() == 0, load_test.logs()
    summary = load_test.summary
    arrived = read_all(hub.connection_string)
    assert_agree(summary, arrived)
    assert sorted(reload["change"] for reload in summary["reloads"]) == [
        "transaction.patterns.payment_methods.bank_transfer: 0.1 → 0.6",
        "transaction.patterns.payment_methods.credit_card: 0.6 → 0.1",
    ]
    for producer in (0, 1):
        before, after = Counter[str](), Counter[str]()
        for event in arrived:
            if event.identity.producer == producer:
                method = orjson.loads(event.body)["payment_method"]
                if event.enqueued_ms < changed_ms - 3000:
                    before[method] += 1
                elif event.enqueued_ms > changed_ms + 2000:
                    after[method] += 1
        # Of any stretch each method is less than two batches off its weight.
        assert before["credit_card"] / before.total() > 0.5
        assert after["bank_transfer"] / after.total() > 0.5
        assert after["credit_card"] / after.total() < 0.2


def test_sighup_reloads_and_a_standalone_run_follows_rate_and_total(start, hub):
    load_test = start("--headless", "--only-summary", "-u", "5", "-r", "5", config=CONFIG.replace("1000", "50"))
    load_test.wait_for_users()
    load_test.signal(signal.SIGHUP)
    load_test.wait_for_log("nothing has changed")
    replace(load_test, CONFIG.replace("1000", "2000"))
    load_test.wait_for_log("transaction.volume.rate: 50 → 2000")
    hub.wait_for(3000)
    replace(load_test, CONFIG.replace("{rate: 1000}", "{rate_per_user: 20}"))  # from the open to the closed model
    load_test.wait_for_log("transaction.volume.rate: 2000 → null")
    hub.wait_for(hub.stored() + 100)
    load_test.signal(signal.SIGINT)
    assert load_test.wait() == 0, load_test.logs()
    summary = load_test.summary
    assert summary["transactions"]["acked"] > 3000
    assert_agree(summary, read_all(hub.connection_string))
