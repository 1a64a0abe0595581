"""The labels of a run or of a data set as columns: what was bad on purpose, and in which episode.

A label without an episode, as files of before have them, is an episode by itself. The same label of the same
transaction counts once, but for what repeats another: that is as many copies as there are labels.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
import orjson

from paysim.contract.labels import FRAUD

from . import id_columns

_AT_ONCE = 20_000


class UnusableLabels(ValueError):
    """A file of labels that nothing can be held against; the text is one line, with the file and, if any, its line."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """runs: their numbers, sorted. scenarios: names, sorted. The columns are sorted by key.

    keys: see `id_columns`. made: Unix milliseconds. scenario: place in `scenarios`. episode: number of it, from 0.
    copies: how many labels of a kind a transaction has.
    """

    runs: np.ndarray
    scenarios: tuple[str, ...]
    keys: np.ndarray
    made: np.ndarray
    scenario: np.ndarray
    episode: np.ndarray
    copies: np.ndarray

    def __len__(self) -> int:
        return len(self.keys)


def read(path: Path) -> Labelled:
    """Raises UnusableLabels."""
    places: dict[str, int] = {}
    ids, episodes, scenarios = [], [], []
    try:
        with path.open("rb") as lines:
            for own, names, stories in _pieces(path, lines):
                ids.append(_ids(path, own))
                episodes.append(_ids(path, stories))
                scenarios.append(np.array([places.setdefault(name, len(places)) for name in names], np.int32))
    except OSError as error:
        raise UnusableLabels(f"{path}: cannot be read: {(error.strerror or 'error').lower()}") from None
    if not ids:
        raise UnusableLabels(f"{path}: holds no label: nothing was bad on purpose, so there is nothing to score")
    order = np.argsort(np.argsort(list(places)))  # place as it came → place by name
    return _columns(path, np.concatenate(ids), np.concatenate(episodes), order[np.concatenate(scenarios)], places)


_Texts = list[tuple[int, str]]
"""Line and text of an id."""


def _pieces(path: Path, lines: IO[bytes]) -> Iterator[tuple[_Texts, list[str], _Texts]]:
    """Transaction, scenario and episode of some thousand lines."""
    ids: _Texts = []
    names: list[str] = []
    episodes: _Texts = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            entry = orjson.loads(line)
            own = entry["transaction_id"]
            if FRAUD in entry and not {"violation", "scenario"} & entry.keys():
                continue  # good by itself, and nothing in it says so: nobody is asked to find it
            name = entry["violation"] if "violation" in entry else entry["scenario"]
            episode = entry.get("episode") or own
            if not (isinstance(own, str) and isinstance(name, str) and isinstance(episode, str)):
                raise TypeError
        except (ValueError, KeyError, TypeError, AttributeError):
            raise UnusableLabels(f"{path}:{number}: is no label: transaction_id and violation") from None
        ids.append((number, own))
        names.append(name)
        episodes.append((number, episode))
        if len(ids) == _AT_ONCE:
            yield ids, names, episodes
            ids, names, episodes = [], [], []
    if ids:
        yield ids, names, episodes


def _ids(path: Path, texts: _Texts) -> np.ndarray:
    halves, known = id_columns.of_texts([text for _, text in texts])
    known &= id_columns.of_paysim(halves)
    if not known.all():
        line, text = texts[int(np.argmin(known))]
        raise UnusableLabels(f"{path}:{line}: {text[:60]!r} is no id that paysim made")
    return halves


def _columns(
    path: Path, ids: np.ndarray, episodes: np.ndarray, scenario: np.ndarray, names: dict[str, int]
) -> Labelled:
    runs = np.unique(id_columns.runs(ids))
    if len(runs) > id_columns.MOST_RUNS:
        raise UnusableLabels(f"{path}: holds labels of {len(runs):,} runs; at most {id_columns.MOST_RUNS:,}")
    keys, _ = id_columns.keys(ids, runs)
    order = np.lexsort((scenario, keys))
    keys, scenario, ids, episodes = keys[order], scenario[order], ids[order], episodes[order]
    first = np.ones(len(keys), np.bool_)
    first[1:] = (keys[1:] != keys[:-1]) | (scenario[1:] != scenario[:-1])
    starts = np.flatnonzero(first)
    copies = np.diff(starts, append=len(keys))
    return Labelled(
        runs,
        tuple(sorted(names)),
        keys[starts],
        id_columns.milliseconds(ids[starts]),
        scenario[starts],
        _numbered(scenario[starts], episodes[starts]),
        copies,
    )


def _numbered(scenario: np.ndarray, episodes: np.ndarray) -> np.ndarray:
    """A number for each scenario and episode, from 0."""
    order = np.lexsort((episodes[:, 1], episodes[:, 0], scenario))
    changes = np.zeros(len(order), np.bool_)
    changes[1:] = (np.diff(scenario[order]) != 0) | (episodes[order][1:] != episodes[order][:-1]).any(axis=1)
    numbers = np.empty(len(order), np.int64)
    numbers[order] = np.cumsum(changes)
    return numbers
