"""Each property finds the falsehood that was planted for it, and nothing in a world that is true."""

from functools import lru_cache
from typing import Any

import pytest

from paysim.transactions.dataset.truth.data import Data
from paysim.transactions.dataset.truth.judge import Judged, judge
from paysim.transactions.dataset.truth.registry import entries

from .plants import PLANTS, Plant, When

pytestmark = pytest.mark.usefixtures("unmeasured")

World = tuple[list[dict[str, Any]], dict[str, bool]]
# Too rare in the true world to be told: the plant makes them frequent.
RARE = {"insert_au"}


def test_there_are_more_than_forty_properties_and_a_falsehood_for_nearly_each():
    assert len(entries()) >= 40
    assert len(PLANTS) >= 30
    assert set(PLANTS) <= set(entries())
    assert set(entries()) - set(PLANTS) == {"fraud_rate"}  # which is of labels: it has its own test


def test_nothing_is_outside_in_a_true_world(judged: dict[str, Judged]):
    assert [name for name, each in judged.items() if each.verdict != "ok" and name not in RARE] == []


def verdict(name: str, documents: list[dict[str, Any]], fraud: dict[str, bool] | None) -> str:
    return verdict_on(Data(documents, fraud), name)


def verdict_on(data: Data, name: str) -> str:
    (found,) = judge(data, only={name})
    return found.verdict


@pytest.fixture(scope="module")
def kept(world: World):
    """The documents that matter to a plant, and their columns: read once for plants that stand together."""
    documents, fraud = world

    @lru_cache(maxsize=4)
    def kept(keep: When) -> tuple[list[dict[str, Any]], Data]:
        found = [each for each in documents if keep(each)]
        return found, Data(found, fraud)

    return kept


@pytest.mark.parametrize(("name", "planted"), PLANTS.items(), ids=PLANTS)
def test_a_planted_falsehood_is_found(world: World, judged: dict[str, Judged], kept, name: str, planted: Plant):
    documents, fraud = world
    if planted.keep is not None:
        documents, data = kept(planted.keep)
        before = verdict_on(data, name)
    else:
        before = judged[name].verdict
    assert before == "ok" or (name in RARE and before == "not measured")
    assert verdict(name, planted.spoil(documents), fraud) == "outside"


def test_fraud_that_is_too_rare_is_found(world: World):
    documents, fraud = world
    assert verdict("fraud_rate", documents, {}) == "outside"
    assert verdict("fraud_rate", documents, fraud) == "ok"


def test_without_labels_fraud_is_not_measured(world: World):
    documents, _ = world
    assert verdict("fraud_rate", documents[:30_000], None) == "not measured"


def test_too_few_transactions_are_no_verdict(world: World):
    documents, fraud = world
    found = judge(Data(documents[:40], fraud))
    assert {each.verdict for each in found} == {"not measured"}
