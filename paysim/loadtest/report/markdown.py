"""A summary as Markdown, for the job summary of GitHub Actions. Pure: the summary in, text out."""

from collections.abc import Sequence

from paysim.loadtest.judge.advice import advice
from paysim.loadtest.judge.verdict import PASSED
from paysim.loadtest.pipeline import lines as pipeline
from paysim.loadtest.report import remarks
from paysim.summary.model import Summary

from .wording import limit_text, limit_words, milliseconds, number, per_second, several


def markdown(summary: Summary) -> str:
    """A heading that says whether the run passed, then tables."""
    outcome, reasons = summary.verdict.outcome, summary.verdict.reasons
    missed, next_steps = remarks.rate_missed(summary), advice(summary)
    lines = [
        f"## {'✅' if outcome == PASSED else '❌'} paysim: {outcome}{f', with {missed}' if missed else ''}",
        "",
        *(f"- {_text(reason)}" for reason in reasons),
        *([""] if reasons else []),
        *(f"Next: {_text(step)}" for step in next_steps),
        *([""] if next_steps else []),
        *_table(("", ""), _facts(summary)),
        "",
    ]
    if summary.thresholds:
        rows = [
            (
                each.name,
                limit_text(each),
                "not measured" if each.actual is None else number(each.actual),
                "✅ held" if each.ok else "❌ missed",
            )
            for each in summary.thresholds
        ]
        lines += ["### Thresholds", "", *_table(("threshold", "limit", "actual", ""), rows), ""]
    lines += ["### Latency", "", *_table(("", "p50", "p95", "p99", "max"), _latencies(summary)), ""]
    if summary.pipeline is not None:
        lines += ["### Behind the hub", "", *_table(pipeline.HEAD, pipeline.rows(summary.pipeline)), ""]
    methods = [
        (method, f"{tally.acked:,}", f"{tally.failed:,}", f"{tally.unknown:,}")
        for method, tally in summary.by_payment_method.items()
    ]
    lines += ["### Payment methods", "", *_table(("", "acked", "failed", "unknown"), methods), ""]
    return "\n".join(lines) + "\n"


def _facts(summary: Summary) -> list[tuple[str, ...]]:
    counts, rate = summary.transactions, summary.rate
    asked = "" if rate.target_per_s is None else f" of {per_second(rate.target_per_s)} asked"
    facts: list[tuple[str, ...]] = [
        ("run", f"`{summary.run_id}`"),
        ("target", _text(summary.target)),
        ("duration", f"{summary.duration_s:.1f} s, {several(summary.users_max, 'user')}"),
        ("transactions", f"{counts.acked:,} acked, {counts.failed:,} failed, {counts.unknown:,} unknown"),
        ("rate", f"{per_second(rate.achieved_per_s)}{asked}, {rate.mb_per_s:.2f} MB/s"),
        ("throughput units needed", f"{rate.throughput_units_needed:,}"),
    ]
    for name, remark in (
        ("limit", None if summary.limit is None else limit_words(summary.limit)),
        ("late", remarks.late(summary)),
        ("follow-ups", remarks.follow_ups(summary)),
        ("attempts that failed", remarks.reasons(summary)),
        ("still under way", pipeline.who_could_tell(summary.pipeline)),
        ("violations", remarks.violations(summary)),
        ("short of what was asked", remarks.shortfalls(summary)),
    ):
        if remark is not None:
            facts.append((name, _text(remark)))
    if (delivery := summary.delivery) is not None:
        told = ", ".join(
            f"{count:,} {key}"
            for key in ("arrived", "lost", "duplicated")
            if (count := getattr(delivery, key)) is not None
        )
        facts.append(("delivery", _text(delivery.error or told)))
    facts += [(what, f"`{_text(path)}`") for what, path in remarks.files(summary).items()]
    facts.append(("exit code", str(summary.verdict.exit_code)))
    return facts


def _latencies(summary: Summary) -> list[tuple[str, ...]]:
    return [
        (kind.replace("_", " "), *map(milliseconds, (values.p50, values.p95, values.p99, values.max)))
        for kind, values in summary.latency_ms.measured()
    ]


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    rule = ("---", *("---:" if len(head) > 2 else "---" for _ in head[1:]))
    return [f"| {' | '.join(row)} |" for row in (head, rule, *rows)]


def _text(value: str) -> str:
    """A cell must not end early."""
    return value.replace("|", "\\|").replace("\n", " ")
