"""Fixtures of tests that publish: a shared local hub, one of the test's own, and somebody to tell the outcomes to.

A folder has them by importing them into its conftest.py.
"""

from collections.abc import Callable, Iterator

import pytest

from paysim.contract.identity import Run
from paysim.publishers.base import Publisher
from tests.support.environment import unmeasured_environ
from tests.support.hub_process import HubProcess
from tests.support.publishing import Desk

__all__ = ["_unused_names", "closing", "desk", "fresh", "hub", "name", "run"]


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def run() -> Run:
    return Run.new()


NAMES = [f"hub-{number}" for number in range(30)]


@pytest.fixture(scope="session")
def hub() -> Iterator[HubProcess]:
    """A local hub with the hub payments and many more, 4 partitions each, for tests that need no fault."""
    process = HubProcess(
        *(option for name in ["payments", *NAMES] for option in ("--hub", name)), env=unmeasured_environ()
    )
    yield process
    process.stop()


@pytest.fixture(scope="session")
def _unused_names() -> list[str]:
    return list(NAMES)


@pytest.fixture
def name(_unused_names: list[str]) -> str:
    """An empty hub in `hub`, the test's own."""
    return _unused_names.pop()


@pytest.fixture
def fresh() -> Iterator[HubProcess]:
    """A local hub of the test's own, to be told to misbehave."""
    process = HubProcess(env=unmeasured_environ())
    yield process
    process.stop()


@pytest.fixture
def closing() -> Iterator[Callable[[Publisher], Publisher]]:
    """Registers publishers to be closed at the end of the test."""
    publishers: list[Publisher] = []

    def register(publisher: Publisher) -> Publisher:
        publishers.append(publisher)
        return publisher

    yield register
    for publisher in publishers:
        publisher.close()
