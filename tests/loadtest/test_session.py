"""A session makes, sends and writes down; here with a publisher that acknowledges when it is told to."""

import random
import time

import gevent
import pytest
from locust.env import Environment

from paysim.config.schema import Config
from paysim.loadtest.budget import TotalBudget
from paysim.loadtest.session import PIECE, Session
from paysim.loadtest.statistics import Statistics
from paysim.loadtest.turns import ClosedTurns, Turn
from paysim.publishers.base import Acknowledgement, PublisherFigures
from paysim.transactions.generator import TransactionGenerator
from paysim.transactions.identity import Run, sequence_of


class Waiting:
    """A publisher whose sends wait for `acknowledge`."""

    request_type = "EVENTHUB"
    target = "here"
    figures = PublisherFigures()

    def __init__(self):
        self.sent = []

    def send(self, block, settle):
        self.sent.append((block, settle))

    def acknowledge(self):
        sent, self.sent = self.sent, []
        outcome = Acknowledgement(0.001)
        for block, settle in sent:
            settle(block, outcome)

    def drain(self, timeout):
        self.acknowledge()


@pytest.fixture
def environment():
    environment = Environment()
    environment.create_local_runner()
    yield environment
    environment.runner.quit()


def session(environment, publisher, total=100_000, **output):
    config = Config.model_validate({"seed": 1, "output": output})
    run = Run.at(1_767_225_600, 1)
    generator = TransactionGenerator(config, run=run, producer=0)
    statistics = Statistics(environment, "EVENTHUB", event_per_transaction=False)
    turns = ClosedTurns(100, None, None)
    return Session(generator, run, 0, publisher, statistics, turns, TotalBudget(total), lambda: None)


def wait_until(condition, timeout=30):
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline
        gevent.sleep(0)


def test_a_large_batch_is_made_in_pieces_between_which_others_run(environment):
    publisher = Waiting()
    one = session(environment, publisher)
    user = gevent.spawn(one.pay, "credit_card", Turn(4 * PIECE))
    made = set()
    wait_until(lambda: made.add(one.account()["ledger"]["generated"]) or publisher.sent)
    assert {PIECE, 2 * PIECE, 3 * PIECE} <= made
    ((block, _),) = publisher.sent
    assert [sequence_of(each) for each in block.ids] == list(range(4 * PIECE))
    publisher.acknowledge()
    user.join(5)
    assert one.account()["ledger"]["methods"]["credit_card"]["acked"] == 4 * PIECE
    one.finish()


def test_a_user_killed_while_its_batch_is_made_sends_what_was_made(environment):
    publisher = Waiting()
    one = session(environment, publisher, total=10 * PIECE)
    user = gevent.spawn(one.pay, "credit_card", Turn(10 * PIECE))
    wait_until(lambda: one.account()["ledger"]["generated"])
    user.kill()
    ((block, _),) = publisher.sent
    assert PIECE <= len(block) < 10 * PIECE
    assert one.account()["ledger"]["generated"] == len(block)
    assert one.budget.take(100_000) == 10 * PIECE - len(block)
    one.finish()


def test_by_key_a_batch_is_made_in_one_go_so_that_nothing_overtakes(environment):
    publisher = Waiting()
    one = session(environment, publisher, event_hub={"partition_by": "customer_id"})
    users = [gevent.spawn(one.pay, "credit_card", Turn(n)) for n in (3 * PIECE, 10)]
    wait_until(lambda: len(publisher.sent) == 2)
    sequences = [sequence_of(each) for block, _ in publisher.sent for each in block.ids]
    assert sequences == list(range(3 * PIECE + 10))
    publisher.acknowledge()
    gevent.joinall(users, 5)
    one.finish()


def test_every_transaction_of_a_shared_send_has_its_own_latency(environment):
    publisher = Waiting()
    one = session(environment, publisher)
    users = []
    for _ in range(3):
        users.append(gevent.spawn(one.pay, random.choice(["credit_card", "debit_card"]), Turn(1)))
        gevent.sleep(0.05)
    publisher.acknowledge()
    gevent.joinall(users, 5)
    one.finish()
    latencies = one.latencies.percentiles_ms("response")
    assert environment.stats.total.num_requests == 3
    assert latencies["max"] > 100
    assert 50 < latencies["p50"] < latencies["max"]
    assert environment.stats.total.min_response_time < 100
