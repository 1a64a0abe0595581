"""The hub misbehaves exactly as it is told."""

import re
import statistics
import subprocess
import sys
import time
from pathlib import Path

import pytest

import paysim.localhub
from paysim.localhub.amqp import frames
from paysim.localhub.command import main
from paysim.localhub.faults import FAULTS, FaultError, FaultsInForce
from paysim.localhub.faults.base import WhileAccepting, WhileAcknowledging
from tests.support.amqp_client import BATCH_FORMAT, AmqpClient, batch
from tests.support.amqp_client import data_section as batch_of_one
from tests.support.hub_process import HubProcess, connected, stored
from tests.support.waiting import eventually

pytestmark = pytest.mark.busy("delays of acknowledgements are measured")


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
    assert main(["fault", "--port", str(hub.port), "ack-delay", "0"]) == 0
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
    time.sleep(0.15)  # longer than the delay: its acknowledgement has come due
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
        FaultsInForce().set(name, value, 0.0)


def test_a_refused_fault_is_one_line_and_exit_code_2(hub: HubProcess) -> None:
    command = [sys.executable, "-m", "paysim.localhub", "fault", "--port", str(hub.port), "stall", "-1"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=20)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def _fault(hub: HubProcess, *arguments: str) -> None:
    assert main(["fault", "--port", str(hub.port), *arguments]) == 0


def _last_sequence(hub: HubProcess, name: str) -> int:
    with hub.producer(name) as producer:
        return int(producer.get_partition_properties("0")["last_enqueued_sequence_number"])


def test_a_connection_is_cut_before_its_send_is_stored(hub: HubProcess, name: str) -> None:
    client, handle = connected(hub, f"{name}/Partitions/0")
    _fault(hub, "drop-before", "1")
    client.transfer(handle, batch([b"x"]), BATCH_FORMAT)
    client.transfer(handle, batch([b"y"]), BATCH_FORMAT)
    with pytest.raises(ConnectionError):
        client.expect(frames.DISPOSITION)
    client.close()
    assert _last_sequence(hub, name) == -1


def test_a_connection_is_cut_after_its_send_is_stored(hub: HubProcess, name: str) -> None:
    client, handle = connected(hub, f"{name}/Partitions/0")
    _fault(hub, "drop-after", "1")
    client.transfer(handle, batch([b"x", b"y"]), BATCH_FORMAT)
    with pytest.raises(ConnectionError):
        client.expect(frames.DISPOSITION)
    client.close()
    assert _last_sequence(hub, name) == 1


def test_a_send_is_stored_and_never_acknowledged(hub: HubProcess, name: str) -> None:
    client, handle = connected(hub, f"{name}/Partitions/0")
    _fault(hub, "unanswered", "1")
    first = client.transfer(handle, batch([b"x"]), BATCH_FORMAT)
    second = client.transfer(handle, batch([b"y"]), BATCH_FORMAT)
    assert client.expect(frames.DISPOSITION)[1] == second != first
    client.close()
    assert _last_sequence(hub, name) == 1


@pytest.mark.parametrize(
    ("options", "condition"),
    [([], "com.microsoft:server-busy"), (["--condition", "amqp:not-allowed"], "amqp:not-allowed")],
)
def test_sends_are_rejected_with_the_condition_asked_for(
    hub: HubProcess, sender, options: list[str], condition: str
) -> None:
    client, handle = sender
    _fault(hub, *options, "reject", "1")
    client.transfer(handle, batch([b"x"]), BATCH_FORMAT)
    assert client.expect(frames.DISPOSITION)[4].value[0].value[0] == condition
    client.transfer(handle, batch([b"x"]), BATCH_FORMAT)
    assert client.expect(frames.DISPOSITION)[4].descriptor == 0x24


def test_links_are_detached_and_the_connection_stays(hub: HubProcess) -> None:
    client, _ = connected(hub, "shared0")
    _fault(hub, "detach", "1")
    assert client.expect(frames.DETACH)[2].value[0] == "amqp:link:detach-forced"
    again = client.attach("shared0")
    client.expect(frames.FLOW)
    client.transfer(again, batch([b"x"]), BATCH_FORMAT)
    assert client.expect(frames.DISPOSITION)[4].descriptor == 0x24
    client.close()


