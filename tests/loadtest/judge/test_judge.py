"""Thresholds while a run is on: held, missed or not measured yet; warm-up, window and abort; and its end."""

import pytest

from paysim.loadtest.judge import verdict
from paysim.loadtest.judge.verdict import EndFacts
from paysim.loadtest.report import summary
from tests.support.accounts import account, facts
from tests.support.judging import Watched
from tests.support.present import present
from tests.support.rate_plans import rate_plan


def ended(watched, accounts=None, **known):
    """The summary of the run with its verdict, as the coordinator makes it."""
    result = summary.make(facts(duration_s=watched.elapsed, **known), accounts or [])
    result.transactions.generated = 1
    for counts in (result.transactions, result.by_payment_method.setdefault("credit_card", result.transactions)):
        counts.acked = watched.senders.acked
        counts.failed = sum(t.failed for c in watched.senders.counts for t in c.values())
    end = EndFacts(figures=watched.judge.at_end(result), aborted=watched.judge.standing.aborted)
    verdict.judge(result, watched.limits, end)
    return result


# What is measured while a run is on


@pytest.mark.parametrize(
    ("limits", "sends", "state"),
    [
        ({"p95_ms": 50}, {"acked": 100, "ms": 10}, "held"),
        ({"p95_ms": 50}, {"acked": 100, "ms": 80}, "missed"),
        ({"p99_ms": 50}, {"acked": 100, "ms": 10}, "held"),
        ({"p99_ms": 50}, {"acked": 100, "ms": 80}, "missed"),
        ({"error_rate": 0.02}, {"acked": 99, "failed": 1}, "held"),
        ({"error_rate": 0.02}, {"acked": 97, "unknown": 3}, "missed"),
        ({"min_rate": 90}, {"acked": 100}, "held"),
        ({"min_rate": 200}, {"acked": 100}, "missed"),
        ({"lost": 0}, {"acked": 100}, "not measured"),
        ({"duplicates": 0}, {"acked": 100}, "not measured"),
        ({"p95_ms": 50}, {"failed": 100}, "not measured"),
    ],
)
@pytest.mark.parametrize("window", [None, 5])
def test_each_threshold_is_held_missed_or_not_measured_while_a_run_is_on(limits, sends, state, window):
    watched = Watched({**limits, "window": window})
    watched.seconds(8, sends)
    assert watched.states() == {next(iter(limits)): state}


@pytest.mark.parametrize(("acked", "state"), [(100, "held"), (60, "missed")])
@pytest.mark.parametrize("window", [None, 10])
def test_the_share_of_the_rate_is_judged_where_a_rate_is_set(acked, state, window):
    watched = Watched({"window": window}, rate=100)
    watched.seconds(20, {"acked": acked})
    assert watched.states() == {"min_rate_share": state}
    without = Watched({"window": window})
    without.seconds(20, {"acked": acked})
    assert without.states() == {}


def test_nothing_is_judged_in_the_first_moment_and_in_the_warm_up():
    watched = Watched({"after": 5, "p95_ms": 50})
    watched.seconds(5, {"acked": 100, "ms": 500})
    assert watched.states() == {"p95_ms": "not measured"}
    watched.seconds(5, {"acked": 100, "ms": 10})
    assert watched.states() == {"p95_ms": "held"}
    assert watched.actual("p95_ms") == pytest.approx(10, rel=0.01)


def test_a_window_forgets_what_was_before_it():
    watched = Watched({"window": 5, "p99_ms": 50, "error_rate": 0.01})
    watched.seconds(5, {"acked": 90, "failed": 10, "ms": 500})
    assert watched.states() == {"p99_ms": "missed", "error_rate": "missed"}
    watched.seconds(5, {"acked": 100, "ms": 10})
    assert watched.states() == {"p99_ms": "held", "error_rate": "held"}
    assert watched.actual("error_rate") == 0


def test_a_window_is_judged_once_it_has_passed_since_the_warm_up():
    watched = Watched({"after": 4, "window": 5, "p95_ms": 50})
    states = [watched.second({"acked": 10, "ms": 500}) and watched.states()["p95_ms"] for _ in range(10)]
    assert states == ["not measured"] * 8 + ["missed"] * 2


