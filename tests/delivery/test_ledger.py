"""The ledger keeps exceptions as ranges, and nothing for what was acknowledged."""

import random

import pytest

from paysim.contract.identity import high_bits, low_bits
from paysim.contract.labels import EpisodePart
from paysim.delivery import repeats
from paysim.delivery.ledger import Ledger
from paysim.delivery.ledger_account import LedgerAccount
from paysim.delivery.ranges import Ranges
from paysim.summary.model import OutcomeCounts
from paysim.transactions.batch import Batch


def make(method: str, sequences: list[int], labels: dict[int, str] | None = None) -> Batch:
    ids = [high_bits(1, 0) + low_bits(7, sequence) for sequence in sequences]
    return Batch(method, [b"{}" for _ in sequences], ids, labels or {})


def test_ranges_that_touch_or_overlap_become_one():
    ranges = Ranges([(5, 6), (1, 2), (9, 9)])
    ranges.add(3, 4)
    assert ranges.lists() == [[1, 6], [9, 9]]
    ranges.add(0, 20)
    assert ranges.lists() == [[0, 20]]


@pytest.mark.parametrize("seed", range(20))
def test_ranges_hold_exactly_what_was_added(seed):
    rng = random.Random(seed)
    ranges, plain = Ranges(), set[int]()
    for _ in range(100):
        start = rng.randrange(300)
        end = start + rng.randrange(8)
        ranges.add(start, end)
        plain.update(range(start, end + 1))
    assert {n for start, end in ranges for n in range(start, end + 1)} == plain
    assert len(ranges) == len(plain)
    assert all(end + 1 < start for (_, end), (start, _) in zip(ranges.lists(), ranges.lists()[1:], strict=False))
    assert [n in ranges for n in range(310)] == [n in plain for n in range(310)]


def test_numbers_that_ascend_are_one_range():
    ranges = Ranges([[1, 2]])
    ranges.update([5, 6, 7, 3, 9])
    ranges.update([])
    assert ranges.lists() == [[1, 3], [5, 7], [9, 9]]


@pytest.mark.parametrize("base", [0, 60, 64, 200])
def test_a_mask_is_the_set_between_two_numbers(base):
    ranges = Ranges([[3, 5], [60, 70], [100, 130]])
    mask = ranges.mask(base, 64)
    there = [n in ranges for n in range(base, base + 64)]
    assert not any(there) if mask is None else mask.tolist() == there


def test_acknowledged_transactions_cost_no_memory():
    ledger = Ledger(0)
    for start in range(0, 10_000, 100):
        batch = make("credit_card", list(range(start, start + 100)))
        ledger.acked(ledger.hand_out(batch, start + 100), batch, batch.size)
    assert ledger.account().model_dump() == {
        "producer": 0,
        "next_sequence": 10_000,
        "generated": 10_000,
        "made": (1, 1),
        "failed": [],
        "unknown": [],
        "resent": [],
        "duplicates": {"acked": 0, "failed": 0, "unknown": 0, "resent": 0},
        "open": {"ranges": [], "methods": {}, "duplicates": []},
        "methods": {"credit_card": {"acked": 10_000, "failed": 0, "unknown": 0, "bytes": 20_000}},
        "violations": {},
        "episodes": {},
    }


def not_acked(ledger: Ledger, batch: Batch, *, unknown: bool) -> None:
    ledger.not_acked(ledger.hand_out(batch, 10), batch, unknown=unknown)


def test_failed_and_unknown_are_ranges_of_sequence():
    ledger = Ledger(3)
    not_acked(ledger, make("debit_card", [4, 5, 6]), unknown=False)
    not_acked(ledger, make("debit_card", [7, 9]), unknown=True)
    assert ledger.failed.lists() == [[4, 6]]
    assert ledger.unknown.lists() == [[7, 7], [9, 9]]
    assert ledger.methods["debit_card"].counts() == OutcomeCounts(failed=3, unknown=2)


def test_what_was_sent_again_after_a_lost_outcome_is_acknowledged_and_noted():
    ledger = Ledger(0)
    batch = make("debit_card", [0, 1, 2])
    ledger.acked(ledger.hand_out(batch, 3), batch, batch.size, maybe_twice=True)
    assert ledger.account().resent == [(0, 2)]
    assert ledger.methods["debit_card"].acked == 3


