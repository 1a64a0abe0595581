"""The hub misbehaves exactly as it is told."""

import statistics
import subprocess
import sys
import time

import pytest

from paysim.localhub import frames
from paysim.localhub.command import main
from paysim.localhub.faults import FaultError, Faults
from tests.localhub.amqp_client import BATCH_FORMAT, AmqpClient, batch
from tests.localhub.conftest import HubProcess


@pytest.fixture
def sender(hub: HubProcess):
    client = AmqpClient(hub.port)
    client.open()
    client.authorize("shared0", hub.key)
    handle = client.attach("shared0")
    client.expect(frames.FLOW)
    yield client, handle
    client.close()
    assert main(["fault", "--port", str(hub.port), "ack-delay", "0"]) == 0


def _latency(client: AmqpClient, handle: int) -> float:
    began = time.perf_counter()
    client.transfer(handle, batch([b"x"]), BATCH_FORMAT)
    client.expect(frames.DISPOSITION)
    return time.perf_counter() - began


def test_acknowledgements_are_held_exactly_as_long_as_asked(hub: HubProcess, sender) -> None:
    assert main(["fault", "--port", str(hub.port), "ack-delay", "20"]) == 0
    delays = [_latency(*sender) for _ in range(30)]
    assert min(delays) >= 0.020
    assert statistics.median(delays) < 0.040


def test_held_acknowledgements_do_not_wait_for_each_other(hub: HubProcess, sender) -> None:
    client, handle = sender
    assert main(["fault", "--port", str(hub.port), "ack-delay", "100"]) == 0
    began = time.perf_counter()
    for _ in range(200):
        last = client.transfer(handle, batch([b"x"]), BATCH_FORMAT)
    client.expect_settled(last)
    assert 0.1 <= time.perf_counter() - began < 2


def test_zero_ends_the_delay(hub: HubProcess, sender) -> None:
    assert main(["fault", "--port", str(hub.port), "ack-delay", "500"]) == 0
    assert main(["fault", "--connection-string", hub.connection_string, "ack-delay", "0"]) == 0
    assert _latency(*sender) < 0.25


def test_a_connection_may_end_while_its_acknowledgements_are_held(hub: HubProcess, sender) -> None:
    assert main(["fault", "--port", str(hub.port), "ack-delay", "100"]) == 0
    ghost = AmqpClient(hub.port)
    ghost.open()
    ghost.authorize("shared0", hub.key)
    handle = ghost.attach("shared0")
    ghost.expect(frames.FLOW)
    ghost.transfer(handle, batch([b"x"]), BATCH_FORMAT)
    ghost.performative(frames.DETACH, b"\x70" + handle.to_bytes(4, "big"), b"\x41")
    ghost.expect(frames.DETACH)
    time.sleep(0.15)
    ghost.close()
    assert _latency(*sender) >= 0.1


def test_a_stall_freezes_everything_for_its_time_and_loses_nothing(hub: HubProcess, sender) -> None:
    assert main(["fault", "--port", str(hub.port), "stall", "0.7"]) == 0
    newcomer = AmqpClient(hub.port)
    began = time.perf_counter()
    assert _latency(*sender) >= 0.5
    newcomer.open()
    assert 0.5 <= time.perf_counter() - began < 7
    newcomer.close()


def test_a_stall_can_be_ended_early(hub: HubProcess, sender) -> None:
    assert main(["fault", "--port", str(hub.port), "stall", "60"]) == 0
    assert main(["fault", "--port", str(hub.port), "stall", "0"]) == 0
    assert _latency(*sender) < 10


@pytest.mark.parametrize(("name", "value"), [("no-such", 1), ("ack-delay", -1), ("stall", float("nan"))])
def test_a_fault_that_cannot_be_is_refused(name: str, value: float) -> None:
    with pytest.raises(FaultError):
        Faults().set(name, value, 0.0)


def test_a_refused_fault_is_one_line_and_exit_code_2(hub: HubProcess) -> None:
    command = [sys.executable, "-m", "paysim.localhub", "fault", "--port", str(hub.port), "stall", "-1"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=20)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