def test_several_senders_add_up_and_one_that_is_gone_sends_nothing():
    watched = Watched({"window": 5, "min_rate": 100}, senders=2)
    watched.seconds(8, {"acked": 60, "sender": 0}, {"acked": 60, "sender": 1})
    assert watched.actual("min_rate") == pytest.approx(120)
    for _ in range(10):
        watched.elapsed += 1
        watched.senders.send(acked=60)
        watched.judge.heard(watched.elapsed, watched.senders.account(0))
        watched.judge.look(watched.plan, watched.elapsed, watched.senders.acked)
        watched.stands.append(watched.judge.stand(watched.elapsed))
    assert watched.actual("min_rate") == pytest.approx(60)
    assert watched.states() == {"min_rate": "missed"}


def test_thresholds_of_a_payment_method_are_held_against_its_own_figures():
    limits = {"p95_ms": 50, "error_rate": 0.1, "min_rate": 5}
    watched = Watched({"by_method": {"credit_card": limits, "bank_transfer": limits}})
    watched.seconds(
        8, {"acked": 10, "ms": 10}, {"acked": 1, "failed": 1, "ms": 80, "method": "bank_transfer"}, {"failed": 1}
    )
    assert watched.states() == {
        "by_method.credit_card.p95_ms": "held",
        "by_method.credit_card.error_rate": "held",
        "by_method.credit_card.min_rate": "held",
        "by_method.bank_transfer.p95_ms": "missed",
        "by_method.bank_transfer.error_rate": "missed",
        "by_method.bank_transfer.min_rate": "missed",
    }


def test_a_payment_method_that_nobody_paid_with_is_not_measured():
    watched = Watched({"by_method": {"cryptocurrency": {"p95_ms": 50, "error_rate": 0.1}}})
    watched.seconds(8, {"acked": 10})
    assert set(watched.states().values()) == {"not measured"}


def test_a_reload_takes_other_limits_from_then_on():
    watched = Watched({"p95_ms": 50})
    watched.seconds(4, {"acked": 10, "ms": 80})
    assert watched.states() == {"p95_ms": "missed"}
    watched.judge.reconfigure(watched.limits.model_copy(update={"p95_ms": 100.0}))
    watched.second({"acked": 10, "ms": 80})
    assert watched.states() == {"p95_ms": "held"}


# Abort


def test_a_threshold_that_is_missed_over_its_window_ends_the_run_within_a_second_of_it():
    watched = Watched({"window": 5, "abort": True, "p95_ms": 50})
    watched.seconds(20, {"acked": 100, "ms": 10})
    assert watched.aborted_at() is None
    watched.seconds(8, {"acked": 100, "ms": 500})
    assert 20 < present(watched.aborted_at()) <= 20 + 5 + 1
    told = present(watched.stands[-1].aborted)
    assert told.startswith(f"aborted after {watched.aborted_at():.1f} s: over the last 5 s p95_ms was 5")
    assert told.endswith(" and has to be ≤ 50")


def test_without_abort_nothing_ends_the_run():
    watched = Watched({"window": 5, "p95_ms": 50})
    watched.seconds(20, {"acked": 100, "ms": 500})
    assert watched.states() == {"p95_ms": "missed"}
    assert watched.aborted_at() is None


@pytest.mark.parametrize("rate", [100, 1000])
def test_a_rate_that_comes_in_batches_of_a_second_ends_no_run(rate):
    watched = Watched({"window": 5, "abort": True, "min_rate": rate}, rate=rate)
    for second in range(60):
        watched.second({"acked": (rate, 0, 2 * rate, rate)[second % 4]})
    assert watched.aborted_at() is None


def test_a_rate_that_is_not_reached_over_the_window_ends_the_run():
    watched = Watched({"window": 10, "abort": True}, rate=100)
    watched.seconds(20, {"acked": 100})
    watched.seconds(12, {"acked": 40})
    assert 20 < present(watched.aborted_at()) <= 31
    assert "min_rate_share was 0." in present(watched.stands[-1].aborted)


def test_a_ramp_that_is_followed_ends_no_run():
    watched = Watched({"window": 5, "abort": True})
    watched.plan = rate_plan(None, None, [{"duration": 60, "users": 1, "rate": 6000, "ramp": True}])
    for second in range(60):
        watched.second({"acked": round(100 * (second + 0.5))})
    assert watched.aborted_at() is None


def test_what_is_not_measured_ends_no_run():
    watched = Watched({"window": 5, "abort": True, "p95_ms": 50, "lost": 0})
    watched.seconds(20, {"failed": 1})
    assert watched.aborted_at() is None


