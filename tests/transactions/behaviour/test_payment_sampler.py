"""What a payment is does not depend on how many are drawn at once, and codes have every character alike."""

from collections import Counter

import numpy as np
import pytest
from scipy import stats

from paysim.contract.methods import PAYMENT_METHODS
from paysim.transactions.behaviour.payers import Weighted
from paysim.transactions.behaviour.payment_sampler import PaymentSampler
from paysim.transactions.behaviour.sampling_tables import SamplingTables
from paysim.transactions.events import columns
from paysim.transactions.events.mapping import CompiledMapping
from paysim.transactions.randomness import Streams
from paysim.transactions.world.active import PopulationStore, World
from tests.support.transactions import MOMENT, config

PATTERNS = {"currencies": {"USD": 2, "EUR": 1, "JPY": 1}}


def sampler(method: str) -> PaymentSampler:
    transaction = config(patterns=PATTERNS).transaction
    mapping = CompiledMapping(transaction.mapping)
    tables = SamplingTables(World(PopulationStore(3), transaction), transaction, mapping, "round_robin")
    streams = Streams(1, method)
    payers = Weighted(tables.payers(method), tables.world.country, streams["customer"])
    return PaymentSampler(tables, method, streams, transaction.patterns.amounts, payers)


@pytest.mark.parametrize("method", PAYMENT_METHODS.names)
def test_payments_are_the_same_drawn_at_once_or_piece_by_piece(method: str) -> None:
    whole, pieces = sampler(method), sampler(method)
    together = whole.draw(1000, MOMENT // 10**6)
    drawn = [pieces.draw(count, MOMENT // 10**6) for count in (1, 6, 256, 512, 225)]
    for name, picked in together.picks.items():
        assert np.array_equal(picked, np.concatenate([piece.picks[name] for piece in drawn])), name
    assert np.array_equal(together.minor, np.concatenate([piece.minor for piece in drawn]))
    for name, values in together.drawn.items():
        assert values == [value for piece in drawn for value in piece.drawn[name]], name


@pytest.mark.parametrize(
    ("made", "alphabet"),
    [
        (lambda rng, n: columns.authorization_codes(rng, n), "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"),
        (
            lambda rng, n: [b'"' + text[7:] for text in columns.retrieval_references(rng, n, MOMENT // 10**6)],
            "0123456789",
        ),
    ],
    ids=["authorization_code", "retrieval_reference"],
)
def test_every_character_is_as_likely_at_every_place(made, alphabet: str) -> None:
    texts = [text.decode().strip('"') for text in made(np.random.default_rng(4), 72_000)]
    assert {len(text) for text in texts} == {6}
    for place in range(6):
        counts = Counter(text[place] for text in texts)
        assert set(counts) == set(alphabet)
        assert stats.chisquare([counts[char] for char in alphabet]).pvalue > 1e-6
    pairs = Counter(text[2:4] for text in texts)  # across what is drawn as one
    assert stats.chisquare([pairs[a + b] for a in alphabet for b in alphabet]).pvalue > 1e-6
