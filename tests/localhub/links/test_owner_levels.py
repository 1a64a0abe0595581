"""Receivers with an owner level (epoch): the higher one has the partition for itself."""

import struct

import pytest

from paysim.localhub.amqp import encoding, frames
from tests.support.amqp_client import NULL, AmqpClient
from tests.support.hub_process import HubProcess

STOLEN = "amqp:link:stolen"


@pytest.fixture
def receive(hub: HubProcess, name: str):
    """Attach a receiver on a connection of its own; returns its client and the refusal, if any.

    That is its condition, or with `words` its description.
    """
    clients: list[AmqpClient] = []

    def attach(epoch: int | None = None, group: str = "$Default", words: bool = False) -> tuple[AmqpClient, str | None]:
        client = AmqpClient(hub.port)
        clients.append(client)
        client.open()
        client.authorize(name, hub.key)
        key = encoding.symbol("com.microsoft:epoch")
        properties = NULL if epoch is None else encoding.mapping([key, b"\x81" + struct.pack(">q", epoch)])
        address = f"{name}/ConsumerGroups/{group}/Partitions/0"
        client.attach(address, receiver=True, properties=properties)
        if client.expect(frames.ATTACH)[5] is None:
            return client, str(client.expect(frames.DETACH)[2].value[words])
        return client, None

    yield attach
    for client in clients:
        client.close()


def _detached(client: AmqpClient) -> str:
    return str(client.expect(frames.DETACH)[2].value[0])


def test_a_higher_level_takes_the_partition_from_a_lower_one(receive) -> None:
    low, _ = receive(1)
    _, refused = receive(2)
    assert refused is None
    assert _detached(low) == STOLEN


def test_the_same_level_takes_over_from_itself(receive) -> None:
    first, _ = receive(1)
    _, refused = receive(1)
    assert refused is None
    assert _detached(first) == STOLEN


def test_a_lower_level_is_refused(receive) -> None:
    receive(5)
    assert receive(4)[1] == STOLEN
    assert receive(None)[1] == STOLEN


def test_the_words_of_a_refusal_are_those_of_the_service(receive) -> None:
    first, _ = receive(5)
    assert receive(4, words=True)[1].startswith("Receiver 'link-2' with a higher epoch '5' already exists. Receiver ")
    assert receive(words=True)[1].startswith("At least one receiver for the endpoint is created with epoch of '5'")
    receive(6)
    error = first.expect(frames.DETACH)[2].value
    assert error[1].startswith("New receiver 'link-2' with higher epoch of '6' is created hence current receiver ")
    assert "TrackingId:" in error[1]
    for _ in range(5):
        receive(group="audit")
    assert receive(group="audit", words=True)[1].startswith(
        "Exceeded the maximum number of allowed receivers per partition in a consumer group which is 5."
    )


def test_a_level_sends_receivers_without_one_away(receive) -> None:
    plain, _ = receive(None)
    receive(0)
    assert _detached(plain) == STOLEN


def test_consumer_groups_do_not_disturb_each_other(receive) -> None:
    receive(5)
    assert receive(1, group="audit")[1] is None


def test_a_level_ends_with_its_receiver(receive) -> None:
    high, _ = receive(9)
    high.performative(frames.DETACH, b"\x70\x00\x00\x00\x02", b"\x41")
    high.expect(frames.DETACH)
    assert receive(1)[1] is None


def test_five_receivers_share_a_partition_and_the_sixth_is_refused(receive) -> None:
    for _ in range(5):
        assert receive(None)[1] is None
    assert receive(None)[1] == "amqp:resource-limit-exceeded"
