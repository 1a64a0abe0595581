"""Who pays next: margins to the last payment in expectation, and nobody sooner than after a round."""

import math
import random
import re
from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from scipy import stats

from paysim.contract.methods import PAYMENT_METHODS
from paysim.loadtest.pacing.deck import Deck
from paysim.transactions.behaviour.mix.joint_table import METHOD
from paysim.transactions.behaviour.payers import Walk, Weighted
from paysim.transactions.generator import TransactionGenerator
from paysim.transactions.methods.base import METHODS
from paysim.transactions.world.active import PopulationStore, World
from tests.support.transactions import MOMENT, RUN, config, make

pytestmark = pytest.mark.usefixtures("unmeasured")

ALARM = 1e-6
PURCHASE = re.compile(rb'"amount":([0-9.e]+),.*"customer_id":"(?P<who>.{12})".*"merchant_id":"(.{12})"')
SHARES = {"credit_card": 0.5, "debit_card": 0.3, "bank_transfer": 0.1, "digital_wallet": 0.08, "cryptocurrency": 0.02}

PATTERNS = {"payment_methods": SHARES}


def walk_of(world: World, seed: int = 1) -> Walk:
    return Walk(world.payers, world.table.margin(METHOD), world.persons.uniform("phase"), np.random.default_rng(seed))


def world_of(customers: int, **patterns: Any) -> World:
    patterns = {"payment_methods": SHARES, **patterns}
    return World(PopulationStore(5), config(population={"customers": customers}, patterns=patterns).transaction)


