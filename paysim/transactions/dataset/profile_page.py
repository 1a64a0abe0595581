"""The page of `paysim profile`: what a data set looks like, beside what is configured and what the facts say.

One file that needs nothing else, for a screen of any width, light or dark.
"""

import math
from collections.abc import Iterator
from datetime import UTC, datetime

import numpy as np

from paysim.contract.codes import MERCHANT_CATEGORIES
from paysim.html_page import document

from . import charts
from .charts import Bar, escape
from .profile import PLACE, RISK_BANDS, Profile

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_HOURS = [f"{hour:02d}" for hour in range(24)]
_MIXES = {
    "payment_method": "Payment methods",
    "payment_status": "Statuses (refunded: refunds)",
    "channel": "Channels",
    "merchant_category": "Merchant categories",
    "customer_country": "Customers' countries",
}
_COUNTRIES = 12
_COLUMNS = 60
_ENOUGH = 20  # payments that a share is shown of
_STYLE = """
:root {
  --bar: #3b7dd8; --mark: #c2410c;
  --c0: #3b7dd8; --c1: #12a594; --c2: #e2a336; --c3: #8e4ec6; --c4: #e5484d; --c5: #7b8794;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --bar: #6ea8fe; --mark: #ffa066;
    --c0: #6ea8fe; --c1: #3fcfb9; --c2: #f0c05a; --c3: #b98be8; --c4: #ff8a80; --c5: #9aa5b1;
  }
}
body { max-width: 1320px; }
h2 { font-size: 16px; }
figure p { margin: 0 0 12px; font-size: 13px; }
.grid-of-figures { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 16px; }
figure { margin: 0; }
figure.wide { grid-column: 1 / -1; }
ul { list-style: none; margin: 0; padding: 0; }
.b0 { background: var(--c0); } .b1 { background: var(--c1); } .b2 { background: var(--c2); }
.b3 { background: var(--c3); } .b4 { background: var(--c4); } .b5 { background: var(--c5); }
.f0 { fill: var(--c0); } .f1 { fill: var(--c1); } .f2 { fill: var(--c2); }
.f3 { fill: var(--c3); } .f4 { fill: var(--c4); } .f5 { fill: var(--c5); }
.bars li { display: grid; grid-template-columns: 11em minmax(0, 1fr) 9.5em; gap: 0 12px; padding: 3px 0; }
.bars li { align-items: center; }
.bars .name { overflow-wrap: anywhere; }
.bars .value { order: 3; color: var(--soft); font-variant-numeric: tabular-nums; }
.bar { order: 2; position: relative; height: 14px; background: var(--track); border-radius: 3px; }
.bar i { position: absolute; inset: 0 auto 0 0; background: var(--bar); border-radius: 3px; }
.bar b { position: absolute; top: -3px; bottom: -3px; width: 3px; margin-left: -1.5px; background: var(--mark); }
.bars.bad .bar i { background: var(--mark); }
.legend { display: flex; flex-wrap: wrap; gap: 4px 16px; margin: 0 0 10px; font-size: 13px; }
.legend i { display: inline-block; width: 10px; height: 10px; margin-right: 6px; border-radius: 2px; }
.key { display: inline-block; width: 3px; height: 13px; background: var(--mark); vertical-align: -2px; }
.columns em { font-style: normal; font-size: 13px; color: var(--soft); }
.columns svg { display: block; width: 100%; height: 220px; border: solid var(--line); border-width: 1px 0; }
.ticks { position: relative; height: 1.6em; font-size: 13px; color: var(--soft); overflow: hidden; }
.ticks span { position: absolute; transform: translateX(-50%); white-space: nowrap; }
.heat { width: 100%; border-collapse: separate; border-spacing: 1px; table-layout: fixed; font-size: 12px; }
.heat th { font-weight: 400; color: var(--soft); padding: 0; }
.heat th[scope=row], .heat thead td { width: 8.5em; text-align: left; }
.heat tbody td { height: 22px; padding: 0; border-radius: 2px; }
.heat tbody td { background: color-mix(in srgb, var(--bar) var(--s), var(--track)); }
.heat td span, .read { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.heat, .stacks li, figure { position: relative; }
.stacks { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 320px), 1fr)); gap: 10px 24px; }
.stacks li { display: grid; grid-template-columns: 3em 3.2em minmax(0, 1fr); gap: 3px 6px; align-items: center; }
.stacks .name { font-weight: 600; grid-row: span 2; }
.stacks .line { grid-column: 2; font-size: 13px; color: var(--soft); }
.stack { grid-column: 3; display: flex; height: 12px; border-radius: 3px; overflow: hidden; }
.stack { background: var(--track); }
.stack i { display: block; height: 100%; }
.map { position: relative; overflow: hidden; background: var(--track); border-radius: 6px; }
.map svg { display: block; width: 100%; height: auto; }
.map .grid { fill: none; stroke: var(--line); }
.map g { fill: var(--bar); fill-opacity: 0.55; }
.map span { position: absolute; font-size: 12px; font-weight: 600; transform: translate(-50%, -50%); }
.map span { padding: 0 3px; border-radius: 3px; background: color-mix(in srgb, var(--card) 75%, transparent); }
@media (max-width: 720px) {
  .grid-of-figures { grid-template-columns: minmax(0, 1fr); gap: 12px; }
  .bars li { grid-template-columns: minmax(0, 1fr) auto; padding: 5px 0; }
  .bars .value { order: 1; text-align: right; }
  .bar { grid-column: 1 / -1; }
  .heat th[scope=row], .heat thead td { width: 8em; }
  .heat thead th:not(:nth-child(6n + 2)) { font-size: 0; }
  .heat thead th { white-space: nowrap; overflow: visible; text-align: left; }
  .columns svg { height: 180px; }
  .ticks .minor { display: none; }
  .map span { font-size: 11px; }
}
@media print { figure { break-inside: avoid; } }
"""
_MAIN = """<p>{subtitle}</p>
<div class="grid-of-figures">
{figures}
</div>"""
_MARKED = '<span class="key" aria-hidden="true"></span> configured, or by the facts where nothing is'


