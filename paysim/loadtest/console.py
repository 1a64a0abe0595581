"""The summary as people read it: a table that fits a screen."""

import sys
from pathlib import Path
from typing import Any


def table(result: dict[str, Any], path: Path | None) -> str:
    """At most 30 lines: what was sent, where, how fast, how late, what was lost, what held."""
    counts, rate = result["transactions"], result["rate"]
    lines = [
        f"paysim run {result['run_id']}",
        f"  target        {result['target']}",
        f"  duration      {result['duration_s']:.1f} s, {result['users_max']} users, {_workers(result)}",
        f"  transactions  {counts['acked']:,} acked, {counts['failed']:,} failed, {counts['unknown']:,} unknown",
        f"  rate          {rate['achieved_per_s']:,.0f}/s{_asked(rate)}, {rate['mb_per_s']:.2f} MB/s,"
        f" needs {rate['throughput_units_needed']} throughput unit(s)",
    ]
    if rate["late"]:
        lines.append(
            f"  schedule      {rate['late']:,} transactions began late, by up to {rate['late_max_ms']:,.0f} ms:"
            " more users or connections"
        )
    for kind, latency in result["latency_ms"].items():
        if latency is not None:
            lines.append(
                f"  {kind.replace('_', ' '):<16}p50 {_ms(latency['p50'])}  p95 {_ms(latency['p95'])}"
                f"  p99 {_ms(latency['p99'])}  max {_ms(latency['max'])}"
            )
    total = max(1, counts["acked"] + counts["failed"] + counts["unknown"])
    for method, tally in result["by_payment_method"].items():
        share = (tally["acked"] + tally["failed"] + tally["unknown"]) / total
        lines.append(f"  {method:<14}{tally['acked']:>10,} acked  {share:6.1%}")
    for producer in result["producers"]:
        if producer.get("silent"):
            lines.append(
                f"  producer {producer['producer']} went silent after sequence {producer['next_sequence'] - 1:,}:"
                " what it sent later is not counted"
            )
    for threshold in result["thresholds"]:
        actual = "not measured" if threshold["actual"] is None else f"{threshold['actual']:.6g}"
        held = "held" if threshold["ok"] else "MISSED"
        lines.append(f"  threshold     {threshold['name']} {threshold['limit']:g}: {actual}, {held}")
    if path is not None:
        lines.append(f"  summary       {path}")
    lines.append(f"  exit code     {result['exit_code']} → {result['target']}")
    return "\n".join(lines)


def _workers(result: dict[str, Any]) -> str:
    return f"{result['workers']} worker(s)" if result["workers"] else "one process"


def _asked(rate: dict[str, Any]) -> str:
    return "" if rate["target_per_s"] is None else f" of {rate['target_per_s']:,.0f}/s asked"


def _ms(milliseconds: float) -> str:
    return f"{milliseconds:,.1f} ms"


def show(text: str, *, to_stderr: bool) -> None:
    """On standard output, unless the transactions are there."""
    print(text, file=sys.stderr if to_stderr else sys.stdout, flush=True)
