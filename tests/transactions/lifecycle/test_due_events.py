"""What follows payments in a live run: the same however few are taken at once, and told for many together."""

import random
from collections import Counter
from datetime import datetime
from typing import Any

import numpy as np
import orjson
import pytest

from paysim.transactions.events.draw_buffer import TakenPayments
from paysim.transactions.generator import TransactionGenerator
from paysim.transactions.lifecycle.life_story import Payments
from paysim.transactions.lifecycle.stories import StoryTeller
from tests.support.transactions import RUN, config

START = 1_767_225_600_000  # ms
Event = dict[str, Any]


class Live:
    """A live run with a clock of its own: a day goes by in a second."""

    def __init__(self) -> None:
        self.now = START
        wanted = config(
            lifecycle="full",
            lifecycle_speedup=86_400,
            patterns={"payment_methods": {"credit_card": 1, "cryptocurrency": 1}},
        )
        self.generator = TransactionGenerator(wanted, run=RUN, producer=0, clock=lambda: self.now * 1_000_000)

    def followed(self, size: int) -> list[Event]:
        """All that follows in two months of story time, so many at a time."""
        found: list[Event] = []
        for _ in range(600):
            self.now += 100
            while (batch := self.generator.follow_ups(size)) is not None:
                found += map(orjson.loads, batch.bodies)
        return found


def without_own(event: Event) -> str:
    """What does not depend on when it goes out, nor on what goes out before it."""
    left_out = ("transaction_id", "transaction_timestamp")
    drawn = ("retrieval_reference", "authorization_code")  # the latter for who is approved after all
    details = {k: v for k, v in event["payment_details"].items() if k not in drawn}
    kept = {k: v for k, v in event.items() if k not in left_out} | {"payment_details": details}
    return orjson.dumps(kept, option=orjson.OPT_SORT_KEYS).decode()


@pytest.fixture(scope="module")
def by_size() -> dict[int, list[Event]]:
    found = {}
    for size in (1, 10, 100, 500):
        live = Live()
        for method in ("credit_card", "cryptocurrency"):
            live.generator.batch(method, 400)
        found[size] = live.followed(size)
    return found


@pytest.mark.parametrize("size", [1, 10, 100])
def test_the_same_follows_however_few_are_taken_at_once(by_size: dict[int, list[Event]], size: int):
    # A second attempt is numbered when it goes out, and what follows it is of that number.
    of_second = {e["correlation_id"] for e in by_size[500] if e["transaction_type"] == "retry"}
    one, other = (
        Counter(without_own(event) for event in by_size[each] if event["correlation_id"] not in of_second)
        for each in (size, 500)
    )
    assert len(by_size[500]) > 800
    assert one == other


@pytest.mark.parametrize("size", [1, 10])
def test_payments_begin_alike_one_by_one_and_together(size: int):
    made = []
    for each in (size, 400):
        live = Live()
        for _ in range(400 // each):
            live.generator.batch("credit_card", each)
        made.append(Counter(map(without_own, live.followed(500))))
    assert sum((made[0] - made[1]).values()) < 0.03 * sum(made[0].values()), "all but what follows second attempts"


def test_stories_are_told_for_many_together(monkeypatch: pytest.MonkeyPatch):
    """Turns of one transaction each: how often numpy is started is a matter of blocks, not of turns."""
    told: list[int] = []
    tell = StoryTeller._tell

    def counted(self: StoryTeller, payments: Payments, *, whole: bool) -> Any:
        told.append(len(payments))
        return tell(self, payments, whole=whole)

    live = Live()
    methods = random.Random(1).choices(["credit_card", "cryptocurrency"], k=6_000)
    monkeypatch.setattr(StoryTeller, "_tell", counted)
    followed = 0
    for at, method in enumerate(methods):
        live.now += at % 2  # 2,000 a second
        if live.generator.follow_ups(1) is None:
            live.generator.batch(method, 1)
        else:
            followed += 1
    assert followed > 2_000
    assert len(told) < 6_000 / 25
    assert max(told) <= 1_024, "or a block holds the thread for long"


def test_the_sum_of_what_goes_out_and_what_is_open_is_the_same_at_any_time():
    live = Live()
    live.generator.batch("credit_card", 300)
    opened = live.generator.following
    assert opened is not None
    begun = opened.open
    ended, seen = 0, Counter[str]()
    for _ in range(300):
        live.now += 200
        while (batch := live.generator.follow_ups(7)) is not None:
            seen.update(orjson.loads(body)["transaction_type"] for body in batch.bodies)
        figures = live.generator.following
        assert figures is not None
        assert figures.counts == seen
        assert figures.open <= begun
        ended = begun - figures.open
    assert ended > 0.9 * begun


def test_runs_of_a_batch_are_its_payments_without_the_others():
    rng = random.Random(1)
    for _ in range(300):
        sizes = [(rng.randint(0, 5), rng.randint(1, 6)) for _ in range(rng.randint(1, 3))]
        parts: list[Any] = [(f"draw {at}", start, start + size) for at, (start, size) in enumerate(sizes)]
        flat = [(drawn, position) for drawn, start, stop in parts for position in range(start, stop)]
        order = sorted(rng.sample(range(len(flat)), rng.randint(1, len(flat))))
        taken = TakenPayments(count=len(order), parts=parts, order=np.array(order))
        others = sorted(rng.sample(range(len(order)), rng.randint(0, len(order) // 2)))
        found = [
            (at + i, drawn, position + i) for at, count, drawn, position in taken.runs(others) for i in range(count)
        ]
        assert found == [(at, *flat[which]) for at, which in enumerate(order) if at not in others]


def test_the_network_numbers_them_by_the_hour_in_which_they_go_out(by_size: dict[int, list[Event]]) -> None:
    """Field 37 of ISO 8583 is YDDDHH and a number of the terminal's, of the message and not of the payment's story."""
    for events in by_size.values():
        numbered = [event for event in events if "retrieval_reference" in event["payment_details"]]
        assert len(numbered) > 300
        for event in numbered:
            moment = datetime.fromisoformat(event["transaction_timestamp"])
            assert event["payment_details"]["retrieval_reference"][:6] == f"{moment:%Y%j%H}"[3:]
