"""A session makes, sends and writes down; here with a publisher that acknowledges when it is told to."""

import random

import gevent
import pytest

from paysim.contract.identity import sequence_of
from paysim.loadtest.pacing.slots import Slot
from paysim.loadtest.sending.session import PIECE
from tests.support.present import present
from tests.support.sessions import Slow, session, wait_until

pytestmark = pytest.mark.busy("latencies are measured")


def test_a_large_batch_is_made_in_pieces_between_which_others_run(environment):
    publisher = Slow()
    one = session(environment, publisher)
    user = gevent.spawn(one.pay, "credit_card", Slot(4 * PIECE))
    made = set()

    def is_sent() -> bool:
        made.add(one.account().ledger.generated)
        return bool(publisher.sent)

    wait_until(is_sent)
    assert {PIECE, 2 * PIECE, 3 * PIECE} <= made
    ((block, _),) = publisher.sent
    assert [sequence_of(each) for each in block.ids] == list(range(4 * PIECE))
    publisher.acknowledge()
    user.join(5)
    assert one.account().ledger.methods["credit_card"].acked == 4 * PIECE
    one.finish()


def test_a_user_killed_while_its_batch_is_made_sends_what_was_made(environment):
    publisher = Slow()
    one = session(environment, publisher, total=10 * PIECE)
    user = gevent.spawn(one.pay, "credit_card", Slot(10 * PIECE))
    wait_until(lambda: one.account().ledger.generated)
    user.kill()
    ((block, _),) = publisher.sent
    assert PIECE <= len(block) < 10 * PIECE
    assert one.account().ledger.generated == len(block)
    assert one.budget.take(100_000) == 10 * PIECE - len(block)
    one.finish()


def test_by_key_a_batch_is_made_in_one_go_so_that_nothing_overtakes(environment):
    publisher = Slow()
    one = session(environment, publisher, event_hub={"partition_by": "customer_id"})
    users = [gevent.spawn(one.pay, "credit_card", Slot(n)) for n in (3 * PIECE, 10)]
    wait_until(lambda: len(publisher.sent) == 2)
    sequences = [sequence_of(each) for block, _ in publisher.sent for each in block.ids]
    assert sequences == list(range(3 * PIECE + 10))
    publisher.acknowledge()
    gevent.joinall(users, 5)
    one.finish()


def test_every_transaction_of_a_shared_send_has_its_own_latency(environment):
    publisher = Slow()
    one = session(environment, publisher)
    users = []
    for _ in range(3):
        users.append(gevent.spawn(one.pay, random.choice(["credit_card", "debit_card"]), Slot(1)))
        gevent.sleep(0.05)  # by which each waits longer than the next
    publisher.acknowledge()
    gevent.joinall(users, 5)
    one.finish()
    latencies = present(one.latencies.percentiles_ms("response"))
    assert environment.stats.total.num_requests == 3
    assert latencies["max"] > 100
    assert 50 < latencies["p50"] < latencies["max"]
    assert environment.stats.total.min_response_time < 100
