"""With `linger_ms` users share sends, and each waits for its own acknowledgement."""

import time
from collections import Counter

import gevent
import pytest

from paysim.config.schema import Config
from paysim.contract.identity import sequence_of
from paysim.loadtest.pacing.slots import Slot
from paysim.loadtest.sending.linger import FULL
from paysim.publishers.base import SendError
from tests.support.present import present
from tests.support.sessions import ACKED, Slow, session, wait_until

pytestmark = pytest.mark.busy("latencies are measured")

METHODS = ("credit_card", "bank_transfer")


def users_of(one, count, n=1):
    """So many users, spawned and waiting, that pay by one method and the other in turn."""
    users = [gevent.spawn(one.pay, METHODS[at % 2], Slot(n)) for at in range(count)]
    gevent.sleep(0)
    return users


@pytest.fixture
def slow():
    return Slow()


def test_users_share_a_send_with_a_block_of_each_method(environment, slow):
    one = session(environment, slow, linger_ms=20)
    users = users_of(one, 40, n=2)
    assert not slow.sent, "the first waits for company"
    wait_until(lambda: slow.sent)
    assert slow.sends == [2]
    assert [(block.method, len(block)) for block, _ in slow.sent] == [("credit_card", 40), ("bank_transfer", 40)]
    assert [sequence_of(each) for block, _ in slow.sent for each in block.ids] == list(range(80))
    assert not any(user.dead for user in users), "nobody is done before the acknowledgement"
    slow.acknowledge()
    gevent.joinall(users, 5, raise_error=True)
    assert all(user.dead for user in users)
    methods = one.account().ledger.methods
    assert {method: counts.acked for method, counts in methods.items()} == dict.fromkeys(METHODS, 40)
    one.finish()
    assert environment.stats.total.num_requests == 80


def test_the_first_waits_as_long_as_it_is_told(environment, slow):
    one = session(environment, slow, linger_ms=200)
    began = time.monotonic()
    users_of(one, 1)
    wait_until(lambda: slow.sent)
    assert 0.19 < time.monotonic() - began < 2
    one.finish()


def test_a_full_share_goes_at_once(environment, slow):
    one = session(environment, slow, linger_ms=10_000)
    users = users_of(one, FULL + 3)
    assert sum(len(block) for block, _ in slow.sent) == FULL
    slow.acknowledge()
    gevent.sleep(0)
    assert sum(user.dead for user in users) == FULL
    one.finish()


def test_a_batch_that_needs_no_company_has_none(environment, slow):
    one = session(environment, slow, linger_ms=10_000)
    users_of(one, 1)
    gevent.spawn(one.pay, "credit_card", Slot(FULL + 1))
    wait_until(lambda: slow.sent)
    assert [len(block) for block, _ in slow.sent] == [FULL + 1]
    one.finish()


def test_what_follows_takes_slots_and_not_a_method_s_place_in_the_mix(environment, slow, monkeypatch):
    """Most of those who wait together pay by one method; two of each four slots go to follow-ups."""
    one = session(environment, slow, linger_ms=10_000)
    monkeypatch.setattr(one.generator, "follow_ups", lambda most: one.generator.batch("digital_wallet", min(most, 2)))
    made = Counter[str]()
    for _ in range(40):
        for method in ("credit_card", "bank_transfer", "credit_card", "credit_card"):
            gevent.spawn(one.pay, method, Slot(1))
        gevent.sleep(0)
        one._lingering.flush()
        for block, _ in slow.sent:
            made[block.method] += len(block)
        slow.acknowledge()
    assert made == {"digital_wallet": 80, "credit_card": 60, "bank_transfer": 20}
    one.finish()


def test_each_user_has_the_latency_of_its_own(environment, slow):
    one = session(environment, slow, linger_ms=150)
    users = users_of(one, 1)
    gevent.sleep(0.1)  # by which the second comes later: its latency is shorter
    users += users_of(one, 1)
    wait_until(lambda: slow.sent)
    slow.acknowledge()
    gevent.joinall(users, 5)
    latencies = present(one.latencies.percentiles_ms("response"))
    assert latencies["max"] >= 150
    assert latencies["max"] - latencies["p50"] > 50
    one.finish()


@pytest.mark.parametrize("label", [None, "duplicate"])
def test_where_a_part_is_settled_first_its_users_go_on_first(environment, slow, label):
    one = session(environment, slow, linger_ms=20)
    users = [gevent.spawn(one.pay, "credit_card", Slot(2)) for _ in range(3)]
    wait_until(lambda: slow.sent)
    ((block, on_outcome),) = slow.sent
    if label:
        block.ids[1], block.labels[1] = block.ids[0], label
    on_outcome(block.at([0, 2, 3]), ACKED)
    gevent.sleep(0)
    assert [user.dead for user in users] == [False, True, False]
    on_outcome(block.at([1]), SendError("refused"))
    on_outcome(block.at([4, 5]), SendError("lost", unknown=True))
    gevent.joinall(users, 5, raise_error=True)
    counts = one.account().ledger.methods["credit_card"]
    assert (counts.acked, counts.failed, counts.unknown) == (3, 1, 2)
    slow.sent = []
    one.finish()


def test_a_user_that_is_killed_leaves_what_it_began(environment, slow):
    one = session(environment, slow, linger_ms=50)
    users = users_of(one, 4)
    users[0].kill()
    wait_until(lambda: slow.sent)
    slow.acknowledge()
    gevent.joinall(users, 5)
    assert one.account().ledger.generated == 4
    one.finish()


def test_the_end_of_a_run_sends_what_still_waits_for_company(environment, slow):
    one = session(environment, slow, linger_ms=10_000)
    users = users_of(one, 6)
    one.finish()
    gevent.joinall(users, 5, raise_error=True)
    ledger = one.account().ledger
    assert sum(counts.acked for counts in ledger.methods.values()) == ledger.generated == 6


def test_a_reload_sends_what_waits_and_lingers_anew(environment, slow):
    one = session(environment, slow, linger_ms=10_000)
    users_of(one, 2)
    one.reconfigure(Config(), one.slots)
    assert sum(len(block) for block, _ in slow.sent) == 2
    users_of(one, 2)
    assert sum(len(block) for block, _ in slow.sent) == 4, "without linger_ms nobody waits"
    one.reconfigure(Config.model_validate({"output": {"linger_ms": 20}}), one.slots)
    users_of(one, 2)
    assert sum(len(block) for block, _ in slow.sent) == 4
    wait_until(lambda: sum(len(block) for block, _ in slow.sent) == 6)
    one.finish()


def test_a_total_is_handed_out_to_the_last_that_waits(environment, slow):
    one = session(environment, slow, total=25, linger_ms=20)
    users = users_of(one, 10, n=3)
    wait_until(lambda: slow.sent)
    slow.acknowledge()
    gevent.sleep(0)
    assert one.account().ledger.generated == 25
    gevent.killall(users)
    one.finish()
