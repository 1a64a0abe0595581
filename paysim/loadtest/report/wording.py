"""How figures of a summary are written, alike in the terminal, in JUnit XML and in Markdown."""

from paysim.config.sections.thresholds import threshold_of
from paysim.summary.model import LimitRecord, Threshold


def number(value: float) -> str:
    """`1,234`, `12.3`, `0.0012`: four significant digits, whole numbers whole."""
    if float(value).is_integer() or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.4g}"


def per_second(value: float) -> str:
    """`1,234/s`, `12.3/s`, `0.05/s`: three significant digits below 100, so that a slow rate is not shown as none."""
    return f"{rate_text(value)}/s"


def rate_text(value: float) -> str:
    """The number of `per_second`."""
    if abs(value) >= 99.95 or float(value).is_integer():
        return f"{value:,.0f}"
    return f"{value:.3g}" if abs(value) >= 1e-4 else "0"


def percent(share: float) -> str:
    """`31 %`, `0.4 %`; never 100 % of what is not all."""
    shown = 100 * share
    if 99.5 <= shown < 100:
        return "99 %"
    return f"{shown:,.0f} %" if shown >= 10 or shown == 0 else f"{shown:.2g} %"


def limit_text(threshold: Threshold) -> str:
    """`≤ 500`, and `≥ 1,000` for the one that is a minimum."""
    return f"{threshold_of(threshold.name).sign} {number(threshold.limit)}"


def figure_text(value: float | None, unit: str) -> str:
    """A figure of a threshold: `12.3 ms`, `450/s`, `0.1 %` of a share, `3`; unit: as the threshold has it."""
    if value is None:
        return "not measured"
    if unit == "%":
        return f"{number(round(100 * value, 6))} %"
    return f"{number(value)} {unit}" if unit == "ms" else f"{number(value)}{unit}"


def milliseconds(value: float) -> str:
    """`0.42 ms`, `12.3 ms`, `1,234 ms`."""
    return f"{value:,.0f} ms" if value >= 100 else f"{value:.1f} ms" if value >= 1 else f"{value:.2f} ms"


def several(count: int, noun: str) -> str:
    """`1 user`, `1,000 users`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def limit_words(limit: LimitRecord) -> str:
    """`2,750/s (2.98 throughput units, by bytes): throughput units: 12 sends throttled`; what a search found."""
    if limit.per_s is None:
        found = "no rate held"
    else:
        needs = limit.throughput_units
        units = f" ({number(needs)} throughput units, by {limit.bound_by})" if needs else ""
        found = f"{'at least ' if limit.at_least else ''}{per_second(limit.per_s)}{units}"
    return found if limit.culprit is None else f"{found}: {limit.culprit}: {limit.because}"
