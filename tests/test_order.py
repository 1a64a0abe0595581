"""Real runs are handed out among the other tests, and no test is lost for it."""

from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Any

from tests.support.order import spread


@dataclass(frozen=True)
class Named:
    nodeid: str


def made(module: str, count: int) -> list[Any]:
    return [Named(f"{module}::test_{number}") for number in range(count)]


def test_real_runs_stand_evenly_among_the_others_and_modules_stay_whole():
    runs = [f"tests/integration/test_{number}.py" for number in range(4)]
    units = [f"tests/cli/test_{number}.py" for number in range(40)]
    items = [item for name in units for item in made(name, 9)] + [item for name in runs for item in made(name, 3)]
    found = spread(items)
    assert sorted(found, key=str) == sorted(items, key=str)
    order = [name for name, _ in groupby(found, key=lambda item: item.nodeid.partition("::")[0])]
    assert len(order) == 44
    assert [name for name in order if name in runs] == runs
    assert [name for name in order if name in units] == units
    places = [order.index(name) for name in runs]
    assert all(8 <= later - before <= 13 for before, later in pairwise(places))


def test_one_kind_alone_keeps_its_order():
    for module in ("tests/integration/test_a.py", "tests/cli/test_a.py"):
        assert spread(made(module, 3)) == made(module, 3)
    assert spread([]) == []
