"""The summary as people read it: a table that fits a screen."""

import contextlib
import logging
import os
import re
import sys
import textwrap
from pathlib import Path
from typing import TextIO

from paysim.config.sections.thresholds import threshold_of
from paysim.config.targets.destinations import DESTINATIONS
from paysim.delivery import report
from paysim.loadtest.judge.advice import advice
from paysim.loadtest.judge.verdict import INTERRUPTED, PASSED
from paysim.loadtest.pipeline import lines as pipeline
from paysim.loadtest.report import remarks
from paysim.streams import is_terminal
from paysim.summary.model import Summary

from .wording import figure_text, limit_words, milliseconds, per_second, several

logger = logging.getLogger(__name__)

MOST_LINES = 30
WIDTH = 110
MOST_REASON_LINES = 2
_THRESHOLD = "  threshold     "
_PERCENTILES = ("p50", "p95", "p99", "max")


def table(result: Summary, path: Path | None) -> str:
    """At most 30 lines: what was sent, where, how fast, how late, what was lost, what held, what to do next."""
    begin = [
        f"paysim run {result.run_id}: {_outcome(result)}",
        f"  target        {result.target}",
        *_limit(result),
        *_facts(result),
        *_delivery(result),
        *pipeline.lines(result.pipeline),
        *_latencies(result),
    ]
    methods, thresholds = _methods(result), _thresholds(result)
    files = [f"  summary       {path}"] if path is not None else []
    files += _files(result, path)
    # What matters most stands last, where it cannot scroll past.
    end = [f"  next          {line}" for line in advice(result)]
    end += _reasons(result)
    end.append(f"  exit code     {result.verdict.exit_code} → {result.target}")
    others = len(begin) + len(files) + len(end)
    if others + len(methods) + len(thresholds) > MOST_LINES:
        methods = _two_a_line([line.removesuffix(" asked") for line in methods])
    if others + len(methods) + len(thresholds) > MOST_LINES:
        thresholds = _two_a_line(thresholds)
    return "\n".join([*begin, *methods, *files, *thresholds, *end])


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
    return [
        f"{left:<{width}}  {right.removeprefix(_THRESHOLD)}".rstrip()
        for left, right in zip(lines[::2], [*lines[1::2], ""], strict=False)
    ]


def _outcome(result: Summary) -> str:
    missed = remarks.rate_missed(result)
    return f"{_word(result)}{f', with {missed}' if missed else ''}"


def _word(result: Summary) -> str:
    outcome: str = result.verdict.outcome
    return outcome if outcome == PASSED else outcome.upper()


def _reasons(result: Summary) -> list[str]:
    """The verdict, and why it did not pass: what there is room for."""
    sign = {PASSED: "✓", INTERRUPTED: "■"}.get(result.verdict.outcome, "✗")
    why = "; ".join(result.verdict.reasons)
    words = f"{sign} {_word(result)}{f': {why}' if why else ''}"
    told = textwrap.wrap(words, WIDTH - 16, max_lines=MOST_REASON_LINES, placeholder=" …")
    return [f"  {'' if at else 'verdict':<14}{line}" for at, line in enumerate(told)]


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
    if (followed := remarks.follow_ups(result)) is not None:
        lines += textwrap.wrap(f"follow-ups    {followed}", WIDTH, initial_indent="  ", subsequent_indent=" " * 16)
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
    if (short := remarks.shortfalls(result)) is not None:
        lines += textwrap.wrap(f"short         {short}", WIDTH, initial_indent="  ", subsequent_indent=" " * 16)
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
    tallies, followed = result.by_payment_method, {} if result.follow_ups is None else result.follow_ups.by_method
    begun = {method: max(0, tally.ended - followed.get(method, 0)) for method, tally in tallies.items()}
    total = max(1, sum(begun.values()))
    asked = result.asked_shares
    lines = []
    for method, tally in tallies.items():
        share = begun[method] / total
        of = f" of {asked[method]:.1%} asked" if method in asked else ""
        lines.append(f"  {method:<16}{tally.acked:>12,} acked  {share:>6.1%}{of}")
    return lines


def _thresholds(result: Summary) -> list[str]:
    """Aligned: sign, name, limit, figure, and the sign in words."""
    rows = []
    for each in result.thresholds:
        row = threshold_of(each.name)
        limit = f"{row.sign} {figure_text(each.limit, row.unit)}"
        sign, word = ("✓", "held") if each.ok else ("✗", "MISSED")
        rows.append((f"{sign} {each.name}", limit, figure_text(each.actual, row.unit), word))
    widths = [max((len(row[at]) for row in rows), default=0) for at in range(3)]
    return [
        f"{_THRESHOLD}{name:<{widths[0]}}  {limit:<{widths[1]}}  {actual:>{widths[2]}}  {word}"
        for name, limit, actual, word in rows
    ]


def coloured(text: str) -> str:
    """Text with ANSI colours: what follows a sign is green or red, up to the next sign or the end of the line."""
    return re.sub(r"([✓✗■])[^✓✗■\n]*", lambda found: f"\x1b[{32 if found[1] == '✓' else 31}m{found[0]}\x1b[0m", text)


def _in_colour(stream: TextIO) -> bool:
    """On a terminal, unless somebody wants none: https://no-color.org."""
    return is_terminal(stream) and not os.environ.get("NO_COLOR")


def show(text: str, *, to_stderr: bool) -> list[str]:
    """On standard output, unless the transactions are there. Returns what could not be written, in words."""
    stream = sys.stderr if to_stderr else sys.stdout
    try:
        text = coloured(text) if _in_colour(stream) else text
        print(text, file=stream, flush=True)
    except (OSError, ValueError) as error:  # a full disk, a reader that has gone; a stream that was closed
        trouble = f"the summary could not be written to standard {'error' if to_stderr else 'output'}: {error}"
        logger.error("%s", trouble)
        _give_up(stream)
        return [trouble]
    return []


def _give_up(stream: TextIO) -> None:
    """Drop what is left in its buffer: at its end Python would try to write it, and end with an exit code of its
    own."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
