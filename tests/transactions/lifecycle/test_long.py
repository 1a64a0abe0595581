"""A million events of three months keep to every rule, and their rates and delays are those of the facts."""

import math
from collections import defaultdict
from datetime import datetime
from itertools import chain
from typing import Any

import numpy as np
import orjson
import pytest

from paysim.facts import lifecycle, refunds
from paysim.transactions.dataset import generate as dataset
from paysim.transactions.dataset.lifecycle_rules import Checker
from paysim.transactions.generator import TransactionGenerator
from tests.support.transactions import config

pytestmark = [pytest.mark.long, pytest.mark.timeout(1800)]

TOTAL = 1_000_000
WINDOW = {"mode": "replay", "start": "2026-01-01T00:00:00Z", "end": "2026-04-01T00:00:00Z"}
DAY = 86_400.0
END = datetime.fromisoformat("2026-04-01T00:00:00+00:00").timestamp()
Z = 3.5  # standard errors: thirty looks at what is true find none outside but once in seventy


class Story:
    """What is remembered of one payment. Seconds since 1970."""

    __slots__ = ("captured", "category", "disputed", "refunded", "remote")

    def __init__(self, event: dict[str, Any]) -> None:
        self.category, self.remote = event["merchant_category"], event["channel"] != "pos"
        self.captured = self.refunded = self.disputed = 0.0


@pytest.fixture(scope="module")
def found() -> tuple[Checker, dict[str, Story], TransactionGenerator]:
    wanted = config(
        lifecycle="full",
        volume={"total": TOTAL},
        timestamps=WINDOW,
        population={"customers": 60_000, "merchants": 3_000},
        patterns={"payment_methods": {"credit_card": 5, "debit_card": 3, "digital_wallet": 1, "bank_transfer": 1}},
    )
    generators: list[TransactionGenerator] = []
    checker, stories = Checker(), dict[str, Story]()
    for row in chain.from_iterable(dataset.slices(dataset.plan(wanted), generators.append)):
        event = orjson.loads(row.body)
        checker.check(event)
        moment, type_ = row.time / 1000, event["transaction_type"]
        if type_ in ("authorization", "retry", "payment"):
            stories[event["transaction_id"]] = Story(event)
        story = stories.get(event.get("original_transaction_id", ""))
        if story is not None and event["payment_method"].endswith("_card"):
            if type_ == "capture":
                story.captured = moment
            elif type_ == "refund" and not story.refunded:
                story.refunded = moment
            elif type_ == "dispute":
                story.disputed = moment
    return checker, stories, generators[0]


def near(events: int, of: int, rate: float) -> bool:
    return abs(events - of * rate) <= Z * math.sqrt(of * rate * (1 - rate)) + 1


def test_no_rule_is_broken_and_the_total_is_exact(found):
    checker, _, generator = found
    assert not checker.found.broken, checker.found.examples
    assert sum(checker.found.counts.values()) == TOTAL
    assert generator.following is not None and generator.following.open > 0 == generator.following.thinned
    print("by type:", dict(checker.found.counts), "open:", generator.following.open)


def test_refunds_are_as_many_and_as_late_as_the_facts_say(found):
    _, stories, _ = found
    # Old enough: all but a few in a thousand refunds come within 40 days.
    old = [each for each in stories.values() if 0 < each.captured < END - 40 * DAY]
    for category, rate in refunds.BY_CATEGORY.items():
        mine = [each for each in old if each.category == category]
        back = [each for each in mine if each.refunded]
        print(category, len(mine), len(back), len(back) / len(mine), rate.value)
        assert near(len(back), len(mine), rate.value), category
        days = np.log([(each.refunded - each.captured) / DAY for each in back])
        expected = math.log(refunds.DELAY_BY_CATEGORY[category].value)
        print("  days, median:", math.exp(float(np.median(days))), math.exp(expected))
        assert abs(float(days.mean()) - expected) <= Z * 0.8 / math.sqrt(len(days)), category


def test_disputes_are_as_many_as_the_facts_say(found):
    _, stories, _ = found
    # Half come within the median, and the rest of the delay is known: those within 21 days of payments so old.
    old = [each for each in stories.values() if 0 < each.captured < END - lifecycle.DISPUTE_DELAY.value * DAY]
    by_kind: dict[tuple[str, bool], list[Story]] = defaultdict(list)
    for each in old:
        by_kind[each.category, each.remote].append(each)
    wanted = had = of = 0.0
    for (category, remote), mine in by_kind.items():
        rate = lifecycle.DISPUTES_REMOTE[category].value * (1.0 if remote else lifecycle.IN_PERSON_OF_REMOTE.value)
        # Who got all back has nothing to dispute, and a refund or settlement under way puts a dispute off.
        left = 1.0 - 0.8 * refunds.BY_CATEGORY[category].value
        disputes = [e for e in mine if e.disputed and e.disputed - e.captured <= lifecycle.DISPUTE_DELAY.value * DAY]
        wanted, had, of = wanted + rate * left / 2 * len(mine), had + len(disputes), of + len(mine)
        print(category, remote, len(mine), len(disputes), rate * left / 2 * len(mine))
    print("disputes for each payment by card, in all:", 2 * had / of)
    assert abs(had - wanted) <= Z * math.sqrt(wanted)
    assert lifecycle.WORLDWIDE.value / 2 <= 2 * had / of <= 0.002
