"""Throughput units: what they let in, and how the refusal reads."""

import pytest
from azure.eventhub import EventData
from azure.eventhub.exceptions import EventDataSendError

from paysim.localhub.links.throttling import Throttle
from tests.support.hub_process import running

pytestmark = pytest.mark.busy("rates are measured")


def _simulated(events: int, size: int, asked: float, seconds: float, clients: int, units: int = 1) -> float:
    """Events/s let in when clients that wait four seconds after a refusal ask for so many sends a second."""
    throttle = Throttle(units, 0.0)
    ready, stored, now = [0.0] * clients, 0, 0.0
    while now < seconds:
        for client, then in enumerate(ready):
            if then <= now:
                admitted = throttle.admit(events, size, now)
                stored += events * admitted
                ready[client] = now + (clients / asked if admitted else 4.0)
        now += 0.005
    return stored / seconds


def test_a_unit_lets_in_a_thousand_events_a_second_of_clients_that_wait_as_asked() -> None:
    for clients in (4, 32):
        assert 950 <= _simulated(100, 10_000, 30, 60, clients) <= 1050


def test_a_unit_lets_in_a_megabyte_a_second() -> None:
    assert 95 <= _simulated(10, 100_000, 30, 60, 16) <= 105


def test_units_add_up() -> None:
    assert 3_800 <= _simulated(100, 10_000, 100, 60, 32, units=4) <= 4_200


def test_below_the_units_nothing_is_refused() -> None:
    throttle = Throttle(1, 0.0)
    assert all(throttle.admit(90, 9_000, number * 0.1) for number in range(600))


def test_an_idle_hub_saves_no_more_than_a_second() -> None:
    throttle = Throttle(1, 0.0)
    admitted = sum(throttle.admit(100, 100, 3600.0) for _ in range(100))
    assert admitted == 10


def test_without_units_everything_is_let_in() -> None:
    throttle = Throttle(None, 0.0)
    assert all(throttle.admit(5_000, 1_000_000, 0.0) for _ in range(100))


def test_the_sdk_is_told_that_the_server_is_busy() -> None:
    with running("--throughput-units", "1") as hub, hub.producer() as producer:
        batch = producer.create_batch()
        for _ in range(4000):
            batch.add(EventData(b"x"))
        producer.send_batch(batch)
        try:
            producer.send_batch(batch)
        except EventDataSendError as error:
            assert "50002" in str(error)
            assert "server-busy" in str(error)
        else:
            raise AssertionError("the second send was let in")