@pytest.mark.parametrize("batch", [10, 700])
def test_payers_of_each_method_are_of_each_country_as_often_as_the_fit_says(batch: int) -> None:
    world = world_of(20_000)
    walk, order = walk_of(world), np.random.default_rng(2)
    found = {method: np.zeros(len(world.country), int) for method in SHARES}
    for method in order.choice(list(SHARES), 150_000 // batch, p=list(SHARES.values())):
        np.add.at(found[method], walk.take(METHODS.names.index(method), batch, 0), 1)
    for method, counts in found.items():
        weights = world.payers.of(method)
        expected = np.bincount(world.country, weights)
        made = np.bincount(world.country, counts, minlength=len(expected))
        there = expected > 0
        assert stats.chisquare(made[there], expected[there] / expected.sum() * counts.sum()).pvalue > ALARM
        assert not counts[weights == 0].any()
    every = np.sum(list(found.values()), axis=0)
    busier = world.activity > np.median(world.activity)
    assert every[busier].mean() / every[~busier].mean() == pytest.approx(
        world.activity[busier].mean() / world.activity[~busier].mean(), rel=0.05
    )


def test_a_rare_method_is_paid_by_those_who_have_it_and_not_twice_by_one() -> None:
    world = world_of(100_000, payment_methods={**SHARES, "cryptocurrency": 0.001})
    walk, crypto = walk_of(world), METHODS.names.index("cryptocurrency")
    held = world.held[:, crypto]
    before = walk.front
    taken = walk.take(crypto, 100, 0)
    assert held[taken].all()
    assert len(set(taken.tolist())) == 100
    assert walk.front - before <= 16 * 2048  # no call goes on for long
    near = walk.take(METHODS.names.index("credit_card"), 500, 0)
    assert not set(near.tolist()) & set(taken.tolist())


def test_whoever_draws_by_weight_gets_what_is_expected_give_or_take_one() -> None:
    weights = np.array([0.5, 3.2, 0.0, 1.3, 5.0])
    payers = Weighted(weights, np.zeros(5, int), np.random.default_rng(3))
    payers.narrow(np.ones(1), 1000)
    pieces = [payers.take(count, 0) for count in (300, 1, 699)]
    counts = np.bincount(np.concatenate(pieces), minlength=5)
    assert np.all(np.abs(counts - weights * 100) <= 1)


class Live:
    """A live run at 1,000/s by the deck, with a clock of its own."""

    def __init__(self, batch: int, rate: float = 1000, **transaction: Any) -> None:
        self.now, self._step, self._batch = MOMENT, round(batch / rate * 1e9), batch
        self.generator = TransactionGenerator(
            config(population={}, patterns={"payment_methods": SHARES}, **transaction),
            run=RUN,
            producer=0,
            clock=lambda: self.now,
        )

    def payments(self, count: int) -> Iterator[tuple[bytes, int]]:
        """customer_id and milliseconds of each but refunds and second attempts of what was declined."""
        declined = set()
        deck = Deck(SHARES, random.Random(4))
        for _ in range(count // self._batch):
            for body in self.generator.batch(deck.deal(), self._batch).bodies:
                if b'"transaction_type":"payment"' in body:
                    found = PURCHASE.search(body)
                    assert found is not None
                    if found.groups() not in declined:
                        yield found["who"], self.now // 10**6
                    if b'"payment_status":"failed"' in body:
                        declined.add(found.groups())
            self.now += self._step


def busiest_and_gap(payments: Iterator[tuple[bytes, int]]) -> tuple[int, float]:
    times = defaultdict(list)
    for customer, moment in payments:
        times[customer].append(moment)
    gaps = [b - a for of in times.values() for a, b in pairwise(of)]
    return max(map(len, times.values())), min(gaps, default=math.inf) / 1000


def test_in_ten_minutes_at_a_thousand_a_second_nobody_pays_more_than_six_times_or_twice_within_20_s() -> None:
    world = World(PopulationStore(5), config(population={}, patterns=PATTERNS).transaction)
    walk, deck, batch = walk_of(world), Deck(SHARES, random.Random(4)), 500
    taken = [walk.take(METHODS.names.index(deck.deal()), batch, at * batch) for at in range(600_000 // batch)]
    times, people = np.repeat(np.arange(len(taken)) * batch, batch), np.concatenate(taken)
    order = np.lexsort((times, people))
    again = np.diff(people[order]) == 0
    assert np.bincount(people).max() <= 6
    assert np.diff(times[order])[again].min() >= 20_000
    assert walk.figures.most <= 6 and walk.figures.least_gap is not None and walk.figures.least_gap >= 20_000


@pytest.mark.parametrize(
    ("batch", "total"),
    [(500, 60_000), *(pytest.param(batch, 600_000, marks=pytest.mark.long) for batch in (500, 100))],
)
def test_the_events_of_a_live_run_are_of_those_people(batch: int, total: int) -> None:
    live = Live(batch)
    most, gap = busiest_and_gap(live.payments(total))
    assert most <= 6
    assert gap >= 20
    figures = live.generator.visits
    assert figures is not None
    assert figures.most <= 6 and (figures.least_gap is None or figures.least_gap >= 20_000)


def test_people_too_few_for_the_rate_are_seen() -> None:
    live = Live(100)
    live.generator = TransactionGenerator(
        config(population={"customers": 5_000}, patterns={"payment_methods": SHARES}),
        run=RUN,
        producer=0,
        clock=lambda: live.now,
    )
    most, gap = busiest_and_gap(live.payments(60_000))
    assert most > 6
    assert gap < 20
    figures = live.generator.visits
    assert figures is not None and figures.most > 6 and figures.least_gap is not None and figures.least_gap < 20_000


def test_by_key_no_partition_gets_more_than_its_share_for_one_persons_sake() -> None:
    counts: dict[int, int] = defaultdict(int)
    generator = make(population={"customers": 20_000}, output={"event_hub": {"partition_by": "customer_id"}})
    for _ in range(40):
        for key in generator.batch("credit_card", 500).keys or ():
            counts[hash_of(key) % 32] += 1
    assert max(counts.values()) / (sum(counts.values()) / 32) < 1.3


def hash_of(key: str) -> int:
    value = 0
    for char in key.encode():
        value = (value * 31 + char) % 2**32
    return value


def test_a_reload_goes_on_with_the_walk() -> None:
    generator = make(population={"customers": 20_000}, patterns={"payment_methods": SHARES})
    for _ in range(10):
        generator.batch("credit_card", 500)
    before = generator.visits
    assert before is not None and before.most == 1  # nobody twice yet
    generator.reconfigure(config(population={"customers": 20_000}, patterns={"payment_methods": {"credit_card": 1}}))
    for _ in range(5):
        generator.batch("credit_card", 500)
    after = generator.visits
    assert after is not None and after.most == 1  # it did not begin again where it had begun


def test_a_method_that_is_asked_for_without_weight_is_paid_by_all() -> None:
    world = world_of(5_000, payment_methods={"credit_card": 1})
    taken = walk_of(world).take(METHODS.names.index("bank_transfer"), 300, 0)
    assert len(set(taken.tolist())) == 300
    assert set(PAYMENT_METHODS) == set(METHODS)
