"""Terminals with a wrong clock: all their payments are off by the same, for every method and worker, and no others'."""

from collections import Counter, defaultdict
from datetime import datetime
from typing import Any

import orjson
import pytest
from pydantic import ValidationError

from paysim.contract.model import Transaction
from paysim.transactions.dataset import generate
from paysim.transactions.generator import TransactionGenerator
from paysim.transactions.scenarios.clocks import Clocks
from tests.support.transactions import MOMENT, RUN, config, make

WEEK = {"mode": "replay", "start": "2026-03-01T00:00:00Z", "end": "2026-03-08T00:00:00Z"}
SHARE = {"clock_skew": 0.03}
Terminal = tuple[str, str, float]


def terminal(event: dict[str, Any]) -> Terminal:
    return event["merchant_id"], event["location"]["city"], event["location"]["latitude"]


def skew(event: dict[str, Any], sent_ms: int) -> float:
    """Seconds by which its time is ahead of when it was sent."""
    return datetime.fromisoformat(event["transaction_timestamp"]).timestamp() - sent_ms / 1000


def off(generator: TransactionGenerator, batches: int = 60) -> tuple[dict[Terminal, set[float]], set[Terminal]]:
    """Of a live run: terminals with a label and the skews of their payments; terminals of payments without one."""
    found, others = defaultdict(set), set()
    for method in ("credit_card", "debit_card", "digital_wallet"):
        for _ in range(batches):
            batch = generator.batch(method, 100)
            for at, body in enumerate(batch.bodies):
                event = orjson.loads(body)
                if event["channel"] != "pos" or event["transaction_type"] == "refund":
                    assert at not in batch.labels
                elif at in batch.labels:
                    found[terminal(event)].add(round(skew(event, MOMENT // 1_000_000), 3))
                    Transaction.model_validate(event)
                else:
                    others.add(terminal(event))
    return found, others


def test_all_payments_at_a_terminal_are_off_by_the_same_minutes_and_no_others() -> None:
    found, others = off(make(violations=SHARE))
    assert len(found) > 20 and not found.keys() & others
    for skews in found.values():
        [one] = skews
        assert 120 <= abs(one) <= 540
    assert {one > 0 for [one] in found.values()} == {True, False}


def test_they_are_the_same_on_every_worker() -> None:
    (one, plain), (other, _) = (off(make(violations=SHARE, producer=number)) for number in (0, 1))
    assert one.keys() & other.keys()
    assert all(one[place] == other[place] for place in one.keys() & other.keys())
    assert not other.keys() & plain


def test_in_a_data_set_they_stand_where_they_came_and_have_one_episode() -> None:
    plan = generate.plan(config(violations=SHARE, timestamps=WEEK, volume={"total": 30_000}), seed=3)
    episodes, counts = defaultdict(set), Counter[bool]()
    for rows in generate.slices(plan):
        for row in rows:
            event = orjson.loads(row.body)
            seconds = skew(event, row.time)
            assert (abs(seconds) > 1) == (row.label == "clock_skew")
            counts[row.label is not None] += 1
            if row.part is not None:
                episodes[terminal(event)].add(row.part)
    assert len(episodes) > 100
    for parts in episodes.values():
        [part] = parts
        assert part.role == "terminal"
    # Whole terminals are bad, and a few of them sell much.
    assert 0.4 * 900 < counts[True] < 1.8 * 900


def test_it_takes_payments_at_a_terminal() -> None:
    shares = {"web": 0.99, "pos": 0.01}
    with pytest.raises(
        ValidationError, match=r"clock_skew: needs payments at a terminal, and they are only 0.01 of all"
    ):
        config(violations=SHARE, patterns={"channels": shares})


def test_what_did_not_go_out_names_no_episode() -> None:
    clocks, (first, second) = Clocks(), (number.to_bytes(16, "big") for number in (3, 8))
    place = {"merchant_id": "m", "location.city": "c", "location.latitude": 1.0}
    assert clocks.part(place, first, "terminal") == clocks.part(place, second, "terminal")
    clocks.forget(3)
    part = clocks.part(place, second, "terminal")
    assert part is not None and part.episode == second


def test_it_can_be_switched_on_while_a_run_is_on() -> None:
    generator = TransactionGenerator(config(), run=RUN, producer=0, clock=lambda: MOMENT)
    assert not off(generator, 5)[0]
    generator.reconfigure(config(violations=SHARE))
    assert off(generator)[0]