# The end


@pytest.mark.parametrize(("after", "ok"), [(0, False), (5, True)])
def test_the_warm_up_is_left_out_at_the_end(after, ok):
    watched = Watched({"after": after, "p95_ms": 50, "error_rate": 0.1, "min_rate": 90})
    watched.seconds(5, {"acked": 10, "failed": 20, "ms": 500})
    watched.seconds(5, {"acked": 100, "ms": 10})
    accounts = [watched.senders.account()]
    result = ended(watched, accounts)
    assert [each.ok for each in result.thresholds] == [ok] * 3, result.thresholds
    assert result.verdict.outcome == ("passed" if ok else "failed")


@pytest.mark.parametrize(("after", "acked", "ok"), [(0, 100, False), (10, 100, True), (10, 60, False)])
def test_the_share_of_the_rate_counts_from_the_end_of_the_warm_up(after, acked, ok):
    watched = Watched({"after": after}, rate=100)
    watched.seconds(10, {"acked": 20})
    watched.seconds(30, {"acked": acked})
    result = ended(watched, [watched.senders.account()], target_per_s=100.0)
    (threshold,) = result.thresholds
    assert (threshold.name, threshold.ok) == ("min_rate_share", ok), threshold
    assert present(watched.judge.asked()).reached is ok


@pytest.mark.parametrize(("per_s", "ok"), [(80, False), (100, True)])
def test_what_was_under_way_when_the_warm_up_ended_counts_for_no_rate_though_the_end_waits_for_as_many(per_s, ok):
    limits = {"after": 5, "min_rate": 90, "by_method": {"credit_card": {"min_rate": 90}}}
    watched = Watched(limits, rate=100)
    watched.senders.under_way = 150
    watched.seconds(15, {"acked": per_s})
    watched.senders.under_way = 0
    watched.senders.send(acked=150)
    watched.judge.heard(watched.elapsed, watched.senders.account())
    watched.judge.look(watched.plan, watched.elapsed, watched.senders.acked)
    result = ended(watched, [watched.senders.account()], target_per_s=100.0)
    assert {each.name: each.ok for each in result.thresholds} == {
        "min_rate": ok,
        "min_rate_share": ok,
        "by_method.credit_card.min_rate": ok,
    }
    assert present(watched.judge.asked()).acked == per_s * 10


def test_a_run_that_ends_in_its_warm_up_has_measured_nothing_and_failed():
    watched = Watched({"after": 20, "p95_ms": 50})
    watched.seconds(5, {"acked": 100, "ms": 10})
    (threshold,) = ended(watched, [watched.senders.account()]).thresholds
    assert (threshold.actual, threshold.ok) == (None, False)


def test_an_aborted_run_has_failed_though_it_held_over_all_and_says_which_and_when():
    watched = Watched({"window": 5, "abort": True, "p95_ms": 50})
    watched.seconds(100, {"acked": 100, "ms": 10})
    watched.seconds(2, {"acked": 100, "ms": 500})
    result = ended(watched, [watched.senders.account()])
    assert [each.ok for each in result.thresholds] == [True]
    assert (result.verdict.outcome, result.verdict.exit_code) == ("failed", 1)
    (reason,) = result.verdict.reasons
    assert reason.startswith("aborted after 101.0 s: over the last 5 s p95_ms was 5")


def test_an_aborted_run_is_not_interrupted_besides():
    result = summary.make(facts(), [account(0, 100)])
    end = EndFacts(aborted="aborted after 3 s", unreached="interrupted after 3 s of 60 s")
    verdict.judge(result, Watched({}).limits, end)
    assert result.verdict.reasons == ["aborted after 3 s"]


def test_failures_of_a_payment_method_count_where_its_threshold_does_not_speak_of_them():
    limits = Watched({"by_method": {"credit_card": {"error_rate": 0.5}}}).limits
    allowed = summary.make(facts(), [account(0, 100, failed=5)])
    assert verdict.judge(allowed, limits, EndFacts()).outcome == "passed"
    other = Watched({"by_method": {"debit_card": {"error_rate": 0.5}}}).limits
    not_allowed = summary.make(facts(), [account(0, 100, failed=5)])
    assert "5 failed" in verdict.judge(not_allowed, other, EndFacts()).record().reasons
