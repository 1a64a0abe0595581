"""What the page `/payments` and the HTML report draw, as plain data: the run now, and its history in columns."""

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import TypeAdapter

from paysim.config.capacity import throughput_units
from paysim.loadtest.live.by_second import SecondPoint
from paysim.loadtest.live.figures import KINDS, WINDOW_SECONDS, Live
from paysim.loadtest.live.snapshot import Snapshot, faults
from paysim.loadtest.pipeline.hops import HopPoint
from paysim.loadtest.run.overrides import in_words
from paysim.summary.counters import Counter, HubCounters

_SNAPSHOT = TypeAdapter(Snapshot)
PERCENTILES = ("p50", "p95", "p99")


def document(
    live: Live,
    target: str,
    state: str,
    configured: Mapping[str, float],
    after: float = -1.0,
    hops_after: float = -1.0,
) -> dict[str, Any]:
    """`after`: only the part of the history that is later than so many seconds after the start. hops_after: the same
    of what is behind the hub.
    """
    return {
        "run_id": live.run_id,
        "target": target,
        "state": state,
        "series": name(live),
        "configured": dict(configured),
        "window": WINDOW_SECONDS,
        "now": None if live.latest is None else now(live.latest),
        "tiles": [{"key": name, "title": row.tile, "bad": row.bad} for name, row in _tiles()],
        "counted": [{"key": name, "title": row.heading, "fault": row.chart is not None} for name, row in _headed()],
        "since": live.since,
        "faults": faults(),
        "reloads": [{"elapsed": each.at_s, "change": in_words(each.change)} for each in live.reloads],
        "history": columns(point for point in live.history if _seconds(point) > after),
        "hops": [_hops(point) for point in live.hops if round(point.elapsed, 1) > hops_after],
    }


def _hops(point: HopPoint) -> dict[str, float | None]:
    """Name of a series → its value: of hops by their place, of stages by their name, of lag by group and partition."""
    found: dict[str, float | None] = {"elapsed": round(point.elapsed, 1)}
    for at, hop in enumerate(point.hops):
        found |= {f"hop{at}_{name}": getattr(hop, name) for name in ("per_s", *PERCENTILES)}
    for stage, (arrived, under_way, missing) in point.stages.items():
        found |= {f"{stage}_arrived": arrived, f"{stage}_under_way": under_way, f"{stage}_missing": missing}
    for (group, partition), behind in point.lag.items():
        found[f"lag/{group}/{partition}"] = behind
    return found


def _tiles() -> list[tuple[str, Counter]]:
    """Counters with a tile of their own."""
    return [(name, row) for name, row in HubCounters.rows().items() if row.tile is not None]


def _headed() -> list[tuple[str, Counter]]:
    """Counters with a column in tables of connections."""
    return [(name, row) for name, row in HubCounters.rows().items() if row.heading is not None]


def name(live: Live) -> str:
    """Changes when points that were handed out are no longer part of the history."""
    return f"{live.generation}.{live.history.stride}.{live.hops.stride}"


def now(snapshot: Snapshot) -> dict[str, Any]:
    units = throughput_units(snapshot.total.per_s, snapshot.total.mb_per_s)
    return {**_SNAPSHOT.dump_python(snapshot), "begun": snapshot.begun, "throughput_units": units}


def _seconds(point: SecondPoint) -> float:
    return round(point.elapsed, 1)


def columns(points: Iterable[SecondPoint]) -> dict[str, list[float | None]]:
    """Name of a series → its values, all of one length; None where there is none at that time."""
    found: dict[str, list[float | None]] = {}
    names = ["elapsed", "users", "per_s", "target", "mb_per_s", "units", *faults()]
    names += [f"{kind}_{percentile}" for kind in KINDS for percentile in PERCENTILES]
    found = {name: [] for name in names}
    for point in points:
        per_s, mb_per_s = point.per_s("acked"), point.per_s("bytes") / 1e6
        row: dict[str, float | None] = {
            "elapsed": _seconds(point),
            "users": point.users,
            "per_s": round(per_s, 4),
            "target": None if point.target_per_s is None else round(point.target_per_s, 4),
            "mb_per_s": round(mb_per_s, 6),
            "units": throughput_units(per_s, mb_per_s),
        }
        row |= {name: round(point.per_s(name), 3) for name in faults()}
        for kind in KINDS:
            latency = point.latency_ms.get(kind) or {}
            row |= {f"{kind}_{percentile}": latency.get(percentile) for percentile in PERCENTILES}
        for name, value in row.items():
            found[name].append(value)
    return found
