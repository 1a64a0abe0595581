"""The publisher against the local hub, with the real SDK, when nothing goes wrong."""

import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from azure.eventhub._buffered_producer._partition_resolver import PartitionResolver

from paysim.config.errors import TargetError
from paysim.config.schema import Config
from paysim.contract.identity import Run
from paysim.publishers import make_publisher
from paysim.publishers.base import DESTINATIONS, Acknowledgement, Part, SendError
from paysim.publishers.hub.publisher import END, EventHubPublisher
from paysim.transactions.batch import Batch
from tests.support.hub_contents import fault, id_of, read_all
from tests.support.hub_process import HubProcess
from tests.support.publishing import Desk, make_batch, open_sockets
from tests.support.waiting import eventually

Hub = HubProcess
Closing = Callable[[Any], EventHubPublisher]


def configured(**event_hub: Any) -> Config:
    return Config.model_validate({"output": {"event_hub": event_hub}})


def opened(hub: Hub, run: Run, closing: Closing, **options: Any) -> EventHubPublisher:
    options = {"connections": 1, **options}  # each takes half a second to open
    publisher = closing(make_publisher(configured(**options), hub.connection_string))
    publisher.open()
    publisher.begin(run, 0, 1)
    return publisher


@pytest.fixture(scope="module")
def standard(hub: Hub) -> Iterator[EventHubPublisher]:
    """A publisher with the default configuration, shared by tests that leave it as it was."""
    publisher = make_publisher(configured(), hub.connection_string)
    publisher.open()
    assert isinstance(publisher, EventHubPublisher)
    yield publisher
    publisher.close()


@pytest.fixture
def publisher(standard: EventHubPublisher, run: Run) -> EventHubPublisher:
    standard.begin(run, 0, 1)
    return standard


def test_what_is_acknowledged_is_in_the_hub_with_its_properties(
    hub: Hub, name: str, run: Run, desk: Desk, closing: Closing
) -> None:
    publisher = opened(hub, run, closing, eventhub_name=name)
    batches = [make_batch(50, size=700, first=50 * at, labels={3: "zero_amount"} if at == 2 else {}) for at in range(6)]
    for batch in batches:
        publisher.send(batch, desk.on_outcome)
    publisher.drain(10)
    assert desk.acked == 300
    events = [event for part in read_all(hub, 300, name).values() for event in part]
    by_id = {id_of(event): event for event in events}
    assert len(by_id) == 300
    for batch in batches:
        for at, (body, id) in enumerate(zip(batch.bodies, batch.ids, strict=True)):
            event = by_id[id]
            assert event.body_as_str().encode() == body
            assert event.content_type == "application/json"
            expected = {b"paysim-run": run.id.encode()}
            if at in batch.labels:
                expected[b"paysim-violation"] = batch.labels[at].encode()
            assert event.properties == expected
    acknowledgements = [o for _, o in desk.outcomes if isinstance(o, Acknowledgement)]
    assert all(0 < a.service < 10 and 0 <= a.connection_wait < 10 and not a.maybe_twice for a in acknowledgements)


def test_it_says_what_it_is(publisher: EventHubPublisher) -> None:
    assert DESTINATIONS["event_hub"].request_type == "EVENTHUB"
    assert publisher.target == "LOCAL HUB, not Azure"
    figures = publisher.figures
    assert (figures.connections, figures.states, figures.sends) == (4, {"healthy": 4}, 0)


def test_sending_is_never_done_in_the_thread_of_the_caller(publisher: EventHubPublisher, desk: Desk) -> None:
    publisher.send(make_batch(1), desk.on_outcome)
    desk.wait(1)
    assert threading.get_ident() not in desk.threads


def test_a_fixed_number_of_connections(hub: Hub, run: Run, closing: Closing) -> None:
    publisher = opened(hub, run, closing, connections=2)
    assert publisher.figures.connections == 2


