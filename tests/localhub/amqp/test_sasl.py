"""Signing in: the mechanisms of the service, and who may do what after each."""

import socket

import pytest

from paysim.localhub.amqp import encoding, frames
from paysim.localhub.amqp.sasl import HEADER, Sasl, SaslError
from tests.support.amqp_client import AMQP_HEADER, NULL, AmqpClient, described, framed, uint
from tests.support.hub_process import HubProcess

POLICY = "RootManageSharedAccessKey"
OK, REFUSED = b"\x50\x00", b"\x50\x01"


def _init(mechanism: str, answer: bytes = NULL) -> bytes:
    return framed(described(0x41, encoding.symbol(mechanism), answer), kind=1)


def _plain(policy: str, key: str) -> bytes:
    return encoding.binary(b"\0" + policy.encode() + b"\0" + key.encode())


def _said(sasl: Sasl, *parts: bytes) -> bytes:
    """What the layer says to these bytes, behind its header and its list of mechanisms."""
    for part in (HEADER, *parts):
        sasl.feed(part)
    return sasl.output()[len(HEADER) :]


def _layer() -> Sasl:
    return Sasl(lambda policy, key: (policy, key) == ("p", "k"))


def test_the_mechanisms_of_the_service_are_offered(hub: HubProcess) -> None:
    with socket.create_connection(("127.0.0.1", hub.port), timeout=10) as raw:
        raw.sendall(HEADER)
        said = b""
        while len(said) < 8 + 4 or len(said) < 8 + int.from_bytes(said[8:12], "big"):
            said += raw.recv(4096)
    assert said.startswith(HEADER)
    _, at = encoding.descriptor(said[8:], 8)
    assert encoding.read_value(said[8:], at)[0] == [["MSSBCBS", "PLAIN", "ANONYMOUS", "EXTERNAL"]]


@pytest.mark.parametrize("mechanism", ["MSSBCBS", "ANONYMOUS", "EXTERNAL"])
def test_a_mechanism_that_says_nothing_is_welcome_and_knows_no_key(mechanism: str) -> None:
    sasl = _layer()
    assert _said(sasl, _init(mechanism)).endswith(OK)
    assert sasl.over
    assert not sasl.knows_key


@pytest.mark.parametrize(
    ("policy", "key", "right"), [("p", "k", True), ("p", "other", False), ("other", "k", False), ("", "", False)]
)
def test_plain_is_welcome_with_the_policy_and_its_key(policy: str, key: str, right: bool) -> None:
    sasl = _layer()
    assert _said(sasl, _init("PLAIN", _plain(policy, key))).endswith(OK if right else REFUSED)
    assert (sasl.over, sasl.refused, sasl.knows_key) == (right, not right, right)


def test_plain_may_answer_when_it_is_asked() -> None:
    sasl = _layer()
    assert b"\x53\x42" in _said(sasl, _init("PLAIN"))  # a challenge
    sasl.feed(framed(described(0x43, _plain("p", "k")), kind=1))
    assert sasl.output().endswith(OK)
    assert sasl.knows_key


@pytest.mark.parametrize(
    "answer", [NULL, encoding.binary(b""), encoding.binary(b"\0p"), encoding.binary(b"\0\xff\0k"), encoding.string("x")]
)
def test_an_answer_that_is_none_is_refused(answer: bytes) -> None:
    sasl = _layer()
    _said(sasl, _init("PLAIN"))
    sasl.feed(framed(described(0x43, answer), kind=1))
    assert sasl.refused


def test_another_mechanism_is_refused() -> None:
    sasl = _layer()
    assert _said(sasl, _init("CRAM-MD5")).endswith(REFUSED)
    assert sasl.refused


def test_the_layer_may_come_in_pieces_and_with_what_follows_it() -> None:
    stream = HEADER + _init("PLAIN", _plain("p", "k")) + AMQP_HEADER + b"rest"
    sasl, rest = _layer(), b""
    for at in range(len(stream)):
        rest += sasl.feed(stream[at : at + 1]) if not sasl.over else stream[at : at + 1]
    assert rest == AMQP_HEADER + b"rest"
    assert _layer().feed(AMQP_HEADER + b"at once") == AMQP_HEADER + b"at once"


def test_a_symbolic_descriptor_is_understood() -> None:
    body = b"\0" + encoding.symbol("amqp:sasl-init:list") + encoding.list_of([encoding.symbol("EXTERNAL")])
    assert _said(_layer(), framed(body, kind=1)).endswith(OK)


@pytest.mark.parametrize(
    "data",
    [
        b"\x00\x00\x00\x07\x02\x01\x00\x00",
        b"\x00\x01\x00\x00\x02\x01\x00\x00",
        framed(described(0x41, encoding.symbol("PLAIN"))),
        framed(b"nonsense", kind=1),
        framed(described(0x43, encoding.binary(b"")), kind=1),
        framed(b"\x00\x53\x41\xa1\x01x", kind=1),
        b"\x00\x00\x00\x09\x03\x01\x00\x00\x00",
    ],
)
def test_what_is_no_sasl_ends_the_connection(hub: HubProcess, data: bytes) -> None:
    sasl = _layer()
    sasl.feed(HEADER)
    with pytest.raises(SaslError):
        sasl.feed(data)
    with socket.create_connection(("127.0.0.1", hub.port), timeout=10) as raw:
        raw.sendall(HEADER + data)
        while raw.recv(4096):
            pass


class SignedIn(AmqpClient):
    """A bare client that signs in with a mechanism, and then speaks AMQP."""

    def __init__(self, port: int, mechanism: str, answer: bytes = NULL) -> None:
        super().__init__(port)
        self.send(HEADER + _init(mechanism, answer) + AMQP_HEADER)
        self.performative(frames.OPEN, encoding.string("bare"), encoding.string("127.0.0.1"), uint(65_536))
        self.performative(frames.BEGIN, NULL, uint(0), uint(1 << 30), uint(1 << 30))
        self.expect(frames.OPEN)


def test_after_plain_no_token_is_needed(hub: HubProcess) -> None:
    client = SignedIn(hub.port, "PLAIN", _plain(POLICY, hub.key))
    for address, receiver in (("shared0/Partitions/0", False), ("shared0/ConsumerGroups/$Default/Partitions/0", True)):
        client.attach(address, receiver=receiver)
        assert client.expect(frames.ATTACH)[6].value[0] == address
    client.close()


def test_a_wrong_key_ends_the_connection(hub: HubProcess) -> None:
    with pytest.raises(ConnectionError):
        SignedIn(hub.port, "PLAIN", _plain(POLICY, "wrong"))


@pytest.mark.parametrize("mechanism", ["MSSBCBS", "EXTERNAL"])
def test_the_other_mechanisms_need_a_token(hub: HubProcess, mechanism: str) -> None:
    client = SignedIn(hub.port, mechanism)
    client.attach("shared0")
    assert client.expect(frames.DETACH)[2].value[0] == "amqp:unauthorized-access"
    assert client.authorize("shared0", hub.key) == 202
    client.attach("shared0")
    assert client.expect(frames.ATTACH)[6].value[0] == "shared0"
    client.close()
