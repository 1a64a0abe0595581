"""A hub of its own and a folder of its own for each load test.

A folder has them by importing them into its conftest.py.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.running import Hub, LoadTest

__all__ = ["CONFIG", "hub", "start"]

CONFIG = """
simulator:
  seed: 7
  output: {batch_size: 20}
  transaction:
    population: {customers: 200, merchants: 50}
    volume: {rate_per_user: 40}
    patterns:
      payment_methods: {credit_card: 0.6, debit_card: 0.3, bank_transfer: 0.1}
"""


@pytest.fixture
def hub() -> Iterator[Hub]:
    hub = Hub()
    yield hub
    hub.close()


@pytest.fixture
def start(tmp_path: Path, hub: Hub) -> Iterator[Callable[..., LoadTest]]:
    """Starts a load test in this test's folder; what still runs at the end is killed."""
    running: list[LoadTest] = []

    def start(*options: str, config: str = CONFIG, **environ: str) -> LoadTest:
        running.append(LoadTest(tmp_path, config, *options, hub=hub, **environ))
        return running[-1]

    yield start
    for load_test in running:
        load_test.kill()
