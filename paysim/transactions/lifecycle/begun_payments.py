"""Payments that have gone out and are no rows yet: rows of a few cost as much as rows of many, so they are gathered."""

from dataclasses import dataclass

import numpy as np

from paysim.transactions.behaviour.payment_records import SampledPayments

from .speedup import StoryTime

Moments = int | np.ndarray


@dataclass(slots=True)
class BegunOfDraw:
    """Payments of one draw. positions: in the draw; numbers: their sequence numbers; sent: the time in their ids;
    begun: when, in story time. Unix milliseconds, one for all or one each."""

    drawn: SampledPayments
    positions: np.ndarray
    numbers: np.ndarray
    sent: Moments
    begun: Moments

    def forget(self, first: int) -> None:
        """Those from this number on did not go out."""
        kept = self.numbers < first
        self.positions, self.numbers = self.positions[kept], self.numbers[kept]
        self.sent = self.sent if isinstance(self.sent, int) else self.sent[kept]
        self.begun = self.begun if isinstance(self.begun, int) else self.begun[kept]


class BegunPayments:
    """Those of one method. time: of stories, where it is not the events'. oldest: when the first of them began, in
    story time; anything where there are none."""

    def __init__(self, time: StoryTime | None) -> None:
        self._time = time
        self._fresh: list[BegunOfDraw] = []
        self._runs: list[tuple[int, int, int, int]] = []  # of one draw, see `add_run`
        self._runs_of: SampledPayments | None = None
        self._count = self.oldest = 0

    def __len__(self) -> int:
        return self._count

    def at(self, moment: int) -> int:
        """A time of a payment in story time."""
        return moment if self._time is None else self._time.at(moment)

    def _at_each(self, moments: np.ndarray) -> np.ndarray:
        return moments if self._time is None else self._time.at_each(moments)

    def add(
        self, drawn: SampledPayments, positions: np.ndarray, numbers: np.ndarray, sent: Moments, begun: Moments
    ) -> None:
        """Some of a draw, at least one; as `BegunOfDraw` has them, but begun: by the time of the events."""
        self._end_runs()
        begun = self.at(begun) if isinstance(begun, int) else self._at_each(begun)
        if not self._count:
            self.oldest = begun if isinstance(begun, int) else int(begun[0])
        self._fresh.append(BegunOfDraw(drawn, positions, numbers, sent, begun))
        self._count += len(positions)

    def add_run(self, drawn: SampledPayments, position: int, count: int, number: int, now: int) -> None:
        """The same of neighbours in a live run; position, number: of the first. Runs of one draw become one."""
        if self._runs_of is not drawn:
            self._end_runs()
            self._runs_of = drawn
        if not self._count:
            self.oldest = self.at(now)
        self._runs.append((position, count, number, now))
        self._count += count

    def _end_runs(self) -> None:
        """Make columns of runs."""
        drawn, runs = self._runs_of, self._runs
        self._runs_of, self._runs = None, []
        if drawn is None or not runs:
            return
        each = np.array(runs, np.int64)
        counts = each[:, 1]
        before = np.repeat(np.cumsum(counts) - counts, counts)
        within = np.arange(len(before)) - before
        positions, numbers, moments = (np.repeat(each[:, column], counts) for column in (0, 2, 3))
        begun = self._at_each(moments)
        self._fresh.append(BegunOfDraw(drawn, positions + within, numbers + within, moments, begun))

    def take(self) -> list[BegunOfDraw]:
        """All of them, in the order in which they went out."""
        self._end_runs()
        found, self._fresh, self._count = self._fresh, [], 0
        return found

    def forget(self, first: int) -> None:
        """Payments from this number on did not go out."""
        self._end_runs()
        for each in self._fresh:
            each.forget(first)
        self._count = sum(len(each.positions) for each in self._fresh)
