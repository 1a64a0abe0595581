"""The verdict on a run: what speaks against it, in which order, and what it exits with."""

import pytest

from paysim.config.schema import Thresholds
from paysim.delivery import verification
from paysim.delivery.reconcile import Findings
from paysim.loadtest.judge import verdict
from paysim.loadtest.judge.verdict import UNEARNED, EndFacts, Reason, Verdict, as_exit_code
from paysim.loadtest.report import console, markdown, summary
from paysim.loadtest.report.junit import xml
from tests.support.accounts import account, facts


def judged(acked=1000, failed=0, unknown=0, limits=None, delivery=None, silent=False, **end):
    """The summary of a run with its verdict."""
    accounts = [account(0, acked, failed, unknown)] if acked + failed + unknown else []
    if silent:
        accounts[0].silent = True
    made = summary.make(facts(), accounts)
    made.delivery = delivery
    verdict.judge(made, Thresholds(**(limits or {})), EndFacts(**end))
    return made


def found(error=None, **counts):
    """What verifying found."""
    return verification.delivery(Findings(**counts), 0, None, error, 1.0)


def told(**run):
    made = judged(**run).verdict
    return made.outcome, made.exit_code, made.reasons


def test_a_run_that_did_not_come_to_its_end_has_failed():
    assert (UNEARNED.outcome, UNEARNED.exit_code) == ("failed", 1)


def test_a_run_that_accounts_for_everything_has_passed():
    assert told() == ("passed", 0, [])


def test_nothing_sent_fails():
    assert told(acked=0) == ("failed", 1, ["nothing was sent"])


def test_nothing_acknowledged_fails_whatever_error_rate_allows():
    assert told(acked=0, failed=5, limits={"error_rate": 1}) == ("failed", 1, ["nothing was acknowledged"])


def test_an_error_rate_of_nothing_is_not_held():
    assert judged(acked=0, limits={"error_rate": 0.5}).thresholds[0].ok is False


def test_a_planned_end_that_was_not_reached_is_interrupted():
    assert told(unreached="interrupted: 3.0 s of 60 s") == ("interrupted", 1, ["interrupted: 3.0 s of 60 s"])


def test_an_interrupted_run_that_lost_some_has_failed():
    outcome, code, reasons = told(unreached="interrupted", delivery=found(lost=3))
    assert (outcome, code, reasons) == ("failed", 1, ["interrupted", "3 lost"])


def test_a_silent_producer_fails():
    assert told(silent=True)[:2] == ("failed", 1)


def test_what_arrived_after_the_last_report_fails():
    delivery = found(after_last_report=7)
    assert told(delivery=delivery) == ("failed", 1, ["7 arrived after the last report of their producer"])


def test_what_was_to_be_verified_and_was_not_fails():
    assert told(verifies=True) == ("failed", 1, ["not verified"])
    assert told(verifies=True, delivery=found("not verified: interrupted"))[2] == ["not verified: interrupted"]


def test_what_could_not_be_written_fails():
    assert told(unwritten=("the summary could not be written",))[:2] == ("failed", 1)


def test_failures_cost_the_exit_code_on_error():
    assert told(unknown=1)[1] == 1
    assert told(failed=1, on_error=9)[1] == 9
    assert told(failed=1, on_error=0)[:2] == ("passed", 0)


def test_failures_that_a_threshold_allows_count_for_nothing():
    assert told(failed=1, limits={"error_rate": 0.1}, on_error=9) == ("passed", 0, [])


IN_ORDER = {
    "unusable": (3, "the hub is gone"),
    "listener": (7, "a listener set 7"),
    "broken_tasks": 4,
    "unwritten": ("the summary could not be written",),
    "others_failed": 5,
}


@pytest.mark.parametrize(("left_out", "code"), [(0, 3), (1, 7), (2, 9), (3, 1), (4, 9)])
def test_the_exit_code_is_that_of_the_first_in_order(left_out, code):
    ends = dict(list(IN_ORDER.items())[left_out:])
    assert told(**ends, on_error=9)[1] == code


def test_a_broken_listener_is_locusts_2():
    assert told(broken_listeners=True)[1] == 2


def test_the_exit_code_on_error_0_allows_failed_requests_of_others():
    assert told(others_failed=5, on_error=0) == ("passed", 0, [])


@pytest.mark.parametrize(
    ("given", "code"), [(None, 0), (0, 0), (7, 7), (True, 1), (256, 1), (-1, 255), (300, 44), ("text", 1)]
)
def test_exit_codes_are_what_the_system_makes_of_them_and_never_0_by_accident(given, code):
    assert as_exit_code(given) == code


def test_of_several_runs_the_worst_is_the_one_of_the_first_rank():
    passed, missed = Verdict(), Verdict((Reason("missed"),))
    listener = Verdict((Reason("a listener", verdict.Rank.LISTENER, 7),))
    others = Verdict((Reason("others", verdict.Rank.OTHERS, 9),))
    assert max([passed, missed, others, listener], key=Verdict.badness) is listener
    assert max([others, missed, passed], key=Verdict.badness) is missed
    assert max([passed, others], key=Verdict.badness) is others


@pytest.mark.parametrize(
    "end", [{}, {"unreached": "interrupted: 3 s of 9 s"}, {"listener": (7, "a listener set 7")}, {"others_failed": 3}]
)
def test_every_view_shows_the_same_verdict_and_why(end):
    made = judged(**end)
    outcome, code, reasons = (getattr(made.verdict, name) for name in ("outcome", "exit_code", "reasons"))
    table, text, suite = console.table(made, None), markdown.markdown(made), xml(made)
    assert made.exit_code == code
    assert table.splitlines()[0].lower().endswith(f": {outcome}")
    assert f"exit code     {code} " in table
    assert f"paysim: {outcome}\n" in text
    assert f"| exit code | {code} |" in text
    assert ("<failure" in suite) == (code != 0)
    for reason in reasons:
        assert reason in table and reason in text and reason in suite
