"""What a bench found, as a table for people and as plain data for machines. Pure."""

import os
import platform
import statistics
from collections.abc import Callable, Sequence
from importlib.metadata import version
from typing import Any

from .cases import CASES, LINGER_MS, SIZES, USERS, CaseResult
from .processes import cores
from .rounds import Found

VERSIONS = ("azure-eventhub", "locust", "gevent", "numpy", "python-qpid-proton")


def data(found: Found) -> dict[str, Any]:
    """transactions_per_s, mb_per_s, cpu_s_per_million: case → batch size → median, min and max. ratios: how many times
    faster, the median of the rounds' own ratios. machine: where, with what, and which core did what."""
    return {
        "transactions_per_s": _spreads(found, lambda each: each.per_s),
        "ratios": {f"worker_vs_{case}": _ratios(found, case) for case in ("sdk_batch", "sdk_single")},
        "machine": machine(),
        "mb_per_s": _spreads(found, lambda each: each.mb_per_s),
        "cpu_s_per_million": _spreads(found, lambda each: each.cpu_s_per_million),
        "peak_memory_mb": {case: round(max(e.peak_mb for e in _all(found, case)), 1) for case in CASES},
        "master_share_of_a_core": round(statistics.median(found.master_shares), 4) if found.master_shares else None,
        "rounds": len(next(iter(found.measured.values()))),
    }


def machine() -> dict[str, Any]:
    """What the figures hold for."""
    apart = cores()
    placed = (
        f"measured process on core {_names(apart[0])}; local hub, Locust's master and the bench on {_names(apart[1])}"
        if apart is not None
        else "one core, or a system that does not tell: all processes share what there is"
    )
    return {
        "system": f"{platform.system()} {platform.machine()}",
        "processor": _processor(),
        "cores": os.cpu_count(),
        "placed": placed,
        "python": platform.python_version(),
        **{name: version(name) for name in VERSIONS},
    }


def table(result: dict[str, Any]) -> str:
    """As people read it."""
    rates, used = result["transactions_per_s"], result["cpu_s_per_million"]
    lines = []
    for size in map(str, SIZES):
        crowd = f", {USERS[int(size)]:,} users, linger_ms {LINGER_MS}" if size == "1" else ""
        lines.append(f"batches of {size}{crowd}")
        lines.append(f"  {'':13}{'transactions/s':>15}{'min':>10}{'max':>10}{'MB/s':>8}{'CPU s/million':>15}")
        for case in CASES:
            rate = rates[case][size]
            megabytes, cpu = result["mb_per_s"][case][size]["median"], used[case][size]["median"]
            figures = "".join(f"{rate[name]:>{width},.0f}" for name, width in _WIDTHS)
            lines.append(f"  {case:13}{figures}{megabytes:>8,.1f}{cpu:>15,.1f}")
        ratios = result["ratios"]
        lines.append(
            f"  the worker is {ratios['worker_vs_sdk_batch'][size]:.1f} × sdk_batch, "
            f"{ratios['worker_vs_sdk_single'][size]:.1f} × sdk_single"
        )
        lines.append("")
    peak = ", ".join(f"{case} {megabytes:,.0f}" for case, megabytes in result["peak_memory_mb"].items())
    lines.append(f"peak memory, MB: {peak}")
    if result["master_share_of_a_core"] is not None:
        lines.append(f"Locust's master meanwhile: {result['master_share_of_a_core']:.1%} of a core")
    where = result["machine"]
    lines.append(f"{where['processor']}, {where['cores']} cores, Python {where['python']}; {where['placed']}")
    rounds = result["rounds"]
    lines.append(f"medians of {rounds} rounds" if rounds > 1 else "one round")
    lines += ["", *(f"{case:13}{meaning}" for case, meaning in CASES.items())]
    return "\n".join(lines)


_WIDTHS = (("median", 15), ("min", 10), ("max", 10))


def _all(found: Found, case: str) -> list[CaseResult]:
    return [each for size in SIZES for each in found.measured[case, size]]


def _spreads(found: Found, figure: Callable[[CaseResult], float]) -> dict[str, dict[str, dict[str, float]]]:
    return {
        case: {str(size): _spread([figure(each) for each in found.measured[case, size]]) for size in SIZES}
        for case in CASES
    }


def _spread(values: Sequence[float]) -> dict[str, float]:
    return {
        "median": round(statistics.median(values), 2),
        "min": round(min(values), 2),
        "max": round(max(values), 2),
    }


def _ratios(found: Found, case: str) -> dict[str, float]:
    return {
        str(size): round(
            statistics.median(
                mine.per_s / theirs.per_s
                for mine, theirs in zip(found.measured["worker", size], found.measured[case, size], strict=True)
            ),
            2,
        )
        for size in SIZES
    }


def _names(numbers: set[int]) -> str:
    return ", ".join(map(str, sorted(numbers)))


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:
            return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()
