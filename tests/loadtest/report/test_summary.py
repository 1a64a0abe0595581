"""The summary adds up what every process accounts for."""

from pathlib import Path

import pytest

from paysim.config.capacity import throughput_units
from paysim.config.schema import Thresholds
from paysim.contract.methods import PAYMENT_METHODS
from paysim.exit_codes import ExitCode
from paysim.loadtest.judge import verdict
from paysim.loadtest.judge.figures import SpanFigures
from paysim.loadtest.report import console, summary
from paysim.loadtest.sending.latency import KINDS, Latencies
from paysim.publishers.base import PublisherFigures
from paysim.summary.model import ShortfallRecord
from tests.support.accounts import account, facts
from tests.support.present import present

NO_DUPLICATES = {"acked": 0, "failed": 0, "unknown": 0, "resent": 0}


def test_accounts_of_workers_add_up():
    short = {"violations.missing_follow_up": ShortfallRecord(asked=0.7, possible=0.6)}
    accounts = [
        account(1, 3000, copies_waiting=5),
        account(0, 1000, failed=2, unknown=3, copies_waiting=2, shortfalls=short),
    ]
    result = summary.make(facts(), accounts)
    counts = result.transactions
    assert counts.copies_waiting == 7
    assert counts.shortfalls == short
    assert (counts.generated, counts.acked, counts.failed, counts.unknown) == (4005, 4000, 2, 3)
    assert counts.bytes == 4_000_000
    assert counts.payments_for_refunds == 4
    assert result.by_payment_method["credit_card"].acked == 4000
    assert result.rate.achieved_per_s == 2000
    assert result.rate.mb_per_s == 2
    assert result.rate.throughput_units_needed == 2
    assert result.hub.sends == 400
    assert result.hub.attempts_failed == {"throttled": 1}
    assert [producer.model_dump() for producer in result.producers] == [
        {
            "producer": 0,
            "next_sequence": 1005,
            "made_ms": (1, 1),
            "failed": [(1000, 1001)],
            "unknown": [(1002, 1004)],
            "resent": [],
            "duplicates": NO_DUPLICATES,
            "repeated": {},
            "silent": False,
        },
        {
            "producer": 1,
            "next_sequence": 3000,
            "made_ms": (1, 1),
            "failed": [],
            "unknown": [],
            "resent": [],
            "duplicates": NO_DUPLICATES,
            "repeated": {},
            "silent": False,
        },
    ]
    assert result.started_at == "2026-01-01T00:00:00.000Z"
    assert present(result.latency_ms.response).p50 == pytest.approx(10, rel=0.001)
    assert result.latency_ms.from_schedule is None


def test_a_run_that_sent_nothing_has_a_summary_too():
    result = summary.make(facts(duration_s=0.0), [])
    assert result.transactions.acked == 0
    assert result.rate.throughput_units_needed == 0


def test_a_silent_producer_is_named():
    result = summary.make(facts(), [account(0, 10), account(1, 10, silent=True)])
    assert [producer.silent for producer in result.producers] == [False, True]
    verdict.judge(result, Thresholds(), verdict.EndFacts())
    assert "went silent   producer 1:" in console.table(result, None)


@pytest.mark.parametrize(("per_s", "mb", "units"), [(0, 0, 0), (1, 0.001, 1), (1000, 1, 1), (1001, 1, 2), (10, 3.2, 4)])
def test_throughput_units_are_what_comes_first(per_s, mb, units):
    assert throughput_units(per_s, mb) == units


@pytest.mark.parametrize(
    ("limits", "ok"),
    [
        ({"p95_ms": 11}, True),
        ({"p95_ms": 9}, False),
        ({"p99_ms": 11}, True),
        ({"error_rate": 0.01}, True),
        ({"error_rate": 0.001}, False),
        ({"min_rate": 499}, True),
        ({"min_rate": 501}, False),
        ({"lost": 0}, False),  # not measured is not held
    ],
)
def test_thresholds_are_held_against_the_summary(limits, ok):
    result = summary.make(facts(), [account(0, 1000, failed=5)])
    found = verdict.judge(result, Thresholds(**limits), verdict.EndFacts())
    (threshold,) = result.thresholds
    assert threshold.ok is ok
    tolerated = "error_rate" in limits
    assert found.exit_code == ((ExitCode.OK if ok else ExitCode.MISSED) if tolerated else 1)


