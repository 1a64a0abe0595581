"""The true world, once a test process. A folder has these fixtures by importing them into its conftest.py."""

from typing import Any

import pytest

from paysim.transactions.dataset.truth.data import Data
from paysim.transactions.dataset.truth.judge import Judged, judge
from tests.support.true_world import build

__all__ = ["judged", "world"]


@pytest.fixture(scope="session")
def world() -> tuple[list[dict[str, Any]], dict[str, bool]]:
    """Documents in order of time, and which are fraud."""
    return build()


@pytest.fixture(scope="session")
def judged(world: tuple[list[dict[str, Any]], dict[str, bool]]) -> dict[str, Judged]:
    """What is found in the true world, by property."""
    return {each.property.name: each for each in judge(Data(*world))}
