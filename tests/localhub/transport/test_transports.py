"""Beside plain AMQP: TLS, AMQP over WebSocket, and identities instead of keys."""

import base64
import hashlib
import socket
import time
from pathlib import Path
from typing import Any

import pytest
from azure.core.credentials import AccessToken
from azure.eventhub import EventData, EventHubProducerClient, TransportType
from azure.eventhub.exceptions import AuthenticationError, EventHubError
from hypothesis import given, settings
from hypothesis import strategies as st

from paysim.localhub.access import jwt
from paysim.localhub.access.sas import TokenRefused
from paysim.localhub.transport.websocket import WebSocket, WebSocketError
from tests.support.hub_process import HubProcess, refused, running, stored
from tests.support.web_client import masked, websocket_request


@pytest.fixture(scope="module")
def secure(tmp_path_factory: pytest.TempPathFactory):
    """A hub that speaks TLS, and its authority's file."""
    ca_file = tmp_path_factory.mktemp("tls") / "ca.pem"
    with running("--tls", str(ca_file)) as hub:
        yield hub, ca_file


def _producer(hub: HubProcess, transport: TransportType, **options: Any) -> EventHubProducerClient:
    endpoint = f"sb://localhost:{hub.port}"
    return hub.producer(custom_endpoint_address=endpoint, transport_type=transport, **options)


@pytest.mark.parametrize("transport", [TransportType.Amqp, TransportType.AmqpOverWebsocket])
def test_the_sdk_sends_over_tls_when_it_trusts_the_authority(secure, transport: TransportType) -> None:
    hub, ca_file = secure
    assert "UseDevelopmentEmulator" not in hub.connection_string
    with _producer(hub, transport, connection_verify=str(ca_file)) as producer:
        before = producer.get_partition_properties("0")["last_enqueued_sequence_number"]
        producer.send_event(EventData(b"x" * 300_000), partition_id="0")
        assert producer.get_partition_properties("0")["last_enqueued_sequence_number"] == before + 1


def test_the_sdk_refuses_a_hub_whose_authority_it_does_not_know(secure) -> None:
    with _producer(secure[0], TransportType.Amqp) as producer, pytest.raises(EventHubError):
        producer.get_partition_ids()


def test_a_ca_file_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "no" / "ca.pem"
    assert refused("--tls", str(path)) == f"paysim localhub: cannot write {path}: No such file or directory\n"


def test_the_sdk_sends_over_a_plain_websocket(hub: HubProcess, name: str) -> None:
    endpoint = f"sb://127.0.0.1:{hub.port}"
    options = {"custom_endpoint_address": endpoint, "transport_type": TransportType.AmqpOverWebsocket}
    with hub.producer(name, **options) as producer:
        for body in (b"small", b"y" * 200_000):
            producer.send_event(EventData(body), partition_id="0")
    assert stored(hub, name) == [b"small", b"y" * 200_000]


class Identity:
    """A credential that signs its own tokens, as no identity provider would."""

    def __init__(self, key: str, **claims: Any) -> None:
        self._key, self._claims = key, claims

    def get_token(self, *scopes: str, **_: Any) -> AccessToken:
        assert scopes == ("https://eventhubs.azure.net//.default",)
        expires = int(time.time()) + 600
        claims = {"aud": "https://eventhubs.azure.net/", "exp": expires, **self._claims}
        return AccessToken(jwt.signed(claims, self._key), expires)


def _with_identity(secure, key: str, **claims: Any) -> EventHubProducerClient:
    hub, ca_file = secure
    return EventHubProducerClient(
        "localhost",
        "payments",
        Identity(key, **claims),
        custom_endpoint_address=f"sb://localhost:{hub.port}",
        transport_type=TransportType.Amqp,
        connection_verify=str(ca_file),
        retry_total=0,
        retry_backoff_factor=0,
    )


def test_an_identity_instead_of_a_key_may_send(secure) -> None:
    with _with_identity(secure, secure[0].key) as producer:
        producer.send_event(EventData("by identity"))


