"""What goes wrong when: a plan of faults from a seed. Pure: the same seed is the same plan, however long it is read.

A plan has no end: steps are taken from it for as long as the run lasts. About every two seconds something happens; what
has to end again (a phase) has its end in the plan too.
"""

import heapq
import random
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass

MEAN_GAP = 2.0
"""Seconds from one event to the next, on average."""

KILL_WORKER, KILL_HUB = "kill-worker", "kill-hub"
ADD_PARTITIONS, WIPE_HUB, OTHERS = "add-partitions", "wipe-hub", "others"
ENDLESS = 1_000_000


@dataclass(frozen=True, slots=True, order=True)
class Step:
    """At `at` seconds, do `what`: a fault of the local hub with its value and condition, or one of these.

    KILL_WORKER    value: which of those that live, 0 to 1
    KILL_HUB       value: for how many seconds
    ADD_PARTITIONS the hub is killed, and comes back with so many more
    WIPE_HUB       the hub is killed, and comes back without its data; in no plan but by `wiped`
    OTHERS         somebody else writes into the hub; value: which of what they write, 0 to 1
    """

    at: float
    what: str
    value: float
    condition: str | None = None


Draw = Callable[[random.Random, float], list[Step]]


def _count(what: str, most: int) -> Draw:
    return lambda draw, at: [Step(at, what, draw.randint(1, most))]


def _span(what: str, least: float, most: float) -> Draw:
    return lambda draw, at: [Step(at, what, _round(draw.uniform(least, most)))]


def _phase(what: str, least: float, most: float, seconds: float) -> Draw:
    """In force for up to so many seconds; 0 ends it."""
    return lambda draw, at: [
        Step(at, what, _round(draw.uniform(least, most))),
        Step(_round(at + draw.uniform(seconds / 3, seconds)), what, 0),
    ]


def _refusals(draw: random.Random, at: float) -> list[Step]:
    return [Step(at, "reject", draw.randint(1, 5), draw.choice(REFUSALS))]


def _throttling(draw: random.Random, at: float) -> list[Step]:
    return [Step(at, "reject", ENDLESS), Step(_round(at + draw.uniform(0.5, 2.5)), "reject", 0)]


def _refused_connections(draw: random.Random, at: float) -> list[Step]:
    return [Step(at, "refuse", _round(draw.uniform(0.5, 3))), Step(at, "drop-before", draw.randint(1, 8))]


def _silent_connections(draw: random.Random, at: float) -> list[Step]:
    return [Step(at, "silent", _round(draw.uniform(0.5, 2))), Step(at, "drop-after", draw.randint(1, 8))]


# What the service says to a send, and to a link that it ends; with and without an outcome that is sure.
REFUSALS = (
    "com.microsoft:server-busy",
    "com.microsoft:timeout",
    "com.microsoft:argument-error",
    "amqp:internal-error",
    "amqp:resource-limit-exceeded",
    "amqp:unauthorized-access",
)
DETACHES = ("amqp:link:detach-forced", "amqp:internal-error", "com.microsoft:server-busy")

EVENTS: dict[str, tuple[int, Draw]] = {
    "drop before storing": (12, _count("drop-before", 4)),
    "drop after storing": (12, _count("drop-after", 4)),
    "store and never answer": (8, _count("unanswered", 2)),
    "reject": (12, _refusals),
    "detach": (10, lambda draw, at: [Step(at, "detach", 1, draw.choice(DETACHES))]),
    "refuse connections": (8, _refused_connections),
    "accept and never answer": (5, _silent_connections),
    "stall": (6, _span("stall", 0.3, 3.0)),
    "delay acknowledgements": (8, _phase("ack-delay", 20, 300, 3)),
    "close idle connections": (6, _phase("idle-close", 0.2, 1.0, 3)),
    "expire tokens": (5, _phase("token-lifetime", 0.5, 2.0, 4)),
    "throttle": (5, _throttling),
    "kill a worker": (2, lambda draw, at: [Step(at, KILL_WORKER, _round(draw.random()))]),
    "kill the hub": (1, _span(KILL_HUB, 0.2, 3.0)),
    "add partitions": (1, lambda draw, at: [Step(at, ADD_PARTITIONS, draw.randint(1, 3))]),
    "others write": (8, lambda draw, at: [Step(at, OTHERS, _round(draw.random()))]),
}
"""Event → how often it happens beside the others, and its steps."""


def steps(seed: int) -> Iterator[Step]:
    """The plan of a seed, in the order of time, without an end."""
    draw = random.Random(seed)
    names, weights = list(EVENTS), [weight for weight, _ in EVENTS.values()]
    later: list[Step] = []
    now = 0.0
    while True:
        now = _round(now + draw.uniform(0.25, 2 * MEAN_GAP - 0.25))
        (name,) = draw.choices(names, weights)
        for step in EVENTS[name][1](draw, now):
            heapq.heappush(later, step)
        while later and later[0].at <= now:
            yield heapq.heappop(later)


def wiped(plan: Iterator[Step], at: float) -> Iterator[Step]:
    """A plan in which the hub is made anew, once."""
    return heapq.merge(plan, [Step(at, WIPE_HUB, 0)])


SIGNALS: tuple[tuple[signal.Signals, ...], ...] = (
    (),
    (signal.SIGINT,),
    (signal.SIGTERM,),
    (signal.SIGTERM, signal.SIGINT),
)


def signals(seed: int) -> tuple[signal.Signals, ...]:
    """What the master gets while it verifies: one signal waits for the end, a second one does without the rest."""
    return SIGNALS[seed % len(SIGNALS)]


def _round(number: float) -> float:
    return round(number, 3)
