"""A data set: transactions of a whole window, sorted by time, that repeat byte for byte with a seed.

The window is cut into slices that each hold the same share of all payments; a slice is drawn, sorted and handed on
before the next, so memory does not grow with the total. Customers in a slice are drawn as their countries are awake
then, which leaves country, customer and time distributed as in one draw of the whole.
"""

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from paysim.config.mix import mix_of
from paysim.config.schema import Config, Timestamps
from paysim.contract.identity import MAX_RUNS, Run, run_number
from paysim.contract.labels import EpisodePart
from paysim.contract.methods import PAYMENT_METHODS
from paysim.transactions.batch import Batch
from paysim.transactions.behaviour.timing.calendar import Slice
from paysim.transactions.generator import TransactionGenerator
from paysim.transactions.hook import Function
from paysim.transactions.randomness import apportion, stream

from .payments_of_total import PaymentsOfTotal

DAYS = 7  # of the window where none is configured
DEFAULT_TOTAL = 10_000
_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)  # a seeded window begins here where none is configured
_SLICE = 20_000  # transactions sorted at a time, about 22 MB
_BATCH = 512
_LONGEST = 30 * 86_400_000
"""Milliseconds of a slice with follow-ups: how many of them there are is planned anew after each."""
_LAST = 10 * 86_400_000
"""Milliseconds before the end in which a total is filled up with payments, and follow-ups may be one too many: fewer
than `lifecycle_rules` waits."""


