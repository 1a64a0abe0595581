"""The deck deals the configured mix, in short runs too."""

import random
from collections import Counter

import pytest

from paysim.loadtest.pacing.deck import DECK_SIZE, Deck

WEIGHTS = {
    "credit_card": 0.5,
    "debit_card": 0.3,
    "bank_transfer": 0.1,
    "digital_wallet": 0.08,
    "cryptocurrency": 0.02,
}


@pytest.mark.parametrize("decks", [1, 5, 50])
def test_whole_decks_hold_the_mix_to_the_card(decks):
    deck = Deck(WEIGHTS, random.Random(1))
    dealt = Counter(deck.deal() for _ in range(decks * DECK_SIZE))
    for name, weight in WEIGHTS.items():
        assert abs(dealt[name] - weight * decks * DECK_SIZE) < 1


def test_a_weight_below_one_card_a_deck_comes_in_later_decks():
    deck = Deck({"credit_card": 0.999, "cryptocurrency": 0.001}, random.Random(2))
    assert Counter(deck.deal() for _ in range(2000))["cryptocurrency"] == 2


def test_cards_are_shuffled_and_a_seed_repeats_them():
    first, second, other = (Deck(WEIGHTS, random.Random(seed)) for seed in (3, 3, 4))
    deals = [[deck.deal() for _ in range(60)] for deck in (first, second, other)]
    assert deals[0] == deals[1] != deals[2]
    assert deals[0][:20] != sorted(deals[0][:20])


def test_one_method_is_dealt_always():
    deck = Deck({"credit_card": 1.0}, random.Random(5))
    assert {deck.deal() for _ in range(100)} == {"credit_card"}