def test_connections_grow_on_demand_and_stay_healthy(fresh: Hub, run: Run, desk: Desk, closing: Closing) -> None:
    publisher = opened(fresh, run, closing, connections="auto")
    fault(fresh, "ack-delay", 200)
    for at in range(60):
        publisher.send(make_batch(1, first=at), desk.on_outcome)
    desk.wait(60)
    assert 4 < publisher.figures.connections <= 32
    assert eventually(lambda: set(publisher.figures.states) == {"healthy"})
    assert publisher.figures.all_busy_s > 0.2
    waits = [o.connection_wait for _, o in desk.outcomes if isinstance(o, Acknowledgement)]
    assert max(waits) > 0.2
    services = [o.service for _, o in desk.outcomes if isinstance(o, Acknowledgement)]
    assert min(services) >= 0.2


@pytest.mark.parametrize(("key", "together"), [("customer_id", 1), ("merchant_id", 5)])
def test_keys_go_to_their_partition_in_order(
    hub: Hub, name: str, run: Run, desk: Desk, closing: Closing, key: str, together: int
) -> None:
    publisher = opened(hub, run, closing, eventhub_name=name, partition_by=key)
    keys = [f"customer-{at % 17}" for at in range(40)]
    parts: list[Part] = [(make_batch(40, first=40 * at, keys=keys), desk.on_outcome) for at in range(10)]
    for at in range(0, 10, together):
        publisher.send_together(parts[at : at + together])
    publisher.drain(10)
    assert desk.acked == 400
    assert publisher.figures.connections == 4
    resolver = PartitionResolver(["0", "1", "2", "3"])
    for partition, events in read_all(hub, 400, name).items():
        sequences = [int.from_bytes(id_of(event)[11:], "big") for event in events]
        assert sequences == sorted(sequences)
        for event in events:
            n = int(event.body_as_str().split(":")[1].split(",")[0])
            assert resolver.get_partition_id_by_partition_key(keys[n % 40]) == partition


def test_a_block_above_the_limit_is_split(hub: Hub, name: str, run: Run, desk: Desk, closing: Closing) -> None:
    publisher = opened(hub, run, closing, eventhub_name=name)
    batch = make_batch(2500, size=1100)  # about 3 MB
    publisher.send(batch, desk.on_outcome)
    publisher.drain(20)
    assert desk.acked == 2500
    assert [len(part) for part, _ in desk.outcomes] == [len(part) for part, _ in desk.outcomes if len(part) < 1000]
    assert publisher.figures.sends == len(desk.outcomes) == 3
    assert Counter(id_of(e) for part in read_all(hub, 2500, name).values() for e in part) == Counter(batch.ids)


def test_a_transaction_above_the_limit_fails_alone(publisher: EventHubPublisher, desk: Desk) -> None:
    batch = make_batch(3)
    batch.bodies[1] = b"x" * 2_000_000
    publisher.send(batch, desk.on_outcome)
    desk.wait(3)
    ((failed, error),) = [(part, o) for part, o in desk.outcomes if isinstance(o, SendError)]
    assert failed.ids == [batch.ids[1]] and not error.unknown
    assert error.reason.startswith("transaction of 2000")
    assert error.reason.endswith("bytes exceeds the hub's limit of 1048576 bytes")
    assert desk.acked == 2


def test_several_blocks_share_a_send_and_each_is_told(hub: Hub, run: Run, desk: Desk, closing: Closing) -> None:
    publisher = opened(hub, run, closing)
    told: Counter[int] = Counter()

    def on_outcome(number: int, batch: Batch, outcome: Any) -> None:
        told[number] += len(batch)
        desk.on_outcome(batch, outcome)

    parts: list[Part] = [(make_batch(number, first=100 * number), partial(on_outcome, number)) for number in range(40)]
    publisher.send_together(parts)
    desk.wait(780)
    assert desk.acked == 780 and told == {number: number for number in range(1, 40)}
    assert len(desk.acked_ids) == 780
    assert publisher.figures.sends == 1


