"""A set of very many numbers: exact, in any order, and small where it has no gaps."""

import random
import tracemalloc

import numpy as np
import pytest

from paysim.delivery.sequence_set import SIZE, Copies, Seen


def numbers(*values: int) -> np.ndarray:
    return np.array(values, np.int64)


def test_a_number_is_new_once_also_within_one_call():
    seen = Seen()
    assert seen.add(numbers(5, 3, 5, 70_000)).tolist() == [True, True, False, True]
    assert seen.add(numbers(3, 4, 70_000)).tolist() == [False, True, False]
    assert seen.contains(numbers(4, 6, 70_000, 200_000)).tolist() == [True, False, True, False]


@pytest.mark.parametrize("seed", range(5))
def test_numbers_in_any_order_make_the_same_set_as_one_by_one(seed):
    rng = random.Random(seed)
    seen, plain = Seen(), set()
    for _ in range(30):
        base = rng.choice([0, SIZE - 50, 3 * SIZE - 100])
        values = [base + rng.randrange(200) for _ in range(rng.randrange(60))]
        expected = []
        for value in values:
            expected.append(value not in plain)
            plain.add(value)
        assert seen.add(numbers(*values)).tolist() == expected
    found = {(chunk * SIZE) + at for chunk in seen.chunks() for at in np.flatnonzero(seen.bits(chunk)).tolist()}
    assert found == plain


def test_a_chunk_that_is_complete_costs_nothing():
    seen = Seen()
    tracemalloc.start()
    for start in range(0, 100 * SIZE, SIZE // 2):
        seen.add(np.arange(start, start + SIZE // 2))
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert size < 200_000  # 6.5 million numbers
    assert all(seen.complete(chunk) for chunk in range(100))
    assert not seen.add(numbers(0, 17, 99 * SIZE)).any()


def test_a_missing_number_costs_one_chunk_of_bits():
    seen = Seen()
    seen.add(np.delete(np.arange(4 * SIZE), SIZE + 7))
    assert [seen.complete(chunk) for chunk in range(4)] == [True, False, True, True]
    assert np.flatnonzero(~seen.bits(1)).tolist() == [7]
    assert seen.add(numbers(SIZE + 7)).all() and seen.complete(1)


@pytest.mark.parametrize("seed", range(5))
def test_copies_are_counted_by_number_and_survive_as_ranges(seed):
    rng = np.random.default_rng(seed)
    given = rng.integers(0, 200_000, 30_000) // rng.choice([1, 1000])
    copies, first = Copies(), []
    for piece in np.array_split(given, 7):
        first += copies.add(piece).tolist()
    plain = np.bincount(given, minlength=4 * SIZE)
    for each in (copies, Copies.read(copies.ranges())):
        assert np.concatenate([each.counts(chunk) for chunk in range(4)]).tolist() == plain.tolist()
    assert sum(first) == np.count_nonzero(plain)
    assert copies.of(numbers(int(given[0]), 10**9)).tolist() == [plain[given[0]], 0]
    assert all(times > 0 and begin <= end for begin, end, times in copies.ranges())
