"""The deck deals the configured mix, in runs of any length."""

import random
from collections import Counter
from itertools import accumulate

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paysim.loadtest.pacing.deck import Deck

WEIGHTS = {
    "credit_card": 0.5,
    "debit_card": 0.3,
    "bank_transfer": 0.1,
    "digital_wallet": 0.08,
    "cryptocurrency": 0.02,
}


def dealt(weights, deals, seed=1):
    deck = Deck(weights, random.Random(seed))
    return [deck.deal() for _ in range(deals)]


def farthest(weights, names):
    """How far each method is from its weight, over all beginnings: (least, most) of what came too much."""
    found = {}
    for name, weight in weights.items():
        ahead = [count - weight * n for n, count in enumerate(accumulate(each == name for each in names), start=1)]
        found[name] = min(0.0, *ahead), max(0.0, *ahead)
    return found


@pytest.mark.parametrize("seed", range(20))
def test_ten_batches_of_six_three_one_are_six_three_one(seed):
    counts = Counter(dealt({"credit_card": 0.6, "debit_card": 0.3, "bank_transfer": 0.1}, 10, seed))
    assert counts == {"credit_card": 6, "debit_card": 3, "bank_transfer": 1}


@settings(max_examples=150, deadline=None)
@given(st.lists(st.integers(1, 1000), min_size=1, max_size=9), st.integers(0, 10**6))
def test_of_the_first_n_each_is_less_than_one_off_and_of_any_stretch_less_than_two(shares, seed):
    weights = {f"method_{at}": share / sum(shares) for at, share in enumerate(shares)}
    for least, most in farthest(weights, dealt(weights, 700, seed)).values():
        # A stretch is the difference of two beginnings.
        assert least + 1e-9 > -1 and most - 1e-9 < 1
        assert most - least < 2


def test_a_rare_method_comes_when_it_is_due():
    weights = {"credit_card": 0.999, "cryptocurrency": 0.001}
    assert [Counter(dealt(weights, deals))["cryptocurrency"] for deals in (1000, 2000, 5000)] == [1, 2, 5]


def test_equal_weights_take_turns_in_an_order_of_chance_that_a_seed_repeats():
    weights = dict.fromkeys(("credit_card", "debit_card", "bank_transfer", "digital_wallet"), 0.25)
    rounds = [tuple(dealt(weights, 4, seed)) for seed in range(200)]
    assert len(set(rounds)) == 24
    assert dealt(WEIGHTS, 60, 3) == dealt(WEIGHTS, 60, 3) != dealt(WEIGHTS, 60, 4)


def test_a_long_run_is_as_exact_as_a_short_one():
    deck = Deck({"credit_card": 2 / 3, "debit_card": 1 / 3}, random.Random(1))
    for _ in range(200_000):
        deck.deal()
    assert sorted(deck.deal() for _ in range(300)) == ["credit_card"] * 200 + ["debit_card"] * 100


def test_one_method_is_dealt_always():
    assert set(dealt({"credit_card": 1.0}, 100, 5)) == {"credit_card"}
