"""Who pays next, by each method: people are numbers on a ring.

Live, all methods take their payers from one walk round the ring (`Walk`). A step looks at some thousand people who lie
side by side: who takes part in this round, and by which method each pays this time. They wait in a queue a method. So
somebody's visits are about a round apart, whatever they pay by, and the walk costs what it costs to read a few columns
from one end to the other. A method whose batch is larger than its queue takes the rest from its holders on the far side
of the ring, who were visited half a round ago and will be in half a round.

In replay, and where activity is Zipf, payers are drawn by weight (`Weighted`): a time is drawn for each payment by
itself, so order does not matter.
"""

from collections import deque
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from .habits import Payers

_STEP = 2048  # people that a step of the walk looks at
_STEPS = 16  # at the most for one batch: some thousandths of a second
_WAITING = 1 << 16  # payers who wait for all methods together, at the most; a quarter of a round is the limit too


class PayersOfMethod(Protocol):
    """The payers of one method."""

    def take(self, count: int, now: int) -> np.ndarray:
        """The next `count` payers, as positions on the ring. now: Unix milliseconds."""

    def some(self, uniform: np.ndarray) -> np.ndarray:
        """People who pay by this method, by chance."""

    def narrow(self, countries: np.ndarray, room: int | None) -> None:
        """From now on draw by these shares, a country each (by position in COUNTRIES). room: how many are drawn."""


@dataclass(slots=True)
class VisitFigures:
    """What became of the spacing: the most payments of one person, and the least time between two, milliseconds.

    None where nobody paid twice.
    """

    most: int = 0
    least_gap: int | None = None


