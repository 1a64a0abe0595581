"""The hub that the tests of this room share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.hub_process import HubProcess, running


@pytest.fixture(scope="session")
def hub(request: pytest.FixtureRequest) -> Iterator[HubProcess]:
    """A hub with event hubs for the tests: each has its own, but for `shared0`, whose content nobody asks for."""
    here = [item for item in request.session.items if item.path.is_relative_to(Path(__file__).parent)]
    asking = [item for item in here if "hub" in getattr(item, "fixturenames", ())]
    names = [f"shared{number}" for number in range(1 + len(asking))]
    with running(*(part for name in names for part in ("--hub", name)), "--consumer-group", "audit") as process:
        process.names = iter(names[1:])  # type: ignore[attr-defined]
        yield process


@pytest.fixture
def name(hub: HubProcess) -> str:
    """An event hub with four partitions that no other test uses."""
    return next(hub.names)  # type: ignore[attr-defined]