def test_with_a_rate_latency_thresholds_mean_from_schedule():
    one = account(0, 100)
    latencies = Latencies()
    latencies.record("response", 0.010, 100)
    latencies.record("from_schedule", 2.0, 100)
    one.latencies = latencies.encode()
    (threshold,) = verdict.thresholds(
        Thresholds(p99_ms=100, min_rate_share=None).limits(),
        SpanFigures.of(summary.make(facts(target_per_s=1000.0), [one])),
    )
    assert threshold.actual == pytest.approx(2000, rel=0.001)
    assert not threshold.ok


def test_the_table_fits_a_screen_and_names_the_target_first_and_last():
    result = summary.make(facts(target_per_s=3000.0), [account(0, 1000, failed=5, late=7)])
    limits = Thresholds(p95_ms=1, p99_ms=1, error_rate=0, min_rate=1, lost=0, duplicates=0)
    verdict.judge(result, limits, verdict.EndFacts())
    lines = console.table(result, None).splitlines()
    assert len(lines) <= 30
    assert "LOCAL HUB, not Azure" in lines[1]
    assert "LOCAL HUB, not Azure" in lines[-1]
    assert any("7 transactions began late" in line for line in lines)
    told = [line.split() for line in lines if line.startswith("  threshold ")]
    assert ["threshold", "✗", "lost", "≤", "0", "not", "measured", "MISSED"] in told
    assert ["threshold", "✗", "p95_ms", "≤", "1", "ms", "not", "measured", "MISSED"] in told
    assert ["threshold", "✗", "error_rate", "≤", "0", "%", "0.4975", "%", "MISSED"] in told
    assert lines[-2].startswith("              ") and lines[-3].startswith("  verdict       ✗ FAILED: ")


def test_on_a_terminal_what_holds_is_green_and_what_does_not_red():
    result = summary.make(facts(), [account(0, 1000)])
    verdict.judge(result, Thresholds(p95_ms=11, p99_ms=1), verdict.EndFacts())
    told = console.coloured(console.table(result, None))
    assert "\x1b[32m✓ p95_ms  ≤ 11 ms  10.01 ms  held\x1b[0m" in told
    assert "\x1b[31m✗ p99_ms  ≤ 1 ms   10.01 ms  MISSED\x1b[0m" in told
    assert "verdict       \x1b[31m✗ FAILED: p99_ms was 10.01, and has to be ≤ 1\x1b[0m\n" in told


def test_the_table_fits_a_screen_where_everything_there_is_to_say_is_said():
    accounts = [account(producer, 1000, failed=5, unknown=5, late=7) for producer in range(8)]
    for each, method in zip(accounts, [*PAYMENT_METHODS] * 2, strict=False):
        each.silent = True
        each.ledger.methods = {method: each.ledger.methods["credit_card"]}
        each.hub = PublisherFigures(throttled=9, all_busy_s=2.0, reconnects=2, attempts_failed={"timed out": 3})
        each.latencies = dict.fromkeys(KINDS, each.latencies["response"])
    result = summary.make(facts(target_per_s=9000.0, after_ramp_per_s=2.0, ramp_s=1.0, cpu_warning=True), accounts)
    limits = Thresholds(p95_ms=1, p99_ms=1, error_rate=0, min_rate=1, lost=0, duplicates=0)
    verdict.judge(
        result,
        limits,
        verdict.EndFacts(broken_tasks=3, listener=(7, "a listener set exit code 7"), unreached="interrupted"),
    )
    lines = console.table(result, Path(f"output/{result.run_id}/summary.json")).splitlines()
    assert len(lines) <= 30
    assert any(line.startswith("  next ") for line in lines)
    assert max(map(len, lines)) <= 110
