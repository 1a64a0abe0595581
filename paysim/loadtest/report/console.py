"""The summary as people read it: a table that fits a screen."""

import contextlib
import logging
import os
import sys
import textwrap
from pathlib import Path
from typing import TextIO

from paysim.config.targets.destinations import DESTINATIONS
from paysim.delivery import report
from paysim.loadtest.judge.advice import advice
from paysim.loadtest.judge.verdict import PASSED
from paysim.loadtest.pipeline import lines as pipeline
from paysim.loadtest.run import remarks
from paysim.summary.model import Summary

from .wording import limit_text, limit_words, milliseconds, number, per_second, several

logger = logging.getLogger(__name__)

MOST_LINES = 30
WIDTH = 110
MOST_REASON_LINES = 2
_PERCENTILES = ("p50", "p95", "p99", "max")


def table(result: Summary, path: Path | None) -> str:
    """At most 30 lines: what was sent, where, how fast, how late, what was lost, what held, what to do next."""
    begin = [
        f"paysim run {result.run_id}: {_outcome(result)}",
        f"  target        {result.target}",
        *_reasons(result),
        *_limit(result),
        *_facts(result),
        *_delivery(result),
        *pipeline.lines(result.pipeline),
        *_latencies(result),
    ]
    methods, thresholds = _methods(result), _thresholds(result)
    end = [f"  next          {line}" for line in advice(result)]
    end += [f"  summary       {path}"] if path is not None else []
    end += _files(result, path)
    end.append(f"  exit code     {result.verdict.exit_code} → {result.target}")
    if len(begin) + len(methods) + len(thresholds) + len(end) > MOST_LINES:
        methods = _two_a_line([line.removesuffix(" asked") for line in methods])
    if len(begin) + len(methods) + len(thresholds) + len(end) > MOST_LINES:
        thresholds = _two_a_line(thresholds)
    return "\n".join([*begin, *methods, *thresholds, *end])


def _files(result: Summary, summary: Path | None) -> list[str]:
    """What is written besides: names where it stands beside the summary, else paths, a line each."""
    found = remarks.files(result)
    beside = {
        what: Path(where).name for what, where in found.items() if summary and Path(where).parent == summary.parent
    }
    lines = [f"  beside it     {', '.join(beside.values())}"] if beside else []
    return lines + [f"  {what:<14}{where}" for what, where in found.items() if what not in beside]


def _two_a_line(lines: list[str]) -> list[str]:
    width = max(map(len, lines), default=0)
    return [f"{left:<{width}}  {right}".rstrip() for left, right in zip(lines[::2], [*lines[1::2], ""], strict=False)]


def _outcome(result: Summary) -> str:
    outcome: str = result.verdict.outcome
    missed = remarks.rate_missed(result)
    return f"{outcome if outcome == PASSED else outcome.upper()}{f', with {missed}' if missed else ''}"


def _reasons(result: Summary) -> list[str]:
    """Why it did not pass: what there is room for."""
    told = textwrap.wrap("; ".join(result.verdict.reasons), WIDTH - 16, max_lines=MOST_REASON_LINES, placeholder=" …")
    return [f"  {'' if at else 'why':<14}{line}" for at, line in enumerate(told)]


def _limit(result: Summary) -> list[str]:
    return [] if result.limit is None else [f"  limit         {limit_words(result.limit)}"]


