"""Friendly fraud: a purchase that is genuine in every respect, and weeks later the dispute that says it was fraud."""

import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from paysim.contract.model import Transaction
from paysim.transactions.dataset import generate
from paysim.transactions.dataset.lifecycle_rules import Checker
from tests.support.margins import METHODS
from tests.support.scenarios import IN_LIFECYCLE
from tests.support.transactions import config, make, ticking

from .one_field import TOO_GOOD, USUAL, Fields
from .story_checks import DAY, Event, device, when

pytestmark = pytest.mark.usefixtures("unmeasured")

NAME = "friendly_fraud"
START = datetime(2026, 1, 1, tzinfo=UTC)
CODES = {"visa": "10.4", "mastercard": "4837", "amex": "F29", "discover": "UA02"}
FULL: dict[str, Any] = {"lifecycle": "full", "patterns": {"payment_methods": METHODS}}


@dataclass
class Sent:
    """events: all of them with label and episode, by time. checker: has seen all of them, those with a label too."""

    events: list[tuple[Event, str | None, bytes]] = field(default_factory=list)
    roles: Counter[str] = field(default_factory=Counter)
    checker: Checker = field(default_factory=Checker)


def sent_of(total: int, share: float, **more: Any) -> Sent:
    window = {"mode": "replay", "start": START, "end": START + timedelta(days=100)}
    violations = dict.fromkeys(IN_LIFECYCLE, share)
    wanted = {**FULL, "violations": violations, "timestamps": window, "volume": {"total": total}, **more}
    found = Sent()
    for rows in generate.slices(generate.plan(config(**wanted), seed=11)):
        for row in rows:
            event = json.loads(row.body)
            found.events.append((event, row.label, row.part.episode if row.part else b""))
            found.checker.check(event, lacks=row.label == "missing_follow_up")
            if row.label == NAME:
                assert row.part is not None
                found.roles[row.part.role] += 1
    found.checker.end()
    return found


@pytest.fixture(scope="module")
def sent() -> Sent:
    return sent_of(40_000, 0.02)


def is_friendly_fraud(told: Sequence[Event], following: Sequence[Event]) -> bool:
    """Whether the events of an episode, with all that follows its purchase, are what docs/SCENARIOS.md says."""
    purchase, dispute = told
    types = Counter(each["transaction_type"] for each in following)
    captured = [each for each in following if each["transaction_type"] == "capture"]
    settled = [each for each in following if each["transaction_type"] == "settlement"]
    same = ("customer_id", "merchant_id", "amount", "currency", "correlation_id", "location", "metadata")
    details, said = purchase["payment_details"], dispute["payment_details"]
    return (
        purchase["transaction_type"] == "authorization"
        and purchase["payment_status"] == "authorized"
        and purchase["channel"] in ("web", "mobile")
        and dispute["transaction_type"] == "dispute"
        and dispute["original_transaction_id"] == purchase["transaction_id"]
        and all(purchase[name] == dispute[name] for name in same)
        and said["token"] == details["token"]
        and said["dispute_reason"] == "fraud"
        and said.get("network_reason_code") == CODES.get(details["brand"])
        and types["capture"] == types["settlement"] == types["dispute"] == 1
        and not types["refund"] + types["void"] + types["expiry"]
        and captured[0]["amount"] == settled[0]["amount"] == purchase["amount"]
        and when(settled[0]) < when(dispute)
        and 20 * DAY <= when(dispute) - when(captured[0]) <= 49 * DAY
    )


def after_of(sent: Sent) -> dict[str, list[Event]]:
    found: dict[str, list[Event]] = defaultdict(list)
    for event, _, _ in sent.events:
        if "original_transaction_id" in event:
            found[event["original_transaction_id"]].append(event)
    return found


def check(sent: Sent, share: float) -> None:
    after, episodes = after_of(sent), defaultdict[bytes, list[Event]](list)
    for event, label, episode in sent.events:
        if label == NAME:
            episodes[episode].append(event)
            Transaction.model_validate(event)
    for told in episodes.values():
        assert len(told) == 2, told
        assert is_friendly_fraud(told, after[told[0]["transaction_id"]]), told
    assert set(sent.roles) == {"purchase", "dispute"} and sent.roles["purchase"] == len(episodes)
    begun = sum(event["transaction_type"] in ("payment", "authorization") for event, _, _ in sent.events)
    wanted = share * begun / 2  # a payment and its dispute are two
    assert abs(len(episodes) - wanted) <= 4 * wanted**0.5 + 2, (len(episodes), wanted)


def known_devices(sent: Sent) -> dict[str, Counter[str]]:
    """Of each customer, how often each address and browser was paid from without a dispute."""
    disputed = {e["original_transaction_id"] for e, _, _ in sent.events if e["transaction_type"] == "dispute"}
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for event, _, _ in sent.events:
        if event["transaction_type"] in ("payment", "authorization") and event["transaction_id"] not in disputed:
            found[event["customer_id"]].update(device(event))
    return found


