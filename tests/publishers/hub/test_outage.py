"""The publisher when the hub, or the way to it, misbehaves: real sockets, the real SDK, the local hub."""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from paysim.config.schema import Config
from paysim.contract.identity import Run
from paysim.localhub.command import KEY_VARIABLE
from paysim.publishers import make_publisher
from paysim.publishers.base import Acknowledgement, SendError
from paysim.publishers.hub import connection_pool, connection_worker
from paysim.publishers.hub.publisher import EventHubPublisher
from tests.support.hub_contents import fault, id_of, read_all
from tests.support.hub_process import HubProcess
from tests.support.publishing import Desk, make_batch
from tests.support.servers import Gate, certificate
from tests.support.waiting import eventually

pytestmark = pytest.mark.busy("attempts have real deadlines")

Closing = Callable[[Any], EventHubPublisher]
RETRY = {"max_retries": 3, "initial_backoff": 0.2, "max_backoff": 1.0}


@pytest.fixture
def gate(fresh: HubProcess) -> Iterator[Gate]:
    made = Gate(fresh.port)
    yield made
    made.shut()


def through(hub: HubProcess, gate: Gate, closing: Closing, **options: Any) -> EventHubPublisher:
    """A publisher that reaches the hub through the gate."""
    text = hub.connection_string.replace(f":{hub.port}", f":{gate.port}")
    event_hub = {"connection_string": text, "eventhub_name": "payments", "retry": RETRY, **options}
    publisher = closing(make_publisher(Config.model_validate({"output": {"event_hub": event_hub}})))
    publisher.open()
    publisher.begin(Run.at(1, 1), 0, 1)
    return publisher


def test_a_connection_that_ended_while_idle_is_replaced_before_anything_is_sent(
    fresh: HubProcess, gate: Gate, desk: Desk, closing: Closing
) -> None:
    publisher = through(fresh, gate, closing, connections=1, retry={**RETRY, "max_retries": 0})
    publisher.send(make_batch(1), desk.on_outcome)
    desk.wait(1)
    gate.cut()
    time.sleep(0.2)  # its end arrives; who would say so is what is tested
    publisher.send(make_batch(1, first=1), desk.on_outcome)
    desk.wait(2)
    assert desk.acked == 2, desk.reasons
    assert not any(isinstance(o, Acknowledgement) and o.maybe_twice for _, o in desk.outcomes)
    figures = publisher.figures
    assert (figures.reconnects, figures.retries, figures.attempts_failed) == (1, 0, {})


def test_a_lost_connection_is_replaced_and_the_send_goes_through(
    fresh: HubProcess, gate: Gate, desk: Desk, closing: Closing
) -> None:
    publisher = through(fresh, gate, closing, connections=2)
    fault(fresh, "ack-delay", 100)
    for at in range(15):
        publisher.send(make_batch(1, first=at), desk.on_outcome)
    desk.wait(3)
    gate.cut()
    publisher.drain(15)
    assert desk.acked == 15, desk.reasons
    figures = publisher.figures
    assert 1 <= figures.reconnects <= 2 and figures.retries >= 1 and figures.states["healthy"] >= 1
    assert sum(figures.attempts_failed.values()) == figures.retries
    assert set(figures.attempts_failed) == {"connection lost"}


def test_a_lost_outcome_that_is_acknowledged_later_is_said_to_be_there_maybe_twice(
    fresh: HubProcess, gate: Gate, desk: Desk, closing: Closing
) -> None:
    publisher = through(fresh, gate, closing, connections=1)
    gate.swallow_answers = True
    publisher.send(make_batch(3), desk.on_outcome)
    time.sleep(0.5)  # the hub has it by then, and its answer is swallowed
    gate.swallow_answers = False
    gate.cut()
    desk.wait(3)
    ((_, outcome),) = desk.outcomes
    assert isinstance(outcome, Acknowledgement) and outcome.maybe_twice
    assert publisher.figures.resent_unknown == 3
    # And there it is, twice: the SDK reports nothing of the first.
    ids = [id_of(event) for events in read_all(fresh, 6).values() for event in events]
    assert all(ids.count(id) == 2 for id in ids)


