"""The best rule on one field alone: how much of a story somebody finds who looks at no second field and no other event.

Rules are learnt on some stories and measured on others: a set of values, an interval of numbers, or an interval of
lengths of a text.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Event = dict[str, Any]
_STEPS = 16


@dataclass(frozen=True, slots=True)
class Rule:
    field: str
    kind: str
    precision: float
    recall: float

    @property
    def worst(self) -> float:
        return min(self.precision, self.recall)


def best_rule(events: Sequence[Event], wanted: Sequence[bool], known: Sequence[bool]) -> Rule:
    """The rule whose lower one of precision and recall is highest. wanted: of each event, whether it is to be found.
    known: whether rules are learnt on it; the others are what they are measured on."""
    order = np.argsort(~np.array(known), kind="stable")
    truth, half = np.array(wanted)[order], int(np.sum(known))
    best = Rule("", "", 0.0, 0.0)
    for field, given in columns_of(events).items():
        for kind, flagged in _rules([given[at] for at in order.tolist()], truth, half):
            found = flagged[half:]
            both = int((found & truth[half:]).sum())
            rule = Rule(field, kind, both / max(1, int(found.sum())), both / max(1, int(truth[half:].sum())))
            best = max(best, rule, key=lambda each: each.worst)
    return best


def columns_of(events: Sequence[Event]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for at, event in enumerate(events):
        for path, value in _leaves("", event):
            if path not in found:
                found[path] = [None] * len(events)
            found[path][at] = value
    return found


def _leaves(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _leaves(f"{path}.{name}".lstrip("."), inner)
    else:
        yield path, str(value) if isinstance(value, list) else value


def _rules(column: list[Any], truth: np.ndarray, half: int) -> Iterator[tuple[str, np.ndarray]]:
    """What each rule of this field flags."""
    if any(isinstance(value, float) for value in column):
        yield from _intervals("number", np.array([np.nan if v is None else v for v in column], float), truth, half)
    else:
        yield "values", _values(column, truth, half)
        lengths = np.array([np.nan if value is None else len(str(value)) for value in column])
        yield from _intervals("length", lengths, truth, half)


def _values(column: list[Any], truth: np.ndarray, half: int) -> np.ndarray:
    """The most telling values, as many as it takes to have most."""
    hits, all_ = Counter[Any](), Counter(column[:half])
    for value, wanted in zip(column[:half], truth[:half].tolist(), strict=True):
        hits[value] += wanted
    chosen, found, flagged, best = set(), 0, 0, (0.0, 0)
    order = sorted(hits, key=lambda value: -hits[value] / all_[value])
    whole = max(1, int(truth[:half].sum()))
    for number, value in enumerate(order, 1):
        found, flagged = found + hits[value], flagged + all_[value]
        best = max(best, (min(found / flagged, found / whole), number))
    chosen = set(order[: best[1]])
    return np.array([value in chosen for value in column])


def _intervals(kind: str, column: np.ndarray, truth: np.ndarray, half: int) -> Iterator[tuple[str, np.ndarray]]:
    own = column[:half][truth[:half]]
    own = own[~np.isnan(own)]
    if not len(own):
        return
    edges = np.quantile(own, np.linspace(0, 1, _STEPS + 1), method="nearest")
    values, wanted = column[:half], truth[:half]
    best, limits = -1.0, (0.0, 0.0)
    for low in np.unique(edges):
        for high in np.unique(edges[edges >= low]):
            flagged = (values >= low) & (values <= high)
            both = int((flagged & wanted).sum())
            worst = min(both / max(1, int(flagged.sum())), both / max(1, int(wanted.sum())))
            if worst > best:
                best, limits = worst, (low, high)
    yield kind, (column >= limits[0]) & (column <= limits[1])