@dataclass(frozen=True, slots=True)
class DatasetPlan:
    """What will be generated. config: in replay, with its window. functions: see `hook`."""

    config: Config
    run: Run
    total: int
    functions: tuple[Function, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """One transaction of a data set. time: Unix milliseconds; part: of an episode of several; fraud: whether it is, in
    truth."""

    time: int
    body: bytes
    id: bytes
    label: str | None
    part: EpisodePart | None = None
    fraud: bool = False


def plan(
    config: Config,
    *,
    total: int | None = None,
    seed: int | None = None,
    now: datetime | None = None,
    functions: Sequence[Function] = (),
) -> DatasetPlan:
    """The data set of a configuration: its window, or else seven days, ending now or, with a seed, from 2026 on."""
    seed = config.seed if seed is None else seed
    times = config.transaction.timestamps
    now = now or datetime.now(UTC)
    start = times.start or (now - timedelta(days=DAYS) if seed is None else _EPOCH)
    end = times.end if times.end and times.end > start else start + timedelta(days=DAYS)
    total = total or config.transaction.volume.total or DEFAULT_TOTAL
    window = Timestamps.model_validate({**times.model_dump(), "mode": "replay", "start": start, "end": end})
    volume = config.transaction.volume.model_copy(update={"total": total})
    transaction = config.transaction.model_copy(update={"timestamps": window, "volume": volume})
    number = None if seed is None else run_number(int(stream(seed, "data set").integers(MAX_RUNS)))
    run = Run.new() if number is None else Run.at(start.timestamp(), number)
    return DatasetPlan(
        config.in_json().model_copy(update={"transaction": transaction, "seed": seed}), run, total, tuple(functions)
    )


def slices(plan: DatasetPlan, at_end: Callable[[TransactionGenerator], None] | None = None) -> Iterator[list[Row]]:
    """The transactions of a data set, in order of time, some thousand at a time. at_end: is told what made them."""
    start = plan.config.transaction.timestamps.start
    assert start is not None
    clock = round(start.timestamp() * 1e9)
    generator = TransactionGenerator(
        plan.config, run=plan.run, producer=0, clock=lambda: clock, own_time=True, functions=plan.functions
    )
    draws = generator.draws
    calendar = draws.calendar
    assert calendar is not None
    pieces = -(-plan.total // _SLICE)
    if generator.following is not None:
        pieces = max(pieces, math.ceil((calendar.end - calendar.start) / _LONGEST))
    cells = draws.cells()
    shares = mix_of(plan.config.transaction).methods
    by_method = apportion(plan.total, shares)
    whole = sum((by_method[method] / plan.total * cells[method] for method in by_method), np.zeros(()))
    bounds = [calendar.start, *calendar.cuts(whole, pieces), calendar.end]
    windows = [calendar.between(first, last) for first, last in itertools.pairwise(bounds)]
    masses = {method: draws.masses(method, windows) for method in by_method}
    if generator.following is not None:
        payments = PaymentsOfTotal(draws, plan.total, {m: shares[m] for m in by_method}, masses, bounds)
        yield from _with_follow_ups(generator, plan.total, windows, payments)
    else:
        for window, count in zip(windows, _counts(plan, by_method, masses), strict=True):
            draws.narrow(window, count)
            yield _slice(generator, count)
    if at_end is not None:
        at_end(generator)


def _with_follow_ups(
    generator: TransactionGenerator, total: int, windows: Sequence[Slice], payments: PaymentsOfTotal
) -> Iterator[list[Row]]:
    """Slices of payments and of what follows them, exactly as many as asked for. What is due after that is left: it is
    due in the last days of the window, so that no payment in it has long waited in vain."""
    done = 0
    for at, window in enumerate(windows):
        is_last = at == len(windows) - 1
        rows: list[Row] = []
        counts = payments.of_slice(at, done)
        if is_last:  # what is due comes first, and payments fill up what is left of the total
            _follow(generator, window.end, total - done, rows)
            counts = payments.more(at, total - done - len(rows)) if len(rows) < total - done else {}
        part = window
        while counts:
            generator.draws.narrow(part, counts)
            rows += _slice(generator, counts)
            left = total - done - len(rows)
            _follow(generator, window.end, left, rows)
            left = total - done - len(rows)
            counts = payments.more(at, left) if is_last and left else {}
            part = window.whole.between(max(window.start, window.end - _LAST), window.end)
        rows.sort(key=lambda row: row.time)
        done += len(rows)
        yield rows


def _follow(generator: TransactionGenerator, before: float, most: int, rows: list[Row]) -> None:
    """Add what is due before a moment, `most` at the most; what is left then is due in the last days before it."""
    wanted = len(rows) + most
    for until in (round(before - _LAST), round(before)):
        while len(rows) < wanted and (made := generator.timed_follow_ups(until, wanted - len(rows))) is not None:
            rows += _rows(*made)


def _counts(plan: DatasetPlan, by_method: dict[str, int], masses: dict[str, np.ndarray]) -> list[dict[str, int]]:
    """How many transactions of each method lie in each slice: by chance, with these probabilities."""
    rng = stream(plan.run.number if plan.config.seed is None else plan.config.seed, "slices")
    table = {}
    for method in PAYMENT_METHODS:
        if method in by_method:
            table[method] = rng.multinomial(by_method[method], masses[method]).tolist()
    pieces = len(next(iter(masses.values())))
    return [{method: table[method][piece] for method in table} for piece in range(pieces)]


def _slice(generator: TransactionGenerator, counts: dict[str, int]) -> list[Row]:
    rows: list[Row] = []
    for method, count in counts.items():
        while count > 0:
            batch, times = generator.timed_batch(method, min(_BATCH, count))
            count -= min(_BATCH, count)  # a hook may have dropped some of them
            rows += _rows(batch, times)
    rows.sort(key=lambda row: row.time)
    return rows


def _rows(batch: Batch, times: np.ndarray | None) -> list[Row]:
    assert times is not None
    labels, episodes, fraud = batch.labels, batch.episodes, set(batch.fraud)
    return [
        Row(time, body, id_, labels.get(at), episodes.get(at), at in fraud)
        for at, (time, body, id_) in enumerate(zip(times.tolist(), batch.bodies, batch.ids, strict=True))
    ]
