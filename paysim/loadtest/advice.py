"""What to do next: what the numbers of a run say, and which setting changes it. Pure: the summary in, lines out.

The most telling first; a table has room for a few.
"""

import math
from collections.abc import Callable
from typing import Any

from .wording import milliseconds, several

BUSY_SHARE = 0.1
"""The share of a run with all connections busy from which on they hold it up."""
FAILED_SHARE = 0.05
"""The share of transactions from which on failures are what a run is about."""

BLOCKED_SHARE = 0.1
"""The share of a run with the event loop held up from which on it is seen in latencies."""


def advice(summary: dict[str, Any]) -> list[str]:
    """One line each; none where nothing stands out."""
    questions: tuple[Callable[[dict[str, Any]], str | None], ...] = (
        _throttled, _generator_busy, _connections_busy, _late, _failed, _unknown
    )  # fmt: skip
    if _broken(summary):
        # Connections that are tried again and again are busy, and what waits for them is late: the cause is elsewhere.
        questions = (_failed, _throttled, _unknown)
    return [line for question in questions if (line := question(summary)) is not None]


def _broken(summary: dict[str, Any]) -> bool:
    counts = summary["transactions"]
    lost = counts["failed"] + counts["unknown"]
    return bool(lost > FAILED_SHARE * (counts["acked"] + lost))


def _throttled(summary: dict[str, Any]) -> str | None:
    throttled = summary["hub"].get("throttled", 0)
    if not throttled:
        return None
    needs = f"the rate needs {several(summary['rate']['throughput_units_needed'], 'throughput unit')}"
    return f"{several(throttled, 'send')} throttled: {needs}, peaks more: raise them, or lower it"


def _generator_busy(summary: dict[str, Any]) -> str | None:
    blocked = summary.get("loop_blocked", {"share": 0.0, "max_ms": 0.0})
    if not summary.get("cpu_warning") and blocked["share"] <= BLOCKED_SHARE:
        return None
    held_up = ""
    if blocked["max_ms"]:
        held_up = f" (held up {blocked['share']:.1%} of the time, up to {milliseconds(blocked['max_ms'])})"
    return f"Locust ran out of CPU{held_up}, which shows as latency: use workers (--processes -1) or larger batches"


def _connections_busy(summary: dict[str, Any]) -> str | None:
    share = busy_share(summary)
    if share <= BUSY_SHARE:
        return None
    used = summary["hub"].get("connections", 0)
    busy = f"all {several(used, 'connection')} busy {share:.0%} of the time"
    return f"{busy}: raise output.event_hub.connections, or batch_size"


def busy_share(summary: dict[str, Any]) -> float:
    """The share of the run in which every connection of a process was busy, over all processes."""
    processes = max(1, len(summary["producers"]))
    # The end of a run, when nothing more is handed out, may be busy too.
    return min(1.0, summary["hub"].get("all_busy_s", 0.0) / processes / max(summary["duration_s"], 1e-9))


def _late(summary: dict[str, Any]) -> str | None:
    rate, latency = summary["rate"], summary["latency_ms"]["response"]
    if not rate["late"]:
        return None
    began = f"{several(rate['late'], 'transaction')} began late (up to {milliseconds(rate['late_max_ms'])})"
    needed = _users_needed(summary)
    if latency is not None and needed > summary["users_max"]:
        return f"{began}: at this latency the rate needs about {needed:,} users (-u)"
    if busy_share(summary) > BUSY_SHARE:
        return f"{began}, as the connections were busy"
    return f"{began}: spawn users sooner (-r); then workers, larger batches"


def _users_needed(summary: dict[str, Any]) -> int:
    """Little's law: batches a second times the time that each takes, which its user waits for."""
    rate, latency = summary["rate"]["target_per_s"], summary["latency_ms"]["response"]
    sends = summary["hub"].get("sends", 0) - summary["hub"].get("retries", 0)
    if not rate or latency is None or sends <= 0:
        return 0
    per_batch = summary["transactions"]["acked"] / sends
    return math.ceil(rate / max(per_batch, 1) * latency["p95"] / 1000) if per_batch else 0


def _failed(summary: dict[str, Any]) -> str | None:
    reasons = summary["hub"].get("attempts_failed", {})
    if not reasons or not summary["transactions"]["failed"]:
        return None
    reason = max(reasons, key=reasons.__getitem__)
    return f'sends failed, mostly as "{reason}": see Troubleshooting in docs/SIMULATOR-GUIDE.md'


def _unknown(summary: dict[str, Any]) -> str | None:
    unknown = summary["transactions"]["unknown"]
    if not unknown or summary["delivery"] is not None:
        return None
    return f"the outcome of {several(unknown, 'transaction')} was lost: `verify` would tell which are stored"
