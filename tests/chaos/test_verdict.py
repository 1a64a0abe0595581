"""One verdict: it passes where all agree, and says which two do not."""

import copy

import pytest

from .judge import Judgement
from .oracle import Arrivals
from .trial import Outcome
from .verdict import verdict

SUMMARY = {
    "transactions": {"generated": 100, "acked": 90, "failed": 4, "unknown": 6},
    "hub": {"sends": 12, "retries": 2},
    "producers": [{"producer": 0}],
    "verdict": {"outcome": "passed", "exit_code": 0, "reasons": []},
    "delivery": {
        "arrived": 93,
        "lost": 0,
        "duplicated": 0,
        "unexpected": 0,
        "out_of_order": None,
        "unknown_arrived": 3,
        "seconds": 1.0,
        "error": None,
    },
}


def outcome(exit_code: int = 0, logs: str = "", **changed: object) -> Outcome:
    summary = copy.deepcopy(SUMMARY)
    for name, value in changed.items():
        summary["delivery" if name in summary["delivery"] else "transactions"][name] = value
    return Outcome(exit_code, summary, Arrivals(), 60.0, logs=logs)


def judged(**changed: int) -> Judgement:
    return Judgement(**{"acked": 90, "failed": 4, "unknown": 6, "unknown_arrived": 3, **changed})


def test_where_all_agree_it_passes():
    lines, passed = verdict(outcome(), judged())
    assert passed and not any("WRONG" in line for line in lines)


@pytest.mark.parametrize(
    ("given", "judgement"),
    [
        (outcome(lost=1), judged()),
        (outcome(), judged(lost=1)),
        (outcome(lost=1), judged(lost=1)),
        (outcome(duplicated=1), judged(unexplained=1)),
        (outcome(unexpected=1), judged(unexpected=1)),
        (outcome(out_of_order=1), judged()),
        (outcome(unknown_arrived=2), judged()),
        (outcome(acked=89), judged()),
        (outcome(generated=101), judged()),
        (outcome(error="not verifiable: gone"), judged()),
        (outcome(exit_code=1), judged()),
        (outcome(logs="Traceback (most recent call last):"), judged()),
    ],
)
def test_where_anything_is_wrong_it_fails(given, judgement):
    lines, passed = verdict(given, judgement)
    assert not passed and any("WRONG" in line for line in lines)


SILENT = ["producer 0 went silent: what it sent …", "3 arrived after the last report of their producer"]


@pytest.mark.parametrize(
    ("exit_code", "silent", "reasons", "passes"),
    [
        (1, True, SILENT, True),
        (0, True, SILENT, False),
        (1, True, [*SILENT, "5 failed"], False),
        (1, False, ["5 failed"], False),
        (0, False, SILENT[1:], False),
    ],
)
def test_a_killed_worker_is_all_that_may_speak_against_the_run(exit_code, silent, reasons, passes):
    given = outcome(exit_code)
    given.summary["producers"][0]["silent"] = silent
    given.summary["verdict"]["reasons"] = reasons
    assert verdict(given, judged())[1] == passes


def test_a_run_that_did_not_verify_fails():
    given = outcome()
    given.summary["delivery"] = None
    assert not verdict(given, judged())[1]
