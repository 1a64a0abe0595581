"""Who sees only the events finds what went wrong on purpose, and next to nothing else."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from paysim.contract.labels import SCENARIOS, label_line
from paysim.scoring import decisions, labelled
from paysim.scoring.score import Score, score
from paysim.transactions.dataset import generate
from paysim.transactions.events.stamps import uuid_text
from tests.support.scenarios import OF_PAYMENTS
from tests.support.transactions import config

from .detectors import Detector

pytestmark = pytest.mark.usefixtures("unmeasured")

START = datetime(2026, 3, 1, tzinfo=UTC)
A_DAY = 5_000  # transactions: more of them, and the busiest customers pay several times a minute
ALONE = {name for name in OF_PAYMENTS if SCENARIOS[name].length == 1}
"""What is seen in a transaction, or in it and another; stories have detectors of their own (test_stories.py)."""


def detected(folder: Path, total: int, share: float) -> tuple[Score, Counter[tuple[str, str]], Counter[str]]:
    """A score of what the detector says of a data set; label and name of what it took for another; false alarms."""
    plan = generate.plan(
        config(
            violations=dict.fromkeys(OF_PAYMENTS, share),
            population={"customers": 20_000, "merchants": 2_000},
            timestamps={"mode": "replay", "start": START, "end": START + timedelta(days=total / A_DAY)},
            volume={"total": total},
        ),
        seed=11,
    )
    detector, mistaken, alarms = Detector(), Counter[tuple[str, str]](), Counter[str]()
    with (folder / "labels.jsonl").open("wb") as labels, (folder / "decisions.jsonl").open("w") as decided:
        for rows in generate.slices(plan):
            for row in rows:
                names = detector.look(row.body, row.id, row.time)
                # A duplicate has the id of its original, which has a decision already.
                entry = {"id": uuid_text(row.id), "decision": "flagged" if names else "accepted"}
                decided.write(json.dumps(entry | {"time": row.time}) + "\n")
                if row.label is None:
                    alarms.update(names)
                    continue
                labels.write(label_line(row.id, row.label, row.part))
                if names and row.label in ALONE and row.label not in names:
                    mistaken[row.label, min(names)] += 1
    with (folder / "decisions.jsonl").open("rb") as stream:
        found = score(labelled.read(folder / "labels.jsonl"), decisions.read(stream, "decisions"))
    return found, mistaken, alarms


@pytest.mark.parametrize(
    ("total", "share"),
    [(30_000, 0.005), pytest.param(500_000, 0.001, marks=[pytest.mark.long, pytest.mark.timeout(1800)])],
)
def test_blind_detectors_find_what_is_labelled(tmp_path: Path, total: int, share: float) -> None:
    found, mistaken, alarms = detected(tmp_path, total, share)
    assert found.scenarios.keys() == set(OF_PAYMENTS)
    for name, each in found.scenarios.items():
        assert each.labelled > 0.7 * total * share - SCENARIOS[name].length, name  # stories are whole
        if name in ALONE:
            assert each.recall is not None and each.recall >= 0.99, (name, each)
    good = found.good.accepted + found.good.rejected + found.good.flagged
    assert found.good.flagged + found.good.rejected <= 0.001 * good, alarms
    # What it is called is what it looks like.
    assert mistaken.total() <= 0.01 * found.total.found, mistaken
