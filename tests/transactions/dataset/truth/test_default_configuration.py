"""What the default configuration makes is as the facts say: nothing outside, and nothing that it decides itself."""

from itertools import chain
from pathlib import Path

import pytest

import paysim.publishers  # noqa: F401  (destinations)
from paysim.config.loader import load
from paysim.transactions.dataset import generate as dataset
from paysim.transactions.dataset.truth import judge, reading
from paysim.transactions.dataset.truth.judge import Judged

DEFAULT = Path(__file__).parents[4] / "config" / "simulator_config.yaml"
THEMES = ("amounts", "risk")


def judged(total: int, seed: int) -> list[Judged]:
    config = load(DEFAULT, environ={}).config
    rows = chain.from_iterable(dataset.slices(dataset.plan(config, total=total, seed=seed)))
    data = reading.bodies(((row.body, row.label, row.fraud) for row in rows), "the default configuration").data
    found = judge.judge(data, judge.pinned_keys(config.transaction))
    return [each for each in found if each.property.theme in THEMES]


def verdicts(found: list[Judged], *which: str) -> dict[str, object]:
    return {each.property.name: each.measured for each in found if each.verdict in which}


def test_a_small_sample_has_nothing_outside():
    found = judged(20_000, 1)
    assert verdicts(found, "outside", "configured") == {}
    assert len(verdicts(found, "ok")) > len(found) / 2


@pytest.mark.long
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_week_of_200_000_has_nothing_outside(seed: int):
    found = judged(200_000, seed)
    assert verdicts(found, "outside", "configured") == {}
    assert len(verdicts(found, "ok")) >= 0.9 * len(found)
