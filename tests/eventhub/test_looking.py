"""Looks: which hub, which partitions, how far; over one connection, and as the SDK documents it."""

import pytest
from azure.eventhub import EventHubConsumerClient

from paysim.eventhub import looking
from paysim.eventhub.looking import Looker
from tests.support.runs import RestartedHub, address


@pytest.fixture
def hub(tmp_path):
    hub = RestartedHub(tmp_path / "data", "--partitions", "2")
    yield hub
    hub.stop()


@pytest.fixture
def looker(hub):
    looker = Looker(lambda: address(hub).consumer("$Default", 0.2))
    yield looker
    looker.close()


def connections(monkeypatch: pytest.MonkeyPatch, hub: RestartedHub) -> list[object]:
    """Of those to `$management` of this hub, each that is made from now on."""
    from azure.eventhub._transport._pyamqp_transport import PyamqpTransport

    made: list[object] = []
    make = PyamqpTransport.create_mgmt_client

    def making(*arguments: object, **options: object) -> object:
        if f":{hub.process.port}" in repr(arguments[0]):  # what a test before this one left may still ask its own
            made.append(arguments)
        return make(*arguments, **options)

    monkeypatch.setattr(PyamqpTransport, "create_mgmt_client", staticmethod(making))
    return made


def test_a_look_tells_which_hub_it_is_and_how_far_each_partition(hub, looker):
    with hub.process.producer() as producer:
        batch = producer.create_batch(partition_id="1")
        from azure.eventhub import EventData

        for _ in range(3):
            batch.add(EventData(b"x"))
        producer.send_batch(batch)
    look = looker.look()
    assert (look.hub.name, look.partitions) == ("payments", {"0": (0, 0), "1": (0, 3)})
    assert looker.look() == look


def test_looks_share_one_connection_until_it_is_old(hub, looker, monkeypatch):
    made = connections(monkeypatch, hub)
    for _ in range(3):
        looker.look()
    assert len(made) == 1
    monkeypatch.setattr(looking, "KEPT_SECONDS", 0.0)
    looker.look()
    assert len(made) == 2


def test_a_look_finds_a_hub_that_came_back_its_partitions_and_whether_it_is_the_same(hub, looker):
    before = looker.look()
    hub.restart("--partitions", "3")
    after = looker.look()
    assert (after.hub, list(after.partitions)) == (before.hub, ["0", "1", "2"])
    hub.restart(keep=False)
    assert looker.look().hub != before.hub


def test_where_the_sdk_lacks_its_private_part_it_looks_as_documented(hub, looker, monkeypatch):
    made = connections(monkeypatch, hub)
    monkeypatch.setattr(looking._KeptTransport, "of", classmethod(lambda cls, client: None))
    assert looker.look() == looker.look()
    assert len(made) == 2 * 3


def test_a_client_of_another_sdk_is_left_as_it_is():
    client = object.__new__(EventHubConsumerClient)
    assert looking._KeptTransport.of(client) is None
