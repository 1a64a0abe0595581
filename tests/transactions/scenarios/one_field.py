"""The best rule on one field alone: how much of a story somebody finds who looks at no second field and no other event.

Rules are learnt on some stories and measured on others: a set of values, an interval of numbers, or an interval of
lengths of a text.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Event = dict[str, Any]
_STEPS = 16
USUAL = 0.001
"""The share of transactions that are of one story where such stories are usual."""
TOO_GOOD = 0.8
"""A story is too easy where a rule on one field is right as often as this, and finds as much of it."""


@dataclass(frozen=True, slots=True)
class Rule:
    field: str
    kind: str
    precision: float
    recall: float

    @property
    def worst(self) -> float:
        return min(self.precision, self.recall)


class Fields:
    """The fields of some events, as columns: made once, and asked for one story after the other.

    known: whether rules are learnt on an event; the others are what they are measured on.
    """

    def __init__(self, events: Sequence[Event], known: Sequence[bool]) -> None:
        self._order = np.argsort(~np.array(known), kind="stable")
        self._half = int(np.sum(known))
        self._columns = {field: _coded(values) for field, values in columns_of(events).items()}

    def best_rule(self, wanted: Sequence[bool]) -> Rule:
        """The rule whose lower one of precision and recall is highest. wanted: of each event, whether it is to be
        found."""
        truth, half = np.array(wanted)[self._order], self._half
        best = Rule("", "", 0.0, 0.0)
        for field, columns in self._columns.items():
            for kind, column in columns.items():
                chosen = (_values if kind == "values" else _interval)(column[self._order], truth, half)
                found = chosen[half:]
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


def _coded(column: list[Any]) -> dict[str, np.ndarray]:
    """What rules of a field look at: numbers, or else which value it is and how long that is."""
    if any(isinstance(value, float) for value in column):
        return {"number": np.array([np.nan if value is None else value for value in column], float)}
    codes: dict[Any, int] = {}
    which = np.array([codes.setdefault(value, len(codes)) for value in column])
    lengths = np.array([np.nan if value is None else len(str(value)) for value in codes])
    return {"values": which, "length": lengths[which]}


def _values(codes: np.ndarray, truth: np.ndarray, half: int) -> np.ndarray:
    """What has one of the most telling values, of as many as it takes to have most."""
    size, learnt = int(codes.max()) + 1, codes[:half]
    hits, all_ = np.bincount(learnt[truth[:half]], minlength=size), np.bincount(learnt, minlength=size)
    order = np.argsort(-hits / np.maximum(1, all_), kind="stable")
    found, flagged = np.cumsum(hits[order]), np.maximum(1, np.cumsum(all_[order]))
    best = int(np.argmax(np.minimum(found / flagged, found / max(1, int(truth[:half].sum())))))
    chosen = np.zeros(size, bool)
    chosen[order[: best + 1]] = True
    values: np.ndarray = chosen[codes]
    return values


def _interval(column: np.ndarray, truth: np.ndarray, half: int) -> np.ndarray:
    """What lies in the most telling interval."""
    own = column[:half][truth[:half]]
    own = own[~np.isnan(own)]
    if not len(own):
        return np.zeros(len(column), bool)
    edges = np.unique(np.quantile(own, np.linspace(0, 1, _STEPS + 1), method="nearest"))
    values, mine = np.sort(column[:half]), np.sort(own)  # what is no number comes last
    best, limits = -1.0, (0.0, 0.0)
    for low in edges:
        for high in edges[edges >= low]:
            flagged, both = (
                int(np.searchsorted(among, high, "right") - np.searchsorted(among, low)) for among in (values, mine)
            )
            worst = min(both / max(1, flagged), both / max(1, int(truth[:half].sum())))
            if worst > best:
                best, limits = worst, (low, high)
    found: np.ndarray = (column >= limits[0]) & (column <= limits[1])
    return found
