"""One verdict: it passes where all agree, and says which two do not."""

import copy
import signal
from typing import Any

import pytest

from tests.support.present import present

from .judge import Judgement
from .oracle import Arrivals
from .plan import WIPE_HUB
from .trial import Later, Outcome
from .verdict import verdict

SUMMARY: dict[str, Any] = {
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
        "explained_duplicates": 0,
        "foreign": 0,
        "unreadable": 0,
        "seconds": 1.0,
        "error": None,
    },
}


def outcome(exit_code: int = 0, logs: str = "", **changed: object) -> Outcome:
    summary = copy.deepcopy(SUMMARY)
    for name, value in changed.items():
        summary["delivery" if name in summary["delivery"] else "transactions"][name] = value
    return Outcome(exit_code, summary, Arrivals(), 60.0, logs=logs)


def judged(**changed: Any) -> Judgement:
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
        (outcome(), judged(acked=89)),
        (outcome(explained_duplicates=1), judged()),
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
    present(given.summary)["producers"][0]["silent"] = silent
    present(given.summary)["verdict"]["reasons"] = reasons
    assert verdict(given, judged())[1] == passes


def test_a_run_that_did_not_verify_fails():
    given = outcome()
    present(given.summary)["delivery"] = None
    assert not verdict(given, judged())[1]


THIS, ANOTHER = "all 90 acknowledged transactions; none lost", "not verifiable: this is another hub, payments of …"


@pytest.mark.parametrize(
    ("later", "anew", "passes"),
    [
        (Later(0, THIS), Later(1, ANOTHER), True),
        (Later(1, "85 of 90 acknowledged transactions; 5 LOST"), Later(1, ANOTHER), False),
        (Later(0, THIS), Later(1, "0 of 90 acknowledged transactions; 90 LOST"), False),
        (Later(0, THIS), Later(0, THIS), False),
    ],
)
def test_verify_later_finds_the_same_in_this_hub_and_nothing_in_another(later, anew, passes):
    given = outcome()
    given.later, given.anew = later, anew
    assert verdict(given, judged())[1] == passes


@pytest.mark.parametrize(
    ("changed", "exit_code", "passes"),
    [
        ({"arrived": 0, "lost": None, "error": ANOTHER}, 1, True),
        ({"arrived": 0, "lost": None, "error": ANOTHER}, 0, False),
        ({"arrived": 5, "lost": None, "error": ANOTHER}, 1, False),
        ({"arrived": 0, "lost": 90, "error": None}, 1, False),
    ],
)
def test_of_a_hub_made_anew_while_the_run_is_on_nothing_is_said(changed, exit_code, passes):
    given = outcome(exit_code, **changed)
    given.done[WIPE_HUB] = 1
    assert verdict(given, judged())[1] == passes


@pytest.mark.parametrize(
    ("error", "lost", "exit_code", "passes"),
    [
        ("not verified: a second signal ended it", None, 1, True),
        ("not verified: a second signal ended it", None, 0, False),
        ("not verified: a second signal ended it", 3, 1, False),
        (None, 0, 1, False),
    ],
)
def test_a_second_signal_while_it_verifies_leaves_it_unsaid(error, lost, exit_code, passes):
    given = outcome(exit_code, error=error, lost=lost)
    given.signals = (signal.SIGTERM, signal.SIGINT)
    assert verdict(given, judged())[1] == passes
