"""Episodes: the transactions of a story have one name in their labels, whatever the batches they go out in."""

from collections import Counter, defaultdict
from typing import Any

import orjson
import pytest

from paysim.contract.labels import EpisodePart
from paysim.transactions.dataset import generate
from paysim.transactions.generator import TransactionGenerator
from tests.support.transactions import MOMENT, RUN, config, make

BOTH = {"rapid_fire": 0.3, "structuring": 0.1, "duplicate": 0.1, "zero_amount": 0.05}
CARDS: dict[str, Any] = {"payment_methods": {"credit_card": 1}}
LENGTHS = {"rapid_fire": 100, "structuring": 6}
SPLIT: dict[str, Any] = {
    "rename": {"transaction_id": "a.id", "channel": "a.c", "amount": "b.sum", "device_type": "b.d"}
}
Found = dict[tuple[str, bytes], list[tuple[bytes, bytes]]]


def episodes(generator: TransactionGenerator, size: int, total: int) -> Found:
    """Label and episode → id and body of its transactions, in order."""
    found: Found = defaultdict(list)
    for _ in range(total // size):
        batch = generator.batch("credit_card", size)
        assert batch.episodes.keys() == {at for at, label in batch.labels.items() if label in LENGTHS}
        for at, (episode, role) in batch.episodes.items():
            assert role == "payer"
            found[batch.labels[at], episode].append((batch.ids[at], batch.bodies[at]))
    return found


@pytest.mark.parametrize("size", [1, 30, 2000])
@pytest.mark.parametrize("mapping", [{}, SPLIT], ids=["laid out", "not laid out"])
def test_a_story_is_an_episode_with_the_name_of_its_first(size: int, mapping: dict[str, Any]) -> None:
    found = episodes(make(violations=BOTH, mapping=mapping, patterns=CARDS), size, 4000)
    unfinished = Counter[str]()
    for (label, episode), members in found.items():
        assert members[0][0] == episode
        assert len({orjson.loads(body)["customer_id"] for _, body in members}) == 1
        unfinished[label] += len(members) != LENGTHS[label]
    assert len(found) > 40 and unfinished.total() <= 8  # those that are on at the end


def test_no_episode_is_cut_off_in_a_data_set() -> None:
    plan = generate.plan(config(violations=BOTH), total=30_000, seed=3)
    rows = [row for rows in generate.slices(plan) for row in rows]
    found = Counter((row.label, row.part.episode) for row in rows if row.part is not None)
    assert len(found) > 100
    for (label, _), count in found.items():
        assert count == LENGTHS[label or ""]
    first = dict[bytes, bytes]()
    for row in rows:
        if row.part is not None:
            assert first.setdefault(row.part.episode, row.id) == row.part.episode


def test_an_episode_whose_beginning_a_function_drops_begins_with_the_next() -> None:
    calls = iter(range(10**6))

    def every_other(document: dict[str, Any]) -> dict[str, Any] | None:
        return document if next(calls) % 2 else None

    generator = TransactionGenerator(
        config(violations={"rapid_fire": 1.0}),
        run=RUN,
        producer=0,
        clock=lambda: MOMENT,
        functions=[every_other],
    )
    for size in (1, 30):
        found = episodes(generator, size, 300)
        assert all(members[0][0] == episode for (_, episode), members in list(found.items())[1:])
        assert Counter(len(members) for members in found.values()).most_common(1)[0][0] == 50


def test_a_part_of_a_batch_has_the_episodes_of_its_transactions() -> None:
    batch = make(violations={"rapid_fire": 1.0}).batch("credit_card", 200)
    assert {each.role for each in batch.episodes.values()} == {"payer"}
    _, first, *_, last = sorted(batch.episodes)
    part = batch.part([first, last])
    assert part.episodes == {0: batch.episodes[first], 1: batch.episodes[last]}
    batch.labels, batch.episodes = {2: "structuring"}, {2: EpisodePart(bytes(16), "payer")}
    assert type(batch).joined([part, batch, batch]).episodes.keys() == {0, 1, 4, 204}
