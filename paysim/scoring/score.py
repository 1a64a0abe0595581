"""How well a pipeline's decisions fit the labels.

A transaction is **found** where it was rejected or flagged. What has no decision is not found: a list that holds only
alarms is a list of decisions too. Of several decisions on one transaction the latest counts, by time where they have
one, else by their place in the file.

A copy (`duplicate`, `redelivery`) has the id of a good transaction, so only the number of decisions tells: each that
says no is a copy found, each *yes* after the first is a copy accepted, and a copy without a decision of its own is not
judged.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from paysim.contract.labels import repeats

from . import id_columns
from .decisions import DECISIONS, NO_TIME, Decided
from .labelled import Labelled

_ACCEPTED = DECISIONS.index("accepted")
_NEVER = np.iinfo(np.int64).max


class NothingOfTheRun(ValueError):
    """No decision is on a transaction of the runs that the labels are of."""


@dataclass(frozen=True, slots=True)
class Detection:
    """Seconds from the first transaction of an episode to the first decision that finds it, over those found."""

    median: float
    p95: float
    most: float


@dataclass(frozen=True, slots=True)
class ScenarioScore:
    """Transactions with one label, or with any. undecided: without a decision. recall: None where none is judged.

    episodes: of them, and episodes_found: with at least one transaction found. detection: None without times.
    """

    labelled: int
    rejected: int
    flagged: int
    accepted: int
    undecided: int
    recall: float | None
    episodes: int
    episodes_found: int
    detection: Detection | None

    @property
    def found(self) -> int:
        return self.rejected + self.flagged


@dataclass(frozen=True, slots=True)
class Good:
    """Transactions of the runs without a label, by decision."""

    accepted: int
    rejected: int
    flagged: int


@dataclass(frozen=True, slots=True)
class Unjudged:
    """Decisions that say nothing of this run. unknown: on ids that paysim did not make."""

    unknown: int
    other_runs: int


@dataclass(frozen=True, slots=True)
class Score:
    """decisions: lines. repeated: those on a transaction that had one already; changed: transactions on which they
    differ. precision: of all that was rejected or flagged, what was labelled; None where nothing was. early: episodes
    found before they were made."""

    runs: list[str]
    decisions: int
    precision: float | None
    total: ScenarioScore
    scenarios: dict[str, ScenarioScore]
    good: Good
    unjudged: Unjudged
    repeated: int
    changed: int
    early: int


@dataclass(slots=True)
class _Taken:
    """Decisions on transactions of the runs, as columns in pieces, and how many others there were."""

    keys: list[np.ndarray] = field(default_factory=list)
    codes: list[np.ndarray] = field(default_factory=list)
    times: list[np.ndarray] = field(default_factory=list)
    lines: int = 0
    unknown: int = 0
    other_runs: int = 0

    def add(self, piece: Decided, runs: np.ndarray) -> None:
        ours = piece.known & id_columns.of_paysim(piece.halves)
        keys, right = id_columns.keys(piece.halves, runs)
        right &= ours
        self.lines += len(keys)
        self.unknown += len(keys) - int(ours.sum())
        self.other_runs += int((ours & ~right).sum())
        self.keys.append(keys[right])
        self.codes.append(piece.codes[right])
        self.times.append(piece.times[right])


@dataclass(frozen=True, slots=True)
class _ByTransaction:
    """Decisions by transaction. code: that of the last. noes, yeses: how many. first_no: its time, _NEVER if none."""

    keys: np.ndarray
    code: np.ndarray
    noes: np.ndarray
    yeses: np.ndarray
    first_no: np.ndarray


def score(labelled: Labelled, decided: Iterable[Decided]) -> Score:
    """Raises NothingOfTheRun, and what reading `decided` raises."""
    taken = _Taken()
    for piece in decided:
        taken.add(piece, labelled.runs)
    ours = sum(map(len, taken.keys))
    if taken.lines and not ours:
        raise NothingOfTheRun(f"none of the {taken.lines:,} decisions is on a transaction of {_runs(labelled.runs)}")
    by_transaction = _by_transaction(taken)
    at, there = _matched(labelled.keys, by_transaction.keys)
    outcomes = _outcomes(labelled, by_transaction, at, there)
    seconds, early = _seconds(labelled, by_transaction, at, there, outcomes)
    scenarios = {
        name: _scenario(labelled, outcomes, seconds, labelled.scenario == place)
        for place, name in enumerate(labelled.scenarios)
    }
    total = _scenario(labelled, outcomes, seconds, np.ones(len(labelled), np.bool_))
    _, bad = _matched(by_transaction.keys, labelled.keys)
    accepted, flagged, rejected = np.bincount(by_transaction.code[~bad], minlength=3).tolist()
    alarms = total.found + flagged + rejected
    copied = np.zeros(len(bad), np.bool_)
    copied[at[there & _copied(labelled)]] = True
    differ = (by_transaction.noes > 0) & (by_transaction.yeses > 0) & ~copied
    return Score(
        runs=[f"{run:06x}" for run in labelled.runs.tolist()],
        decisions=taken.lines,
        precision=total.found / alarms if alarms else None,
        total=total,
        scenarios=scenarios,
        good=Good(accepted, rejected, flagged),
        unjudged=Unjudged(taken.unknown, taken.other_runs),
        repeated=ours - len(by_transaction.keys),
        changed=int(differ.sum()),
        early=early,
    )


def _runs(numbers: np.ndarray) -> str:
    shown = ", ".join(f"…-{run:06x}" for run in numbers[:3].tolist())
    return f"run{'s' if len(numbers) > 1 else ''} {shown}{' and others' if len(numbers) > 3 else ''}"


def _by_transaction(taken: _Taken) -> _ByTransaction:
    nothing = np.empty(0, np.int64)
    if not any(map(len, taken.keys)):
        return _ByTransaction(np.empty(0, np.uint64), np.empty(0, np.uint8), nothing, nothing, nothing)
    keys, codes, times = map(np.concatenate, (taken.keys, taken.codes, taken.times))
    taken.keys, taken.codes, taken.times = [], [], []  # they are large
    order = np.lexsort((times, keys))  # stable: without times in the order of the file
    keys, codes, times = keys[order], codes[order], times[order]
    first = np.ones(len(keys), np.bool_)
    first[1:] = keys[1:] != keys[:-1]
    starts = np.flatnonzero(first)
    no = codes != _ACCEPTED
    noes = np.add.reduceat(no, starts, dtype=np.int64)
    counts = np.diff(starts, append=len(keys))
    first_no = np.minimum.reduceat(np.where(no & (times != NO_TIME), times, _NEVER), starts)
    return _ByTransaction(keys[starts], codes[starts + counts - 1], noes, counts - noes, first_no)


def _matched(wanted: np.ndarray, keys: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where each stands in sorted keys, and whether it does."""
    if not len(keys):
        return np.zeros(len(wanted), np.int64), np.zeros(len(wanted), np.bool_)
    at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return at, keys[at] == wanted


