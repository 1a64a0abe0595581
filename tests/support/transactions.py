"""Generators with fixed seeds, runs and clocks, and their events."""

import itertools
from collections.abc import Callable
from typing import Any

import orjson

from paysim.config.schema import Config
from paysim.contract.identity import Run
from paysim.transactions.generator import TransactionGenerator

RUN = Run.at(1_767_225_600, 0x2A)  # 2026-01-01T00:00:00Z
MOMENT = 1_767_268_800_123_000_000  # 2026-01-01T12:00:00.123Z

Make = Callable[..., TransactionGenerator]


def config(**transaction: Any) -> Config:
    """A configuration with this `transaction` section; `seed` 7 unless it says otherwise."""
    # Small: what depends on the size of the population says so.
    transaction.setdefault("population", {"customers": 600, "merchants": 200})
    top = {"seed": transaction.pop("seed", 7), "output": transaction.pop("output", {})}
    return Config.model_validate({**top, "transaction": transaction})


def make(
    *, producer: int = 0, run: Run = RUN, clock: Callable[[], int] | None = None, **transaction: Any
) -> TransactionGenerator:
    return TransactionGenerator(config(**transaction), run=run, producer=producer, clock=clock or (lambda: MOMENT))


def ticking(seconds: float) -> Callable[[], int]:
    """A clock that goes on by so much for each batch."""
    times = itertools.count(MOMENT, round(seconds * 1e9))
    return lambda: next(times)


def events(generator: TransactionGenerator, counts: dict[str, int], batch: int = 100) -> list[dict[str, Any]]:
    """That many events of each payment method, parsed."""
    made: list[dict[str, Any]] = []
    for method, count in counts.items():
        while count > 0:
            made += map(orjson.loads, generator.batch(method, min(batch, count)).bodies)
            count -= batch
    return made
