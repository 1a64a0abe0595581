"""What holds a run at its limit: the first in the chain of causes that a failed step shows, and what to do.

A culprit is an entry: whether the figures of the step show it, and the words. The ranks say which causes which: a busy
hub keeps connections busy, and so does a process without CPU, so both are asked before the connections are. A stage of
the pipeline is one where the schedule was kept: what it does not keep up with has been sent.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

from paysim.config.capacity import throughput_units
from paysim.loadtest.report.wording import milliseconds, per_second, percent, several
from paysim.registry import Registry

from .limit_figures import BEHIND, StepFigures

CPU = 0.8
"""The share of its time that a process works from which on it has none left: gevent runs it in one thread."""
LAGS = 0.5
"""The share of the time in which it holds its event loop up that says the same."""
BUSY = 0.1
"""The share of the time in which all connections were busy."""
SLOWER = 1.5
"""How many times as long sends take as in the first step where the hub, and not the number of connections, is full."""
PARTITION_UNITS = 0.85
"""Of the 1,000 events or 1 MB that a partition takes a second, where it is the one that is full."""
UNEVEN = 1.5
"""How many times the mean of all partitions it gets then."""


@dataclass(frozen=True, kw_only=True)
class Culprit:
    """found: what the figures show of it, in words; None where they show nothing. advice: what to do, with a number."""

    name: str
    rank: int
    found: Callable[[StepFigures], str | None]
    advice: Callable[[StepFigures], str]


CULPRITS: Registry[Culprit] = Registry("culprit", order=lambda culprit: culprit.rank)


def culprit_of(step: StepFigures) -> tuple[Culprit, str]:
    """The first that the step shows, and what it shows; the generator where it shows none."""
    for culprit in CULPRITS.values():
        if (words := culprit.found(step)) is not None:
            return culprit, words
    return CULPRITS["generator"], "it did not keep its schedule, and neither the hub nor the connections were busy"


def _fullest(step: StepFigures) -> tuple[str, float] | None:
    """The partition that got the most, and its events/s, where it got much more than the others."""
    rates = step.partition_per_s()
    if len(rates) < 2 or not sum(rates.values()):
        return None
    name = max(rates, key=rates.__getitem__)
    return (name, rates[name]) if rates[name] > UNEVEN * sum(rates.values()) / len(rates) else None


def _one_partition(step: StepFigures) -> str | None:
    fullest = _fullest(step)
    if not step.hub_is_busy or fullest is None:
        return None
    name, rate = fullest
    size = step.mb_per_s / step.per_s if step.per_s else 0.0
    if max(rate / 1000, rate * size) < PARTITION_UNITS:
        return None
    return f"partition {name} got {per_second(rate)} and the hub was busy"


def _units(step: StepFigures) -> str | None:
    if not step.hub_is_busy:
        return None
    return f"{several(step.throttled, 'send')} throttled"


def _more_units(step: StepFigures) -> str:
    # A hub that throttles has not more units than it took.
    taken = max(step.per_s / 1000, step.mb_per_s)
    bound = "events" if step.per_s / 1000 >= step.mb_per_s else "bytes"
    has = max(1, round(taken))
    wanted = throughput_units(step.rate, step.rate * step.mb_per_s / step.per_s if step.per_s else 0.0)
    needed = f"{per_second(step.rate)} needs {max(wanted, has + 1):,}"
    return f"raise throughput units: {has:,} were taken up by {bound}; {needed}"


def _generator(step: StepFigures) -> str | None:
    if step.cpu_share >= CPU:
        return f"each process worked {percent(step.cpu_share)} of its time"
    return f"the event loop was held up {percent(step.lag_share)} of the time" if step.lag_share >= LAGS else None


def _more_workers(step: StepFigures) -> str:
    workers = max(1, step.last.senders) + 1
    return f"use {workers:,} workers or more (--processes {workers}), on cores of their own, or a larger batch_size"


def _hub(step: StepFigures) -> str | None:
    took, quiet = step.service_ms, step.quiet_ms
    if took is None or quiet is None or step.busy_share <= BUSY or took < SLOWER * quiet:
        return None
    return f"half of all sends took {milliseconds(took)}, and {milliseconds(quiet)} at the first rate"


def _look_at_the_hub(step: StepFigures) -> str:
    return "look at the hub, or at the way to it: more connections would wait as well"


def _stage(step: StepFigures) -> str | None:
    if step.stage_behind is None or (step.behind or 0.0) > BEHIND:
        return None
    name, grown = step.stage_behind
    return f"{name} did not keep up: {grown:,} transactions more were on their way after {step.seconds:.0f} s"


def _faster_pipeline(step: StepFigures) -> str:
    name = "" if step.stage_behind is None else step.stage_behind[0]
    share = 0.0 if step.stage_behind is None else step.stage_behind[1] / max(step.rate * step.seconds, 1e-9)
    return f"make what is before {name} faster: it took {percent(1 - min(1.0, share))} of what came"


def _connections(step: StepFigures) -> str | None:
    if step.busy_share <= BUSY:
        return None
    took = "" if step.service_ms is None else f", a send takes {milliseconds(step.service_ms)}"
    return f"all {several(step.connections, 'connection')} busy {percent(step.busy_share)} of the time{took}"


def _more_connections(step: StepFigures) -> str:
    used = math.ceil(step.connections / max(1, step.last.senders))
    return f"raise output.event_hub.connections to {2 * used:,} for twice the rate, or batch_size"


CULPRITS.add(
    Culprit(
        name="one partition",
        rank=10,
        found=_one_partition,
        advice=lambda step: "choose a partition key with more values, or partition_by: round_robin",
    )
)
CULPRITS.add(Culprit(name="throughput units", rank=20, found=_units, advice=_more_units))
CULPRITS.add(Culprit(name="pipeline stage", rank=22, found=_stage, advice=_faster_pipeline))
CULPRITS.add(Culprit(name="generator", rank=25, found=_generator, advice=_more_workers))
CULPRITS.add(Culprit(name="hub", rank=30, found=_hub, advice=_look_at_the_hub))
CULPRITS.add(Culprit(name="connections", rank=40, found=_connections, advice=_more_connections))
