"""A set of very many numbers: exact, in any order, and small where it has no gaps."""

import random
import tracemalloc

import numpy as np
import pytest

from paysim.delivery.seen import SIZE, Seen


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
