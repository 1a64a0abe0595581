"""A client without a token can make the hub neither grow nor keep its connection."""

import asyncio
import contextlib
import resource
import socket
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from paysim.localhub.amqp import encoding, frames
from paysim.localhub.amqp.inbound import MAX_REQUEST, UNTRUSTED_LINKS, UNTRUSTED_SESSIONS
from paysim.localhub.connection import Service
from paysim.localhub.faults import FaultsInForce
from paysim.localhub.links.base import REQUEST_CREDIT
from paysim.localhub.links.egress import Places
from paysim.localhub.links.ingress import Intake
from paysim.localhub.links.throttling import Throttle
from paysim.localhub.storage.namespace import Namespace
from paysim.localhub.transport import server
from tests.support.amqp_client import NULL, AmqpClient, data_section, described, framed, transfer_frames, uint
from tests.support.hub_process import HubProcess, running
from tests.support.web_client import masked, websocket_request

_MEBIBYTE = 1_048_576
_VALUE = b"\x00\x53\x77\x40"


@pytest.fixture(scope="module")
def alone():
    """A hub of which nobody else uses memory."""
    with running() as hub:
        for _ in range(3):
            _opened(hub).close()
        yield hub


def _opened(hub: HubProcess) -> AmqpClient:
    client = AmqpClient(hub.port)
    client.open()
    return client


def _memory(hub: HubProcess) -> float:
    """Resident MiB."""
    return int(Path(f"/proc/{hub.process.pid}/statm").read_text().split()[1]) * resource.getpagesize() / _MEBIBYTE


def _partial(handle: int, payload: bytes) -> bytes:
    """A frame of a message that goes on."""
    true = encoding.boolean(True)
    fields = (uint(handle), uint(0), encoding.binary(b"t"), uint(0), NULL, true)
    return framed(described(frames.TRANSFER, *fields) + payload)


def _partials_to_cbs(client: AmqpClient) -> None:
    """Messages that never end, on as many links to `$cbs` as there may be."""
    handles = [client.attach("$cbs") for _ in range(UNTRUSTED_LINKS)]
    piece = bytes(60_000)
    for _ in range(10):
        for handle in handles:
            client.send(_partial(handle, piece))


def _partials_to_a_refused_link(client: AmqpClient) -> None:
    handles = [client.attach("payments") for _ in range(UNTRUSTED_LINKS)]
    piece = bytes(60_000)
    for _ in range(10):
        for handle in handles:
            client.send(_partial(handle, piece))


def _answers_without_credit(client: AmqpClient) -> None:
    """Requests whose answers nobody takes, with the longest ids that are echoed."""
    client.attach("$cbs", receiver=True)
    handle = client.attach("$cbs")
    client.expect(frames.FLOW)
    message = b"\x00\x53\x73" + encoding.list_of([encoding.binary(bytes(1000))]) + _VALUE
    for _ in range(10_000):
        client.transfer(handle, message)


def _answers_beyond_the_session_window(client: AmqpClient) -> None:
    reply, handle = client.attach("$cbs", receiver=True), client.attach("$cbs")
    client.credit(reply, 1 << 30, window=0)
    client.expect(frames.FLOW)
    message = b"\x00\x53\x73" + encoding.list_of([encoding.binary(bytes(1000))]) + _VALUE
    for _ in range(10_000):
        client.transfer(handle, message)


def _answers_that_are_not_read(client: AmqpClient) -> None:
    reply, handle = client.attach("$cbs", receiver=True), client.attach("$cbs")
    client.credit(reply, 1 << 30)
    client.expect(frames.FLOW)
    client.socket.settimeout(1)
    message = b"\x00\x53\x73" + encoding.list_of([encoding.binary(bytes(1000))]) + _VALUE
    for _ in range(20_000):
        client.transfer(handle, message)


def _sessions(client: AmqpClient) -> None:
    for channel in range(1, 20_000):
        client.send(framed(described(frames.BEGIN, NULL, uint(0), uint(1), uint(1)), channel=channel))


def _links(client: AmqpClient) -> None:
    for _ in range(20_000):
        client.attach("payments")


def _large_attach(client: AmqpClient) -> None:
    for _ in range(1000):
        client.attach("x" * 60_000)


def _transfers_to_nowhere(client: AmqpClient) -> None:
    for handle in range(10_000):
        client.send(_partial(handle, bytes(60_000)))


@pytest.mark.parametrize(
    "abuse",
    [
        _partials_to_cbs,
        _partials_to_a_refused_link,
        _answers_without_credit,
        _answers_beyond_the_session_window,
        _answers_that_are_not_read,
        _sessions,
        _links,
        _large_attach,
        _transfers_to_nowhere,
    ],
)
def test_nothing_grows(alone: HubProcess, abuse: Callable[[AmqpClient], None]) -> None:
    before = _memory(alone)
    clients = [_opened(alone) for _ in range(5)]
    for client in clients:
        with contextlib.suppress(ConnectionError, TimeoutError):  # it may be sent away, or not listened to
            abuse(client)
    time.sleep(0.2)  # what it grows by while it still reads
    grown = _memory(alone) - before
    for client in clients:
        client.close()
    assert grown < 24  # MiB of five clients


