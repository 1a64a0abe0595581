"""`lifecycle: full` in a live run: what follows payments comes, in order and exactly; of a dead worker it is told."""

from collections import Counter
from typing import Any

import orjson
import pytest

from paysim.transactions.dataset.lifecycle_rules import Checker
from tests.support.cluster import cluster, kill
from tests.support.reading import read_all
from tests.support.running import assert_agree

pytestmark = [
    pytest.mark.usefixtures("unmeasured_processes"),
    pytest.mark.busy("a rate is reached, and workers are heard in time"),
]

CONFIG = """
simulator:
  output: {{batch_size: {batch}, linger_ms: {linger}}}
  transaction:
    lifecycle: full
    population: {{customers: 400, merchants: 100}}
    patterns: {{payment_methods: {{credit_card: 6, bank_transfer: 2, digital_wallet: 2}}}}
    volume: {{total: {total}, rate: 400}}
  verify: {{timeout: 1}}
  thresholds: {{min_rate_share: 0.2}}
"""
BEGINNINGS = ("authorization", "payment")
USERS = ("-u", "10", "-r", "10")


def in_order(hub: Any) -> list[dict[str, Any]]:
    """The events in the hub, each once, in the order of their times, and as they were made within a millisecond."""
    found = {each["transaction_id"]: each for each in (orjson.loads(e.body) for e in read_all(hub.connection_string))}
    return sorted(found.values(), key=lambda each: (each["transaction_timestamp"], each["transaction_id"]))


def checked(events: list[dict[str, Any]]) -> Counter[str]:
    checker = Checker()
    for event in events:
        checker.check(event)
    assert not checker.found.broken, checker.found.examples
    return Counter(event["transaction_type"] for event in events)


@pytest.mark.parametrize(("batch", "linger"), [(20, 0), pytest.param(1, 20, marks=pytest.mark.long)])
def test_two_workers_make_a_total_of_payments_and_what_follows_them(start, hub, batch: int, linger: int):
    load_test = cluster(start, CONFIG.format(batch=batch, linger=linger, total=4000), 2, *USERS)
    assert load_test.wait(120) == 0, load_test.logs()
    summary = load_test.summary
    assert_agree(summary, read_all(hub.connection_string))
    events = in_order(hub)
    types = checked(events)
    assert len(events) == 4000
    told = summary["follow_ups"]
    assert told["by_type"] == {type_: n for type_, n in sorted(types.items()) if type_ not in BEGINNINGS}
    assert types["capture"] > 300
    assert types["settlement"] > 300
    assert told["open"] > 0
    assert told["open_of_silent"] == told["thinned"] == told["cut_off"] == 0
    begun = Counter(e["payment_method"] for e in events if e["transaction_type"] in BEGINNINGS)
    assert begun["credit_card"] / begun.total() == pytest.approx(0.6, abs=0.05)
    assert "follow-ups" in load_test.logs()


def test_a_worker_knows_the_run_time_of_its_master(start, hub):
    config = CONFIG.format(batch=20, linger=0, total="null")
    load_test = cluster(start, config, 1, *USERS, "-t", "4s")
    assert load_test.wait(60) == 0, load_test.logs()
    checked(in_order(hub))
    assert (
        "follow-ups come 648,000 times as fast as in life: a day takes 0.1 s, a month the whole run" in load_test.logs()
    )
    # A settlement comes on the next working day at the earliest, which without -t would be a minute later.
    assert load_test.summary["follow_ups"]["by_type"]["settlement"] > 50


def test_what_was_to_follow_the_payments_of_a_dead_worker_is_told(start, hub):
    load_test = cluster(start, CONFIG.format(batch=20, linger=0, total=4000), 2, *USERS)
    hub.wait_for(1500)
    kill(load_test.workers[0])
    assert load_test.wait(120) == 1, load_test.logs()
    summary = load_test.summary
    checked(in_order(hub))
    assert [producer["silent"] for producer in summary["producers"]].count(True) == 1
    assert summary["delivery"]["lost"] == summary["delivery"]["duplicated"] == summary["delivery"]["unexpected"] == 0
    told = summary["follow_ups"]
    assert 0 < told["open_of_silent"] < told["open"], (told, summary["producers"])
    assert "of a process that went silent" in " ".join(load_test.logs().split())
