"""What a run says and exits with for what verifying found; and the labels it writes."""

import json
from typing import Any
from uuid import UUID

import pytest

from paysim.config.schema import Thresholds
from paysim.contract.identity import high_bits, low_bits
from paysim.contract.labels import EpisodePart
from paysim.delivery import label_file
from paysim.delivery.reconcile import Findings
from paysim.delivery.verification import delivery
from paysim.loadtest.judge import verdict
from paysim.loadtest.report import console, markdown, summary
from paysim.loadtest.report.labels_file import Collected, LabelsFile
from paysim.summary.model import Threshold
from paysim.transactions.batch import Batch
from tests.support.accounts import account, facts


def result(error: str | None = None, limits: Thresholds | None = None, **found):
    limits = limits or Thresholds()
    made = summary.make(facts(), [account(0, 1000)])
    made.delivery = delivery(Findings(acked=1000, arrived=1000, **found), 0, None, error, 1.0)
    verdict.judge(made, limits, verdict.EndFacts())
    return made


@pytest.mark.parametrize("name", ["lost", "duplicated", "unexpected", "out_of_order"])
def test_each_fault_in_a_hub_is_exit_code_1(name):
    assert result().exit_code == 0
    fault: dict[str, Any] = {name: 1}
    assert result(**fault).exit_code == 1


@pytest.mark.parametrize("name", ["explained", "unknown_arrived", "foreign"])
def test_what_is_explained_is_no_fault(name):
    explained: dict[str, Any] = {name: 5}
    assert result(**explained).exit_code == 0


def test_thresholds_may_allow_losses_and_duplicates_up_to_a_number():
    limits = Thresholds(lost=3, duplicates=1)
    assert result(limits=limits, lost=3, duplicated=1).exit_code == 0
    assert result(limits=limits, lost=4).exit_code == 1
    assert result(limits=limits, unexpected=1).exit_code == 1


def test_what_could_not_be_verified_is_not_called_lost_and_misses_the_threshold():
    made = result("not verifiable: 5 events aged out", limits=Thresholds(lost=10), lost=5)
    assert made.exit_code == 1
    assert made.thresholds == [Threshold(name="lost", limit=10, actual=None, ok=False)]
    assert "LOST" not in console.table(made, None)
    assert "in the hub    not verifiable: 5 events aged out" in console.table(made, None)
    assert "not verifiable: 5 events aged out" in markdown.markdown(made)


def test_the_table_says_what_is_there_and_what_was_found():
    assert "in the hub    all 1,000 acknowledged transactions; none lost, none twice" in console.table(result(), None)
    told = console.table(result(lost=2, duplicated=1, explained=7), None)
    assert (
        "998 of 1,000 acknowledged transactions; 2 LOST, 1 DUPLICATED, 7 copies of those that were sent again" in told
    )
    assert len(told.splitlines()) <= console.MOST_LINES


def test_labels_are_written_once_each_as_they_are_taken(tmp_path):
    collected, file = Collected(), LabelsFile()
    file.begin(str(tmp_path / "{run_id}" / "labels.jsonl"), "run")
    ids = [bytes([n]) * 16 for n in range(4)]
    episodes = {2: EpisodePart(ids[0], "payer")}
    for labels in ({1: "zero_amount", 3: "duplicate", 2: "structuring"}, {}, {0: "zero_amount"}):
        parts = {at: episodes[at] for at in episodes if at in labels}
        collected.note(Batch("credit_card", [b"{}"] * 4, ids, labels, episodes=parts))
        file.write(collected.take())
    file.end()
    file.write({"zero_amount": {"": ids[0] * 2}})  # too late
    written = (tmp_path / "run" / "labels.jsonl").read_text().splitlines()
    assert [json.loads(line) for line in written] == [
        {"transaction_id": str(UUID(bytes=ids[at])), "violation": label, "episode": str(UUID(bytes=ids[first])), **role}
        for at, label, first, role in (
            (1, "zero_amount", 1, {}),
            (3, "duplicate", 3, {}),
            (2, "structuring", 0, {"role": "payer"}),
            (0, "zero_amount", 0, {}),
        )
    ]


def test_what_is_fraud_is_written_and_no_reason_to_be_missing(tmp_path):
    collected, file = Collected(), LabelsFile()
    path = tmp_path / "labels.jsonl"
    file.begin(str(path), "run")
    ids = [high_bits(1, 0) + low_bits(9, n) for n in range(3)]
    collected.note(Batch("credit_card", [b"{}"] * 3, ids, {0: "zero_amount"}, fraud=[2]))
    file.write(collected.take())
    file.end()
    written = [json.loads(line) for line in path.read_text().splitlines()]
    assert {"transaction_id": str(UUID(bytes=ids[2])), "fraud": True} in written
    assert label_file.read(path, 9).counts() == {"zero_amount": 1}


def test_labels_that_cannot_be_written_cost_a_line_and_not_the_run(tmp_path, caplog):
    (tmp_path / "closed").write_text("")
    file = LabelsFile()
    file.begin(str(tmp_path / "closed" / "labels.jsonl"), "run")
    file.write({"zero_amount": {"": bytes(32)}})
    file.end()
    assert "the labels could not be written" in caplog.text
