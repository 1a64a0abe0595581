"""What was found, in words: rows for a table, and the document of `--json`."""

import math
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from rich.table import Table
from rich.text import Text

from paysim.facts.figure import Fact, Figure, Range

from .data import Data
from .judge import Judged, Verdict
from .registry import INFINITE, Band, Property
from .statistics import Measured

SIGNS: dict[Verdict, str] = {"ok": "✓", "outside": "✗", "not measured": "·", "configured": "="}
_STYLES: dict[Verdict, str] = {"ok": "green", "outside": "bold red", "not measured": "dim", "configured": "dim"}
_ORDER: tuple[Verdict, ...] = ("outside", "ok", "configured", "not measured")


def number(value: float, unit: str, *, bare: bool = False) -> str:
    """A figure as people write it: 4.5 %, 18 ×, 96 USD. bare: without its unit."""
    sign = {"share": " %", "ratio": " ×", "days": " days", "number": ""}.get(unit, f" {unit}")
    shown = 100 * value if unit == "share" else value
    if shown == int(shown) or abs(shown) >= 1_000:
        text = f"{shown:,.0f}"
    else:
        digits = 1 if abs(shown) >= 10 else 2 if abs(shown) >= 0.1 else 4
        text = f"{shown:,.{digits}f}".rstrip("0").rstrip(".")
    return text if bare else f"{text}{sign}"


def found(measured: Measured | None, unit: str) -> str:
    """The figure with its interval; only the figure where it is exact."""
    if measured is None:
        return "–"
    if measured.low == measured.high or not math.isfinite(measured.high):
        return number(measured.value, unit)
    low, high = (number(each, unit, bare=True) for each in (max(0.0, measured.low), measured.high))
    return f"{number(measured.value, unit)} ({low} to {high})"


def allowed(band: Band, unit: str) -> str:
    """The band in words."""
    if band.low == band.high:
        return {0.0: "none", 1.0: "all"}.get(band.low, number(band.low, unit))
    if band.high == INFINITE or (unit == "share" and band.high == 1):
        return f"at least {number(band.low, unit)}"
    if band.low <= 0:
        return f"at most {number(band.high, unit)}"
    return _span(band.low, band.high, unit)


def _span(low: float, high: float, unit: str) -> str:
    return f"{number(low, unit, bare=True)} to {number(high, unit)}"


def fact(each: Property) -> str:
    """What the fact is, in short."""
    if each.says:
        return each.says
    if isinstance(each.fact, Figure):
        return number(each.fact.value, each.unit)
    if isinstance(each.fact, Range):
        return _span(each.fact.low, each.fact.high, each.unit)
    return each.title


def source(row: Fact) -> str:
    """Publisher and year, and whether the figure is an estimate."""
    return f"{row.source.publisher} {row.year}{', estimate' if row.estimate else ''}"


def counts(judged: Sequence[Judged]) -> dict[Verdict, int]:
    """How many of each verdict, what matters first."""
    by_verdict = Counter(each.verdict for each in judged)
    return {verdict: by_verdict[verdict] for verdict in _ORDER}


def conclusion(judged: Sequence[Judged]) -> str:
    """One line: what came out."""
    parts = [f"{count} {verdict}" for verdict, count in counts(judged).items() if count]
    return f"{len(judged)} properties: {', '.join(parts)}"


def about(data: Data, left_out: int) -> str:
    """One line: what was looked at."""
    first, last = (datetime.fromtimestamp(int(moment) / 1000, UTC) for moment in (data.time.min(), data.time.max()))
    people = len(data.customer.names)
    said = f"{data.n:,} transactions of {people:,} people, {first:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M} UTC"
    return f"{said}; {left_out:,} labelled bad left out" if left_out else said


def table(judged: Sequence[Judged]) -> Table:
    """A table for a terminal, a section a theme."""
    rows = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    rows.add_column("", width=1)
    for name, share in (("property", 5), ("data", 4), ("allowed", 3), ("fact", 4), ("source", 4)):
        rows.add_column(name, ratio=share, overflow="fold")
    theme = ""
    for each in judged:
        if each.property.theme != theme:
            theme = each.property.theme
            rows.add_section()
            rows.add_row("", Text(theme, style="bold"))
        style, unit = _STYLES[each.verdict], each.property.unit
        rows.add_row(
            Text(SIGNS[each.verdict], style=style),
            Text(each.property.title, style=style if each.verdict == "outside" else ""),
            found(each.measured, unit) if each.verdict != "configured" else "configured",
            allowed(each.property.band, unit),
            fact(each.property),
            Text(source(each.property.fact), style="dim"),
        )
    return rows


def document(judged: Sequence[Judged], name: str, data: Data, left_out: int, exit_code: int) -> dict[str, Any]:
    """What `--json` writes. Infinite bounds are null."""
    return {
        "schema_version": 1,
        "source": name,
        "transactions": data.n,
        "left_out": left_out,
        "people": len(data.customer.names),
        "days": round(data.days, 3),
        "counts": counts(judged),
        "exit_code": exit_code,
        "properties": [_entry(each) for each in judged],
    }


def _entry(each: Judged) -> dict[str, Any]:
    measured, band, row = each.measured, each.property.band, each.property.fact
    return {
        "name": each.property.name,
        "title": each.property.title,
        "theme": each.property.theme,
        "unit": each.property.unit,
        "verdict": each.verdict,
        "value": None if measured is None else _finite(measured.value),
        "interval": None if measured is None else [_finite(measured.low), _finite(measured.high)],
        "n": 0 if measured is None else measured.n,
        "allowed": [band.low, _finite(band.high)],
        "fact": {
            "says": fact(each.property),
            "unit": getattr(row, "unit", ""),
            "year": row.year,
            "publisher": row.source.publisher,
            "document": row.source.document,
            "url": row.source.url,
            "through": row.source.through,
            "unread": row.source.unread,
            "estimate": row.estimate,
        },
    }


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