def test_a_new_run_counts_anew_and_carries_its_own_id(hub: Hub, name: str, desk: Desk, closing: Closing) -> None:
    publisher = opened(hub, Run.at(1, 1), closing, eventhub_name=name)
    publisher.send(make_batch(2), desk.on_outcome)
    publisher.drain(5)
    publisher.begin(Run.at(2, 2), 0, 1)
    assert publisher.figures.sends == 0
    publisher.send(make_batch(3, first=2), desk.on_outcome)
    publisher.drain(5)
    runs = Counter(e.properties[b"paysim-run"].decode() for part in read_all(hub, 5, name).values() for e in part)
    assert runs == {Run.at(1, 1).id: 2, Run.at(2, 2).id: 3}


def test_an_empty_block_is_nothing(publisher: EventHubPublisher, desk: Desk) -> None:
    publisher.send(make_batch(0), desk.on_outcome)
    publisher.drain(1)
    assert not desk.outcomes and publisher.figures.sends == 0


def test_an_on_outcome_that_raises_does_no_harm(
    publisher: EventHubPublisher, desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:

    def broken(*_: object) -> None:
        raise RuntimeError("a mistake of the caller")

    for at in range(8):
        publisher.send(make_batch(1, first=at), broken)
    publisher.send(make_batch(1, first=9), desk.on_outcome)
    publisher.drain(5)
    assert desk.acked == 1
    assert "an outcome could not be noted" in caplog.text


def test_what_is_not_acknowledged_at_the_end_is_unknown_and_what_never_left_failed(
    fresh: Hub, run: Run, desk: Desk, closing: Closing
) -> None:
    publisher = opened(fresh, run, closing, connections=1)
    fault(fresh, "stall", 3)
    for at in range(3):
        publisher.send(make_batch(2, first=2 * at), desk.on_outcome)
    publisher.drain(0.5)
    assert desk.reasons == {END: 3}
    assert sorted(error.unknown for error in desk.errors) == [False, False, True]
    # The next run starts with connections that work.
    publisher.begin(Run.new(), 0, 1)
    publisher.send(make_batch(1, first=9), desk.on_outcome)
    desk.wait(7)
    assert desk.acked == 1


def test_closing_is_quick_silent_and_closes_the_sockets(
    hub: Hub, run: Run, desk: Desk, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    before = open_sockets()
    publisher = make_publisher(configured(partition_by="customer_id"), hub.connection_string)
    publisher.open()
    publisher.begin(run, 0, 1)
    publisher.send(make_batch(8, keys=[f"c{at}" for at in range(8)]), desk.on_outcome)
    publisher.drain(5)
    assert open_sockets() > before
    publisher.close()
    publisher.close()
    assert eventually(lambda: open_sockets() <= before, 5)
    assert capfd.readouterr() == ("", "")
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


def test_closing_leaves_nothing_without_an_outcome(fresh: Hub, run: Run, desk: Desk, closing: Closing) -> None:
    publisher = opened(fresh, run, closing)
    fault(fresh, "ack-delay", 5000)
    publisher.send(make_batch(1), desk.on_outcome)
    publisher.close()
    assert desk.reported == 1


def test_no_secret_in_the_log_at_any_level(
    hub: Hub, run: Run, desk: Desk, closing: Closing, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    publisher = opened(hub, run, closing)
    publisher.send(make_batch(1), desk.on_outcome)
    desk.wait(1)
    publisher.close()
    assert hub.key not in caplog.text and "SharedAccess" not in caplog.text


def test_embedded_without_the_address_of_the_running_hub_is_one_line() -> None:
    with pytest.raises(TargetError, match=r"^the embedded hub is not running"):
        make_publisher(configured(connection_string="embedded"))


def test_a_malformed_connection_string_is_one_line_without_its_text() -> None:
    with pytest.raises(TargetError) as caught:
        make_publisher(configured(), "Endpoint=sb://127.0.0.1;SharedAccessKeyName=x;SharedAccessKe=topsecret")
    assert "topsecret" not in str(caught.value) and "\n" not in str(caught.value)


def test_a_target_that_is_not_allowed_is_refused_before_any_connection() -> None:
    config = configured(
        connection_string="Endpoint=sb://contoso-prod.servicebus.windows.net/;SharedAccessKeyName=n;SharedAccessKey=k",
        eventhub_name="payments",
    )
    with pytest.raises(TargetError, match=r"target contoso-prod/payments is not in .*allowed_targets"):
        make_publisher(config)