def test_the_outcome_of_a_duplicate_is_counted_and_not_written_where_its_original_is():
    ledger = Ledger(0)
    not_acked(ledger, make("credit_card", [4, 4], {1: "duplicate"}), unknown=False)
    not_acked(ledger, make("credit_card", [8], {0: "duplicate"}), unknown=True)
    again = make("credit_card", [9, 9, 9], {1: "duplicate", 2: "duplicate"})
    ledger.acked(ledger.hand_out(again, 10), again, again.size, maybe_twice=True)
    assert ledger.failed.lists() == [[4, 4]]
    assert ledger.unknown.lists() == []
    assert ledger.resent.lists() == [[9, 9]]
    assert ledger.duplicates == {"acked": 2, "failed": 1, "unknown": 1, "resent": 2}
    assert repeats.plain(ledger.repeats.take(), []) == {
        "acked": [[9, 9, 2]],
        "failed": [[4, 4, 1]],
        "unknown": [[8, 8, 1]],
        "resent": [[9, 9, 2]],
    }


def test_each_copy_is_handed_on_once_and_joined_with_those_before():
    ledger, joined = Ledger(0), repeats.Joined()
    for sequence in (3, 4, 3):
        not_acked(ledger, make("credit_card", [sequence], {0: "duplicate"}), unknown=False)
        repeats.join(joined, ledger.repeats.take())
    assert ledger.repeats.take() == {}
    assert repeats.plain(joined, [6]) == {"failed": [[3, 3, 2], [4, 4, 1]], "unknown": [[6, 6, 1]]}


def test_what_is_open_when_a_producer_dies_is_unknown():
    ledger = Ledger(0)
    whole = make("bank_transfer", [0, 1, 2])
    divided = make("credit_card", [3, 4, 5, 5, 6], {3: "duplicate"})
    ledger.hand_out(whole, 3)
    sent = ledger.hand_out(divided, 7)
    ledger.acked(sent, divided.part([1, 2]), 4)
    assert ledger.account().open.model_dump() == {
        "ranges": [(0, 3), (6, 6)],
        "methods": {"bank_transfer": 3, "credit_card": 3},
        "duplicates": [5],
    }
    over = Ledger.of(ledger.account())
    assert over.unknown.lists() == [[0, 3], [6, 6]]
    assert over.duplicates["unknown"] == 1
    tallies = [tally.counts() for tally in over.methods.values()]
    assert sum(tally.ended for tally in tallies) == over.generated == 8


def test_nothing_is_open_once_all_parts_have_an_outcome():
    ledger = Ledger(0)
    batch = make("credit_card", [0, 1, 2, 3])
    sent = ledger.hand_out(batch, 4)
    ledger.acked(sent, batch.part([0, 2]), 4)
    ledger.not_acked(sent, batch.part([1, 3]), unknown=False)
    assert ledger.account().open.ranges == []
    assert ledger.failed.lists() == [[1, 1], [3, 3]]


def test_a_ledger_survives_the_way_to_the_master():
    ledger = Ledger(2)
    not_acked(ledger, make("bank_transfer", [0, 1], {1: "zero_amount"}), unknown=True)
    told = LedgerAccount.model_validate(ledger.account().model_dump())
    assert Ledger.of(told).account() == ledger.account()
    assert ledger.violations == {"zero_amount": 1}


def test_an_episode_is_counted_once_by_the_transaction_that_it_is_named_by():
    ledger = Ledger(0)
    first = make("bank_transfer", [0, 1, 2, 3], {0: "cycle", 1: "cycle", 2: "zero_amount", 3: "new_id"})
    first.episodes = {at: EpisodePart(first.ids[0], "link") for at in (0, 1)} | {3: EpisodePart(bytes(16), "second")}
    later = make("bank_transfer", [4, 5], {0: "cycle"})
    later.episodes = {0: EpisodePart(first.ids[0], "link")}
    ledger.hand_out(first, 4)
    ledger.hand_out(later, 6)
    assert ledger.violations == {"cycle": 3, "zero_amount": 1, "new_id": 1}
    assert ledger.account().episodes == {"cycle": 1, "zero_amount": 1, "new_id": 1}


def test_the_first_and_the_last_millisecond_of_ids_are_noted_whatever_a_copy_repeats():
    def at(*moments: int) -> list[bytes]:
        return [high_bits(moment, 0) + low_bits(7, 5) for moment in moments]

    ledger = Ledger(0)
    for ids, labels in ((at(50), {}), (at(60, 60), {}), (at(50, 70, 60), {0: "duplicate", 1: "x", 2: "duplicate"})):
        ledger.hand_out(Batch("credit_card", [b"{}"] * len(ids), ids, labels), 1)
    ledger.hand_out(Batch("credit_card", [b"{}"], at(40)), 1)  # a clock that was set back
    assert ledger.account().made == (40, 70)