def _facts(result: Summary) -> list[str]:
    counts, rate = result.transactions, result.rate
    asked = "" if rate.target_per_s is None else f" of {per_second(rate.target_per_s)} asked"
    to_hub = DESTINATIONS[result.config.output.destination].is_hub
    needs = f"; needs {several(rate.throughput_units_needed, 'throughput unit')}" if to_hub else ""
    workers = several(result.workers, "worker") if result.workers else "one process"
    lines = [
        f"  duration      {result.duration_s:.1f} s, {several(result.users_max, 'user')}, {workers}",
        f"  transactions  {counts.acked:,} acked, {counts.failed:,} failed, {counts.unknown:,} unknown",
        f"  rate          {per_second(rate.achieved_per_s)}{asked}, {rate.mb_per_s:.2f} MB/s{needs}",
    ]
    if rate.after_ramp_per_s is not None:
        lines.append(f"  after ramp    {per_second(rate.after_ramp_per_s)}, from {rate.ramp_s:.1f} s on")
    if (late := remarks.late(result)) is not None:
        lines.append(f"  late          {late}")
    if (hook := result.hook) is not None:
        told = f"{hook.calls:,} transactions, {1e6 * hook.seconds / max(1, hook.calls):.0f} µs each"
        lines.append(f"  hook          {told}, {hook.dropped:,} dropped")
    if (people := result.people) is not None and people.most_payments:
        told = f"at most {several(people.most_payments, 'payment')} of one person"
        gap = "" if people.least_gap_s is None else f", {people.least_gap_s:,.1f} s apart at the least"
        lines.append(f"  people        {told}{gap}")
    hub = result.hub
    if hub.retries or hub.throttled or hub.reconnects:
        told = f"{hub.retries:,} retries, {hub.throttled:,} throttled, {hub.reconnects:,} reconnects"
        lines.append(f"  hub           {hub.sends:,} sends, {told}")
    if (reasons := remarks.reasons(result)) is not None:
        lines.append(f"  attempts      failed: {reasons}")
    if (violations := remarks.violations(result)) is not None:
        lines += textwrap.wrap(
            f"violations    {violations}", WIDTH, initial_indent="  ", subsequent_indent=" " * 16, max_lines=2
        )
    if silent := [producer for producer in result.producers if producer.silent]:
        told = ", ".join(str(each.producer) for each in silent[:5])
        more = f" and {len(silent) - 5:,} more" if len(silent) > 5 else ""
        lines.append(f"  went silent   producer {told}{more}: what was sent after the last report is not counted")
    return lines


def _delivery(result: Summary) -> list[str]:
    """What arrived and how late, where the run was verified."""
    if result.delivery is None:
        return []
    told = report.lines(result.delivery, result.transactions.acked)
    return [f"  {'' if at else 'in the hub':<14}{line}" for at, line in enumerate(told)]


def _latencies(result: Summary) -> list[str]:
    rows = [
        f"    {kind.replace('_', ' '):<16}"
        + "".join(f"{milliseconds(getattr(values, name)):>12}" for name in _PERCENTILES)
        for kind, values in result.latency_ms.measured()
    ]
    head = f"  {'latency':<18}" + "".join(f"{name:>12}" for name in _PERCENTILES) + "   (exact; Locust's are rounded)"
    return [head, *rows] if rows else []


def _methods(result: Summary) -> list[str]:
    tallies = result.by_payment_method
    total = max(1, sum(tally.settled for tally in tallies.values()))
    asked = result.config.transaction.patterns.payment_methods
    lines = []
    for method, tally in tallies.items():
        share = tally.settled / total
        of = f" of {asked[method]:.1%} asked" if method in asked else ""
        lines.append(f"  {method:<16}{tally.acked:>12,} acked  {share:>6.1%}{of}")
    return lines


def _thresholds(result: Summary) -> list[str]:
    lines = []
    for each in result.thresholds:
        actual = "not measured" if each.actual is None else number(each.actual)
        held = "held" if each.ok else "MISSED"
        lines.append(f"  threshold     {each.name} {limit_text(each)}: {actual}, {held}")
    return lines


def show(text: str, *, to_stderr: bool) -> list[str]:
    """On standard output, unless the transactions are there. Returns what could not be written, in words."""
    stream = sys.stderr if to_stderr else sys.stdout
    try:
        print(text, file=stream, flush=True)
    except (OSError, ValueError) as error:  # a full disk, a reader that has gone; a stream that was closed
        trouble = f"the summary could not be written to standard {'error' if to_stderr else 'output'}: {error}"
        logger.error("%s", trouble)
        _give_up(stream)
        return [trouble]
    return []


def _give_up(stream: TextIO) -> None:
    """What is left in its buffer must not make Python complain at its end, with an exit code of its own."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
