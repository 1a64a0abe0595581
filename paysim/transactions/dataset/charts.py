"""Charts as HTML: bars, columns, heat tables, stacks and a map. Text stays text, so that it can be read on a phone;
colours are the page's variables, so that they follow a light or a dark theme."""

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

COLOURS = 6
"""The page has variables --c0 … of so many."""


@dataclass(frozen=True, slots=True)
class Bar:
    """share: the length, 0 to 1 of the longest; mark: where a mark stands, on the same scale; text: what is written."""

    name: str
    share: float
    text: str
    mark: float | None = None


def escape(text: str) -> str:
    return html.escape(text, quote=True)


def _percent(value: float) -> str:
    return f"{100 * value:.2f}%".replace(".00%", "%")


def bars(rows: Sequence[Bar], kind: str = "") -> str:
    """One line each. kind: a class of the page, for another colour."""
    longest = max([0.0001, *(row.share for row in rows), *(row.mark or 0.0 for row in rows)])
    lines = []
    for row in rows:
        mark = "" if row.mark is None else f'<b style="left:{_percent(row.mark / longest)}"></b>'
        lines.append(
            f'<li><span class="name">{escape(row.name)}</span><span class="value">{escape(row.text)}</span>'
            f'<span class="bar" aria-hidden="true"><i style="width:{_percent(row.share / longest)}"></i>{mark}</span>'
            "</li>"
        )
    return f'<ul class="bars {kind}">{"".join(lines)}</ul>'


def columns(series: Mapping[str, np.ndarray], ticks: Sequence[tuple[float, str]], unit: str) -> str:
    """Stacked columns side by side. series: legend → one count a column; ticks: place from 0 to 1 and label below;
    unit: of the counts."""
    table = np.array(list(series.values()), dtype=float)
    highest, width = max(table.sum(axis=0).max(), 1.0), table.shape[1]
    shapes = []
    for at, row in enumerate(table):
        below = table[:at].sum(axis=0)
        path = "".join(
            f"M{x} {_number(100 - 100 * (base + size) / highest)}h1v{_number(100 * size / highest)}h-1z"
            for x, (base, size) in enumerate(zip(below.tolist(), row.tolist(), strict=True))
            if size
        )
        shapes.append(f'<path d="{path}" class="f{at % COLOURS}"/>')
    marks = "".join(f'<span style="left:{_percent(place)}">{escape(label)}</span>' for place, label in ticks)
    legend = _legend(list(series)) if len(series) > 1 else ""
    return (
        f'{legend}<div class="columns" aria-hidden="true"><em>{highest:,.0f} {escape(unit)}</em>'
        f'<svg viewBox="0 0 {width} 100" preserveAspectRatio="none">{"".join(shapes)}</svg>'
        f'<div class="ticks">{marks}</div></div>'
    )


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _legend(names: Sequence[str]) -> str:
    items = "".join(
        f'<li><i class="b{at % COLOURS}" aria-hidden="true"></i>{escape(name)}</li>' for at, name in enumerate(names)
    )
    return f'<ul class="legend">{items}</ul>'


def heat(rows: Mapping[str, np.ndarray], heads: Sequence[str], *, by_row: bool) -> str:
    """A table of coloured cells. rows: name → one count a column; by_row: colours are shares of the row's largest."""
    highest = max([1, *(int(row.max()) for row in rows.values())])
    shown = "".join(f'<th scope="col">{head}</th>' for head in heads)
    lines = []
    for name, row in rows.items():
        most = max(int(row.max()), 1) if by_row else highest
        cells = "".join(
            f'<td style="--s:{round(100 * count / most)}%" title="{escape(name)} {head}: {count:,}">'
            f"<span>{count:,}</span></td>"
            for head, count in zip(heads, row.tolist(), strict=True)
        )
        lines.append(f'<tr><th scope="row">{escape(name)}</th>{cells}</tr>')
    return f'<table class="heat"><thead><tr><td></td>{shown}</tr></thead><tbody>{"".join(lines)}</tbody></table>'