def detected(sent: Sent) -> set[str]:
    """Blind: disputes for fraud of what came from where the customer pays otherwise, and never disputed that."""
    purchases = {event["transaction_id"]: event for event, _, _ in sent.events}
    known, found = known_devices(sent), set[str]()
    for event, _, _ in sent.events:
        if event["transaction_type"] == "dispute" and event["payment_details"].get("dispute_reason") == "fraud":
            purchase = purchases[event["original_transaction_id"]]
            if any(known[purchase["customer_id"]][name] for name in device(purchase)):
                found |= {event["transaction_id"], purchase["transaction_id"]}
    return found


def measured(sent: Sent) -> tuple[float, float]:
    """Precision and recall of the blind detector, by transaction."""
    flagged = detected(sent)
    true = {event["transaction_id"] for event, label, _ in sent.events if label == NAME}
    precision, recall = len(flagged & true) / max(1, len(flagged)), len(flagged & true) / max(1, len(true))
    print(f"{NAME:25} precision {precision:.2f} recall {recall:.2f} of {len(true)}")
    return precision, recall


def no_field_tells(sent: Sent, share: float) -> None:
    """See `test_stories.no_field_tells`."""
    events = [event for event, _, _ in sent.events]
    known = [(episode[-1] if episode else at) % 2 == 0 for at, (_, _, episode) in enumerate(sent.events)]
    rule = Fields(events, known).best_rule([label == NAME for _, label, _ in sent.events])
    right = rule.precision * USUAL / share
    precision = right / (right + 1.0 - rule.precision) if right else 0.0
    print(rule, precision)
    assert min(precision, rule.recall) <= TOO_GOOD, (rule, precision)


def test_each_episode_is_a_genuine_purchase_and_its_dispute_weeks_later(sent: Sent) -> None:
    check(sent, 0.02)


def test_with_its_labels_or_without_it_keeps_to_every_rule(sent: Sent) -> None:
    """What is refunded and disputed is never more than was captured: the checker looks after each event."""
    assert not sent.checker.found.broken, sent.checker.found.examples
    assert sent.checker.found.missing > 20
    assert not sent.checker.found.overdue


def test_the_purchase_comes_from_where_the_customer_pays_otherwise(sent: Sent) -> None:
    known, own, of = known_devices(sent), 0, 0
    for event, label, _ in sent.events:
        if label == NAME and event["transaction_type"] == "authorization" and known[event["customer_id"]]:
            of += 1
            own += any(known[event["customer_id"]][name] for name in device(event))
    assert of > 50 and own >= 0.9 * of, (own, of)


def test_it_is_found_by_several_events_and_not_by_one_field(sent: Sent) -> None:
    precision, recall = measured(sent)
    assert precision >= 0.5 and recall >= 0.5
    no_field_tells(sent, 0.02)


def test_reasons_of_other_disputes_are_of_all_kinds() -> None:
    found: Counter[tuple[str, str]] = Counter()
    plain = sent_of(40_000, 0.0, violations={}, patterns={"payment_methods": {"credit_card": 1, "digital_wallet": 1}})
    for event, _, _ in plain.events:
        details = event["payment_details"]
        assert ("dispute_reason" in details) == (event["transaction_type"] in ("dispute", "dispute_end"))
        if "dispute_reason" in details:
            Transaction.model_validate(event)
            found[details["dispute_reason"], event["payment_method"]] += 1
            assert event["channel"] != "pos" or details["dispute_reason"] != "fraud"
    assert len({reason for reason, _ in found}) >= 3 and {method for _, method in found} >= {"credit_card"}


def test_live_both_have_one_episode() -> None:
    generator = make(**FULL, violations={NAME: 0.4}, clock=ticking(0.5), lifecycle_speedup=500_000)
    parts: dict[bytes, list[str]] = defaultdict(list)
    for _ in range(150):
        batches = [generator.batch("credit_card", 20)]
        while (due := generator.follow_ups(100)) is not None:
            batches.append(due)
        for batch in batches:
            for at, part in batch.episodes.items():
                assert batch.labels[at] == NAME
                parts[part.episode].append(part.role)
    whole = Counter(map(tuple, parts.values()))
    assert whole.keys() == {("purchase",), ("purchase", "dispute")} and whole["purchase", "dispute"] > 100, whole


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_half_a_million_events_with_a_thousandth_of_each() -> None:
    found = sent_of(500_000, 0.001, population={"customers": 50_000, "merchants": 2_000})
    check(found, 0.001)
    assert not found.checker.found.broken, found.checker.found.examples
    assert not found.checker.found.overdue
    labelled = sum(label == "missing_follow_up" for _, label, _ in found.events)
    assert found.checker.found.missing == labelled > 100
    no_field_tells(found, 0.001)
    measured(found)
