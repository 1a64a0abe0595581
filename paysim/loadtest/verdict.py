"""Whether a run passed: thresholds held against the summary, and the exit code that follows."""

from typing import Any

from paysim.config.schema import Thresholds

OK = 0
MISSED = 1

FAULTS = {"lost": "lost", "duplicated": "duplicates", "unexpected": None, "out_of_order": None}
"""What must not be found in a hub, and the threshold that may allow some of it."""


def thresholds(limits: Thresholds, summary: dict[str, Any]) -> list[dict[str, Any]]:
    """Each configured threshold as {"name", "limit", "actual", "ok"}; one that could not be measured is missed."""
    return [
        {"name": name, "limit": limit, "actual": actual, "ok": actual is not None and _holds(name, actual, limit)}
        for name, limit in limits.model_dump(exclude_none=True).items()
        for actual in [_actual(name, summary)]
    ]


def _holds(name: str, actual: float, limit: float) -> bool:
    return actual >= limit if name == "min_rate" else actual <= limit


def _actual(name: str, summary: dict[str, Any]) -> float | None:
    counts = summary["transactions"]
    if name in ("p95_ms", "p99_ms"):
        kind = "from_schedule" if summary["rate"]["target_per_s"] is not None else "response"
        latency = summary["latency_ms"][kind]
        return None if latency is None else latency[name.removesuffix("_ms")]
    if name == "error_rate":
        settled = counts["acked"] + counts["failed"] + counts["unknown"]
        return (counts["failed"] + counts["unknown"]) / settled if settled else 0.0
    if name == "min_rate":
        after_ramp = summary["rate"]["after_ramp_per_s"]
        return summary["rate"]["achieved_per_s"] if after_ramp is None else after_ramp
    delivery = summary["delivery"]
    return None if delivery is None else delivery[{"lost": "lost", "duplicates": "duplicated"}[name]]


def delivery_faults(summary: dict[str, Any]) -> list[str]:
    """What was found that no threshold allows, a few words each; empty where it was not verified either."""
    delivery = summary["delivery"]
    if delivery is None:
        return []
    if error := delivery.get("error"):
        return [error]
    limited = {each["name"] for each in summary["thresholds"]}
    return [
        f"{delivery[name]:,} {name.replace('_', ' ')}"
        for name, threshold in FAULTS.items()
        if delivery.get(name) and threshold not in limited
    ]


def exit_code(limits: Thresholds, summary: dict[str, Any], on_error: int) -> int:
    """What the run exits with. `on_error`: Locust's --exit-code-on-error, for failures no threshold allows."""
    if not all(threshold["ok"] for threshold in summary["thresholds"]):
        return MISSED
    if delivery_faults(summary):
        return MISSED
    counts = summary["transactions"]
    if limits.error_rate is None and counts["failed"] + counts["unknown"]:
        return on_error
    return OK