def page(profile: Profile, title: str) -> str:
    """The whole page. title: plain text."""
    main = _MAIN.format(subtitle=escape(_subtitle(profile)), figures="\n".join(_figures(profile)))
    return document(title, _STYLE, main)


def _subtitle(profile: Profile) -> str:
    parts = [f"{profile.total:,} transactions"]
    if profile.first is not None and profile.last is not None:
        moments = (datetime.fromtimestamp(moment / 1000, UTC) for moment in (profile.first, profile.last))
        parts.append(" to ".join(f"{moment:%Y-%m-%d %H:%M}" for moment in moments) + " UTC")
    if profile.unreadable:
        parts.append(f"{profile.unreadable:,} with something that cannot be read")
    return " · ".join(parts)


def _figure(title: str, chart: str, note: str = "", *, wide: bool = False) -> str:
    """note: HTML."""
    said = f"<p>{note}</p>" if note else ""
    return (
        f'<figure{" class=wide" if wide else ""} aria-label="{escape(title)}"><h2>{escape(title)}</h2>{said}{chart}'
        "</figure>"
    )


def _figures(profile: Profile) -> Iterator[str]:
    if any(amount > 0 for amounts in profile.dollars.values() for amount in amounts):
        yield _amounts(profile)
    if profile.places:
        yield _figure("Where payments are made", charts.world(profile.places, PLACE), wide=True)
    if profile.methods:
        yield _methods(profile)
    for name, title in _MIXES.items():
        if profile.mixes[name]:
            yield _mix(profile, name, title)
    if profile.people:
        yield _people(profile)
    if profile.risk[:, 0].max() >= _ENOUGH:
        yield _risk(profile)
    if profile.merchants:
        yield _merchants(profile)
    if profile.category_hours:
        rows = {name: profile.category_hours[name] for name in _in_order(profile.category_hours)}
        note = "Local time of the customer. The darker or brighter, the nearer to the busiest hour of that category."
        yield _figure("Hours by merchant category", charts.heat(rows, _HOURS, by_row=True), note, wide=True)
    if profile.hours.any():
        days = dict(zip(_DAYS, profile.hours, strict=True))
        yield _figure("Hours by weekday", charts.heat(days, _HOURS, by_row=False), "Local time.", wide=True)
    if profile.violations:
        found = profile.violations.most_common()
        rows_ = [Bar(name, count, f"{count:,} ({count / max(profile.total, 1):.2%})") for name, count in found]
        yield _figure("Violations", charts.bars(rows_, "bad"), wide=True)