def _copied(labelled: Labelled) -> np.ndarray:
    """Which labels are of copies."""
    of_scenarios = np.array([repeats(name) for name in labelled.scenarios], np.bool_)
    copied: np.ndarray = of_scenarios[labelled.scenario]
    return copied


def _outcomes(labelled: Labelled, found: _ByTransaction, at: np.ndarray, there: np.ndarray) -> np.ndarray:
    """n × 3: how many of each labelled transaction were accepted, flagged, rejected. One at most, but for copies."""
    outcomes = np.zeros((len(labelled), len(DECISIONS)), np.int64)
    if not len(found.keys):
        return outcomes
    outcomes[np.flatnonzero(there), found.code[at[there]]] = 1
    copied = there & _copied(labelled)
    if copied.any():
        copies, places = labelled.copies[copied], at[copied]
        noes = np.minimum(copies, found.noes[places])
        outcomes[copied, _ACCEPTED] = np.minimum(copies - noes, np.maximum(found.yeses[places] - 1, 0))
        flagged = found.code[places] == DECISIONS.index("flagged")
        outcomes[copied, DECISIONS.index("flagged")] = np.where(flagged, noes, 0)
        outcomes[copied, DECISIONS.index("rejected")] = np.where(flagged, 0, noes)
    return outcomes


def _seconds(
    labelled: Labelled, found: _ByTransaction, at: np.ndarray, there: np.ndarray, outcomes: np.ndarray
) -> tuple[np.ndarray, int]:
    """By episode: from its first transaction to the first decision that found it, NaN where that is not known. And how
    many were found before they were made."""
    count = int(labelled.episode.max()) + 1
    began, ended = np.full(count, _NEVER), np.full(count, _NEVER)
    np.minimum.at(began, labelled.episode, labelled.made)
    right = there & (outcomes[:, 1:].sum(axis=1) > 0)
    if right.any():
        np.minimum.at(ended, labelled.episode[right], found.first_no[at[right]])
    seconds = np.where(ended == _NEVER, np.nan, (ended - began) / 1000)
    return seconds, int((seconds < 0).sum())


def _scenario(labelled: Labelled, outcomes: np.ndarray, seconds: np.ndarray, mine: np.ndarray) -> ScenarioScore:
    accepted, flagged, rejected = outcomes[mine].sum(axis=0).tolist()
    copied = _copied(labelled)
    units = np.where(copied, labelled.copies, 1)
    count = int(units[mine].sum())
    unjudged = int((units - outcomes.sum(axis=1))[mine & copied].sum())
    judged = count - unjudged
    episodes = np.unique(labelled.episode[mine])
    found = np.unique(labelled.episode[mine & (outcomes[:, 1:].sum(axis=1) > 0)])
    times = seconds[found]
    times = times[~np.isnan(times)]
    return ScenarioScore(
        labelled=count,
        rejected=rejected,
        flagged=flagged,
        accepted=accepted,
        undecided=count - accepted - flagged - rejected,
        recall=(rejected + flagged) / judged if judged else None,
        episodes=len(episodes),
        episodes_found=len(found),
        detection=_detection(times) if len(times) else None,
    )


def _detection(seconds: np.ndarray) -> Detection:
    median, p95 = np.percentile(seconds, (50, 95), method="inverted_cdf").tolist()
    return Detection(median, p95, float(seconds.max()))
