"""How figures of a summary are written, alike in the terminal, in JUnit XML and in Markdown."""

from typing import Any


def number(value: float) -> str:
    """`1,234`, `12.3`, `0.0012`: four significant digits, whole numbers whole."""
    if float(value).is_integer() or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.4g}"


def limit_text(threshold: dict[str, Any]) -> str:
    """`≤ 500`, and `≥ 1,000` for the one that is a minimum."""
    return f"{'≥' if threshold['name'] == 'min_rate' else '≤'} {number(threshold['limit'])}"


def milliseconds(value: float) -> str:
    """`0.42 ms`, `12.3 ms`, `1,234 ms`."""
    return f"{value:,.0f} ms" if value >= 100 else f"{value:.1f} ms" if value >= 1 else f"{value:.2f} ms"


def several(count: int, noun: str) -> str:
    """`1 user`, `1,000 users`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