def test_an_identity_signed_by_somebody_else_may_not(secure) -> None:
    with _with_identity(secure, "other") as producer, pytest.raises(AuthenticationError, match="InvalidSignature"):
        producer.send_event(EventData("x"))


AUDIENCE = "https://eventhubs.azure.net/"


@pytest.mark.parametrize(
    ("token", "reason"),
    [
        (jwt.signed({"aud": AUDIENCE, "exp": 1}, "key"), "ExpiredToken"),
        (jwt.signed({"aud": "https://vault.azure.net", "exp": 9e9}, "key"), "InvalidAudience"),
        (jwt.signed({"aud": AUDIENCE, "exp": 9e9}, "other"), "InvalidSignature"),
        (jwt.signed({"aud": AUDIENCE}, "key"), "MalformedToken"),
        (jwt.signed({"aud": AUDIENCE, "exp": "soon"}, "key"), "MalformedToken"),
        ("", "MalformedToken"),
        ("a.b.c", "MalformedToken"),
        ("é.é.é", "MalformedToken"),
    ],
)
def test_a_bad_web_token_is_refused_with_its_reason(token: str, reason: str) -> None:
    with pytest.raises(TokenRefused, match=reason):
        jwt.verify(token, "sb://h/payments", "key", time.time())


@settings(deadline=None)
@given(st.lists(st.integers(0, 300) | st.just(70_000), max_size=4), st.integers(1, 300))
def test_a_websocket_gives_the_stream_whole_however_it_is_chopped(sizes: list[int], step: int) -> None:
    web, parts = WebSocket(), [bytes((size % 251,)) * size for size in sizes]
    step *= 1 + sum(sizes) // 500
    data = websocket_request() + b"".join(masked(2, part) for part in parts)
    got = b"".join(part for at in range(0, len(data), step) for part in web.feed(data[at : at + step]))
    assert got == b"".join(parts)
    accept = base64.b64encode(hashlib.sha1(b"a2V5258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())
    assert accept in web.output()


def test_a_websocket_gives_what_has_come_of_a_message() -> None:
    web, body = WebSocket(), bytes(range(256)) * 4
    data = websocket_request() + masked(2, body)
    got = list(web.feed(data[:-500]))
    assert b"".join(got) == body[:-500]
    assert b"".join(web.feed(data[-500:])) == body[-500:]


def test_pings_are_answered_and_a_close_is_returned() -> None:
    web = WebSocket()
    assert (
        list(web.feed(websocket_request() + masked(9, b"are you there") + masked(10, b"") + masked(8, b"\x03\xe8")))
        == []
    )
    assert web.output().endswith(b"\x8a\x0dare you there\x88\x02\x03\xe8")
    assert web.closed


@pytest.mark.parametrize(
    "data",
    [
        websocket_request(path="/elsewhere"),
        websocket_request(protocol="mqtt"),
        websocket_request(key=""),
        b"GET\r\n\r\n",
        b"GET " + b"x" * 20_000,
        websocket_request() + masked(1, b"text"),
        websocket_request() + b"\x82\x05plain",
        websocket_request() + b"\x82\xff" + b"\xff" * 20,
        websocket_request() + masked(9, b"x" * 126),
    ],
)
def test_what_is_no_websocket_for_amqp_is_refused(data: bytes) -> None:
    with pytest.raises(WebSocketError):
        list(WebSocket().feed(data))


@pytest.mark.parametrize(
    ("data", "answer"),
    [
        (websocket_request(path="/elsewhere"), b"HTTP/1.1 404"),
        (websocket_request(protocol="mqtt"), b"HTTP/1.1 400"),
        (websocket_request() + masked(8, b""), b"HTTP/1.1 101"),
    ],
)
def test_a_websocket_that_ends_is_answered_and_closed(hub: HubProcess, data: bytes, answer: bytes) -> None:
    with socket.create_connection(("127.0.0.1", hub.port), timeout=10) as raw:
        raw.sendall(data)
        said = b""
        while part := raw.recv(4096):
            said += part
    assert said.startswith(answer)