def stacks(rows: Sequence[tuple[str, Sequence[tuple[str, Mapping[str, float]]]]], parts: Sequence[str]) -> str:
    """Shares of one whole beside each other. rows: name → lines of it, each with a name and the shares of `parts`."""
    lines = []
    for name, whole in rows:
        drawn = []
        for line, shares in whole:
            pieces = "".join(
                f'<i class="b{at % COLOURS}" style="width:{_percent(shares.get(part, 0.0))}" '
                f'title="{escape(name)}, {escape(line)}: {escape(part)} {shares.get(part, 0.0):.1%}"></i>'
                for at, part in enumerate(parts)
            )
            said = ", ".join(f"{part} {shares[part]:.1%}" for part in parts if shares.get(part, 0.0) >= 0.0005)
            drawn.append(
                f'<span class="line">{escape(line)}</span><span class="stack" aria-hidden="true">{pieces}</span>'
                f'<span class="read">{escape(said)}</span>'
            )
        lines.append(f'<li><span class="name">{escape(name)}</span>{"".join(drawn)}</li>')
    return f'{_legend(parts)}<ul class="stacks">{"".join(lines)}</ul>'


_MARGIN, _LEAST_WIDTH = 8.0, 40.0  # degrees around what is shown, and across the smallest map
_FLATTEST, _STEEPEST = 0.36, 0.62  # height over width


def _frame(places: Sequence[tuple[float, float, str]]) -> tuple[float, float, float, float]:
    """West, north, width and height of a map that shows these places, degrees."""
    latitudes, longitudes = (np.array([place[axis] for place in places]) for axis in (0, 1))
    west, east = longitudes.min() - _MARGIN, longitudes.max() + _MARGIN
    south, north = latitudes.min() - _MARGIN, latitudes.max() + _MARGIN
    width = max(east - west, _LEAST_WIDTH, (north - south) / _STEEPEST)
    height = max(north - south, _FLATTEST * width)
    return float(west + east - width) / 2, float(south + north + height) / 2, float(width), float(height)


def world(places: Mapping[tuple[float, float, str], int], size: float) -> str:
    """A map with a dot each place, as large as it has payments.

    places: (latitude, longitude, country) of the south-west corner of a cell of `size` degrees → payments. Countries
    are named where most of their payments are.
    """
    west, north, width, height = _frame(list(places))
    most, unit = max(places.values()), width / 360
    dots: list[str] = []
    sums: dict[str, np.ndarray] = {}
    for (latitude, longitude, country), count in sorted(places.items(), key=lambda item: -item[1]):
        x, y = longitude + size / 2 - west, north - latitude - size / 2
        radius = (0.9 + 3.5 * (count / most) ** 0.5) * unit
        dots.append(f'<circle cx="{x:.2f}" cy="{y:.2f}" r="{radius:.2f}"/>')
        sums[country] = sums.get(country, np.zeros(3)) + count * np.array((x, y, 1.0))
    lines = "".join(
        f"M0 {north - each:.1f}h{width:.1f}" for each in range(-60, 90, 30) if north - height < each < north
    )
    lines += "".join(
        f"M{each - west:.1f} 0v{height:.1f}" for each in range(-180, 181, 30) if west < each < west + width
    )
    named = sorted(sums, key=lambda country: -sums[country][2])
    labels, taken = [], list[tuple[float, float]]()
    for country in named:
        x, y = (float(each / sums[country][2]) for each in sums[country][:2])
        if not country or any(abs(x - a) < 16 * unit and abs(y - b) < 10 * unit for a, b in taken):
            continue
        taken.append((x, y))
        labels.append(f'<span style="left:{_percent(x / width)};top:{_percent(y / height)}">{escape(country)}</span>')
    said = ", ".join(f"{country or 'elsewhere'} {sums[country][2]:,.0f}" for country in named)
    return (
        f'<div class="map" aria-hidden="true"><svg viewBox="0 0 {width:.1f} {height:.1f}">'
        f'<path class="grid" d="{lines}" stroke-width="{0.4 * unit:.2f}"/><g>{"".join(dots)}</g></svg>'
        f'{"".join(labels)}</div><p class="read">{escape(said)}</p>'
    )
