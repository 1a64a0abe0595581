"""Each fault of the local hub against the publisher and the real SDK: what it costs, and that nothing is lost by it."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from paysim.config.schema import Config
from paysim.contract.identity import Run, sequence_of
from paysim.publishers import make_publisher
from paysim.publishers.hub.publisher import EventHubPublisher
from tests.chaos.oracle import DataFolder
from tests.support.hub_contents import fault
from tests.support.hub_process import HubProcess
from tests.support.publishing import Desk, make_batch
from tests.support.waiting import eventually

pytestmark = pytest.mark.busy("attempts have real deadlines")

SENDS = 12
LOST, STORED_TWICE = "lost outcome", "stored twice"
PAUSE = {"idle-close": 0.8, "detach": 0.3}  # seconds until the fault shows
# The faults, the reasons that attempts may fail for, and what becomes of outcomes.
CASES: dict[str, tuple[list[tuple[object, ...]], set[str], str | None]] = {
    "drop-before": ([("drop-before", 2)], {"connection lost"}, LOST),
    "drop-after": ([("drop-after", 2)], {"connection lost"}, STORED_TWICE),
    "unanswered": ([("unanswered", 1)], {"timed out"}, STORED_TWICE),
    "reject": ([("--condition", "amqp:resource-limit-exceeded", "reject", 3)], {"amqp:resource-limit-exceeded"}, None),
    "doubtful": ([("--condition", "amqp:internal-error", "reject", 2)], {"amqp:internal-error"}, LOST),
    "refuse": ([("drop-before", 2), ("refuse", 0.4)], {"connection lost", "connection refused"}, LOST),
    "silent": ([("drop-before", 2), ("silent", 0.4)], {"connection lost", "timed out"}, LOST),
    "idle-close": ([("idle-close", 0.3)], set(), None),  # noticed before anything is sent
    "detach": ([("detach", 1)], set(), None),  # so is this
    "stall": ([("stall", 0.5)], set(), None),
    "ack-delay": ([("ack-delay", 50)], set(), None),
}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("hub")


@pytest.fixture(scope="module")
def hub(data: Path) -> Iterator[HubProcess]:
    """One hub with an event hub for each case."""
    process = HubProcess("--data", str(data), *(part for name in CASES for part in ("--hub", name)))
    yield process
    process.stop()


@pytest.fixture
def publisher(hub: HubProcess, request: pytest.FixtureRequest) -> Iterator[EventHubPublisher]:
    event_hub = {
        "eventhub_name": request.node.callspec.params["name"],
        "connections": 2,
        "send_timeout": 8,
        "retry": {"max_retries": 7, "initial_backoff": 0.1, "max_backoff": 0.5},
    }
    made = make_publisher(Config.model_validate({"output": {"event_hub": event_hub}}), hub.connection_string)
    assert isinstance(made, EventHubPublisher)
    made.open()
    made.begin(Run.at(1, 1), 0, 1)
    yield made
    made.close()


@pytest.mark.parametrize("name", list(CASES))
def test_a_fault_costs_attempts_and_no_transaction(
    hub: HubProcess, data: Path, publisher: EventHubPublisher, desk: Desk, name: str
) -> None:
    faults, reasons, outcome = CASES[name]
    publisher.send(make_batch(1), desk.on_outcome)
    desk.wait(1)
    for each in faults:
        fault(hub, *each)
    time.sleep(PAUSE.get(name, 0))
    try:
        for at in range(1, SENDS):
            publisher.send(make_batch(1, first=at), desk.on_outcome)
        desk.wait(SENDS)
    finally:
        for each in faults:
            fault(hub, each[-2], 0)
    assert desk.acked == SENDS, desk.reasons
    figures = publisher.figures
    assert set(figures.attempts_failed) <= reasons
    assert sum(figures.attempts_failed.values()) >= figures.retries
    doubted = {sequence_of(id) for batch in desk.maybe_twice for id in batch.ids}
    assert bool(doubted) == (outcome is not None)
    reader = DataFolder(data, name)
    reader.read()
    stored = reader.arrivals.of(7, SENDS)
    assert (stored[:SENDS] > 0).all() and stored.sum() == reader.arrivals.total
    twice = {at for at in range(SENDS) if stored[at] > 1}
    assert twice <= doubted
    assert bool(twice) == (outcome == STORED_TWICE)
    assert eventually(lambda: publisher.figures.states == {"healthy": 2})