class Walk:
    """The walk round the ring that all methods share.

    part: of each person, in how many of the rounds they take part, up to 1. start: where on the ring it begins, 0 to 1.
    """

    def __init__(
        self, payers: Payers, shares: np.ndarray, phase: np.ndarray, rng: np.random.Generator, start: float = 0.0
    ) -> None:
        """phase: of each person, uniform in [0, 1). shares: of each method in all payments."""
        self._payers, self._shares, self._rng = payers, shares, rng
        self._part = (payers.activity / payers.activity.max()).astype(np.float32)
        self._phase = phase.astype(np.float32)
        self._row = payers.row.astype(np.int16 if len(payers.table) < 2**15 else np.int32)
        given = payers.given
        self._edges = np.ascontiguousarray(np.cumsum(given, axis=1).T[:-1])
        # Whoever's row sums to less than 1 by rounding pays by the last method that the row has.
        self._edges[self._edges >= 1.0 - 1e-12] = 2.0
        self.count = len(self._part)
        self.front = int(start % 1.0 * self.count)
        self._far = self.front
        # A quarter of a round for one batch at the most; among few people nobody can be spared for long anyway.
        self._step = self.count if self.is_small else min(_STEP, self.count // _STEPS)
        self._steps = _STEPS if self.is_small else min(_STEPS, self.count // 4 // self._step)
        self._queues: list[deque[np.ndarray]] = [deque() for _ in shares]
        self._waiting = [0] * len(shares)
        most = min(_WAITING, max(self.count / 4, 4 * _STEP))
        self._bound = np.maximum(1, np.ceil(shares * most)).astype(int).tolist()
        self._masses: dict[int, tuple[np.ndarray, float]] = {}
        self.visits = np.zeros(self.count, np.uint32)
        self.last = np.full(self.count, -1, np.int64)
        self.figures = VisitFigures()

    @property
    def is_small(self) -> bool:
        """Whether somebody may come twice among a thousand payers."""
        return self.count < _STEP

    def go_on_from(self, other: "Walk") -> None:
        """Begin where another walk is, with what is known of it."""
        self.front = other.front % other.count * self.count // other.count
        self._far = self.front
        self.figures = other.figures
        if self.count == other.count:
            self.visits, self.last = other.visits, other.last

    def take(self, method: int, count: int, now: int) -> np.ndarray:
        for _ in range(self._steps):
            if self._waiting[method] >= count:
                break
            self._go_on(method)
        found, queue, left = [], self._queues[method], min(count, self._waiting[method])
        self._waiting[method] -= left
        far = count - left
        while left:
            first = queue[0]
            if len(first) <= left:
                found.append(queue.popleft())
                left -= len(first)
            else:
                found.append(first[:left])
                queue[0] = first[left:]
                left = 0
        if far:
            found.append(self._on_the_far_side(method, far))
        taken = found[0] if len(found) == 1 else np.concatenate(found)
        self._note(taken, now)
        return taken

    def _go_on(self, wanted: int) -> None:
        """Let the next people of the ring take their places in the queues."""
        lap, first = divmod(self.front, self.count)
        here = slice(first, min(first + self._step, self.count))
        self.front += here.stop - first
        part = self._part[here]
        before = self._phase[here] + lap * part.astype(np.float64)
        who = np.flatnonzero(np.floor(before + part) > np.floor(before))
        row = self._row[here][who]
        uniform = self._rng.random(len(who))
        method = np.zeros(len(who), np.int8)
        for edges in self._edges:
            method += uniform >= edges[row]
        who += first
        ordered = who[np.argsort(method, kind="stable")]
        at = 0
        for number, length in enumerate(np.bincount(method, minlength=len(self._shares)).tolist()):
            if length:
                self._queues[number].append(ordered[at : at + length])
                self._waiting[number] += length
                at += length
                if number != wanted:
                    self._forget(number)

    def _forget(self, method: int) -> None:
        """Drop the payers who have waited longest in this queue; they are visited again in the next round."""
        queue, bound = self._queues[method], self._bound[method]
        while self._waiting[method] > bound and len(queue) > 1:
            self._waiting[method] -= len(queue.popleft())

    def _on_the_far_side(self, method: int, count: int) -> np.ndarray:
        masses, step = self._mass(method)
        begin = self.front + self.count // 2
        if not begin <= self._far < begin + self.count // 4:
            self._far = begin
        lap, position = divmod(self._far, self.count)
        first = float(masses[position - 1]) if position else 0.0
        points = first + step * (self._rng.random() + np.arange(count))
        laps, rest = np.divmod(points, masses[-1])
        found = np.minimum(np.searchsorted(masses, rest, side="right"), self.count - 1)
        self._far = int((lap + laps[-1]) * self.count + found[-1] + 1)
        return found

    def _mass(self, method: int) -> tuple[np.ndarray, float]:
        """What all up to each person pay by a method, and the most that one does: steps of that meet nobody twice."""
        if method not in self._masses:
            weights = self._payers.given[:, method][self._row] * self._part
            if not weights.any():  # not configured, and asked for all the same
                weights = self._part.astype(float)
            self._masses[method] = np.cumsum(weights), float(weights.max())
        return self._masses[method]

    def some(self, method: int, uniform: np.ndarray) -> np.ndarray:
        masses, _ = self._mass(method)
        return _found(masses, uniform * masses[-1])

    def _note(self, taken: np.ndarray, now: int) -> None:
        figures = self.figures
        last = self.last[taken]
        self.last[taken] = now
        if self.is_small:
            np.add.at(self.visits, taken, 1)
            visits = self.visits[taken]
            if len(np.unique(taken)) < len(taken):
                figures.least_gap = 0
        else:
            visits = self.visits[taken] + 1
            self.visits[taken] = visits
        figures.most = max(figures.most, int(visits.max()))
        latest = int(last.max())
        if latest >= 0 and (figures.least_gap is None or now - latest < figures.least_gap):
            figures.least_gap = now - latest


def _found(masses: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Whose these points are, among what all up to each person pay."""
    found: np.ndarray = np.minimum(masses.searchsorted(points, side="right"), len(masses) - 1)
    return found


class Walked:
    """The payers of one method on the walk."""

    def __init__(self, walk: Walk, method: int) -> None:
        self._walk, self._method = walk, method

    def take(self, count: int, now: int) -> np.ndarray:
        return self._walk.take(self._method, count, now)

    def some(self, uniform: np.ndarray) -> np.ndarray:
        return self._walk.some(self._method, uniform)

    def narrow(self, countries: np.ndarray, room: int | None) -> None:
        raise NotImplementedError("a walk is live")


class Weighted:
    """The payers of one method, drawn by weight.

    Where it is known how many will be taken they are as evenly as the weights allow (systematic sampling): each has
    what is expected of them, give or take one, and they come in the order of the ring.
    """

    def __init__(self, weights: np.ndarray, country: np.ndarray, rng: np.random.Generator) -> None:
        self._weights, self._country, self._rng = weights, country, rng
        self._masses = np.cumsum(weights)
        self._room: int | None = None
        self._at = self._step = 0.0

    def narrow(self, countries: np.ndarray, room: int | None) -> None:
        self._masses = np.cumsum(self._weights * countries[self._country])
        self._room = room
        if room:
            self._step = float(self._masses[-1]) / room
            self._at = self._step * float(self._rng.random())

    def take(self, count: int, now: int) -> np.ndarray:
        if self._room is None:
            points = self._rng.random(count) * self._masses[-1]
        else:
            points = self._at + self._step * np.arange(count)
            self._at += self._step * count
        return _found(self._masses, points)

    def some(self, uniform: np.ndarray) -> np.ndarray:
        return _found(self._masses, uniform * self._masses[-1])
