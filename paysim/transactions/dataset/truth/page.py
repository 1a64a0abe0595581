"""The page of `--html`: one file that needs nothing else, for a screen of any width, light or dark, and for paper."""

import html
import math
from collections.abc import Sequence
from itertools import groupby

from . import report
from .judge import Judged
from .registry import INFINITE

_CLASSES = {"ok": "ok", "outside": "outside", "not measured": "unmeasured", "configured": "configured"}
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>
:root {{
  --page: #f5f7fa; --card: #ffffff; --ink: #1f2933; --soft: #52606d; --line: #d8dee6; --band: #bfe3cf; --track: #eef1f5;
  --ok: #13653c; --outside: #b4231a; --outside-soft: #fdecea; --quiet: #52606d;
}}
@media (prefers-color-scheme: dark) {{
  :root {{
    --page: #14181d; --card: #1d232a; --ink: #e6eaef; --soft: #a7b1bd; --line: #343d47; --band: #24563d;
    --track: #2a323b;
    --ok: #6fd49f; --outside: #ff8a80; --outside-soft: #3a2224; --quiet: #a7b1bd;
  }}
}}
* {{ box-sizing: border-box; }}
body {{ font: 15px/1.45 system-ui, sans-serif; color: var(--ink); background: var(--page); }}
body {{ margin: 0 auto; padding: 24px; max-width: 1240px; }}
h1 {{ font-size: 24px; margin: 0 0 4px; overflow-wrap: anywhere; }}
h2 {{ font-size: 17px; margin: 0 0 8px; text-transform: capitalize; }}
p {{ margin: 0 0 16px; color: var(--soft); }}
ul.counts {{ list-style: none; display: flex; flex-wrap: wrap; gap: 8px; padding: 0; margin: 0 0 20px; }}
ul.counts li {{ padding: 6px 12px; background: var(--card); border: 1px solid var(--line); border-radius: 999px; }}
section {{ background: var(--card); border: 1px solid var(--line); border-radius: 8px; }}
section {{ padding: 16px; margin: 0 0 16px; }}
table {{ width: 100%; border-collapse: collapse; table-layout: fixed; }}
th {{ text-align: left; font-weight: 600; font-size: 13px; color: var(--soft); padding: 4px 12px 6px 0; }}
td {{ vertical-align: top; padding: 8px 12px 8px 0; border-top: 1px solid var(--line); overflow-wrap: break-word; }}
td small {{ color: var(--soft); font-size: 13px; font-weight: 400; display: block; }}
a {{ color: inherit; }}
.ok {{ color: var(--ok); }} .outside {{ color: var(--outside); font-weight: 600; }}
.unmeasured, .configured {{ color: var(--quiet); }}
tr.row-outside td {{ background: var(--outside-soft); }}
td:first-child, th:first-child {{ padding-left: 8px; }} td:last-child {{ white-space: nowrap; }}
.bar {{ position: relative; height: 14px; margin: 4px 0 2px; background: var(--track); border-radius: 4px; }}
.bar i {{ position: absolute; }}
.bar .allowed {{ top: 0; bottom: 0; background: var(--band); border-radius: 4px; }}
.bar .interval {{ top: 6px; height: 2px; background: currentColor; }}
.bar .value {{ top: 2px; width: 10px; height: 10px; margin-left: -5px; border-radius: 50%; background: currentColor; }}
col.what {{ width: 24%; }} col.data {{ width: 24%; }} col.allowed {{ width: 14%; }} col.fact {{ width: 27%; }}
@media (max-width: 720px) {{
  body {{ padding: 12px; }}
  section {{ padding: 12px; }}
  table, tbody, tr, td {{ display: block; width: 100%; }}
  colgroup, thead {{ display: none; }}
  tr {{ border-top: 1px solid var(--line); padding: 10px 0; }}
  tr.row-outside {{ background: var(--outside-soft); margin: 0 -12px; padding: 10px 12px; width: auto; }}
  tr.row-outside td {{ background: none; }}
  td, td:first-child {{ border: 0; padding: 2px 0; }}
  td[data-name]::before {{ content: attr(data-name) " "; color: var(--soft); }}
}}
@media print {{
  :root {{
    --page: #fff; --card: #fff; --ink: #000; --soft: #444; --line: #bbb; --band: #bfe3cf; --track: #eee;
    --ok: #13653c; --outside: #b4231a; --outside-soft: #fdecea; --quiet: #444;
  }}
  body {{ padding: 0; font-size: 11px; max-width: none; print-color-adjust: exact; -webkit-print-color-adjust: exact; }}
  section {{ border: 0; padding: 0; }}
  tr, h2 {{ break-inside: avoid; }} h2 {{ break-after: avoid; }} thead {{ display: table-header-group; }}
  td {{ padding: 4px 8px 4px 0; }} td small, th {{ font-size: 10px; }}
}}
</style>
</head>
<body>
<main>
<h1>{title}</h1>
<p>{about}</p>
<ul class="counts" aria-label="verdicts">
{counts}
</ul>
{sections}
<p>A bar shows what is allowed (green), the data's figure (dot) and where it would lie 99 times of 100 (line).
<em>Configured</em>: the configuration decides it, so it does not count. <em>Not measured</em>: too few transactions of
its kind to tell. <em>Estimate</em>: derived from what the source prints. <em>Unread</em>: the document was not at hand
when the figure was typed.</p>
</main>
</body>
</html>
"""
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
    return _PAGE.format(title=html.escape(title), about=html.escape(about), counts=counts, sections=sections)


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
