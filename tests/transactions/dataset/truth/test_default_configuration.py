"""What the default configuration makes is as the facts say: nothing outside, and nothing that it decides itself."""

from datetime import UTC, datetime
from itertools import chain
from pathlib import Path

import pytest

import paysim.publishers  # noqa: F401  (destinations)
from paysim.config.loader import load
from paysim.config.sections.timestamps import Timestamps
from paysim.transactions.dataset import generate as dataset
from paysim.transactions.dataset.truth import judge, reading
from paysim.transactions.dataset.truth.judge import Judged

DEFAULT = Path(__file__).parents[4] / "config" / "simulator_config.yaml"
FOUR_WEEKS = Timestamps.model_validate(
    {"mode": "replay", "start": datetime(2026, 1, 12, tzinfo=UTC), "end": datetime(2026, 2, 9, tzinfo=UTC)}
)
"""In which wages come once everywhere: a payday is held against the same weekday of other weeks."""


def judged(total: int, seed: int, times: Timestamps | None = None) -> list[Judged]:
    config = load(DEFAULT, environ={}).config
    if times is not None:
        config = config.model_copy(update={"transaction": config.transaction.model_copy(update={"timestamps": times})})
    rows = chain.from_iterable(dataset.slices(dataset.plan(config, total=total, seed=seed)))
    data = reading.bodies(((row.body, row.label, row.fraud) for row in rows), "the default configuration").data
    return judge.judge(data, judge.pinned_keys(config.transaction))


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


@pytest.mark.long
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_four_weeks_have_paydays_and_nothing_outside(seed: int):
    found = judged(200_000, seed, FOUR_WEEKS)
    assert verdicts(found, "outside", "configured") == {}
    assert "payday" in verdicts(found, "ok")
