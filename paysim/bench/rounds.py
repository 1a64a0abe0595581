"""The measurements in turn: every case once with every batch size is a round, so that whatever else the machine does
meanwhile falls on all of them alike."""

import contextlib
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from .cases import CASES, SIZES, CaseResult
from .load_test import LoadTest
from .processes import Asked, BenchHub

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """rounds: so many at least. seconds: of one measurement. within: begin no further round that would end after so
    many seconds; None where `rounds` is all."""

    rounds: int
    seconds: float
    within: float | None = None


FULL = Plan(rounds=5, seconds=1.5)
QUICK = Plan(rounds=1, seconds=0.3, within=25.0)


@dataclass(slots=True)
class Found:
    """(case, batch size) → its measurements. master_shares: what Locust's master took of a core meanwhile."""

    measured: dict[tuple[str, int], list[CaseResult]] = field(default_factory=dict)
    master_shares: list[float] = field(default_factory=list)


class Case(Protocol):
    def ready(self) -> None: ...

    def measure(self, size: int, seconds: float) -> CaseResult: ...

    def close(self) -> None: ...


def run(plan: Plan, tell: Tell) -> Found:
    """Raises BenchError where a case cannot be measured."""
    began = time.perf_counter()
    found = Found()
    with started() as cases:
        tell("ready")
        rounds, longest = 0, 0.0
        while rounds < plan.rounds or (plan.within is not None and time.perf_counter() - began + longest < plan.within):
            rounds += 1
            round_began = time.perf_counter()
            for size in SIZES:
                for name, case in cases.items():
                    measured = case.measure(size, plan.seconds)
                    found.measured.setdefault((name, size), []).append(measured)
                    if isinstance(case, LoadTest):
                        found.master_shares.append(case.master_share)
                    tell(f"round {rounds}: {name} {size}: {measured.per_s:,.0f}/s")
            longest = max(longest, time.perf_counter() - round_began)
    return found


@contextlib.contextmanager
def started() -> Iterator[dict[str, Case]]:
    """All cases, ready to be measured; they end with the context."""
    with tempfile.TemporaryDirectory(prefix="paysim-bench-") as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        hub = stack.enter_context(BenchHub(folder))
        cases: dict[str, Case] = {}
        for each in CASES:
            cases[each] = _start(each, folder, hub.connection_string)
            stack.callback(cases[each].close)
        for case in cases.values():
            case.ready()
        yield cases


def _start(case: str, folder: Path, connection_string: str) -> Case:
    if case == "worker":
        return LoadTest(folder, connection_string)
    module = {"generation": "generation", "publisher": "publishing"}.get(case, "sdk")
    arguments = ["-m", f"paysim.bench.{module}", *([case] if module == "sdk" else [])]
    return Asked(folder, case, arguments, connection_string)


def to_terminal(text: str) -> None:
    """What is measured just now, on one line of a terminal; nothing where there is none."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r{text:<60.60}")
        sys.stderr.flush()
