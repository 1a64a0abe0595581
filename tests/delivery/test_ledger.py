"""The ledger keeps exceptions as ranges, and nothing for what was acknowledged."""

import random

import pytest

from paysim.delivery.ledger import Ledger, Ranges
from paysim.transactions.block import Block
from paysim.transactions.identity import high_bits, low_bits


def block(method: str, sequences: list[int], labels: dict[int, str] | None = None) -> Block:
    ids = [high_bits(1, 0) + low_bits(7, sequence) for sequence in sequences]
    return Block(method, [b"{}" for _ in sequences], ids, labels or {})


def test_ranges_that_touch_or_overlap_become_one():
    ranges = Ranges([(5, 6), (1, 2), (9, 9)])
    ranges.add(3, 4)
    assert ranges.lists() == [[1, 6], [9, 9]]
    ranges.add(0, 20)
    assert ranges.lists() == [[0, 20]]


@pytest.mark.parametrize("seed", range(20))
def test_ranges_hold_exactly_what_was_added(seed):
    rng = random.Random(seed)
    ranges, plain = Ranges(), set()
    for _ in range(100):
        start = rng.randrange(300)
        end = start + rng.randrange(8)
        ranges.add(start, end)
        plain.update(range(start, end + 1))
    assert {n for start, end in ranges for n in range(start, end + 1)} == plain
    assert len(ranges) == len(plain)
    assert all(end + 1 < start for (_, end), (start, _) in zip(ranges.lists(), ranges.lists()[1:], strict=False))
    assert [n in ranges for n in range(310)] == [n in plain for n in range(310)]


def test_acknowledged_transactions_cost_no_memory():
    ledger = Ledger(0)
    for start in range(0, 10_000, 100):
        sent = block("credit_card", list(range(start, start + 100)))
        ledger.hand_out(sent, start + 100)
        ledger.acked(sent, sent.size)
    assert ledger.plain() == {
        "producer": 0,
        "next_sequence": 10_000,
        "generated": 10_000,
        "failed": [],
        "unknown": [],
        "methods": {"credit_card": {"acked": 10_000, "failed": 0, "unknown": 0, "bytes": 20_000}},
        "violations": {},
    }


def test_failed_and_unknown_are_ranges_of_sequence():
    ledger = Ledger(3)
    ledger.not_acked(block("debit_card", [4, 5, 6]), unknown=False)
    ledger.not_acked(block("debit_card", [7, 9]), unknown=True)
    assert ledger.failed.lists() == [[4, 6]]
    assert ledger.unknown.lists() == [[7, 7], [9, 9]]
    assert ledger.methods["debit_card"].plain() == {"acked": 0, "failed": 3, "unknown": 2, "bytes": 0}


def test_the_outcome_of_a_duplicate_is_not_written_where_its_original_is():
    ledger = Ledger(0)
    ledger.not_acked(block("credit_card", [4, 4], {1: "duplicate"}), unknown=False)
    ledger.not_acked(block("credit_card", [8], {0: "duplicate"}), unknown=True)
    assert ledger.failed.lists() == [[4, 4]]
    assert ledger.unknown.lists() == []


def test_a_ledger_survives_the_way_to_the_master():
    ledger = Ledger(2)
    sent = block("bank_transfer", [0, 1], {1: "zero_amount"})
    ledger.hand_out(sent, 2)
    ledger.not_acked(sent, unknown=True)
    assert Ledger.from_plain(ledger.plain()).plain() == ledger.plain()
    assert ledger.violations == {"zero_amount": 1}
