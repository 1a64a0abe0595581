"""Whatever one client does, the hub lives and the others notice nothing."""

import asyncio
import contextlib
import resource
import socket
import struct
import tempfile
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from paysim.localhub.amqp import encoding, frames
from paysim.localhub.connection import Service
from paysim.localhub.faults import FaultsInForce
from paysim.localhub.links.egress import Places
from paysim.localhub.links.ingress import Intake
from paysim.localhub.links.throttling import Throttle
from paysim.localhub.storage.namespace import Namespace
from paysim.localhub.transport import server
from tests.support.amqp_client import (
    AMQP_HEADER,
    BATCH_FORMAT,
    NULL,
    SASL_HEADER,
    AmqpClient,
    batch,
    data_section,
    described,
    framed,
    transfer_frames,
    uint,
)
from tests.support.hub_process import HubProcess, running, stored
from tests.support.waiting import eventually

ACCEPTED, REJECTED = 0x24, 0x25


@pytest.fixture
def sender(hub: HubProcess):
    """A client with a link into a hub, and the link's handle."""
    client = AmqpClient(hub.port)
    client.open()
    client.authorize("shared0", hub.key)
    handle = client.attach("shared0/Partitions/3")
    client.expect(frames.FLOW)
    yield client, handle
    client.close()


def _alive(client: AmqpClient, handle: int) -> bool:
    client.transfer(handle, batch([b"alive"]), BATCH_FORMAT)
    return bool(client.expect(frames.DISPOSITION)[4].descriptor == ACCEPTED)


def _end_of(port: int, data: bytes, timeout: float = 10.0) -> bytes:
    """Send bytes to a fresh connection and read until the hub closes it."""
    with socket.create_connection(("127.0.0.1", port), timeout=timeout) as raw:
        try:
            raw.sendall(data)
            raw.shutdown(socket.SHUT_WR)
            said = b""
            while part := raw.recv(65_536):
                said += part
        except ConnectionError:
            return b""
    return said


GOOD_START = (
    SASL_HEADER
    + framed(described(0x41, encoding.symbol("ANONYMOUS")), kind=1)
    + AMQP_HEADER
    + framed(described(frames.OPEN, encoding.string("c"), NULL, uint(65_536)))
    + framed(described(frames.BEGIN, NULL, uint(0), uint(100), uint(100)))
)


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        bytes.fromhex("1603010200010001fc0303") + bytes(500),
        b"AMQP\x00\x00\x09\x01",
        SASL_HEADER + b"\xff" * 64,
        GOOD_START + b"\x00\x00\x00\x02\x02\x00\x00\x00",
        GOOD_START + framed(b"\x00\x53\x14\xc0\xff\x0b"),
        GOOD_START + framed(b"\x00\x53\x12\xc0\x02\x01\x41"),
        GOOD_START + framed(b"nonsense"),
        GOOD_START + b"".join(transfer_frames(7, 0, b"to a handle that is not attached")),
        GOOD_START + transfer_frames(0, 0, b"cut off")[0][:-5],
    ],
)
def test_a_broken_stream_ends_its_connection_alone(hub: HubProcess, sender, data: bytes) -> None:
    client, handle = sender
    _end_of(hub.port, data)
    assert _alive(client, handle)


def test_a_broken_stream_is_told_so(hub: HubProcess) -> None:
    client = AmqpClient(hub.port)
    client.open()
    client.send(b"\x00\x00\x00\x02\x02\x00\x00\x00")
    assert client.expect(frames.CLOSE)[0].value[0] == "amqp:connection:framing-error"
    with pytest.raises(ConnectionError):
        client.frame()
    client.close()


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 255)), min_size=1, max_size=6),
    st.integers(20, 5000),
    st.booleans(),
)
def test_mutated_and_truncated_streams_end_their_connection_alone(
    hub: HubProcess, mutations: list[tuple[int, int]], length: int, from_the_start: bool
) -> None:
    stream = bytearray(
        (GOOD_START if from_the_start else b"")
        + b"".join(transfer_frames(2, 1, batch([b"x" * 50] * 3), BATCH_FORMAT))
        + framed(described(frames.ATTACH, encoding.string("l"), uint(7), encoding.boolean(True), NULL, NULL))
        + framed(described(frames.FLOW, uint(0), uint(10), uint(0), uint(10)))
        + framed(described(frames.DETACH, uint(2), b"\x41"))
        + framed(described(frames.END))
        + framed(described(frames.CLOSE))
    )
    for at, value in mutations:
        stream[at % len(stream)] = value
    if from_the_start:
        _end_of(hub.port, bytes(stream[:length]))
    else:
        client = AmqpClient(hub.port)
        client.open()
        client.authorize("shared0", hub.key)
        client.attach("shared0/Partitions/3")
        client.expect(frames.FLOW)
        client.send(bytes(stream[:length]))
        client.close()
    assert hub.process.poll() is None


def test_the_hub_is_well_after_all_that(hub: HubProcess, sender) -> None:
    assert _alive(*sender)


def test_a_client_that_vanishes_is_forgotten(hub: HubProcess, sender) -> None:
    client, handle = sender
    for number in range(20):
        ghost = AmqpClient(hub.port)
        ghost.open()
        ghost.authorize("shared0", hub.key)
        receiver = ghost.attach("shared0/ConsumerGroups/$Default/Partitions/3", receiver=True)
        ghost.credit(receiver, 1000)
        other = ghost.attach("shared0/Partitions/3")
        ghost.send(transfer_frames(other, ghost.next_delivery(), b"x" * 60_000)[0][:-100])
        if number % 2:  # with a reset instead of a goodbye
            ghost.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        ghost.close()
        assert _alive(client, handle)


