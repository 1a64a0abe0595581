"""A score in words, as a table, and as the document of `--json`; and which limits it missed."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from rich.table import Table

from .score import ScenarioScore, Score

_COLUMNS = ("labelled", "rejected", "flagged", "accepted", "no decision", "recall", "episodes found")
_SLACK = 1e-9


class UnknownLimit(ValueError):
    """A limit on what these labels do not have; the text is one line for the user."""


def table(score: Score) -> Table:
    """A row a scenario, and one for all."""
    shown = Table(box=None, pad_edge=False, header_style="bold")
    shown.add_column("scenario", no_wrap=True)
    for title in (*_COLUMNS, "found after: median", "95 %"):
        shown.add_column(title, justify="right")
    for name, each in score.scenarios.items():
        shown.add_row(name, *_cells(each))
    if len(score.scenarios) > 1:
        shown.add_section()
        shown.add_row("all", *_cells(score.total), style="bold")
    return shown


def _cells(each: ScenarioScore) -> Iterator[str]:
    counts = (each.labelled, each.rejected, each.flagged, each.accepted, each.undecided)
    yield from (f"{count:,}" for count in counts)
    yield percent(each.recall)
    yield f"{each.episodes_found:,} of {each.episodes:,}"
    detection = each.detection
    yield from ("", "") if detection is None else (_time(detection.median), _time(detection.p95))


def percent(share: float | None) -> str:
    """Never 100 % or 0 % for what is only nearly so."""
    if share is None:
        return "–"
    shown = 100 * share
    digits = next(n for n in (1, 2, 3, 6) if n == 6 or (0 < round(shown, n) < 100) == (0 < share < 1))
    return f"{shown:.{digits}f} %"


def _time(seconds: float) -> str:
    size = abs(seconds)
    if size < 120:
        return f"{seconds:.3g} s"
    if size < 7_200:
        return f"{seconds / 60:.3g} min"
    return f"{seconds / 3_600:.3g} h" if size < 172_800 else f"{seconds / 86_400:.3g} days"


def lines(score: Score) -> Iterator[str]:
    """What the table does not say."""
    good, alarms = score.good, score.good.rejected + score.good.flagged
    yield (
        f"precision: {percent(score.precision)} of what was rejected or flagged is labelled; "
        f"recall: {percent(score.total.recall)}"
    )
    decided = good.accepted + alarms
    share = f": {percent(alarms / decided)} false alarms" if decided else ""
    yield f"without a label: {good.accepted:,} accepted, {good.rejected:,} rejected, {good.flagged:,} flagged{share}"
    left = score.unjudged
    if left.unknown or left.other_runs:
        yield f"not judged: {left.other_runs:,} decisions on other runs, {left.unknown:,} on ids that are not paysim's"
    if score.repeated:
        differ = f"; {score.changed:,} transactions were accepted and were not" if score.changed else ""
        yield f"on a transaction that had a decision already: {score.repeated:,}, the latest counts{differ}"
    if score.early:
        yield (
            f"{score.early:,} episodes were found before they were made: the clocks differ, or the times are not those "
            "of the decisions"
        )


def document(score: Score) -> dict[str, Any]:
    """All of it."""
    return asdict(score)


def missed(score: Score, recall: Mapping[str | None, float], precision: float | None) -> list[str]:
    """Which limits the score misses, a line each. recall: by scenario, None for all. Raises UnknownLimit."""
    found = []
    for name, least in recall.items():
        if name is not None and name not in score.scenarios:
            raise UnknownLimit(f"no label is of scenario {name}; there are {', '.join(score.scenarios)}")
        scope = score.total if name is None else score.scenarios[name]
        what = "recall" if name is None else f"recall of {name}"
        if scope.recall is None:
            raise UnknownLimit(f"{what} is not known: each of its transactions is a copy without a decision of its own")
        if scope.recall < least - _SLACK:
            found.append(f"{what} is {percent(scope.recall)}, and has to be at least {percent(least)}")
    if precision is not None and (score.precision or 0.0) < precision - _SLACK:
        found.append(f"precision is {percent(score.precision)}, and has to be at least {percent(precision)}")
    return found
