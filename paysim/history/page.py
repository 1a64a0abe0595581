"""The page of `paysim history --html`: charts of all runs and their table, in one file that needs nothing else."""

import html
import math
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from paysim.html_page import document

from .trends import HEAD, TrendRow, Trends, cells, charts, conclusion, configuration_lines, line

_WIDTH, _HEIGHT = 1000, 240
_COLOURS = 6
_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 990, 16, 204
_STYLE = """
:root {
  --first: #1d5fa8; --second: #8a5a00; --third: #7a3291; --fourth: #00695c; --fifth: #9c2c5a; --sixth: #4a5560;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --first: #7fb8f5; --second: #e0b152; --third: #d59be8;
    --fourth: #6fcfc2; --fifth: #f29cc0; --sixth: #b8c2cc;
  }
}
h2 { margin: 0; }
ul { margin: 0 0 16px; color: var(--soft); }
.wide { overflow-x: auto; }
svg { display: block; width: 100%; min-width: 640px; }
svg text { font-size: 12px; fill: var(--soft); }
.grid { stroke: var(--line); } .change { stroke: var(--soft); stroke-dasharray: 4 4; }
.trend { fill: none; stroke-width: 1.5; }
.s0 { stroke: var(--first); color: var(--first); } .s1 { stroke: var(--second); color: var(--second); }
.s2 { stroke: var(--third); color: var(--third); } .s3 { stroke: var(--fourth); color: var(--fourth); }
.s4 { stroke: var(--fifth); color: var(--fifth); } .s5 { stroke: var(--sixth); color: var(--sixth); }
circle { fill: var(--card); stroke-width: 2; } .bad { stroke: var(--bad); stroke-width: 2.5; fill: none; }
.legend { margin: 0 0 8px; } .legend b { margin-right: 12px; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { padding: 6px 10px; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap; }
th:nth-child(-n+2), td:nth-child(-n+2) { text-align: left; }
th { font-size: 13px; color: var(--soft); }
@media (max-width: 720px) { svg text { font-size: 18px; } }
@media print { section { break-inside: avoid; } }
"""
_MAIN = """<p>{about}</p>
{charts}
<section>
<h2>Runs</h2>
<div class="wide" tabindex="0" role="region" aria-label="Table of runs">
<table>
<thead><tr>{head}</tr></thead>
<tbody>
{rows}
</tbody>
</table>
</div>
</section>"""


def page(found: Trends, folder: str, beside: Path) -> str:
    """beside: the folder that the page is written to, from which links to the reports of runs lead."""
    changes = "".join(f"<li>{html.escape(each)}</li>" for each in configuration_lines(found))
    about = html.escape(conclusion(found) + _time(found.rows))
    main = _MAIN.format(
        about=about + (f"</p>\n<ul>{changes}</ul>\n<p>A dashed line: another configuration begins." if changes else ""),
        charts="\n".join(_charts(found)),
        head="".join(f"<th scope='col'>{each}</th>" for each in HEAD),
        rows="\n".join(_row(row, beside) for row in reversed(found.rows)),
    )
    return document(f"Runs of {folder}", _STYLE, main)


def _time(rows: Sequence[TrendRow]) -> str:
    first, last = (row.summary.started_at[:16].replace("T", " ") for row in (rows[0], rows[-1]))
    return f"; from {first} to {last} UTC"


def _row(row: TrendRow, beside: Path) -> str:
    run_id, outcome, *others = map(html.escape, cells(row))
    report = row.run.path.parent / "report.html"
    if report.is_file():
        link = os.path.relpath(report.resolve(), beside.resolve()).replace(os.sep, "/")
        run_id = f'<a href="{html.escape(link)}">{run_id}</a>'
    mark = "ok" if row.passed else "failed"
    return (
        f"<tr><td>{run_id}</td><td class='{mark}'>{outcome}</td>{''.join(f'<td>{each}</td>' for each in others)}</tr>"
    )


def _charts(found: Trends) -> Iterator[str]:
    rows = found.rows
    for title, unit, lines in charts(found):
        values = {html.escape(name): line(rows, what) for name, what in lines.items()}
        if any(value for each in values.values() for value in each):  # what never was anything is no chart
            yield _chart(title, unit, rows, values)


def _chart(title: str, unit: str, rows: Sequence[TrendRow], lines: dict[str, list[float | None]]) -> str:
    top = _ceiling(max(value for each in lines.values() for value in each if value is not None))

    def x(at: int) -> float:
        return round(_LEFT + (_RIGHT - _LEFT) * (at + 0.5) / len(rows), 1)

    def y(value: float) -> float:
        return round(_BOTTOM - (_BOTTOM - _TOP) * value / top, 1)

    drawn = []
    for part in range(5):
        value = top * part / 4
        drawn.append(f'<line class="grid" x1="{_LEFT}" x2="{_RIGHT}" y1="{y(value)}" y2="{y(value)}"/>')
        drawn.append(f'<text x="{_LEFT - 8}" y="{y(value) + 4}" text-anchor="end">{value:,.4g}</text>')
    for at, row in enumerate(rows):
        if at and row.configuration != rows[at - 1].configuration:
            between = (x(at) + x(at - 1)) / 2
            drawn.append(f'<line class="change" x1="{between}" x2="{between}" y1="{_TOP}" y2="{_BOTTOM}"/>')
    for at in sorted({0, len(rows) // 2, len(rows) - 1}):
        date = rows[at].summary.started_at[:10]
        anchor = "start" if at == 0 and len(rows) > 1 else "end" if at == len(rows) - 1 and at else "middle"
        drawn.append(f'<text x="{x(at)}" y="{_HEIGHT - 12}" text-anchor="{anchor}">{date}</text>')
    for number, (name, values) in enumerate(lines.items()):
        number %= _COLOURS
        measured = [(at, value) for at, value in enumerate(values) if value is not None]
        points = " ".join(f"{x(at)},{y(value)}" for at, value in measured)
        drawn.append(f'<polyline class="trend s{number}" points="{points}"/>')
        drawn += [_point(rows[at], number, name, value, x(at), y(value)) for at, value in measured]
    legend = "".join(f'<b class="s{number % _COLOURS}">● {name}</b>' for number, name in enumerate(lines))
    return (
        f'<section>\n<h2>{title}</h2>\n<p class="legend">{legend}{html.escape(unit)}; × did not pass</p>\n'
        f'<div class="wide" tabindex="0" role="region" aria-label="Chart: {title}">'
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{title} of {len(rows)} runs; the table has all '
        f'figures">\n{"".join(drawn)}\n</svg></div>\n</section>'
    )


def _point(row: TrendRow, number: int, name: str, value: float, x: float, y: float) -> str:
    said = f"<title>{row.summary.run_id}: {name} {value:,.5g}, {row.summary.verdict.outcome}</title>"
    if row.passed:
        return f'<circle class="s{number}" cx="{x}" cy="{y}" r="3">{said}</circle>'
    return f'<path class="bad" d="M{x - 4} {y - 4}l8 8m0 -8l-8 8">{said}</path>'


def _ceiling(value: float) -> float:
    """The next of some steps between powers of ten whose quarters are round."""
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 1.2, 1.6, 2, 2.4, 3, 4, 5, 6, 8, 10) if step * power >= value * 0.999)
