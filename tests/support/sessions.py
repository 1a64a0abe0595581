"""A session whose publisher acknowledges when it is told to, for tests of what a session does meanwhile."""

import time

import gevent

from paysim.config.schema import Config
from paysim.contract.identity import Run
from paysim.loadtest.cluster.budget import TotalBudget
from paysim.loadtest.pacing.slots import ClosedSlots
from paysim.loadtest.sending.session import Session
from paysim.loadtest.sending.statistics import Statistics
from paysim.publishers.base import Acknowledgement, PublisherFigures
from paysim.transactions.generator import TransactionGenerator

ACKED = Acknowledgement(0.001)


class Slow:
    """A publisher whose sends wait for `acknowledge`. sends: how many batches each had."""

    target = "here"
    figures = PublisherFigures()

    def __init__(self):
        self.sent = []
        self.sends = []

    def send(self, batch, on_outcome):
        self.send_together([(batch, on_outcome)])

    def send_together(self, parts):
        self.sent += parts
        self.sends.append(len(parts))

    def acknowledge(self):
        sent, self.sent = self.sent, []
        for batch, on_outcome in sent:
            on_outcome(batch, ACKED)

    def drain(self, timeout):
        self.acknowledge()


def session(environment, publisher, total=100_000, **output):
    config = Config.model_validate({"seed": 1, "output": output})
    run = Run.at(1_767_225_600, 1)
    generator = TransactionGenerator(config, run=run, producer=0)
    statistics = Statistics(environment, "EVENTHUB", "LOCAL HUB", event_per_transaction=False)
    turns = ClosedSlots(100, None, None)
    budget = TotalBudget(total)
    return Session(
        generator, run, 0, publisher, statistics, turns, budget, lambda: None, config.output.linger_ms / 1000
    )


def wait_until(condition, timeout=30):
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline
        gevent.sleep(0)
