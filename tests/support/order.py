"""The order in which tests are handed out to several processes: real runs, which wait for much, among the others, which
keep a processor busy. One after the other they would be the last of `make test`, with processors that wait too."""

from collections.abc import Sequence
from itertools import groupby

import pytest

REAL_RUNS = ("tests/integration/", "tests/browser/", "tests/extending/")


def spread(items: Sequence[pytest.Item]) -> list[pytest.Item]:
    """The same tests, each module whole and in its order; modules of real runs stand evenly among the others."""
    modules = [list(module) for _, module in groupby(items, key=_module)]
    real = [module for module in modules if _module(module[0]).startswith(REAL_RUNS)]
    others = [module for module in modules if not _module(module[0]).startswith(REAL_RUNS)]
    places = [*_places(real), *_places(others)]
    return [item for _, module in sorted(places, key=lambda place: place[0]) for item in module]


def _module(item: pytest.Item) -> str:
    return item.nodeid.partition("::")[0]


def _places(modules: Sequence[list[pytest.Item]]) -> list[tuple[float, list[pytest.Item]]]:
    """Where the middle of each module is among all tests of these modules, from 0 to 1."""
    total, before, found = sum(map(len, modules)), 0, []
    for module in modules:
        found.append(((before + len(module) / 2) / total, module))
        before += len(module)
    return found