def test_new_connections_are_refused_for_a_time_and_old_ones_stay(hub: HubProcess, sender) -> None:
    _fault(hub, "refuse", "0.7")
    with pytest.raises(ConnectionRefusedError):
        AmqpClient(hub.port)
    assert _latency(*sender) < 0.5

    def listens() -> bool:
        try:
            AmqpClient(hub.port).close()
        except ConnectionRefusedError:
            return False
        return True

    assert eventually(listens)


def test_new_connections_are_taken_and_never_answered(hub: HubProcess, sender) -> None:
    _fault(hub, "silent", "30")
    client = AmqpClient(hub.port, timeout=0.4)
    with pytest.raises(TimeoutError):
        client.open()
    client.close()
    assert _latency(*sender) < 5
    _fault(hub, "silent", "0")
    other = AmqpClient(hub.port)
    other.open()
    other.close()


def test_idle_connections_are_closed_and_busy_ones_are_not(hub: HubProcess, sender) -> None:
    idle = AmqpClient(hub.port)
    idle.open()
    _fault(hub, "idle-close", "0.5")
    try:
        for _ in range(8):
            _latency(*sender)
            time.sleep(0.1)  # busy for longer than the idle ones may be
        assert idle.expect(frames.CLOSE)[0].value[0] == "amqp:connection:forced"
    finally:
        _fault(hub, "idle-close", "0")


def test_tokens_live_no_longer_than_asked(hub: HubProcess) -> None:
    _fault(hub, "token-lifetime", "0.5")
    try:
        client, _ = connected(hub, "shared0")
        assert client.expect(frames.DETACH)[2].value[0] == "amqp:unauthorized-access"
        client.close()
    finally:
        _fault(hub, "token-lifetime", "0")


BODIES = [b"a", b"b", b"c"]


@pytest.mark.parametrize(
    ("fault", "single", "wanted"),
    [
        ("lose-event", False, "bc abc"),
        ("double-event", False, "aabc abc"),
        ("swap-events", False, "bac abc"),
        ("lose-event", True, "bc abc"),
        ("double-event", True, "aabc abc"),
        ("swap-events", True, "bac abc"),
    ],
)
def test_a_planted_error_strikes_once_and_is_acknowledged(
    hub: HubProcess, fault: str, single: bool, wanted: str
) -> None:
    name = next(hub.names)  # type: ignore[attr-defined]
    client, handle = connected(hub, f"{name}/Partitions/0")
    _fault(hub, fault, "1")
    for _ in range(2):
        if single:
            for body in BODIES:
                client.transfer(handle, batch_of_one(body))
                assert client.expect(frames.DISPOSITION)[4].descriptor == 0x24
        else:
            client.transfer(handle, batch(BODIES), BATCH_FORMAT)
            assert client.expect(frames.DISPOSITION)[4].descriptor == 0x24
    client.close()
    assert "".join(body.decode() for body in stored(hub, name)) == wanted.replace(" ", "")


@pytest.mark.parametrize(
    ("name", "value", "condition"),
    [("reject", 1.5, None), ("lose-event", -1, None), ("stall", 1, "amqp:not-found"), ("refuse", 1e12, None)],
)
def test_values_and_conditions_must_fit_the_fault(name: str, value: float, condition: str | None) -> None:
    with pytest.raises(FaultError):
        FaultsInForce().set(name, value, 0.0, condition)


def test_the_hub_knows_no_fault_by_name_outside_the_folder_of_faults() -> None:
    room = Path(paysim.localhub.__file__).parent
    asked = re.compile(r"\.(?:setting|left|condition)\(\"")
    assert [path.name for path in room.glob("*.py") if asked.search(path.read_text())] == []


def test_the_fault_of_a_kind_that_is_in_force_is_found_until_it_ends() -> None:
    faults = FaultsInForce()
    assert faults.acting(WhileAccepting, 10.0) is None
    faults.set("silent", 5, 10.0)
    assert faults.acting(WhileAccepting, 12.0) == (FAULTS["silent"], 3.0)
    assert faults.acting(WhileAccepting, 15.0) is None
    faults.set("ack-delay", 20, 10.0)
    assert faults.acting(WhileAcknowledging) == (FAULTS["ack-delay"], 0.02)
    faults.set("ack-delay", 0, 10.0)
    assert faults.acting(WhileAcknowledging) is None
