"""A million events of three months keep to every rule, and their rates and delays are those of the facts.

Each figure is judged by its own 95 % interval, and all together as `tests/support/many_intervals` says.
"""

import math
from collections import defaultdict
from collections.abc import Iterator
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
from tests.support.many_intervals import Property, count, judge, mean, share
from tests.support.transactions import config

pytestmark = [pytest.mark.long, pytest.mark.timeout(1800)]

TOTAL = 1_000_000
WINDOW = {"mode": "replay", "start": "2026-01-01T00:00:00Z", "end": "2026-04-01T00:00:00Z"}
DAY = 86_400.0
END = datetime.fromisoformat("2026-04-01T00:00:00+00:00").timestamp()
SPREAD = 0.8  # of the logarithm of a delay
GIVEN_BACK = 0.7 + 0.3 * 0.3  # of refunds those after which nothing is left: at once, or by a second one


class Story:
    """What is remembered of one payment. Seconds since 1970."""

    __slots__ = ("authorized", "captured", "category", "disputed", "refunded", "remote", "unused")

    def __init__(self, event: dict[str, Any]) -> None:
        self.category, self.remote = event["merchant_category"], event["channel"] != "pos"
        self.captured = self.refunded = self.disputed = self.authorized = 0.0
        self.unused = ""


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
            if event["payment_status"] == "authorized":
                stories[event["transaction_id"]].authorized = moment
        story = stories.get(event.get("original_transaction_id", ""))
        if story is not None and event["payment_method"].endswith("_card"):
            if type_ == "capture":
                story.captured = moment
            elif type_ == "refund" and not story.refunded:
                story.refunded = moment
            elif type_ == "dispute":
                story.disputed = moment
            elif type_ in ("void", "expiry"):
                story.unused = type_
    return checker, stories, generators[0]


def test_no_rule_is_broken_and_the_total_is_exact(found):
    checker, _, generator = found
    checker.end()
    assert not checker.found.broken, checker.found.examples
    assert not checker.found.missing and not checker.found.overdue
    assert sum(checker.found.counts.values()) == TOTAL
    assert generator.following is not None and generator.following.open > 0 == generator.following.thinned
    print("by type:", dict(checker.found.counts), "open:", generator.following.open)


def kinds(stories: dict[str, Story], age: float) -> dict[tuple[str, bool], list[Story]]:
    """Captured payments of so many days at the least, by what is sold and whether it was at a distance."""
    found: dict[tuple[str, bool], list[Story]] = defaultdict(list)
    for each in stories.values():
        if 0 < each.captured < END - age * DAY:
            found[each.category, each.remote].append(each)
    return found


def of_refunds(stories: dict[str, Story]) -> Iterator[Property]:
    """Old enough: all but a few in a thousand refunds come within 40 days."""
    old = kinds(stories, 40)
    for category, rate in refunds.BY_CATEGORY.items():
        mine = [*old[category, True], *old[category, False]]
        back = [each for each in mine if each.refunded]
        yield share(f"refunded, {category}", len(back), len(mine), rate.value)
        days = np.log([(each.refunded - each.captured) / DAY for each in back])
        expected = math.log(refunds.DELAY_BY_CATEGORY[category].value)
        yield mean(f"days to a refund, logarithm, {category}", days, expected, SPREAD)


def of_disputes(stories: dict[str, Story]) -> Iterator[Property]:
    """Half come within the median of their delay: those of payments that are so old."""
    median = lifecycle.DISPUTE_DELAY.value
    old = kinds(stories, median)
    for category, rate in lifecycle.DISPUTES_REMOTE.items():
        had = wanted = 0.0
        for remote in (True, False):
            mine = old[category, remote]
            had += sum(0 < each.disputed - each.captured <= median * DAY for each in mine)
            # Who got all back has nothing to dispute.
            left = 1.0 - GIVEN_BACK * refunds.BY_CATEGORY[category].value
            by_place = 1.0 if remote else lifecycle.IN_PERSON_OF_REMOTE.value
            wanted += rate.value * by_place * left / 2 * len(mine)
        yield count(f"disputes over what is expected ({wanted:.1f}), {category}", round(had), wanted)
    for remote, place in ((True, "at a distance"), (False, "in person")):
        of_place = {category: old[category, remote] for category in lifecycle.DISPUTES_REMOTE}
        by_place = 1.0 if remote else lifecycle.IN_PERSON_OF_REMOTE.value
        wanted = sum(
            rate.value
            * by_place
            * (1.0 - GIVEN_BACK * refunds.BY_CATEGORY[category].value)
            / 2
            * len(of_place[category])
            for category, rate in lifecycle.DISPUTES_REMOTE.items()
        )
        had = sum(0 < e.disputed - e.captured <= median * DAY for each in of_place.values() for e in each)
        yield count(f"disputes over what is expected ({wanted:.1f}), {place}", round(had), wanted)


def of_authorisations(stories: dict[str, Story]) -> Iterator[Property]:
    """What becomes of those that are old enough to have run out."""
    for remote, voided, expired in (
        (True, lifecycle.VOIDED_REMOTE, lifecycle.EXPIRED_REMOTE),
        (False, lifecycle.VOIDED_IN_PERSON, lifecycle.EXPIRED_IN_PERSON),
    ):
        mine = [e for e in stories.values() if e.authorized and e.remote == remote and e.authorized < END - 8 * DAY]
        place = "at a distance" if remote else "in person"
        for ending, figure in (("void", voided), ("expiry", expired)):
            yield share(f"{ending}, {place}", sum(each.unused == ending for each in mine), len(mine), figure.value)


def test_rates_and_delays_are_those_of_the_facts(found):
    """Refunds and their delays by what is sold, disputes by what is sold and by place, what is never captured."""
    _, stories, _ = found
    judge([*of_refunds(stories), *of_disputes(stories), *of_authorisations(stories)])


def test_disputes_are_as_many_as_in_the_world(found):
    _, stories, _ = found
    old = [each for of in kinds(stories, lifecycle.DISPUTE_DELAY.value).values() for each in of]
    soon = sum(0 < e.disputed - e.captured <= lifecycle.DISPUTE_DELAY.value * DAY for e in old)
    print("disputes for each payment by card, in all:", 2 * soon / len(old))
    assert lifecycle.WORLDWIDE.value / 2 <= 2 * soon / len(old) <= 0.002
