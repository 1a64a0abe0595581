"""Batches leave as the frames that the SDK would have written, whichever way they go."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paysim.config.schema import Config
from paysim.contract.identity import Run
from paysim.eventhub import batch_encoding, connection, transfer
from paysim.publishers import make_publisher
from tests.support.hub_contents import body_of, read_all
from tests.support.hub_process import HubProcess
from tests.support.publishing import Desk, make_batch


def test_with_this_sdk_the_frames_are_the_same():
    assert transfer.same_as_sdk()


@settings(max_examples=40, deadline=None)
@given(
    size=st.one_of(st.integers(256, 3_000), st.integers(60_000, 70_000), st.integers(256, 1_000_000)),
    number=st.one_of(st.integers(0, 600), st.integers(0, 2**31)),
)
def test_frames_of_any_size_and_number_are_the_sdks(size: int, number: int):
    assert transfer._compare(size, number)


def test_an_sdk_that_frames_otherwise_is_noticed(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture):
    monkeypatch.setattr(transfer, "_performative", lambda *_, more: b"\x00\x53\x14\xc0\x01\x00")
    transfer.same_as_sdk.cache_clear()
    try:
        assert not transfer.same_as_sdk()
        assert "in another way" in caplog.text
    finally:
        transfer.same_as_sdk.cache_clear()


@pytest.mark.parametrize("way", ["own frames", "frames of the SDK", "the encoder thinks so, the link does not", "bare"])
def test_every_way_delivers_the_same_events(
    hub: HubProcess, name: str, desk: Desk, monkeypatch: pytest.MonkeyPatch, way: str
):
    if way == "frames of the SDK":
        monkeypatch.setattr(batch_encoding, "same_as_sdk", lambda: False)
    if way in ("frames of the SDK", "the encoder thinks so, the link does not"):
        monkeypatch.setattr(transfer, "same_as_sdk", lambda: False)
    if way == "bare":  # a link that nothing was installed on: the SDK itself must know what to do
        monkeypatch.setattr(connection, "install", lambda handler: None)
    config = Config.model_validate({"output": {"event_hub": {"eventhub_name": name, "connections": 1}}})
    publisher = make_publisher(config, hub.connection_string)
    try:
        publisher.open()
        publisher.begin(Run.new(), 0, 1)
        batches = [make_batch(count, size=size, first=1000 * at) for at, (count, size) in enumerate(SHAPES)]
        for batch in batches:
            publisher.send(batch, desk.on_outcome)
        desk.wait(sum(map(len, batches)))
    finally:
        publisher.close()
    assert not desk.errors
    arrived = [body_of(event) for events in read_all(hub, sum(map(len, batches)), name).values() for event in events]
    assert sorted(arrived) == sorted(body for batch in batches for body in batch.bodies)


SHAPES = [(1, 40), (1, 250), (3, 1100), (200, 1100), (1, 200_000)]
