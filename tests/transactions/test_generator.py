"""What the load test relies on: batches, ids in order, repeatable draws, a reload between two batches."""

import gc
from collections import Counter
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import orjson
import pytest

from paysim.contract.identity import Run, parse
from paysim.contract.methods import PAYMENT_METHODS
from paysim.contract.model import Transaction
from paysim.registry import UnknownEntry
from paysim.transactions.events.person_pieces import PersonRecords
from paysim.transactions.generator import TransactionGenerator
from paysim.transactions.world.active import World
from tests.support.transactions import MOMENT, RUN, config, events, make

pytestmark = pytest.mark.usefixtures("unmeasured")

WINDOW: dict[str, Any] = {
    "timestamps": {"mode": "replay", "start": "2026-03-01T00:00:00Z", "end": "2026-03-08T00:00:00Z"},
    "volume": {"total": 5000},
}


def test_every_event_fulfils_the_contract(sample: list[dict[str, Any]]) -> None:
    for event in sample:
        Transaction.model_validate(event)


def test_a_batch_holds_n_transactions_of_its_method() -> None:
    generator = make()
    for method in PAYMENT_METHODS:
        for n in (1, 2, 100, 255, 256, 257, 1000):
            batch = generator.batch(method, n)
            assert len(batch.bodies) == len(batch.ids) == len(batch) == n
            assert batch.keys is None
            assert {orjson.loads(body)["payment_method"] for body in batch.bodies} == {method}


