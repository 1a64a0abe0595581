"""Who may do what: every refusal is the service's own."""

import time

import pytest
from azure.eventhub import EventData
from azure.eventhub.exceptions import AuthenticationError, ConnectError, EventHubError

from paysim.localhub.amqp import frames
from tests.support.amqp_client import AmqpClient, batch, token
from tests.support.hub_process import HubProcess

UNAUTHORIZED, NOT_FOUND = "amqp:unauthorized-access", "amqp:not-found"
OUT_OF_RANGE = "com.microsoft:argument-out-of-range"


@pytest.fixture
def client(hub: HubProcess):
    client = AmqpClient(hub.port)
    client.open()
    yield client
    client.close()


def _refusal(client: AmqpClient, address: str, *, receiver: bool = False) -> str:
    client.attach(address, receiver=receiver)
    answer = client.expect(frames.ATTACH)
    assert answer[5] is None
    assert answer[6] is None
    return str(client.expect(frames.DETACH)[2].value[0])


def test_the_sdk_with_a_wrong_key_is_refused(hub: HubProcess, name: str) -> None:
    wrong = HubProcess.producer
    stranger = type("Stranger", (), {"connection_string": hub.connection_string.replace(hub.key, "d3Jvbmc=")})()
    with wrong(stranger, name) as producer, pytest.raises(AuthenticationError, match="InvalidSignature"):
        producer.send_event(EventData("x"))


def test_the_sdk_is_told_that_a_hub_does_not_exist(hub: HubProcess) -> None:
    with hub.producer("nowhere") as producer:
        with pytest.raises(ConnectError, match="could not be found"):
            producer.create_batch()
        with pytest.raises(ConnectError, match="could not be found"):
            producer.send_event(EventData("x"))
        with pytest.raises(EventHubError, match="could not be found"):
            producer.get_eventhub_properties()


def test_the_sdk_is_told_that_a_partition_does_not_exist(hub: HubProcess, name: str) -> None:
    with hub.producer(name) as producer, pytest.raises(EventHubError, match="could not be found"):
        producer.get_partition_properties("99")


@pytest.mark.parametrize(
    "address", ["shared0", "shared0/Partitions/0", "nowhere", "", "amqps://127.0.0.1/shared0", "amqps://[x/y"]
)
def test_without_a_token_no_link_opens(client: AmqpClient, address: str) -> None:
    assert _refusal(client, address) == UNAUTHORIZED


def test_a_token_for_one_hub_opens_no_other(hub: HubProcess, client: AmqpClient) -> None:
    assert client.authorize("shared0", hub.key) == 202
    assert _refusal(client, "shared1") == UNAUTHORIZED
    client.attach("shared0")
    assert client.expect(frames.ATTACH)[6].value[0] == "shared0"


@pytest.mark.parametrize(
    ("make", "what"),
    [
        (lambda key: token("127.0.0.1", "shared0", "RootManageSharedAccessKey", "wrong"), "a wrong key"),
        (lambda key: token("127.0.0.1", "shared0", "Other", key), "a wrong key name"),
        (lambda key: token("127.0.0.1", "shared0", "RootManageSharedAccessKey", key, 1000), "expired"),
        (lambda key: token("127.0.0.1", "shared1", "RootManageSharedAccessKey", key), "another hub's"),
        (lambda key: "", "empty"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_bad_token_is_answered_401(hub: HubProcess, client: AmqpClient, make, what: str) -> None:
    assert client.authorize("shared0", hub.key, put=make(hub.key)) == 401
    assert _refusal(client, "shared0") == UNAUTHORIZED


@pytest.mark.parametrize(
    ("address", "receiver"),
    [
        ("shared0/Publishers/p", False),
        ("shared0/ConsumerGroups/nobody/Partitions/0", True),
        ("shared0/ConsumerGroups/$Default", True),
        ("shared0", True),
    ],
)
def test_an_address_that_leads_nowhere_is_not_found(
    hub: HubProcess, client: AmqpClient, address: str, receiver: bool
) -> None:
    assert client.authorize("shared0", hub.key) == 202
    assert _refusal(client, address, receiver=receiver) == NOT_FOUND


@pytest.mark.parametrize(
    ("address", "receiver"),
    [
        ("shared0/Partitions/4", False),
        ("shared0/Partitions/x", False),
        ("shared0/ConsumerGroups/$Default/Partitions/99", True),
    ],
)
def test_a_partition_that_is_not_there_is_out_of_range(
    hub: HubProcess, client: AmqpClient, address: str, receiver: bool
) -> None:
    assert client.authorize("shared0", hub.key) == 202
    assert _refusal(client, address, receiver=receiver) == OUT_OF_RANGE


def test_a_token_for_a_hub_that_is_not_there_is_answered_404(hub: HubProcess, client: AmqpClient) -> None:
    assert client.authorize("nowhere", hub.key) == 404
    assert _refusal(client, "nowhere") == NOT_FOUND


def test_a_link_ends_when_its_token_does(hub: HubProcess, client: AmqpClient) -> None:
    expires = int(time.time()) + 2
    short = token("127.0.0.1", "shared0", "RootManageSharedAccessKey", hub.key, expires)
    assert client.authorize("shared0", hub.key, put=short) == 202
    sender = client.attach("shared0")
    client.expect(frames.FLOW)
    client.transfer(sender, batch([b"x"]), 0x80013700)
    client.expect(frames.DISPOSITION)
    assert client.expect(frames.DETACH)[2].value[0] == UNAUTHORIZED
    assert time.time() >= expires


def test_a_renewed_token_keeps_its_links(hub: HubProcess, client: AmqpClient) -> None:
    short = token("127.0.0.1", "shared0", "RootManageSharedAccessKey", hub.key, int(time.time()) + 2)
    assert client.authorize("shared0", hub.key, put=short) == 202
    assert client.authorize("shared0", hub.key) == 202
    sender = client.attach("shared0")
    client.expect(frames.FLOW)
    time.sleep(2.2)  # the first token has run out
    client.transfer(sender, batch([b"x"]), 0x80013700)
    assert client.expect(frames.DISPOSITION)[4].descriptor == 0x24
