"""`rate_limit` is a ceiling and `rate` the rate of the whole, also when master and workers lose each other.

When something left is seen by the hub's enqueued times, which are of this machine's clock.
"""

import signal
import time
from collections import Counter

import pytest

from tests.support.cluster import cluster
from tests.support.reading import read_all
from tests.support.relay import Relay
from tests.support.running import LoadTest

pytestmark = [pytest.mark.usefixtures("unmeasured"), pytest.mark.busy("leases run out in real time")]

CONFIG = """
simulator:
  output: {batch_size: 10, rate_limit: 400}
  transaction:
    population: {customers: 200, merchants: 50}
    volume: {%s}
  verify: {enabled: false}
"""
OPEN, CLOSED, UNLIMITED = "rate: 400", "rate_per_user: 100", "rate_per_user: 20"
LEASE_MS = 3000
SLACK_MS = 2500
"""For what had its turn before: a busy machine sends it late."""


OPTIONS = ("-u", "20", "-r", "20", "-t", "120s")


def one_behind_a_link(start, volume: str) -> tuple[LoadTest, Relay]:
    """A cluster of two, of which one can be cut off."""
    load_test = cluster(start, CONFIG % volume, 1, *OPTIONS, "--expect-workers", "2")
    load_test.wait_for_log("Starting Locust")  # its port is there
    link = Relay(load_test.master_port)
    load_test.add_worker("--master-port", str(link.port))
    return load_test, link


def enqueued(hub) -> list[int]:
    return sorted(event.enqueued_ms for event in read_all(hub.connection_string))


def in_windows(times: list[int], seconds: int) -> list[int]:
    """How many came in each window of so many seconds, from the first on."""
    counted = Counter((at - times[0]) // (1000 * seconds) for at in times)
    return [counted[window] for window in range(max(counted) + 1)]


def test_a_worker_that_is_cut_off_sends_nothing_after_three_seconds_and_the_ceiling_holds(start, hub):
    load_test, link = one_behind_a_link(start, OPEN)
    hub.wait_for(800)
    link.cut.set()
    ended = time.time() * 1000 + LEASE_MS + SLACK_MS
    time.sleep(LEASE_MS / 1000 + SLACK_MS / 1000 + 2)  # in the last two of which something would be sent
    arrived = read_all(hub.connection_string)
    assert all(worker.poll() is None for worker in load_test.workers), "it is there, and silent"
    load_test.kill()
    link.close()
    last = {event.identity.producer: event.enqueued_ms for event in sorted(arrived, key=lambda each: each.enqueued_ms)}
    cut_off, other = sorted(last.values())
    assert cut_off < ended < other
    counts = in_windows(sorted(event.enqueued_ms for event in arrived), 2)[:-1]
    assert max(counts) <= 2 * 400 * 1.25, counts


@pytest.mark.long
@pytest.mark.parametrize("volume", [OPEN, CLOSED, UNLIMITED])
def test_workers_send_nothing_three_seconds_after_their_master_stopped_or_died(start, hub, volume):
    load_test = cluster(start, CONFIG % volume, 2, *OPTIONS)
    hub.wait_for(800)
    load_test.signal(signal.SIGSTOP)
    stopped = time.time() * 1000
    time.sleep(LEASE_MS / 1000 + SLACK_MS / 1000)
    before = hub.stored()
    time.sleep(2)  # in which something would be sent
    assert hub.stored() == before, "nobody sends without a lease"
    load_test.signal(signal.SIGCONT)
    hub.wait_for(before + 400)
    load_test.signal(signal.SIGKILL)
    killed = time.time() * 1000
    time.sleep(LEASE_MS / 1000 + SLACK_MS / 1000)
    times = enqueued(hub)
    time.sleep(2)  # in which something would be sent
    assert hub.stored() == len(times)
    assert all(worker.poll() is None for worker in load_test.workers), "they are there, and silent"
    assert not [at for at in times if stopped + LEASE_MS + SLACK_MS < at < stopped + LEASE_MS + SLACK_MS + 2000]
    assert times[-1] < killed + LEASE_MS + SLACK_MS
    # What was not sent meanwhile is not owed: no second has more than the ceiling, but for what was late.
    assert max(in_windows(times, 2)) <= 2 * 400 * 1.25


@pytest.mark.long
@pytest.mark.parametrize("volume", [OPEN, CLOSED])
def test_the_ceiling_holds_while_a_worker_is_cut_off_and_another_one_takes_its_place(start, hub, volume):
    load_test, link = one_behind_a_link(start, volume)
    hub.wait_for(1200)
    link.cut.set()
    load_test.wait_for_log("went silent", timeout=30)
    hub.wait_for(hub.stored() + 8 * 400)  # four windows of the other one, which has it all
    load_test.kill()
    link.close()
    counts = in_windows(enqueued(hub), 2)[:-1]
    assert max(counts) <= 2 * 400 * 1.25, counts
    # The other one has it all, after the lease has ended and Locust has noticed.
    assert sum(counts[-3:]) >= 3 * 2 * 400 * 0.7, counts