def test_ids_name_time_producer_run_and_a_sequence_without_gaps_over_all_methods() -> None:
    generator = make(producer=3)
    sequences = []
    for n, method in enumerate([*PAYMENT_METHODS] * 4, 1):
        batch = generator.batch(method, n)
        for id_, body in zip(batch.ids, batch.bodies, strict=True):
            identity = parse(id_)
            assert identity is not None
            assert (identity.milliseconds, identity.producer, identity.run) == (MOMENT // 10**6, 3, RUN.number)
            assert UUID(orjson.loads(body)["transaction_id"]).bytes == id_
            sequences.append(identity.sequence)
    assert sequences == list(range(len(sequences)))
    assert generator.next_sequence == len(sequences)


def test_correlation_ids_are_unique_over_producers_and_runs() -> None:
    generators = [make(producer=p, run=Run.at(1_767_225_600, r)) for p in (0, 1) for r in (1, 2)]
    found = [event["correlation_id"] for g in generators for event in events(g, {"debit_card": 500})]
    refunds = len(found) - len(set(found))
    assert refunds < 0.03 * len(found)  # a refund has its payment's


def test_a_seed_repeats_the_draws_and_a_new_run_changes_the_ids_only() -> None:
    stamped = ("transaction_id", "correlation_id", "original_transaction_id", "transaction_timestamp")
    runs = [
        events(make(run=Run.at(1, number), seed=5), {"credit_card": 1000, "cryptocurrency": 300}) for number in (1, 2)
    ]
    for one, other in zip(*runs, strict=True):
        assert one["transaction_id"] != other["transaction_id"]
        assert {k: v for k, v in one.items() if k not in stamped} == {
            k: v for k, v in other.items() if k not in stamped
        }


def test_how_calls_are_interleaved_does_not_change_what_a_method_draws() -> None:
    one = events(make(), {"credit_card": 600}, batch=100)
    generator = make()
    other: list[dict[str, Any]] = []
    while len(other) < 600:
        generator.batch("debit_card", 7)
        other += map(orjson.loads, generator.batch("credit_card", 12).bodies)
    pairs = [
        (a, b) for a, b in zip(one, other, strict=False) if a["transaction_type"] == b["transaction_type"] == "payment"
    ]
    assert len(pairs) > 550
    assert [a["amount"] for a, _ in pairs] == [b["amount"] for _, b in pairs]


def test_producers_share_the_population_and_draw_differently() -> None:
    one, other = (events(make(producer=p, patterns={"countries": {"FI": 1}}), {"credit_card": 2000}) for p in (0, 1))
    people = [{(e["customer_id"], e["customer_name"], e["customer_email"]) for e in made} for made in (one, other)]
    assert len(people[0] & people[1]) > 0.3 * len(people[0])
    assert len({name for name, *_ in people[0] | people[1]}) == len(people[0] | people[1])
    assert [e["amount"] for e in one] != [e["amount"] for e in other]


def test_without_a_seed_the_run_is_the_seed() -> None:
    runs = [Run.at(1, 1), Run.at(1, 1), Run.at(1, 2)]
    names = [[e["customer_name"] for e in events(make(run=run, seed=None), {"credit_card": 100})] for run in runs]
    assert names[0] == names[1] != names[2]


def test_the_order_of_yaml_keys_does_not_matter() -> None:
    countries, methods = {"US": 2, "JP": 1, "DE": 1}, {"credit_card": 1, "bank_transfer": 1}
    made = [
        make(patterns={"countries": dict(order(countries.items())), "payment_methods": dict(order(methods.items()))})
        for order in (list, reversed)
    ]
    assert made[0].batch("bank_transfer", 500).bodies == made[1].batch("bank_transfer", 500).bodies


@pytest.mark.parametrize("field", ["customer_id", "merchant_id"])
def test_keys_are_filled_where_partitions_go_by_key(field: str) -> None:
    generator = make(
        output={"event_hub": {"partition_by": field}}, patterns={"payment_status": {"completed": 1, "refunded": 1}}
    )
    for n in (1, 300):
        batch = generator.batch("credit_card", n)
        assert batch.keys == [orjson.loads(body)[field] for body in batch.bodies]


def test_a_reload_goes_on_with_population_and_sequence() -> None:
    generator = make()
    before = {e["customer_id"]: e["customer_name"] for e in events(generator, {"credit_card": 3000})}
    generator.reconfigure(
        config(patterns={"countries": {"JP": 0.9, "US": 0.1}, "amounts": {"min": 5000, "mean": 6000}})
    )
    after = events(generator, {"credit_card": 3000})
    payments = [e for e in after if e["transaction_type"] == "payment"]
    assert generator.next_sequence == 6000
    assert 0.85 < Counter(e["customer_country"] for e in payments)["JP"] / len(payments) < 0.95
    assert all(e["amount"] >= 5000 for e in payments if e["currency"] == "USD")
    known = [e for e in after if e["customer_id"] in before]
    assert len(known) > 100
    assert all(before[e["customer_id"]] == e["customer_name"] for e in known)


def test_a_reload_of_paces_alone_does_not_touch_what_is_drawn() -> None:
    one, other = make(), make()
    one.reconfigure(config(volume={"rate": 5}))
    assert one.batch("credit_card", 300).bodies == other.batch("credit_card", 300).bodies


def test_what_a_reload_makes_may_be_made_while_this_one_goes_on() -> None:
    one, other = make(), make()
    changed = config(patterns={"countries": {"JP": 0.9, "US": 0.1}})
    one.batch("credit_card", 300), other.batch("credit_card", 300)
    draws = one.draws_of(changed)
    assert one.batch("credit_card", 2000).bodies == other.batch("credit_card", 2000).bodies
    one.draw_by(draws)
    other.reconfigure(changed)
    assert one.batch("credit_card", 2000).bodies == other.batch("credit_card", 2000).bodies


def populations() -> Counter[str]:
    """What takes the most memory, as many as there are, reachable or not."""
    return Counter(type(each).__name__ for each in gc.get_objects() if isinstance(each, World | PersonRecords))


@pytest.fixture
def no_collector() -> Iterator[None]:
    """A load test tells the collector to spare what is there when a run begins."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("no_collector")
def test_what_a_reload_replaces_is_freed_without_the_collector() -> None:
    generator = make()
    events(generator, dict.fromkeys(PAYMENT_METHODS, 1000))
    before = populations()
    generator.reconfigure(config(patterns={"countries": {"JP": 1}}))
    assert populations() == before


@pytest.mark.usefixtures("no_collector")
def test_a_generator_that_is_let_go_keeps_its_figures_alone() -> None:
    before = populations()
    generator = make()
    events(generator, dict.fromkeys(PAYMENT_METHODS, 1000))
    visits, refunds = generator.visits, generator.payments_for_refunds
    generator.let_go()
    assert populations() == before
    assert visits is not None and visits.most > 0 and generator.visits == visits
    assert generator.payments_for_refunds == refunds > 0
    assert generator.next_sequence == 1000 * len(PAYMENT_METHODS)


@pytest.mark.parametrize("times", [{}, WINDOW], ids=["live", "replay"])
def test_a_large_batch_refunds_what_it_began_with_itself(times: dict[str, Any]) -> None:
    generator = make(patterns={"payment_status": {"completed": 0.7, "refunded": 0.3}}, **times)
    batch = generator.batch("credit_card", 5000)
    made = [orjson.loads(body) for body in batch.bodies]
    refunds = [event for event in made if event["transaction_type"] == "refund"]
    # Of the first part only, 500 payments, no refund finds its payment yet.
    assert generator.payments_for_refunds < 0.3 * 500 + 5 * 11
    assert len(refunds) + generator.payments_for_refunds == pytest.approx(1500, abs=5 * 33)
    at = {event["transaction_id"]: position for position, event in enumerate(made)}
    assert all(
        at[event["original_transaction_id"]] < position for position, event in enumerate(made) if event in refunds
    )
    assert [UUID(event["transaction_id"]).bytes for event in made] == batch.ids
    stamps = [event["transaction_timestamp"] for event in made]
    assert stamps == sorted(stamps)


def test_a_refund_comes_after_its_payment_even_at_the_end_of_a_window() -> None:
    window = {**WINDOW, "timestamps": {**WINDOW["timestamps"], "end": "2026-03-01T00:00:00.020Z"}}
    generator = make(patterns={"payment_status": {"completed": 0.7, "refunded": 0.3}}, **window)
    seen: dict[str, str] = {}
    for event in events(generator, {"credit_card": 3000}):
        seen[event["transaction_id"]] = event["transaction_timestamp"]
        if event["transaction_type"] == "refund":
            assert seen[event["original_transaction_id"]] < event["transaction_timestamp"]


def test_a_method_that_is_not_registered_is_one_clear_error() -> None:
    with pytest.raises(UnknownEntry, match="there is no payment method credit_cart; did you mean credit_card"):
        make().batch("credit_cart", 1)


def test_a_method_without_weight_can_be_asked_for_all_the_same() -> None:
    generator = make(patterns={"payment_methods": {"credit_card": 1}})
    for event in events(generator, {"cryptocurrency": 100, "bank_transfer": 100}):
        Transaction.model_validate(event)


@pytest.mark.parametrize("size", [1, 2, 7, 40])
def test_tiny_populations_work(size: int) -> None:
    generator = make(population={"customers": size, "merchants": size})
    made = events(generator, dict.fromkeys(PAYMENT_METHODS, 200))
    assert len({e["customer_id"] for e in made}) <= size
    for event in made:
        Transaction.model_validate(event)


def test_time_is_now_in_order() -> None:
    now = iter(range(MOMENT, MOMENT + 10**12, 10**9))
    generator = TransactionGenerator(config(), run=RUN, producer=0, clock=lambda: next(now))
    times = [e["transaction_timestamp"] for e in events(generator, {"credit_card": 500}, batch=10)]
    assert times == sorted(times)
    assert (times[0], times[-1]) == ("2026-01-01T12:00:00.123Z", "2026-01-01T12:00:49.123Z")
