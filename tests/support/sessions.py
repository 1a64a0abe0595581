"""A session whose publisher acknowledges when it is told to, for tests of what a session does meanwhile."""

import time
from collections.abc import Callable
from typing import Any

import gevent
from locust.env import Environment

from paysim.config.schema import Config
from paysim.contract.identity import Run
from paysim.eventhub.hub_identity import HubIdentity
from paysim.loadtest.cluster.budget import TotalBudget
from paysim.loadtest.pacing.slots import ClosedSlots
from paysim.loadtest.sending.session import Session
from paysim.loadtest.sending.statistics import Statistics
from paysim.publishers.base import Acknowledgement, OnOutcome, Part, Publisher, PublisherFigures
from paysim.transactions.batch import Batch
from paysim.transactions.generator import TransactionGenerator

ACKED = Acknowledgement(0.001)


class Slow:
    """A publisher whose sends wait for `acknowledge`. sends: how many batches each had."""

    target = "here"
    figures = PublisherFigures()
    identity: HubIdentity | None = None

    def __init__(self) -> None:
        self.sent: list[Part] = []
        self.sends: list[int] = []

    def open(self) -> None: ...

    def begin(self, run: Run, producer: int, producers: int) -> None: ...

    def close(self) -> None: ...

    def send(self, batch: Batch, on_outcome: OnOutcome) -> None:
        self.send_together([(batch, on_outcome)])

    def send_together(self, parts: list[Part]) -> None:
        self.sent += parts
        self.sends.append(len(parts))

    def acknowledge(self) -> None:
        sent, self.sent = self.sent, []
        for batch, on_outcome in sent:
            on_outcome(batch, ACKED)

    def drain(self, timeout: float) -> None:
        self.acknowledge()


def session(environment: Environment, publisher: Publisher, total: int = 100_000, **output: Any) -> Session:
    population = {"customers": 200, "merchants": 50}
    config = Config.model_validate({"seed": 1, "output": output, "transaction": {"population": population}})
    run = Run.at(1_767_225_600, 1)
    generator = TransactionGenerator(config, run=run, producer=0)
    statistics = Statistics(environment, "EVENTHUB", "LOCAL HUB", event_per_transaction=False)
    slots = ClosedSlots(100, None, None)
    budget = TotalBudget(total)
    return Session(
        generator, run, 0, publisher, statistics, slots, budget, lambda: None, config.output.linger_ms / 1000
    )


def wait_until(condition: Callable[[], object], timeout: float = 30) -> None:
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline
        gevent.sleep(0)