def _in_order(found: dict[str, np.ndarray]) -> list[str]:
    known = [str(name) for name in MERCHANT_CATEGORIES if name in found]
    return known + sorted(set(found) - set(known))


def _amounts(profile: Profile) -> str:
    """Columns of equal width on a logarithmic scale."""
    order = sorted(profile.dollars, key=lambda name: -len(profile.dollars[name]))
    values = {name: np.array(profile.dollars[name]) for name in order}
    values = {name: found[found > 0] for name, found in values.items()}
    every = np.concatenate(list(values.values()))
    low, high = math.log10(max(float(every.min()), 0.01)), math.log10(float(every.max()) * 1.001)
    edges = np.logspace(low, high, _COLUMNS + 1)
    series = {
        f"{name} (median ${np.median(found):,.2f}, mean ${found.mean():,.2f})": np.histogram(found, edges)[0]
        for name, found in values.items()
        if len(found)
    }
    ticks = [
        ((power - low) / (high - low), f"${10.0**power:,.2f}" if power < 0 else f"${10**power:,}")
        for power in range(math.ceil(low + 0.2), math.floor(high - 0.1) + 1)
    ]
    return _figure(
        "Amounts of payments in US dollars, by payment method", charts.columns(series, ticks, "payments"), wide=True
    )


def _methods(profile: Profile) -> str:
    totals = {country: sum(counts.values()) for country, counts in profile.methods.items()}
    countries = sorted(totals, key=lambda country: -totals[country])[:_COUNTRIES]
    used: dict[str, int] = {}
    for country in countries:
        for method, count in profile.methods[country].items():
            used[method] = used.get(method, 0) + count
    parts = sorted(used, key=lambda method: -used[method])
    rows = []
    for country in countries:
        found = {method: count / totals[country] for method, count in profile.methods[country].items()}
        lines = [("data", found)]
        if country in profile.facts:
            lines.append(("facts", profile.facts[country]))
        rows.append((country, lines))
    note = "Shares of payments. Facts: what central banks and schemes publish (paysim/facts/methods.py)."
    return _figure("Payment methods by country", charts.stacks(rows, parts), note, wide=True)


def _mix(profile: Profile, name: str, title: str) -> str:
    counts, expected = profile.mixes[name], profile.expected.get(name, {})
    total = sum(counts.values())
    names = [value for value, _ in counts.most_common(17)]
    names += [value for value in expected if value not in counts]
    whole = sum(expected.values()) or 1.0
    marks = {value: share / whole for value, share in expected.items()}
    rows = [Bar(value, counts[value] / total, f"{counts[value] / total:.1%}", marks.get(value)) for value in names]
    return _figure(title, charts.bars(rows), _MARKED if expected else "")


def _people(profile: Profile) -> str:
    """How many people make how many payments, in classes that double."""
    counts = np.array(list(profile.people.values()))
    top = int(counts.max())
    rows, low = [], 1
    while low <= top:
        high = low if low <= 2 else 2 * low - 2
        many = int(((counts >= low) & (counts <= high)).sum())
        name = f"{low:,}" if low == high else f"{low:,} to {high:,}"
        name += " payment" if high == 1 else " payments"
        rows.append(Bar(name, many, f"{many:,} people"))
        low = high + 1
    note = (
        f"{len(counts):,} people, half of them with {int(np.median(counts)):,} or fewer. "
        f"The busiest makes {top:,} payments: {top / counts.sum():.2%} of all."
    )
    return _figure("Payments per person", charts.bars(rows), note)


def _risk(profile: Profile) -> str:
    rows = []
    for band, (many, failed) in enumerate(profile.risk.tolist()):
        if many >= _ENOUGH:
            name = f"{band / RISK_BANDS:.1f} to {(band + 1) / RISK_BANDS:.1f}"
            rows.append(Bar(name, failed / many, f"{failed / many:.1%} of {many:,}"))
    many, failed = profile.risk.sum(axis=0).tolist()
    note = f"Share of payments that failed, by risk score. Of all: {failed / many:.1%}."
    return _figure("Declines by risk score", charts.bars(rows, "bad"), note)


def _merchants(profile: Profile) -> str:
    top = profile.merchants.most_common(12)
    rows = [Bar(name if len(name) < 34 else f"{name[:32]}…", count, f"{count:,}") for (name, _), count in top]
    return _figure("Merchants with the most transactions", charts.bars(rows))
