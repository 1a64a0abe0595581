"""Bad transactions: each is wrong in exactly the way its label names, as often as configured, and nothing else is."""

import json
import math
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

from paysim.config.schema import Config
from paysim.contract.identity import parse
from paysim.contract.labels import SCENARIOS, repeats
from paysim.contract.methods import PAYMENT_METHODS
from paysim.contract.model import Transaction
from paysim.transactions.events.stamps import uuid_text
from paysim.transactions.generator import TransactionGenerator
from paysim.transactions.scenarios.base import BodyEdit, FieldEdit
from paysim.transactions.scenarios.second_messages import SecondMessage
from tests.support.margins import METHODS
from tests.support.scenarios import OF_PAYMENTS
from tests.support.transactions import MOMENT, config, ticking
from tests.support.transactions import make as make_any

from .checks import BREAKS, Sent, dollars, repaired

pytestmark = pytest.mark.usefixtures("unmeasured")

SHARE = 0.012
ALONE = [name for name in OF_PAYMENTS if SCENARIOS[name].length == 1 or name == "rapid_fire"]
"""All but stories (test_stories.py): what is seen in one transaction, and the one that goes out at once."""
OF_A_PAYMENT = ("currency_mismatch", "over_refund")
COUNTS = {
    "credit_card": 20_000,
    "debit_card": 12_000,
    "bank_transfer": 4_000,
    "digital_wallet": 3_200,
    "cryptocurrency": 800,
}
REPLAY: dict[str, Any] = {
    "timestamps": {"mode": "replay", "start": "2026-03-01T00:00:00Z", "end": "2026-03-08T00:00:00Z"},
    "volume": {"total": 40_000},
}


def make(**transaction: Any) -> TransactionGenerator:
    """Of a mix in which the methods of COUNTS are common."""
    return make_any(**{"patterns": {"payment_methods": METHODS}, **transaction})


QUICK = {"total": 40_000, "rate": 200_000}
"""Second messages come within a tenth of a second."""