def test_a_message_beyond_the_limit_is_rejected_and_the_link_stays(sender) -> None:
    client, handle = sender
    client.transfer(handle, data_section(b"x" * 1_048_576))
    outcome = client.expect(frames.DISPOSITION)[4]
    assert outcome.descriptor == REJECTED
    assert outcome.value[0].value[0] == "amqp:link:message-size-exceeded"
    client.transfer(handle, data_section(b"x" * (1_048_576 - 8)))
    assert client.expect(frames.DISPOSITION)[4].descriptor == ACCEPTED


def test_a_batch_that_is_none_is_rejected(sender) -> None:
    client, handle = sender
    client.transfer(handle, b"no batch at all", BATCH_FORMAT)
    outcome = client.expect(frames.DISPOSITION)[4]
    assert outcome.value[0].value[0] == "amqp:decode-error"
    assert _alive(client, handle)


def test_an_aborted_message_is_not_stored(hub: HubProcess, sender) -> None:
    client, handle = sender
    delivery = client.next_delivery()
    client.send(transfer_frames(handle, delivery, batch([b"x" * 80_000]), BATCH_FORMAT)[0])
    true = encoding.boolean(True)
    client.performative(frames.TRANSFER, uint(handle), uint(delivery), *[NULL] * 7, true)
    assert _alive(client, handle)


def test_a_sender_gets_new_credit_for_as_long_as_it_sends(sender) -> None:
    client, handle = sender
    payload = data_section(b"x")
    for _ in range(1000):
        last = client.transfer(handle, payload)
    client.expect_settled(last)


@pytest.mark.parametrize("node", ["$cbs", "$management"])
def test_a_request_without_a_way_back_is_rejected(hub: HubProcess, node: str) -> None:
    client = AmqpClient(hub.port)
    client.open()
    handle = client.attach(node)
    client.expect(frames.FLOW)
    client.transfer(handle, b"\x00\x53\x77\x40")
    assert client.expect(frames.DISPOSITION)[4].value[0].value[0] == "amqp:not-allowed"
    client.transfer(handle, b"garbage")
    assert client.expect(frames.DISPOSITION)[4].value[0].value[0] == "amqp:decode-error"
    client.close()


def test_an_idle_client_hears_a_heartbeat_in_time(hub: HubProcess) -> None:
    client = AmqpClient(hub.port)
    client.open(idle_timeout_ms=400)
    client.expect(frames.BEGIN)
    client.socket.settimeout(10)
    assert client.socket.recv(8) == b"\x00\x00\x00\x08\x02\x00\x00\x00"
    client.close()


def test_the_hub_says_when_it_expects_heartbeats(hub: HubProcess) -> None:
    client = AmqpClient(hub.port)
    answer = client.open()
    assert answer[4] == 120_000  # half of the four minutes: a peer has to speak twice within them
    assert answer[2] == 65_536
    client.close()


def _no_more_files_above(limit: int):
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))


def test_on_a_full_disk_sends_are_refused_and_reading_goes_on(tmp_path) -> None:
    with running("--partitions", "1", "--data", str(tmp_path), preexec_fn=_no_more_files_above(200_000)) as hub:
        client = AmqpClient(hub.port)
        client.open()
        client.authorize("payments", hub.key)
        handle = client.attach("payments")
        client.expect(frames.FLOW)
        outcomes = []
        for _ in range(4):
            client.transfer(handle, batch([b"x" * 60_000]), BATCH_FORMAT)
            outcomes.append(client.expect(frames.DISPOSITION)[4])
        assert [outcome.descriptor for outcome in outcomes] == [ACCEPTED, ACCEPTED, ACCEPTED, REJECTED]
        assert outcomes[-1].value[0].value[0] == "amqp:resource-limit-exceeded"
        client.transfer(handle, batch([b"small"]), BATCH_FORMAT)
        assert client.expect(frames.DISPOSITION)[4].descriptor == ACCEPTED
        assert [len(body) for body in stored(hub, "payments")] == [60_000] * 3 + [5]
        client.close()


def _memory(pid: int) -> int:
    """Resident bytes."""
    with open(f"/proc/{pid}/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize()


def test_connections_that_come_and_go_leave_no_memory_behind(hub: HubProcess) -> None:
    def visit() -> None:
        client = AmqpClient(hub.port)
        client.open()
        client.authorize("shared0", hub.key)
        receiver = client.attach("shared0/ConsumerGroups/$Default/Partitions/2", receiver=True)
        client.credit(receiver, 10)
        client.expect(frames.ATTACH)
        client.close()

    for _ in range(100):
        visit()
    before = _memory(hub.process.pid)
    began = time.monotonic()
    for _ in range(400):
        visit()
    assert time.monotonic() - began < 30
    assert eventually(lambda: _memory(hub.process.pid) - before < 4_000_000)


def test_a_connection_that_never_opens_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    async def silence() -> bytes:
        monkeypatch.setattr(server, "HANDSHAKE_LIMIT", 0.2)
        with tempfile.TemporaryDirectory() as folder:
            namespace = Namespace(Path(folder), ["h"], 1, [], 1)
            faults = FaultsInForce()
            intake = Intake(namespace, faults, Throttle(None, 0.0), time.monotonic)
            running_server = server.Server(Service(intake, Places(), "name", "key", "container"))
            port = await running_server.listen("127.0.0.1", 0)
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                return await asyncio.wait_for(reader.read(), 10)
            finally:
                writer.close()
                await running_server.close()
                namespace.close()

    with contextlib.suppress(ConnectionResetError):
        assert asyncio.run(silence()) == b""
