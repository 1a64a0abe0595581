"""The page of `--html`: one file that needs nothing else, for a screen of any width, light or dark, and for paper."""

import html
import math
from collections.abc import Sequence
from itertools import groupby

from paysim.html_page import document

from . import report
from .judge import Judged
from .registry import INFINITE

_CLASSES = {"ok": "ok", "outside": "outside", "not measured": "unmeasured", "configured": "configured"}
_STYLE = """
:root { --band: #bfe3cf; --bad-soft: #fdecea; }
@media screen and (prefers-color-scheme: dark) { :root { --band: #24563d; --bad-soft: #3a2224; } }
h2 { margin: 0 0 8px; text-transform: capitalize; }
ul.counts { list-style: none; display: flex; flex-wrap: wrap; gap: 8px; padding: 0; margin: 0 0 20px; }
ul.counts li { padding: 6px 12px; background: var(--card); border: 1px solid var(--line); border-radius: 999px; }
table { width: 100%; border-collapse: collapse; table-layout: fixed; }
th { text-align: left; font-weight: 600; font-size: 13px; color: var(--soft); padding: 4px 12px 6px 0; }
td { vertical-align: top; padding: 8px 12px 8px 0; border-top: 1px solid var(--line); overflow-wrap: break-word; }
td small { color: var(--soft); font-size: 13px; font-weight: 400; display: block; }
.outside { color: var(--bad); font-weight: 600; }
.unmeasured, .configured { color: var(--soft); }
tr.row-outside td { background: var(--bad-soft); }
td:first-child, th:first-child { padding-left: 8px; } td:last-child { white-space: nowrap; }
.bar { position: relative; height: 14px; margin: 4px 0 2px; background: var(--track); border-radius: 4px; }
.bar i { position: absolute; }
.bar .allowed { top: 0; bottom: 0; background: var(--band); border-radius: 4px; }
.bar .interval { top: 6px; height: 2px; background: currentColor; }
.bar .value { top: 2px; width: 10px; height: 10px; margin-left: -5px; border-radius: 50%; background: currentColor; }
col.what { width: 24%; } col.data { width: 24%; } col.allowed { width: 14%; } col.fact { width: 27%; }
@media (max-width: 720px) {
  table, tbody, tr, td { display: block; width: 100%; }
  colgroup, thead { display: none; }
  tr { border-top: 1px solid var(--line); padding: 10px 0; }
  tr.row-outside { background: var(--bad-soft); margin: 0 -12px; padding: 10px 12px; width: auto; }
  tr.row-outside td { background: none; }
  td, td:first-child { border: 0; padding: 2px 0; }
  td[data-name]::before { content: attr(data-name) " "; color: var(--soft); }
}
@media print {
  body { font-size: 11px; }
  section { border: 0; padding: 0; }
  tr, h2 { break-inside: avoid; } h2 { break-after: avoid; } thead { display: table-header-group; }
  td { padding: 4px 8px 4px 0; } td small, th { font-size: 10px; }
}
"""
_MAIN = """<p>{about}</p>
<ul class="counts" aria-label="verdicts">
{counts}
</ul>
{sections}
<p>A bar shows what is allowed (green), the data's figure (dot) and where it would lie 99 times of 100 (line).
<em>Configured</em>: the configuration decides it, so it does not count. <em>Not measured</em>: too few transactions of
its kind to tell. <em>Estimate</em>: derived from what the source prints. <em>Unread</em>: the document was not at hand
when the figure was typed.</p>"""
_SECTION = """<section>
<h2>{theme}</h2>
<table>
<colgroup><col class="what"><col class="data"><col class="allowed"><col class="fact"><col class="verdict"></colgroup>
<thead><tr><th scope="col">property</th><th scope="col">data</th><th scope="col">allowed</th>
<th scope="col">fact and source</th><th scope="col">verdict</th></tr></thead>
<tbody>
{rows}
</tbody>
</table>
</section>"""


def page(judged: Sequence[Judged], title: str, about: str) -> str:
    """The whole page. title, about: plain text."""
    counts = "\n".join(
        f'<li><span class="{_CLASSES[verdict]}">{report.SIGNS[verdict]} {count}</span> {verdict}</li>'
        for verdict, count in report.counts(judged).items()
    )
    sections = "\n".join(
        _SECTION.format(theme=html.escape(theme), rows="\n".join(map(_row, rows)))
        for theme, rows in groupby(judged, key=lambda each: each.property.theme)
    )
    return document(title, _STYLE, _MAIN.format(about=html.escape(about), counts=counts, sections=sections))


def _row(each: Judged) -> str:
    kind, unit = _CLASSES[each.verdict], each.property.unit
    shown = each.verdict != "configured"
    said = html.escape(report.found(each.measured, unit)) if shown else "–"
    of = f"<small>of {each.measured.n:,}</small>" if each.measured is not None and shown else ""
    return (
        f'<tr class="row-{kind}"><td>{html.escape(each.property.title)}</td>'
        f'<td class="{kind}">{_bar(each) if shown else ""}{said}{of}</td>'
        f'<td data-name="allowed">{html.escape(report.allowed(each.property.band, unit))}</td>'
        f'<td data-name="fact">{html.escape(report.fact(each.property))}{_source(each)}</td>'
        f'<td class="{kind}">{report.SIGNS[each.verdict]} {each.verdict}</td></tr>'
    )


def _source(each: Judged) -> str:
    row = each.property.fact
    name = html.escape(f"{row.source} ({row.year})")
    if row.source.url:
        name = f'<a href="{html.escape(row.source.url, quote=True)}">{name}</a>'
    notes = [f"estimate: {row.estimate}"] if row.estimate else []
    notes += ["unread"] if row.source.unread else []
    return f"<small>{name}</small>" + (f"<small>{html.escape('; '.join(notes))}</small>" if notes else "")


def _bar(each: Judged) -> str:
    """The band, the interval and the figure on one scale, as parts of the width."""
    measured, band = each.measured, each.property.band
    if measured is None or not all(map(math.isfinite, (measured.low, measured.high))):
        return ""
    top = band.high if band.high < INFINITE else max(2 * band.low, 1.2 * measured.high)
    high = 1.05 * max(top, measured.high, measured.value, 1e-9)
    if each.property.unit == "share":
        high = min(high, 1.0)

    def at(value: float) -> float:
        return 100 * min(1.0, max(0.0, value / high))

    left, right = at(band.low), at(top)
    return (
        f'<div class="bar" aria-hidden="true">'
        f'<i class="allowed" style="left:{left:.1f}%;width:{max(right - left, 0.6):.1f}%"></i>'
        f'<i class="interval" style="left:{at(measured.low):.1f}%;'
        f'width:{max(at(measured.high) - at(measured.low), 0):.1f}%"></i>'
        f'<i class="value" style="left:{at(measured.value):.1f}%"></i></div>'
    )
