"""Events by partition on live pages: from the start of a run on, also where the hub does not stay as it was."""

import pytest

from paysim.config.schema import EventHub
from paysim.loadtest.live.partition_counts import Partitions


@pytest.fixture
def partitions():
    """Its process asks nobody that answers; what it would tell is told here."""
    string = "Endpoint=sb://127.0.0.1:1;SharedAccessKeyName=n;SharedAccessKey=k;UseDevelopmentEmulator=true"
    subject = Partitions(EventHub.model_validate({"connection_string": string, "eventhub_name": "payments"}), None)
    yield subject
    subject.close()


def look(hub: str = "payments of today", **events: int) -> dict:
    return {"hub": hub, "events": events}


def test_what_was_there_before_the_run_does_not_count(partitions):
    assert partitions.events() == {}
    partitions.looked(look(a=100, b=5))
    partitions.begin()
    partitions.looked(look(a=130, b=5))
    assert partitions.events() == {"a": 30, "b": 0}


def test_all_that_is_in_an_added_partition_came_since(partitions):
    partitions.looked(look(a=100))
    partitions.begin()
    partitions.looked(look(a=130, c=40))
    assert partitions.events() == {"a": 30, "c": 40}


def test_of_a_hub_made_anew_all_came_since_and_never_less_than_nothing(partitions):
    partitions.looked(look(a=100))
    partitions.begin()
    partitions.looked(look("payments of tomorrow", a=3))
    assert partitions.events() == {"a": 3}


def test_without_a_look_before_the_run_nothing_is_said(partitions):
    partitions.begin()
    partitions.looked(look(a=130))
    assert partitions.events() == {}
