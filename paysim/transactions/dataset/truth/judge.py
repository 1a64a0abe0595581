"""The verdict: a figure with its interval against what the fact allows."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Literal

from .data import Data
from .registry import INFINITE, Band, Property, entries
from .statistics import Measured

Verdict = Literal["ok", "outside", "not measured", "configured"]


@dataclass(frozen=True, slots=True)
class Judged:
    """A property with what was found. measured: None where the data hold nothing of its kind."""

    property: Property
    measured: Measured | None
    verdict: Verdict


def judge(data: Data, pinned: Collection[str] = (), only: Collection[str] | None = None) -> list[Judged]:
    """All properties, or those that `only` names. pinned: keys that the configuration of the data sets."""
    found = []
    for name, each in entries().items():
        if only is None or name in only:
            measured = each.measure(data)
            found.append(Judged(each, measured, _verdict(each, measured, pinned)))
    return found


def _verdict(each: Property, measured: Measured | None, pinned: Collection[str]) -> Verdict:
    if any(key == mine or key.startswith(f"{mine}.") for key in pinned for mine in each.pinned):
        return "configured"
    if measured is None or measured.n < each.minimum:
        return "not measured"
    band = each.band
    if measured.high < band.low or measured.low > band.high:
        return "outside"
    inside = band.low <= measured.value <= band.high
    # A figure outside whose interval reaches in, or an interval as wide as the band, is no verdict: there are too few.
    return "ok" if inside and _tells(measured, band) else "not measured"


def _tells(measured: Measured, band: Band) -> bool:
    """Whether the interval says anything: it lies within the band, or half of it is not wider than the band."""
    if band.low <= measured.low and measured.high <= band.high:
        return True
    half = (measured.high - measured.low) / 2
    return half <= (band.high - band.low if band.high < INFINITE else 0.5 * band.low)


def pinned_keys(transaction: Any) -> set[str]:
    """The keys of a configuration's `transaction` section that are set, dotted: `patterns.channels`. A key that is set
    to `auto`, or to nothing, leaves the facts their say, and pins nothing."""
    found: set[str] = set()

    def walk(section: Any, at: str) -> None:
        for name in section.model_fields_set:
            value, key = getattr(section, name), f"{at}{name}"
            if hasattr(value, "model_fields_set"):
                walk(value, f"{key}.")
            elif value not in ("auto", None):
                found.add(key)

    walk(transaction, "")
    return found