def test_a_websocket_frame_is_not_kept_until_it_is_whole(alone: HubProcess) -> None:
    before = _memory(alone)
    clients = [socket.create_connection(("127.0.0.1", alone.port), timeout=10) for _ in range(20)]
    cut = masked(2, bytes(4 * _MEBIBYTE))[: 3 * _MEBIBYTE]
    for client in clients:
        with contextlib.suppress(ConnectionError):  # the hub may send it away while it still writes
            client.sendall(websocket_request() + cut)
    time.sleep(0.2)
    grown = _memory(alone) - before
    for client in clients:
        client.close()
    assert grown < 24


@pytest.mark.parametrize(
    ("abuse", "limit"), [(_sessions, f"{UNTRUSTED_SESSIONS} sessions"), (_links, f"{UNTRUSTED_LINKS} links")]
)
def test_a_client_that_opens_too_much_is_told_so(
    hub: HubProcess, abuse: Callable[[AmqpClient], None], limit: str
) -> None:
    client = _opened(hub)
    with contextlib.suppress(ConnectionError):
        abuse(client)
    with contextlib.suppress(ConnectionResetError):
        condition, description, *_ = client.expect(frames.CLOSE)[0].value
        assert condition == "amqp:resource-limit-exceeded"
        assert limit in description
    client.close()


def test_with_a_token_a_client_opens_what_it_likes(hub: HubProcess) -> None:
    client = _opened(hub)
    assert client.authorize("shared0", hub.key) == 202
    for _ in range(3 * UNTRUSTED_LINKS):
        client.attach("shared0")
    for _ in range(3 * UNTRUSTED_LINKS):
        assert client.expect(frames.ATTACH)[6] is not None
    client.close()


def test_a_request_that_is_too_large_is_rejected(hub: HubProcess) -> None:
    client = _opened(hub)
    handle = client.attach("$cbs")
    client.expect(frames.FLOW)
    client.transfer(handle, data_section(bytes(MAX_REQUEST)))
    assert client.expect(frames.DISPOSITION)[4].value[0].value[0] == "amqp:link:message-size-exceeded"
    client.close()


def test_a_message_id_that_is_too_long_is_rejected(hub: HubProcess) -> None:
    client = _opened(hub)
    handle = client.attach("$cbs")
    client.expect(frames.FLOW)
    client.transfer(handle, b"\x00\x53\x73" + encoding.list_of([encoding.binary(bytes(2000))]) + _VALUE)
    assert client.expect(frames.DISPOSITION)[4].value[0].value[0] == "amqp:decode-error"
    client.close()


def test_requests_beyond_the_credit_end_their_link(hub: HubProcess) -> None:
    client = _opened(hub)
    client.attach("$cbs", receiver=True)
    handle = client.attach("$cbs")
    client.expect(frames.FLOW)
    for _ in range(REQUEST_CREDIT + 1):
        client.transfer(handle, _VALUE)
    assert client.expect(frames.DETACH)[2].value[0] == "amqp:link:transfer-limit-exceeded"
    client.close()


def test_answers_that_are_taken_bring_new_credit(hub: HubProcess) -> None:
    client = _opened(hub)
    reply, handle = client.attach("$cbs", receiver=True), client.attach("$cbs")
    client.credit(reply, 1000)
    client.expect(frames.FLOW)
    for _ in range(10 * REQUEST_CREDIT):
        client.transfer(handle, _VALUE)
        client.expect(frames.TRANSFER)
    client.close()


def test_a_connection_that_shows_no_token_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    async def closed() -> bytes:
        monkeypatch.setattr(server, "HANDSHAKE_LIMIT", 0.3)
        with tempfile.TemporaryDirectory() as folder:
            namespace = Namespace(Path(folder), ["h"], 1, [], 1)
            faults = FaultsInForce()
            intake = Intake(namespace, faults, Throttle(None, 0.0), time.monotonic)
            listening = server.Server(Service(intake, Places(), "name", "key", "container"))
            port = await listening.listen("127.0.0.1", 0)
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"AMQP\x00\x01\x00\x00" + framed(described(frames.OPEN, encoding.string("c"))))
            try:
                return await asyncio.wait_for(reader.read(), 10)
            finally:
                writer.close()
                await listening.close()
                namespace.close()

    said = asyncio.run(closed())
    assert b"amqp:connection:forced" in said
    assert b"was inactive for more than the allowed 300 milliseconds" in said


def test_transfers_still_reach_the_hub_in_many_frames(hub: HubProcess, name: str) -> None:
    client = _opened(hub)
    assert client.authorize(name, hub.key) == 202
    handle = client.attach(f"{name}/Partitions/0")
    client.expect(frames.FLOW)
    for frame in transfer_frames(handle, client.next_delivery(), data_section(bytes(900_000))):
        client.send(frame)
    assert client.expect(frames.DISPOSITION)[4].descriptor == 0x24
    client.close()
