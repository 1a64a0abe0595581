"""What the page `/payments` and the HTML report draw, as plain data: the run now, and its history in columns."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from paysim.config.capacity import throughput_units
from paysim.loadtest.live.figures import KINDS, Live
from paysim.loadtest.live.snapshot import Snapshot

FAULTS = ("failed", "unknown", "retries", "throttled", "reconnects")
PERCENTILES = ("p50", "p95", "p99")


def document(
    live: Live, target: str, state: str, configured: Mapping[str, float], after: float = -1.0
) -> dict[str, Any]:
    """`after`: only the part of the history that is later than so many seconds after the start."""
    return {
        "run_id": live.run_id,
        "target": target,
        "state": state,
        "series": name(live),
        "configured": dict(configured),
        "now": None if live.latest is None else now(live.latest),
        "reloads": [asdict(reload) for reload in live.reloads],
        "history": columns(point for point in live.history if _seconds(point) > after),
    }


def name(live: Live) -> str:
    """Changes when points that were handed out are no longer part of the history."""
    return f"{live.generation}.{live.history.stride}"


def now(snapshot: Snapshot) -> dict[str, Any]:
    units = throughput_units(snapshot.total.per_s, snapshot.total.mb_per_s)
    return {**asdict(snapshot), "throughput_units": units}


def _seconds(point: Snapshot) -> float:
    return round(point.elapsed, 1)


def columns(points: Iterable[Snapshot]) -> dict[str, list[float | None]]:
    """Name of a series → its values, all of one length; None where there is none at that time."""
    found: dict[str, list[float | None]] = {}
    names = ["elapsed", "users", "per_s", "target", "mb_per_s", "units", *FAULTS]
    names += [f"{kind}_{percentile}" for kind in KINDS for percentile in PERCENTILES]
    found = {name: [] for name in names}
    for point in points:
        row: dict[str, float | None] = {
            "elapsed": _seconds(point),
            "users": point.users,
            "per_s": round(point.total.per_s, 4),
            "target": None if point.target_per_s is None else round(point.target_per_s, 4),
            "mb_per_s": round(point.total.mb_per_s, 6),
            "units": throughput_units(point.total.per_s, point.total.mb_per_s),
        }
        row |= {name: round(getattr(point.faults, name), 3) for name in FAULTS}
        for kind in KINDS:
            latency = point.latency_ms[kind] or {}
            row |= {f"{kind}_{percentile}": latency.get(percentile) for percentile in PERCENTILES}
        for name, value in row.items():
            found[name].append(value)
    return found
