"""Episodes: several transactions that are suspicious together, over time and by the same people.

A scenario of this kind tells its episode as steps (`tell`): who pays, whom, how much, how long after the beginning, and
what becomes of it. An episode is of one payment method; its steps are drawn like any other payment, and what a step
says takes the place of what was drawn (`behaviour/staging`).

When one begins needs no random number but the first: each payment adds the scenario's share to a debt, and an episode
pays its length off. So the share holds over any long run. In replay a step has its time, and waits for the part of the
window that it lies in; live, episodes are compressed, a day into ten seconds.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Any

import numpy as np

from paysim.contract.labels import SCENARIOS, Intention, Scenario
from paysim.contract.methods import PAYMENT_METHODS, PaymentMethod

from .base import described

if TYPE_CHECKING:
    from paysim.transactions.behaviour.timing.calendar import Slice
    from paysim.transactions.events.mapping import Document

    from .cast import Cast

SECOND, MINUTE, HOUR, DAY = 1_000, 60_000, 3_600_000, 86_400_000
"""Milliseconds."""
_SPEED = 8_640
"""How much faster than its own time an episode is told live: a day in ten seconds."""
_SPREAD = 4
"""Payments between two steps of an episode live, where no rate says how many are in a minute."""
_PART = 4
"""A live episode takes this part of the run at the most, where that has a total."""
_TRIES = 5
_BEGINNINGS = 20


@dataclass(slots=True, kw_only=True)  # frozen, making one takes four times as long
class Step:
    """One transaction of an episode. What is None is as it was drawn.

    after: milliseconds since the episode began, not less than the step's before. customer: position of who pays.
    operator: of whose device, address and place it comes from, if not the customer's. merchant: position. dollars: its
    worth. goes_through: whether it is completed or declined, the latter with this code. gives_back: it is the refund of
    the step with this number. changes: fields that are other than drawn.
    """

    role: str
    after: int
    customer: int
    operator: int | None = None
    merchant: int | None = None
    channel: str | None = None
    dollars: float | None = None
    goes_through: bool | None = None
    code: str | None = None
    gives_back: int | None = None
    changes: Mapping[str, Any] = field(default_factory=dict)


Tell = Callable[["Cast"], list[Step] | None]
"""Steps in order of time, as many as the scenario is long; None where these people have no such episode."""


@dataclass(frozen=True, kw_only=True)
class EpisodeScenario(Scenario):
    """methods: that it can be told of, all where none is named. best: those of them that it is told of where they are
    configured. seconds: a live episode goes out at once, and has to fit in so many; None for one that is spread."""

    tell: Tell
    good_alone: bool = True
    methods: tuple[str, ...] = ()
    best: tuple[str, ...] = ()
    seconds: int | None = None

    def suits(self, method: PaymentMethod) -> bool:
        return not self.methods or method.name in self.methods

    def of(self, methods: Mapping[str, float], share: float) -> dict[str, float]:
        """The methods that this share of all is told of, with their own."""
        suited = {name: own for name, own in methods.items() if self.suits(PAYMENT_METHODS[name])}
        best = {name: own for name, own in suited.items() if name in self.best}
        return best if sum(best.values()) > share else suited

    def faults(self, share: float, intention: Intention) -> Iterator[str]:
        yield from super().faults(share, intention)
        methods = self.of(intention.methods, share)
        if share > sum(methods.values()):
            of_all = f"they are only {sum(methods.values()):g} of all" if methods else "payment_methods has none"
            yield f"needs {' or '.join(self.methods)} payments, and {of_all}"
            return
        if intention.total is not None and intention.total < self.length:
            yield f"is a run of {self.length} payments, and volume.total is {intention.total}"
        commonest = max(methods.values())
        if self.seconds and intention.rate is not None and intention.rate * commonest * self.seconds < self.length:
            needed = self.length / self.seconds / commonest
            yield f"is {self.length} payments within {self.seconds} s, which takes a rate of at least {needed:.3g}"


def episode(
    length: int, *needs: str, methods: tuple[str, ...] = (), best: tuple[str, ...] = (), seconds: int | None = None
) -> Callable[[Tell], Tell]:
    """Registers a function that tells an episode of so many steps. needs: fields that it is seen by."""

    def register(tell: Tell) -> Tell:
        SCENARIOS.add(
            EpisodeScenario(
                name=tell.__name__,
                **described(tell),
                length=length,
                needs=needs,
                tell=tell,
                methods=methods,
                best=best,
                seconds=seconds,
            )
        )
        return tell

    return register


def shares_of(wanted: Mapping[str, float], methods: Mapping[str, float], method: str) -> dict[str, float]:
    """The shares of episodes among the payments of a method. wanted: of all transactions.

    The commonest method that an episode can be told of has all of its kind, so that they are close in time; where it
    cannot take them all, the others have as many of their payments.
    """
    found: dict[str, dict[str, float]] = {name: {} for name in methods}
    for kind in sorted(wanted):
        scenario = SCENARIOS[kind]
        if (
            isinstance(scenario, EpisodeScenario)
            and wanted[kind] > 0
            and (suited := scenario.of(methods, wanted[kind]))
        ):
            commonest = max(sorted(suited), key=lambda name: suited[name])
            taken = sum(found[commonest].values())
            alone = wanted[kind] / suited[commonest] + taken <= 0.9
            for name in [commonest] if alone else suited:
                found[name][kind] = wanted[kind] / (suited[commonest] if alone else sum(suited.values()))
    return found.get(method, {})


@dataclass(slots=True, eq=False)
class PlannedEpisode:
    """An episode that goes out step by step. times: of its steps, Unix milliseconds, in replay. episode: the id of the
    first that goes out, known then. given_back: numbers of the steps that others give back; sent: of these, what went
    out and its currency's decimals."""

    scenario: EpisodeScenario
    steps: list[Step]
    times: list[int] | None = None
    episode: bytes | None = None
    given_back: frozenset[int] = field(init=False)
    sent: dict[int, tuple["Document", int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.given_back = frozenset(step.gives_back for step in self.steps if step.gives_back is not None)


Deal = tuple[int, PlannedEpisode, int]
"""Position among the payments that are drawn, episode, number of its step."""


class EpisodePlanner:
    """Says which payments of one method are steps of episodes.

    shares: scenario → share of this method's payments. rate: payments/s of the method, live; total: of the run.
    """

    def __init__(
        self, shares: Mapping[str, float], rng: np.random.Generator, rate: float | None = None, total: int | None = None
    ) -> None:
        self._gaps = {
            name: self._scenario(name).length / share for name, share in sorted(shares.items()) if share > 0
        }  # payments from one beginning to the next
        self.rng, self._rate, self._total = rng, rate, total
        self._next = {name: gap * float(rng.random()) for name, gap in self._gaps.items()}
        self._at = 0  # payments that were dealt with
        self._refused: list[str] = []
        self._queue: list[tuple[int, int, PlannedEpisode, int]] = []  # when at the earliest, in which order
        self._later: list[tuple[PlannedEpisode, int]] = []
        self._queued = 0
        self._window: Slice | None = None
        self._room: int | None = None

    @staticmethod
    def _scenario(name: str) -> EpisodeScenario:
        found = SCENARIOS[name]
        assert isinstance(found, EpisodeScenario)
        return found

    def narrow(self, window: "Slice", room: int | None) -> None:
        """Tell those steps that lie in this part of the window next."""
        self._window, self._room = window, room
        waiting, self._later = self._later, []
        for told, number in waiting:
            self._place(told, number, self._at)

    def _place(self, told: PlannedEpisode, number: int, due: int) -> None:
        if told.times is not None and self._window is not None and told.times[number] >= self._window.end:
            self._later.append((told, number))
            return
        heappush(self._queue, (due, self._queued, told, number))
        self._queued += 1

    def deal(self, count: int, cast: "Cast", room: int | None) -> list[Deal]:
        """Which of the next `count` payments are steps of episodes. room: how many payments are left, if they end; no
        episode is cut off."""
        if not self._gaps:
            return []
        dealt: list[Deal] = []
        begins = [(0, name) for name in self._refused] + self._beginnings(count)
        self._refused, position, begun = [], 0, 0
        while position < count:
            while begun < len(begins) and begins[begun][0] <= position:
                self._begin(begins[begun][1], position, cast, None if room is None else room - position)
                begun += 1
            if self._queue and self._queue[0][0] <= self._at + position:
                _, _, told, number = heappop(self._queue)
                dealt.append((position, told, number))
                position += 1
                continue
            position = min(
                count,
                self._queue[0][0] - self._at if self._queue else count,
                begins[begun][0] if begun < len(begins) else count,
            )
        self._at += count
        return dealt

    def _beginnings(self, count: int) -> list[tuple[int, str]]:
        """Where episodes are due to begin among the next payments."""
        found = []
        for name, gap in self._gaps.items():
            while (at := int(self._next[name])) < self._at + count:
                found.append((at - self._at, name))
                self._next[name] += gap
        return sorted(found)

    def _begin(self, name: str, position: int, cast: "Cast", room: int | None) -> None:
        scenario = self._scenario(name)
        if room is not None and len(self._queue) + scenario.length > room:
            self._refused.append(name)
            return
        told = self._told(scenario, cast)
        if told is None:
            return
        if self._window is not None:
            self._set_times(told, cast, self._window)
            if self._room is not None and 2 * len(self._later) > self._room:  # the next parts could not take more
                return
        pace = self._pace(told)
        for number, step in enumerate(told.steps):
            self._place(told, number, self._at + position + max(number, int(step.after * pace)))

    @staticmethod
    def _told(scenario: EpisodeScenario, cast: "Cast") -> PlannedEpisode | None:
        for _ in range(_TRIES):
            steps = scenario.tell(cast)
            if steps is not None:
                assert len(steps) == scenario.length, scenario.name
                return PlannedEpisode(scenario, steps)
        return None

    def _set_times(self, told: PlannedEpisode, cast: "Cast", window: "Slice") -> None:
        """It begins when such a payment would be made, early enough to end, and is told faster where that takes too
        long. What has to arrive at once is on days on which the scheme settles, where there are such."""
        span, end = told.steps[-1].after, window.whole.end - 1
        for _ in range(_BEGINNINGS):
            began = max(window.start + 1, min(cast.moment(told.steps[0], window), end - span))
            whole = max(1, min(span, end - began))
            told.times = [began + step.after * whole // max(span, 1) for step in told.steps]
            if cast.arrive(told.steps, told.times, window):
                return

    def _pace(self, told: PlannedEpisode) -> float:
        """Payments of the method in a millisecond of a live episode; 0 in replay, where steps have times, and where
        they go out one after the other."""
        span = told.steps[-1].after
        if told.times is not None or span == 0 or told.scenario.seconds is not None:
            return 0.0
        if self._rate is None:
            return _SPREAD * len(told.steps) / span
        pace = self._rate / 1_000 / _SPEED
        return pace if self._total is None else min(pace, self._total / _PART / span)
