"""`lifecycle: full` with a total over several workers: one joins late, one dies, and the total and the figures hold."""

from collections import Counter
from typing import Any

import gevent
import orjson
import pytest
from locust.env import Environment

from paysim.contract.identity import sequence_of
from paysim.loadtest.cluster.budget import LeasedBudget, Standing
from paysim.loadtest.cluster.leases import LeaseBook
from paysim.loadtest.pacing.slots import ClosedSlots, Slot
from paysim.loadtest.report import summary
from paysim.loadtest.sending.account import Account
from paysim.loadtest.sending.session import Session
from paysim.loadtest.sending.statistics import Statistics
from paysim.publishers.base import OnOutcome, Part
from paysim.transactions.batch import Batch
from paysim.transactions.dataset.lifecycle_rules import Checker
from paysim.transactions.generator import TransactionGenerator
from tests.support.accounts import facts
from tests.support.sessions import ACKED, Slow
from tests.support.transactions import MOMENT, RUN, config

TOTAL, BATCH = 3000, 20
STEP = 400_000_000  # ns
METHODS = ("credit_card", "bank_transfer", "digital_wallet")


class Prompt(Slow):
    """Acknowledges at once, and keeps what it was sent."""

    def __init__(self) -> None:
        super().__init__()
        self.batches: list[Batch] = []

    def send(self, batch: Batch, on_outcome: OnOutcome) -> None:
        self.send_together([(batch, on_outcome)])

    def send_together(self, parts: list[Part]) -> None:
        for batch, on_outcome in parts:
            self.batches.append(batch)
            on_outcome(batch, ACKED)


class Master:
    """The book of leases, and workers that it hears of as they join."""

    def __init__(self, environment: Environment) -> None:
        self.environment, self.book, self.now = environment, LeaseBook(TOTAL), MOMENT
        self.sessions: dict[str, Session] = {}
        self.publishers: dict[str, Prompt] = {}

    def join(self, producer: int) -> None:
        name = f"worker{producer}"
        wanted = config(
            lifecycle="full",
            lifecycle_speedup=200_000,
            patterns={"payment_methods": dict.fromkeys(METHODS, 1)},
        )
        generator = TransactionGenerator(wanted, run=RUN, producer=producer, clock=lambda: self.now)
        budget = LeasedBudget(lambda standing: gevent.spawn(self._told, name, standing), BATCH)
        publisher = self.publishers[name] = Prompt()
        statistics = Statistics(self.environment, "EVENTHUB", "LOCAL HUB", event_per_transaction=False)
        slots = ClosedSlots(BATCH, None, None)
        self.sessions[name] = Session(
            generator, RUN, producer, publisher, statistics, slots, budget, lambda: None, linger=0
        )

    def _told(self, name: str, standing: Standing) -> None:
        for worker, n in self.book.told(name, standing).items():
            budget = self.sessions[worker].budget
            assert isinstance(budget, LeasedBudget)
            budget.granted(n)

    def finish(self) -> None:
        """Rounds until all is over."""
        for _ in range(500):
            if self.is_over:
                return
            self.round()
        raise AssertionError("it does not end")

    def round(self) -> None:
        """A while passes, and one user of each worker pays by each method."""
        self.now += STEP
        for session in list(self.sessions.values()):
            for method in METHODS:
                user = gevent.spawn(session.pay, method, Slot(BATCH))
                gevent.sleep(0)
                user.join(0.02)  # one that finds the total handed out waits for the end of the run
                user.kill()

    def die(self, name: str, reported: Account) -> None:
        del self.sessions[name]
        for worker, n in self.book.lost(name, reported.ledger.generated).items():
            budget = self.sessions[worker].budget
            assert isinstance(budget, LeasedBudget)
            budget.granted(n)

    @property
    def is_over(self) -> bool:
        return self.book.all_handed_out(self.sessions)


@pytest.fixture
def master(environment: Environment, monkeypatch: pytest.MonkeyPatch) -> Master:
    """Leases go by its clock too: how large they are is no matter of the machine."""
    found = Master(environment)
    monkeypatch.setattr("paysim.loadtest.cluster.budget.perf_counter", lambda: found.now / 1e9)
    return found


def sent(publisher: Prompt) -> list[dict[str, Any]]:
    return [orjson.loads(body) for batch in publisher.batches for body in batch.bodies]


@pytest.mark.parametrize("workers", [1, 3])
def test_the_total_and_the_figures_hold_over_workers(master: Master, workers: int) -> None:
    for producer in range(workers):
        master.join(producer)
    master.finish()
    accounts = [session.account() for session in master.sessions.values()]
    made = summary.make(facts(workers=workers), accounts)
    events = [event for publisher in master.publishers.values() for event in sent(publisher)]
    assert made.transactions.generated == made.transactions.acked == len(events) == TOTAL
    types = Counter(e["transaction_type"] for e in events if "original_transaction_id" in e)
    assert made.follow_ups is not None
    assert made.follow_ups.by_type == dict(sorted(types.items()))
    assert types["settlement"] > 50
    for publisher in master.publishers.values():
        require_explained(publisher)


def test_one_that_joins_late_and_one_that_dies(master: Master) -> None:
    master.join(0)
    master.join(1)
    for _ in range(12):
        master.round()
    master.join(2)
    reported = master.sessions["worker1"].account()  # its last report
    reported.silent = True
    for _ in range(2):
        master.round()
    master.die("worker1", reported)
    master.finish()
    living = [session.account() for session in master.sessions.values()]
    made = summary.make(facts(workers=3), [*living, reported])
    assert made.transactions.generated == TOTAL  # as reported; what the dead one sent after that comes on top
    events = [event for publisher in master.publishers.values() for event in sent(publisher)]
    assert TOTAL < len(events) <= TOTAL + master.book.surplus
    assert made.follow_ups is not None and reported.follow_ups is not None
    assert made.follow_ups.open_of_silent == reported.follow_ups.open > 0
    told = Counter(made.follow_ups.by_type)
    seen = Counter(e["transaction_type"] for e in events if "original_transaction_id" in e)
    assert told <= seen
    for publisher in master.publishers.values():
        require_explained(publisher)
    assert all(account.ledger.generated > 300 for account in living)


def require_explained(publisher: Prompt) -> None:
    """Numbers of a worker have no gap, and its events keep the rules: they follow its own payments only."""
    numbers = [sequence_of(id_) for batch in publisher.batches for id_ in batch.ids]
    assert sorted(numbers) == list(range(len(numbers)))
    order = sorted(zip(numbers, sent(publisher), strict=True), key=lambda pair: pair[0])
    checker = Checker()
    for _, event in order:
        checker.check(event)
    assert not checker.found.broken, checker.found.examples
