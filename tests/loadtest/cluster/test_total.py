"""Exactly N: leases of a total, over workers of different speeds, in any order of messages."""

import random
from collections import deque

import gevent
import pytest

from paysim.loadtest.cluster.budget import Budget, LeasedBudget, Standing, TotalBudget
from paysim.loadtest.cluster.leases import LeaseBook


def test_without_a_total_everything_is_granted():
    budget = Budget()
    assert budget.take(5000) == 5000
    budget.close()
    assert not budget.exhausted


def test_a_total_is_handed_out_to_the_last_one_and_no_further():
    budget = TotalBudget(250)
    assert [budget.take(100) for _ in range(4)] == [100, 100, 50, 0]
    assert budget.exhausted


def test_a_closed_total_grants_nothing():
    budget = TotalBudget(250)
    budget.close()
    assert budget.take(1) == 0


class Cluster:
    """A master and workers whose messages arrive in order, but late and interleaved at random."""

    def __init__(self, total: int, workers: int, seed: int) -> None:
        self.rng = random.Random(seed)
        self.book = LeaseBook(total)
        self.up: dict[str, deque] = {}
        self.down: dict[str, deque] = {}
        self.budgets: dict[str, LeasedBudget] = {}
        self.handed_out: dict[str, int] = {}
        for number in range(workers):
            name = f"worker{number}"
            self.up[name], self.down[name] = deque(), deque()
            self.budgets[name] = LeasedBudget(self.up[name].append, batch_size=self.rng.choice([3, 40, 500]))
            self.handed_out[name] = 0

    def grant(self, grants):
        for worker, n in grants.items():
            if worker in self.down:
                self.down[worker].append(n)

    def step(self) -> None:
        """One message arrives somewhere."""
        queues = [("up", name) for name, q in self.up.items() if q] + [("down", n) for n, q in self.down.items() if q]
        if not queues:
            return
        way, name = self.rng.choice(queues)
        if way == "up":
            self.grant(self.book.told(name, self.up[name].popleft()))
        else:
            self.budgets[name].granted(self.down[name].popleft())

    def user(self, name: str, pause: float) -> None:
        while n := self.budgets[name].take(self.rng.randrange(1, 20)):
            self.handed_out[name] += n
            gevent.sleep(pause)

    def lose(self, name: str, reported: int) -> None:
        for side in (self.up, self.down, self.budgets):
            del side[name]
        self.grant(self.book.lost(name, reported))


@pytest.mark.parametrize("seed", range(30))
def test_workers_of_any_speed_hand_out_the_total_exactly(seed):
    cluster = Cluster(total=3000, workers=3, seed=seed)
    users = [gevent.spawn(cluster.user, name, 0) for name in cluster.budgets for _ in range(3)]
    for _ in range(100_000):
        gevent.sleep(0)
        cluster.step()
        if cluster.book.all_handed_out(cluster.budgets):
            break
    assert sum(cluster.handed_out.values()) == 3000
    for budget in cluster.budgets.values():
        budget.close()
    gevent.joinall(users, timeout=5, raise_error=True)
    assert sum(cluster.handed_out.values()) == 3000


@pytest.mark.parametrize("seed", range(30))
def test_the_rest_of_a_lost_worker_is_handed_out_again_and_the_surplus_is_known(seed):
    cluster = Cluster(total=3000, workers=3, seed=seed)
    users = [gevent.spawn(cluster.user, name, 0) for name in cluster.budgets for _ in range(3)]
    reported = 0
    for step in range(100_000):
        gevent.sleep(0)
        cluster.step()
        if step == 20:
            reported = cluster.handed_out["worker1"]
        if step == 40:
            gevent.killall(users[3:6])
            cluster.lose("worker1", reported)
        if step > 40 and cluster.book.all_handed_out(cluster.budgets):
            break
    done = sum(cluster.handed_out.values())
    assert 3000 <= done <= 3000 + cluster.book.surplus
    assert done == 3000 + cluster.handed_out["worker1"] - reported


def test_a_worker_without_users_gives_back_what_it_holds():
    cluster = Cluster(total=100, workers=2, seed=1)
    cluster.budgets["worker0"] = LeasedBudget(cluster.up["worker0"].append, batch_size=40)
    idle = gevent.spawn(cluster.budgets["worker0"].take, 10)
    for _ in range(20):
        gevent.sleep(0)
        cluster.step()
    assert idle.value == 10
    cluster.budgets["worker0"].give_back()
    busy = gevent.spawn(cluster.user, "worker1", 0)
    for _ in range(1000):
        gevent.sleep(0)
        cluster.step()
    assert cluster.handed_out["worker1"] == 90
    assert cluster.book.all_handed_out(cluster.budgets)
    cluster.budgets["worker1"].close()
    busy.join(timeout=5)


def test_a_grant_on_its_way_keeps_the_run_from_ending():
    book = LeaseBook(10)
    told: list[Standing] = []
    budget = LeasedBudget(told.append, batch_size=5)
    waiting = gevent.spawn(budget.take, 5)
    gevent.sleep(0)
    assert book.told("w", told.pop()) == {"w": 5}
    budget.granted(5)
    gevent.sleep(0)
    assert waiting.value == 5
    assert book.told("w", told.pop()) == {"w": 5}
    assert not book.all_handed_out(["w"])


def test_a_worker_that_was_given_up_and_comes_back_does_not_keep_the_run_from_ending():
    book = LeaseBook(100)
    assert book.told("slow", Standing(held=0, left=0, want=60)) == {"slow": 60}
    assert book.told("other", Standing(held=0, left=0, want=60)) == {"other": 40}
    assert book.lost("slow", handed_out=10) == {}
    assert book.surplus == 50
    assert book.told("other", Standing(held=40, left=0, want=60)) == {"other": 50}
    assert book.told("slow", Standing(held=60, left=30, want=0)) == {}
    assert not book.all_handed_out(["slow", "other"])
    book.told("slow", Standing(held=60, left=0, want=60))
    book.told("other", Standing(held=90, left=0, want=60))
    assert book.all_handed_out(["slow", "other"])