def test_a_lost_outcome_that_stays_lost_is_unknown(fresh: HubProcess, gate: Gate, desk: Desk, closing: Closing) -> None:
    publisher = through(fresh, gate, closing, connections=1, retry={**RETRY, "max_retries": 0})
    gate.swallow_answers = True
    publisher.send(make_batch(2), desk.on_outcome)
    time.sleep(0.3)  # the hub has it by then, and its answer is swallowed
    gate.shut()
    desk.wait(2)
    (error,) = desk.errors
    assert error.unknown and error.reason == "connection lost"
    assert len([event for events in read_all(fresh, 2).values() for event in events]) == 2


def test_during_an_outage_sends_fail_as_not_stored_and_after_it_they_go_on(
    fresh: HubProcess, gate: Gate, desk: Desk, closing: Closing
) -> None:
    publisher = through(fresh, gate, closing, connections=3)
    gate.shut()
    for at in range(6):
        publisher.send(make_batch(1, first=at), desk.on_outcome)
    desk.wait(6)
    assert desk.acked == 0
    assert set(desk.reasons) <= {"connection refused", "connection lost"}
    assert desk.reasons["connection refused"] >= 3
    assert eventually(lambda: publisher.figures.states == {"failing": 3}, 5)
    gate.open()
    for at in range(6, 16):
        publisher.send(make_batch(1, first=at), desk.on_outcome)
    publisher.drain(15)
    assert desk.acked == 10, desk.reasons
    assert eventually(lambda: publisher.figures.states == {"healthy": 3}, 12)
    sure = [id for batch, o in desk.outcomes if isinstance(o, SendError) and not o.unknown for id in batch.ids]
    stored = {id_of(event) for events in read_all(fresh, None).values() for event in events}
    assert not stored & set(sure)
    assert set(desk.acked_ids) <= stored


def test_a_broken_connection_does_not_stop_the_others(
    fresh: HubProcess, gate: Gate, desk: Desk, closing: Closing
) -> None:
    publisher = through(fresh, gate, closing, connections=4)
    (first, *_), gate._pairs = gate._pairs[-4:-3], gate._pairs[:-4] + gate._pairs[-3:]
    for end in first:
        end.close()
    for at in range(40):
        publisher.send(make_batch(1, first=at), desk.on_outcome)
    publisher.drain(15)
    assert desk.acked == 40


def test_order_by_key_survives_a_lost_connection(fresh: HubProcess, gate: Gate, desk: Desk, closing: Closing) -> None:
    publisher = through(fresh, gate, closing, partition_by="customer_id")
    for at in range(60):
        publisher.send(make_batch(5, first=5 * at, keys=[f"c{n}" for n in range(5)]), desk.on_outcome)
        if at in (20, 40):
            gate.cut()
    publisher.drain(20)
    assert desk.acked == 300, desk.reasons
    for events in read_all(fresh, None).values():
        sequences = [int.from_bytes(id_of(event)[11:], "big") for event in events]
        seen: list[int] = []
        for sequence in sequences:  # a batch that was sent again may repeat what came just before
            if sequence not in seen:
                assert not seen or sequence > seen[-1]
                seen.append(sequence)


def test_a_stalled_hub_times_out_the_attempt_and_not_the_run(
    fresh: HubProcess, gate: Gate, desk: Desk, closing: Closing
) -> None:
    publisher = through(fresh, gate, closing, connections=1, send_timeout=2, retry={**RETRY, "max_retries": 0})
    fault(fresh, "stall", 3.5)
    started = time.monotonic()
    publisher.send(make_batch(1), desk.on_outcome)
    publisher.send(make_batch(1, first=1), desk.on_outcome)
    desk.wait(2)
    assert time.monotonic() - started < 8
    assert desk.errors[0].unknown and desk.errors[0].reason == "timed out"
    assert not desk.errors[1].unknown
    # A stalled hub comes back; so do we.
    publisher.send(make_batch(1, first=2), desk.on_outcome)
    assert eventually(lambda: publisher.figures.states == {"healthy": 1}, 15)
    publisher.send(make_batch(1, first=3), desk.on_outcome)
    assert eventually(lambda: desk.acked >= 1, 10)


