"""The charts of a profile, drawn with Matplotlib as SVG in one HTML page that needs nothing else."""

import html
import io
import itertools
import warnings
from datetime import UTC, datetime
from typing import Any

import numpy as np

from .profile import Profile

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_INK, _BAR, _MARK, _GRID = "#1f2933", "#3b7dd8", "#d9480f", "#d8dee6"
_COLOURS = ("#3b7dd8", "#12a594", "#e2a336", "#8e4ec6", "#e5484d")
_NAMES = {
    "payment_method": "Payment methods",
    "payment_status": "Statuses (refunded: refunds)",
    "channel": "Channels",
    "merchant_category": "Merchant categories",
    "customer_country": "Customers' countries",
}
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
:root {{ --ink: #1f2933; --soft: #52606d; --grid: #d8dee6; --page: #f5f7fa; --card: #ffffff; color-scheme: light dark; }}
@media (prefers-color-scheme: dark) {{
  :root {{ --ink: #e7ecf1; --soft: #a2adb8; --grid: #3a434d; --page: #0f1317; --card: #181d23; }}
}}
body {{ font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--page); }}
body {{ margin: 0 auto; padding: 24px; max-width: 1320px; }}
h1 {{ font-size: 24px; margin: 0 0 4px; overflow-wrap: anywhere; }}
p {{ margin: 0 0 20px; color: var(--soft); }}
main {{ display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 520px), 1fr)); gap: 16px; }}
main {{ min-width: 0; }}
figure {{ margin: 0; padding: 16px; background: var(--card); border: 1px solid var(--grid); border-radius: 8px; }}
figure {{ overflow-x: auto; min-width: 0; }}
figure.wide {{ grid-column: 1 / -1; }}
svg {{ width: 100%; height: auto; display: block; }}
.wide svg {{ min-width: 760px; }}
@media (max-width: 600px) {{ body {{ padding: 12px; }} figure {{ padding: 10px; }} }}
@media print {{ .wide svg {{ min-width: 0; }} figure {{ break-inside: avoid; }} }}
</style>
</head>
<body>
<h1>{title}</h1>
<p>{subtitle}</p>
<main>
{figures}
</main>
</body>
</html>
"""


def page(profile: Profile, title: str) -> str:
    """The whole page."""
    figures = []
    if any(amount > 0 for amounts in profile.dollars.values() for amount in amounts):
        figures.append(_figure(_amounts(profile), "Amounts of payments in US dollars, by payment method", wide=True))
    figures += [_figure(_mix(profile, name), title) for name, title in _NAMES.items() if profile.mixes[name]]
    if profile.merchants:
        figures.append(_figure(_merchants(profile), "Merchants with the most transactions"))
    if profile.hours.any():
        hours = "Transactions by hour and weekday in the customer's local time"
        figures.append(_figure(_hours(profile), hours, wide=True))
    if profile.violations:
        figures.append(_figure(_violations(profile), "Violations", wide=True))
    return _PAGE.format(title=html.escape(title), subtitle=html.escape(_subtitle(profile)), figures="\n".join(figures))


def _subtitle(profile: Profile) -> str:
    parts = [f"{profile.total:,} transactions"]
    if profile.first is not None and profile.last is not None:
        moments = (datetime.fromtimestamp(moment / 1000, UTC) for moment in (profile.first, profile.last))
        parts.append(" to ".join(f"{moment:%Y-%m-%d %H:%M}" for moment in moments) + " UTC")
    if profile.unreadable:
        parts.append(f"{profile.unreadable:,} with something that cannot be read")
    return " · ".join(parts)


def _axes(width: float, height: float) -> tuple[Any, Any]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.subplots()
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(_GRID)
    axes.tick_params(colors=_INK, length=0)
    axes.set_axisbelow(True)
    return figure, axes


def _figure(figure: Any, title: str, *, wide: bool = False) -> str:
    from matplotlib import rc_context

    out = io.StringIO()
    # Text as text: small, sharp, and in the reader's own fonts, which know every script.
    style: Any = {"svg.fonttype": "none", "svg.hashsalt": title, "font.family": "sans-serif"}
    with rc_context(style), warnings.catch_warnings():
        # Its own font lacks some scripts, but the text is drawn by the reader's.
        warnings.filterwarnings("ignore", "Glyph .* missing")
        figure.axes[0].set_title(title, loc="left", color=_INK, fontweight="bold", pad=12)
        figure.savefig(out, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    svg = out.getvalue()
    svg = svg[svg.index("<svg") :]
    # What a class of its own is called in one figure must not be found in another.
    mark = "".join(char for char in title if char.isalnum())
    svg = svg.replace('id="', f'id="{mark}-').replace('"#', f'"#{mark}-').replace("url(#", f"url(#{mark}-")
    # Ink and grid are those of the reader's theme. A narrow screen scrolls a chart rather than shrink its words.
    svg = svg.replace(_INK, "var(--ink)").replace(_GRID, "var(--grid)")
    return f'<figure{" class=wide" if wide else ""} tabindex="0" aria-label="{html.escape(title)}">\n{svg}</figure>'


def _amounts(profile: Profile) -> Any:
    figure, axes = _axes(12, 4)
    every = np.array(list(itertools.chain.from_iterable(profile.dollars.values())))
    every = every[every > 0]
    bins = np.geomspace(max(every.min(), 0.01), every.max() * 1.001, 60)
    methods = sorted(profile.dollars, key=lambda name: -len(profile.dollars[name]))
    values = [np.array(profile.dollars[method]) for method in methods]
    colours = [_COLOURS[position % len(_COLOURS)] for position in range(len(methods))]
    labels = [f"{method} (median ${np.median(amounts):,.2f})" for method, amounts in zip(methods, values, strict=True)]
    axes.hist(values, bins=bins, stacked=True, color=colours, label=labels, linewidth=0)
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter(lambda value, _: f"${value:,.2f}" if value < 1 else f"${value:,.0f}")
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    axes.grid(axis="y", color=_GRID)
    axes.set_ylabel("payments", color=_INK)
    axes.legend(frameon=False, labelcolor=_INK)
    return figure


def _mix(profile: Profile, name: str) -> Any:
    counts, expected = profile.mixes[name], profile.expected.get(name, {})
    total = sum(counts.values())
    names = [value for value, _ in counts.most_common(17)]
    names += [value for value in expected if value not in counts]
    names = names[::-1]
    figure, axes = _axes(6, 0.9 + 0.34 * len(names))
    shares = [counts[value] / total for value in names]
    axes.barh(names, shares, color=_BAR, height=0.62, label="data")
    marked = [(at, expected[value]) for at, value in enumerate(names) if value in expected]
    x, y = [share for _, share in marked], [at for at, _ in marked]
    axes.scatter(x, y, color=_MARK, marker="|", s=160, linewidths=2.5, label="configured", zorder=3)
    for at, share in enumerate(shares):
        end = max(share, expected.get(names[at], 0.0))
        axes.text(end + 0.012, at, f"{share:.1%}", va="center", color=_INK, fontsize=9)
    axes.set_xlim(0, max([*shares, *expected.values(), 0.01]) * 1.18)
    axes.xaxis.set_visible(False)
    axes.spines["bottom"].set_visible(False)
    # Beside the title: a long bar leaves no room below.
    axes.legend(frameon=False, labelcolor=_INK, loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=2)
    return figure


def _merchants(profile: Profile) -> Any:
    top = profile.merchants.most_common(12)[::-1]
    figure, axes = _axes(6, 0.9 + 0.34 * max(1, len(top)))
    positions = list(range(len(top)))
    axes.barh(positions, [count for _, count in top], color=_BAR, height=0.62)
    axes.set_yticks(positions, [name if len(name) < 34 else f"{name[:32]}…" for (name, _), _ in top])
    most = max((count for _, count in top), default=1)
    for at, (_, count) in enumerate(top):
        axes.text(count + most * 0.012, at, f"{count:,}", va="center", color=_INK, fontsize=9)
    axes.set_xlim(0, most * 1.14)
    axes.xaxis.set_visible(False)
    axes.spines["bottom"].set_visible(False)
    return figure


def _hours(profile: Profile) -> Any:
    figure, axes = _axes(12, 3.4)
    image = axes.imshow(profile.hours, aspect="auto", cmap="Blues", vmin=0)
    axes.set_xticks(range(24), [f"{hour:02d}" for hour in range(24)])
    axes.set_yticks(range(7), _DAYS)
    for side in axes.spines.values():
        side.set_visible(False)
    bar = figure.colorbar(image, ax=axes, pad=0.01, format=lambda value, _: f"{value:,.0f}")
    bar.outline.set_visible(False)
    bar.ax.tick_params(colors=_INK, length=0)
    return figure


def _violations(profile: Profile) -> Any:
    found = profile.violations.most_common()[::-1]
    figure, axes = _axes(12, 0.9 + 0.3 * len(found))
    axes.barh([name for name, _ in found], [count for _, count in found], color=_MARK, height=0.62)
    most = found[-1][1]
    for at, (_, count) in enumerate(found):
        axes.text(
            count + most * 0.006, at, f"{count:,} ({count / profile.total:.2%})", va="center", color=_INK, fontsize=9
        )
    axes.set_xlim(0, most * 1.14)
    axes.xaxis.set_visible(False)
    axes.spines["bottom"].set_visible(False)
    return figure