def send(part: float = 1.0, **transaction: Any) -> Sent:
    """part: of what COUNTS says."""
    generator = make(clock=ticking(0.1), **{"volume": QUICK, **transaction})
    sent = Sent(now=datetime.fromtimestamp(MOMENT / 1e9, UTC))
    for method, count in COUNTS.items():
        for _ in range(max(1, int(part * count // 100))):
            batch = generator.batch(method, 100)
            sent.entries += [
                (body, batch.labels.get(at), id_)
                for at, (body, id_) in enumerate(zip(batch.bodies, batch.ids, strict=True))
            ]
    return sent


@pytest.fixture(scope="module")
def sent() -> Sent:
    return send(violations=dict.fromkeys(ALONE, SHARE))


@pytest.fixture(scope="module")
def replayed() -> Sent:
    return send(violations={"rapid_fire": 0.1, "duplicate": 0.1}, **REPLAY)


def test_every_scenario_has_a_check() -> None:
    assert set(BREAKS) == {name for name, scenario in SCENARIOS.items() if isinstance(scenario, FieldEdit)}


def test_every_scenario_says_what_is_wrong() -> None:
    assert len(SCENARIOS) >= 22
    for scenario in SCENARIOS.values():
        assert scenario.about.endswith(".") and len(scenario.about) > 15


def test_each_scenario_has_its_share(sent: Sent) -> None:
    total = len(sent.entries)
    counts = Counter(label for _, label, _ in sent.entries)
    # Binomial counts: five standard deviations of 40,000 · 0.012 are 110. Runs of 100 are counted in wholes.
    for name in set(ALONE) - {"clock_skew"}:  # that is a share of the terminals
        spread = 5 * math.sqrt(total * SHARE * (1 - SHARE)) + (100 if name == "rapid_fire" else 0)
        if name in OF_A_PAYMENT:  # among so much that is bad there are few good payments to refund
            assert counts[name] > 0.6 * total * SHARE, name
        else:
            assert abs(counts[name] - total * SHARE) < spread, name


def test_what_has_no_label_is_good(sent: Sent) -> None:
    for event in sent.good():
        Transaction.model_validate(event)
        assert dollars(event) <= 10_000 * 1.001


@pytest.mark.parametrize("name", sorted(BREAKS))
def test_an_edited_one_breaks_the_rule_of_its_label_and_no_other(sent: Sent, name: str) -> None:
    good = next(e for e in sent.good() if e["payment_method"] == "credit_card" and e["payment_status"] == "completed")
    bodies = sent.labelled(name)
    assert len(bodies) > 200
    for body in bodies:
        event = json.loads(body)
        assert BREAKS[name](event, sent)
        for other in set(BREAKS) - {name}:
            try:
                assert not BREAKS[other](event, sent), other
            except KeyError:  # the field that the other rule is about is what is missing
                assert name.startswith("missing_") or name == "invalid_currency"
        Transaction.model_validate(repaired(name, event, good))


def test_malformed_and_truncated_bodies_do_not_parse(sent: Sent) -> None:
    for name in ("malformed_json", "truncated_json"):
        for body in sent.labelled(name):
            with pytest.raises(ValueError, match=r"."):
                json.loads(body)
    assert all(body.endswith(b"}") for body in sent.labelled("malformed_json"))


def test_oversized_bodies_are_good_transactions_of_200_kib(sent: Sent) -> None:
    for body in sent.labelled("oversized"):
        assert len(body) == 200 * 1024
        Transaction.model_validate_json(body)


def test_a_duplicate_repeats_the_bytes_and_the_id_of_a_good_one_and_takes_no_sequence(sent: Sent) -> None:
    known = set()
    for body, label, id_ in sent.entries:
        if label is None:
            known.add((body, id_))
        elif label == "duplicate":
            assert (body, id_) in known
    sequences = [parse(id_).sequence for _, label, id_ in sent.entries if not repeats(label)]  # type: ignore[union-attr]
    assert sequences == list(range(len(sequences)))


def test_an_orphan_refund_is_good_but_for_its_payment(sent: Sent) -> None:
    ids = {uuid_text(id_) for _, _, id_ in sent.entries}
    for body in sent.labelled("orphan_refund"):
        event = Transaction.model_validate_json(body)
        assert event.original_transaction_id not in ids


def test_a_currency_mismatch_is_a_good_refund_in_another_currency_than_its_payment(sent: Sent) -> None:
    payments = {e["transaction_id"]: e for e in sent.good() if e["transaction_type"] == "payment"}
    for body in sent.labelled("currency_mismatch"):
        event = Transaction.model_validate_json(body).model_dump()
        payment = payments[event["original_transaction_id"]]
        assert event["currency"] != payment["currency"]
        assert event["correlation_id"] == payment["correlation_id"]
        assert event["customer_id"] == payment["customer_id"]


def runs(sent: Sent, name: str) -> list[list[dict[str, Any]]]:
    """The labelled payments of a scenario by customer, in order of time."""
    by_customer = defaultdict(list)
    for body in sent.labelled(name):
        event = json.loads(body)
        Transaction.model_validate(event)  # each by itself is good
        by_customer[event["customer_id"]].append(event)
    return [sorted(found, key=lambda e: e["transaction_timestamp"]) for found in by_customer.values()]


def test_rapid_fire_is_a_run_of_payments_by_one_customer_within_a_minute(replayed: Sent) -> None:
    length, window = 100, timedelta(minutes=1)
    found, cut = runs(replayed, "rapid_fire"), []
    assert sum(map(len, found)) > 3_000
    for events in found:
        times = [datetime.fromisoformat(e["transaction_timestamp"]) for e in events]
        # A customer may have several; each payment belongs to a full run within the window.
        starts = [t for t in times if sum(t <= other <= t + window for other in times) >= length]
        if len(events) < length:  # the last one was not sent to its end
            cut.append(len(events))
            continue
        lonely = [t for t in times if not any(start <= t <= start + window for start in starts)]
        cut += [len(lonely)] if lonely else []
    assert len(cut) <= 1


def test_live_bursts_go_out_one_after_the_other(sent: Sent) -> None:
    labels = [label for _, label, _ in sent.entries if not repeats(label)]
    at = labels.index("rapid_fire")
    assert set(labels[at : at + 100]) == {"rapid_fire"}


def test_replayed_duplicates_repeat_their_time(replayed: Sent) -> None:
    known = {body for body, label, _ in replayed.entries if label is None}
    duplicates = replayed.labelled("duplicate")
    assert len(duplicates) > 3_000
    assert all(body in known for body in duplicates)


def test_replayed_batches_are_sorted_with_duplicates_of_earlier_batches_in_them_too() -> None:
    generator = make(violations={"duplicate": 0.3}, **REPLAY)
    seen: set[bytes] = set()
    duplicates = 0
    for size in (1, 2, 3) * 150:
        batch = generator.batch("credit_card", size)
        times = [orjson.loads(body)["transaction_timestamp"] for body in batch.bodies]
        assert times == sorted(times)
        seen |= {body for at, body in enumerate(batch.bodies) if at not in batch.labels}
        duplicates += len(batch.labels)
        assert all(batch.bodies[at] in seen for at in batch.labels)
    assert duplicates > 200


@pytest.mark.parametrize("replay", [{}, REPLAY], ids=["live", "replay"])
@pytest.mark.parametrize("size", [1, 5000])
def test_every_scenario_goes_out_in_batches_of_any_size(size: int, replay: dict[str, Any]) -> None:
    generator = make(violations=dict.fromkeys(ALONE, SHARE), **replay)
    labels: Counter[str] = Counter()
    for _ in range(5000 // size):
        batch = generator.batch("credit_card", size)
        assert len(batch) == size
        labels.update(batch.labels.values())
        for at, body in enumerate(batch.bodies):
            if at not in batch.labels:
                Transaction.model_validate_json(body)
    later = {name for name, each in SCENARIOS.items() if isinstance(each, SecondMessage)}
    for name in set(ALONE) - {"rapid_fire", "clock_skew"} - later:
        # Five standard deviations of a binomial count; what cards alone can do is commoner among them.
        possible = SCENARIOS[name].possible(METHODS) if SCENARIOS[name].suits(PAYMENT_METHODS["credit_card"]) else 0
        expected = 5000 * SHARE / possible if possible else 0.0
        few = 0.6 * expected if name in OF_A_PAYMENT else 0.0
        assert abs(labels[name] - expected) <= 5 * math.sqrt(expected) + few, name
    assert labels["rapid_fire"] >= 100


def test_violations_come_after_the_values_of_the_mapping() -> None:
    made = send(
        violations={"invalid_status": 0.3, "negative_amount": 0.1, "malformed_json": 0.05, "rapid_fire": 0.05},
        mapping={
            "rename": {"payment_status": "state", "amount": "sum"},
            "values": {"payment_status": {"*": "ok"}},
            "formats": {"amount": "minor_units"},
        },
    )
    assert {json.loads(b)["state"] for b in made.labelled("negative_amount")} == {"ok"}
    assert all(json.loads(b)["sum"] < 0 for b in made.labelled("negative_amount"))
    assert not {json.loads(b)["state"] for b in made.labelled("invalid_status")} & {"ok"}
    assert {e["state"] for e in made.good()} == {"ok"}


def test_violations_work_where_events_are_not_laid_out() -> None:
    rules = {
        "rename": {"transaction_id": "a.id", "channel": "a.c", "transaction_timestamp": "b.t", "device_type": "b.d"}
    }
    every = dict.fromkeys(OF_PAYMENTS, 0.4 / len(OF_PAYMENTS))
    one, other = send(0.2, violations=every), send(0.2, violations=every, mapping=rules)
    assert [label for _, label, _ in one.entries] == [label for _, label, _ in other.entries]
    for (plain, label, _), (body, _, _) in zip(one.entries, other.entries, strict=True):
        if label is None or not (isinstance(SCENARIOS[label], BodyEdit) or label == "nan_amount"):
            assert orjson.loads(body)["a"]["id"] == orjson.loads(plain)["transaction_id"]


def test_a_share_of_all_holds_where_only_cards_can() -> None:
    made = send(violations={"missing_card_details": 0.5})
    assert abs(len(made.labelled("missing_card_details")) / len(made.entries) - 0.5) < 0.02


def test_bursts_too_many_for_one_method_are_spread_over_all() -> None:
    made = send(violations={"rapid_fire": 0.8})
    assert abs(len(made.labelled("rapid_fire")) / len(made.entries) - 0.8) < 0.05


@pytest.mark.parametrize(
    ("transaction", "expected"),
    [
        (
            {"violations": {"invalid_card_brand": 0.1}, "patterns": {"payment_methods": {"bank_transfer": 1}}},
            "has none",
        ),
        (
            {"violations": {"missing_card_details": 0.9}, "patterns": {"payment_methods": METHODS}},
            "only 0.8 of all",
        ),
        ({"violations": {"missing_customer_id": 0.1}, "mapping": {"drop": ["customer_id"]}}, "needs customer_id"),
        (
            {"violations": {"invalid_card_brand": 0.1}, "mapping": {"drop": ["payment_details"]}},
            "needs payment_details.brand",
        ),
        ({"violations": {"currency_mismatch": 0.1}, "patterns": {"payment_status": {"failed": 1}}}, "needs completed"),
        ({"violations": {"rapid_fire": 0.1}, "volume": {"rate": 2}}, "takes a rate of at least"),
        ({"violations": {"rapid_fire": 0.1}, "volume": {"total": 50}}, "volume.total is 50"),
    ],
)
def test_a_scenario_that_cannot_be_produced_is_a_configuration_error(
    transaction: dict[str, Any], expected: str
) -> None:
    with pytest.raises(ValueError, match=expected):
        Config.model_validate({"transaction": transaction})


def test_without_violations_nothing_is_labelled() -> None:
    generator = make()
    assert all(not generator.batch(method, 1000).labels for method in PAYMENT_METHODS)
    assert config().transaction.violations == {}
