"""The configured share of refunds holds beside scenarios: none takes the place of a refund, and what they take of the
payments is made up for."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

import paysim.publishers.destinations  # noqa: F401  (the output that configurations name)
from paysim.transactions.dataset import generate
from paysim.transactions.reach import REFUNDED
from tests.support.margins import METHODS
from tests.support.transactions import config, make

START = datetime(2026, 1, 1, tzinfo=UTC)
WINDOW = {"mode": "replay", "start": START, "end": START + timedelta(days=60)}
STATUSES = {"completed": 0.8, "pending": 0.03, "failed": 0.06, "cancelled": 0.01, "refunded": 0.1}
MANY = {"negative_amount": 0.08, "card_testing": 0.06, "reused_id": 0.06}
TOTAL = 30_000
NEARLY = 0.06  # of it
"""Three standard deviations of 3,000 refunds. What scenarios take is a fifth."""


def replayed(**transaction: Any) -> Iterator[bytes]:
    patterns = {"payment_methods": METHODS, "payment_status": STATUSES}
    wanted = {"patterns": patterns, "timestamps": WINDOW, "volume": {"total": TOTAL}, "violations": MANY, **transaction}
    plan = generate.plan(config(**wanted), seed=3)
    return (row.body for rows in generate.slices(plan) for row in rows)


def live() -> Iterator[bytes]:
    generator = make(patterns={"payment_methods": METHODS, "payment_status": STATUSES}, violations=MANY)
    for method, share in METHODS.items():
        for _ in range(round(share * TOTAL / 100)):
            yield from generator.batch(method, 100).bodies


def types(bodies: Iterator[bytes]) -> Counter[str]:
    return Counter(orjson.loads(body)["transaction_type"] for body in bodies)


@pytest.mark.parametrize("sent", [live, replayed])
def test_refunds_have_their_share_of_all_beside_scenarios(sent):
    found = types(sent())
    assert found["refund"] / found.total() == pytest.approx(0.1, rel=NEARLY)


def test_refunds_that_follow_have_their_share_of_what_begins_and_of_themselves():
    found = types(replayed(lifecycle="full"))
    begun = found["payment"] + found["authorization"]
    assert found["refund"] / (begun + found["refund"]) == pytest.approx(0.1, rel=0.1)  # 1,500 of them


@pytest.mark.parametrize(("refunded", "is_reached"), [(0.1, True), (0.4, False)])
def test_a_share_of_refunds_that_the_window_has_no_payments_for_is_told(refunded, is_reached):
    statuses = {"completed": 0.9 - refunded, "failed": 0.1, "refunded": refunded}
    violations = {"negative_amount": 0.3}
    generator = make(
        patterns={"payment_status": statuses}, violations=violations, timestamps=WINDOW, volume={"total": TOTAL}
    )
    short = generator.shortfalls
    assert (REFUNDED not in short) is is_reached
    assert is_reached or short[REFUNDED].possible < 0.4 == pytest.approx(short[REFUNDED].asked)
    generator.let_go()
    assert generator.shortfalls == short