def test_a_hub_that_takes_long_is_waited_for(fresh: HubProcess, gate: Gate, desk: Desk, closing: Closing) -> None:
    publisher = through(fresh, gate, closing, connections=2)
    fault(fresh, "stall", 1.5)
    for at in range(8):
        publisher.send(make_batch(500, size=1100, first=500 * at), desk.on_outcome)
    publisher.drain(15)
    assert desk.acked == 4000 and publisher.figures.retries == 0
    assert desk.reasons == {}


def test_an_idle_connection_is_opened_anew_before_the_service_closes_it(
    fresh: HubProcess, gate: Gate, desk: Desk, closing: Closing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection_worker, "IDLE_LIMIT", 0.5)
    publisher = through(fresh, gate, closing, connections=1)
    before = gate.count
    assert eventually(lambda: gate.count >= before + 2)
    assert publisher.figures.reconnects == 0
    publisher.send(make_batch(1), desk.on_outcome)
    desk.wait(1)
    assert desk.acked == 1


def test_a_thread_that_cannot_be_ended_is_replaced(
    fresh: HubProcess, gate: Gate, desk: Desk, closing: Closing, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What hangs outside of the socket (a resolver, an identity endpoint) is played by a send that never returns.
    from paysim.eventhub.connection import HubConnection

    monkeypatch.setattr(connection_worker, "STUCK", 0.3)
    publisher = through(fresh, gate, closing, connections=1, send_timeout=1, retry={**RETRY, "max_retries": 0})
    real = HubConnection.send
    monkeypatch.setattr(HubConnection, "send", lambda self, batch, timeout: time.sleep(30))
    publisher.send(make_batch(1), desk.on_outcome)
    desk.wait(1, timeout=10)
    assert desk.errors[0].reason == "timed out" and desk.errors[0].unknown
    monkeypatch.setattr(HubConnection, "send", real)
    publisher.send(make_batch(1, first=1), desk.on_outcome)
    desk.wait(2, timeout=10)
    assert desk.acked == 1 and publisher.figures.connections == 1


def test_over_tls_with_a_ca_of_ones_own(fresh: HubProcess, tmp_path: Path, desk: Desk, closing: Closing) -> None:
    ca_file, context = certificate(tmp_path)
    gate = Gate(fresh.port, context)
    event_hub = {
        "connection_string": f"Endpoint=sb://127.0.0.1:{gate.port}/;SharedAccessKeyName=RootManageSharedAccessKey;"
        f"SharedAccessKey={fresh.key};EntityPath=payments",
        "ca_file": str(ca_file),
        "connections": 1,
        "send_timeout": 8,
        "retry": RETRY,
    }
    publisher = closing(make_publisher(Config.model_validate({"output": {"event_hub": event_hub}})))
    publisher.open()
    publisher.begin(Run.at(1, 1), 0, 1)
    publisher.send(make_batch(500, size=1100), desk.on_outcome)
    desk.wait(500)
    # Ended while idle: noticed before anything is sent.
    gate.cut()
    time.sleep(0.2)  # its end arrives; who would say so is what is tested
    publisher.send(make_batch(1, first=500), desk.on_outcome)
    desk.wait(501)
    assert desk.acked == 501 and publisher.figures.retries == 0
    # An answer that does not come: the attempt is ended under the SDK and made again.
    gate.swallow_answers = True
    publisher.send(make_batch(1, first=501), desk.on_outcome)
    time.sleep(2.2)
    gate.swallow_answers = False
    desk.wait(502)
    ((_, outcome),) = desk.outcomes[2:]
    assert isinstance(outcome, Acknowledgement) and outcome.maybe_twice
    assert publisher.figures.attempts_failed == {"timed out": 1}
    gate.shut()


def test_throttling_is_waited_out_beside_the_retries(
    fresh: HubProcess, gate: Gate, desk: Desk, closing: Closing, monkeypatch: pytest.MonkeyPatch
) -> None:
    from paysim.publishers.hub import retry

    monkeypatch.setattr(retry, "THROTTLE_PAUSE", 0.1)
    publisher = through(fresh, gate, closing, connections=1)
    fault(fresh, "reject", 6)  # as busy
    publisher.send(make_batch(2), desk.on_outcome)
    desk.wait(2)
    ((_, outcome),) = desk.outcomes
    assert isinstance(outcome, Acknowledgement) and not outcome.maybe_twice
    figures = publisher.figures
    assert (figures.throttled, figures.retries, figures.sends, figures.reconnects) == (6, 6, 7, 0)
    assert figures.attempts_failed == {"throttled (com.microsoft:server-busy)": 6}


def test_after_an_attempt_that_timed_out_a_busy_hub_is_still_waited_for(
    fresh: HubProcess, gate: Gate, desk: Desk, closing: Closing, monkeypatch: pytest.MonkeyPatch
) -> None:
    from paysim.publishers.hub import retry

    monkeypatch.setattr(retry, "THROTTLE_PAUSE", 0.5)
    publisher = through(fresh, gate, closing, connections=1, send_timeout=6, retry={**RETRY, "max_retries": 5})
    fault(fresh, "unanswered", 1)
    started = time.monotonic()
    publisher.send(make_batch(1), desk.on_outcome)
    time.sleep(0.5)  # the send is on its way, and unanswered
    fault(fresh, "reject", 3)
    desk.wait(1)
    assert desk.acked == 1
    assert publisher.figures.attempts_failed == {"timed out": 1, "throttled (com.microsoft:server-busy)": 3}
    assert time.monotonic() - started > 1 + 3 * 0.5


def test_a_hub_that_was_killed_and_comes_back_is_used_again_and_has_kept_what_it_acknowledged(
    tmp_path: Path, desk: Desk, closing: Closing
) -> None:
    data = ("--data", str(tmp_path))
    hub = HubProcess(*data)
    config = Config.model_validate({"output": {"event_hub": {"connections": 2, "retry": RETRY}}})
    publisher = closing(make_publisher(config, hub.connection_string))
    publisher.open()
    publisher.begin(Run.at(1, 1), 0, 1)
    publisher.send(make_batch(20), desk.on_outcome)
    desk.wait(20)
    hub.process.kill()
    hub.process.communicate()
    time.sleep(0.2)  # a connection that was used a moment ago is not asked whether it is alive
    publisher.send(make_batch(1, first=20), desk.on_outcome)
    desk.wait(21)
    assert desk.reasons == {"connection refused": 1} and not desk.errors[0].unknown
    hub = HubProcess(*data, "--port", str(hub.port), env={**os.environ, KEY_VARIABLE: hub.key})
    try:
        assert eventually(lambda: publisher.figures.states == {"healthy": 2}, 30)
        publisher.send(make_batch(5, first=21), desk.on_outcome)
        desk.wait(26)
        assert desk.acked == 25
        read_all(hub, 25)
    finally:
        publisher.close()
        hub.stop()


def test_an_error_of_our_own_fails_the_batch_and_the_worker_lives(
    fresh: HubProcess, gate: Gate, desk: Desk, closing: Closing, caplog: pytest.LogCaptureFixture
) -> None:
    publisher = through(fresh, gate, closing, connections=1)
    batch = make_batch(2)
    batch.bodies[1] = None  # type: ignore[call-overload]
    publisher.send(batch, desk.on_outcome)
    desk.wait(2)
    assert desk.reasons == {"unexpected TypeError": 1}
    publisher.send(make_batch(1, first=5), desk.on_outcome)
    desk.wait(3)
    assert desk.acked == 1 and connection_pool.ConnectionPool is not None
