"""The reader against real hubs: every way of the SDK's, with the bytes read here and without."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from azure.eventhub import EventHubConsumerClient

from paysim.config.schema import Config, EventHub
from paysim.contract.identity import Run
from paysim.delivery import repeats
from paysim.delivery.arrivals import halves, of_run
from paysim.delivery.ledger import Ledger, Sent
from paysim.delivery.reading import reader
from paysim.delivery.reading.messages import Arrived
from paysim.delivery.reading.reader import Partition
from paysim.delivery.verification import Verification
from paysim.eventhub import event_bytes
from paysim.eventhub.address import HubAddress
from paysim.eventhub.consuming import attaching, following
from paysim.eventhub.consuming import documented as documented_way
from paysim.eventhub.consuming.sink import Meaning
from paysim.eventhub.event_bytes import Event, Unreadable
from paysim.publishers import make_publisher
from paysim.publishers.base import Outcome
from paysim.summary.delivery import ProducerRecord
from paysim.transactions.batch import Batch
from paysim.transactions.generator import TransactionGenerator
from tests.support import others
from tests.support.present import present
from tests.support.running import Hub
from tests.support.waiting import wait_until

pytestmark = pytest.mark.usefixtures("unmeasured_processes")

EVENTS = 600
CONFIG = {
    "transaction": {
        "population": {"customers": 100, "merchants": 20},
        "violations": {"oversized": 0.01, "duplicate": 0.05, "truncated_json": 0.05},
    }
}


def send(event_hub: EventHub, run: Run, events: int = EVENTS) -> int:
    """A run's worth of events; the sequence number after the last."""
    return send_and_account(event_hub, run, events).next_sequence


def send_and_account(event_hub: EventHub, run: Run, events: int = EVENTS) -> ProducerRecord:
    """The same; what a summary would say of their producer."""
    config = Config.model_validate(CONFIG)
    output = config.output.model_copy(update={"event_hub": event_hub})
    publisher = make_publisher(config.model_copy(update={"output": output}))
    publisher.open()
    publisher.begin(run, 0, 1)
    generator = TransactionGenerator(config, run=run, producer=0)
    ledger = Ledger(0)

    def acked(sent: Sent, part: Batch, _: Outcome) -> None:
        ledger.acked(sent, part, 0)

    for _ in range(events // 100):
        batch = generator.batch("credit_card", 100)
        sent = ledger.hand_out(batch, generator.next_sequence)
        publisher.send(batch, partial(acked, sent))
    publisher.drain(30)
    publisher.close()
    return ledger.record(repeats.plain(ledger.repeats.take(), []))


def a_hub(connection_string: str, **more: Any) -> EventHub:
    plain = {"connection_string": connection_string, "eventhub_name": "payments", "retry": {"max_retries": 0}}
    return EventHub.model_validate({**plain, **more})


@pytest.fixture(scope="module")
def ca_file(tmp_path_factory) -> str:
    return str(tmp_path_factory.mktemp("tls") / "ca.pem")


@pytest.fixture(scope="module", params=["amqp", "tls", "websocket"])
def event_hub(request, ca_file) -> Iterator[EventHub]:
    hub = Hub(*([] if request.param == "amqp" else ["--tls", ca_file]))
    more = {} if request.param == "amqp" else {"ca_file": ca_file}
    if request.param == "websocket":
        more["transport"] = "amqp_websocket"
    yield a_hub(hub.connection_string, **more)
    hub.close()


class Kept(reader.Out):
    """What a reader says, kept."""

    def __init__(self) -> None:
        self.frames: list[bytes] = []

    def write(self, frame: bytes) -> None:
        self.frames.append(frame)

    @property
    def arrived(self) -> list[Arrived]:
        return [Arrived.decoded(frame[5:]) for frame in self.frames if frame[:1] == b"A"]

    @property
    def said(self) -> list[bytes]:
        return [frame[5:] for frame in self.frames if frame[:1] == b"J"]


def read(event_hub: EventHub, run: Run, until: dict[str, int], first: dict[str, int]) -> Kept:
    out = Kept()
    subject = reader.Reader(HubAddress(event_hub), "$Default", out)
    subject.obey({"do": "read", "run": run.id, "from": first, "contract": True})

    def there() -> bool:
        positions = {piece.partition: piece.position for piece in out.arrived}
        return all(positions.get(name, first[name]) >= end for name, end in until.items())

    wait_until(there, timeout=120, why=lambda: str(out.said))
    subject.obey({"do": "stop"})
    return out


def looks(event_hub: EventHub) -> dict[str, int]:
    verification = Verification(event_hub, None, None, 10)
    try:
        return verification.look().ends
    finally:
        verification.close()


@pytest.mark.parametrize("documented", [False, True], ids=["bytes", "documented"])
def test_ids_labels_and_bodies_come_as_they_were_sent(event_hub, documented, monkeypatch):
    if documented and event_hub.ca_file and event_hub.transport == "amqp":
        pytest.skip("one way is enough")
    if documented:

        def another(*_: Any) -> None:
            raise Unreadable("for this test")

        monkeypatch.setattr(following, "RawReceiver", another)
    run, first = Run.new(), looks(event_hub)
    send(event_hub, Run.new(), 100)  # another run
    sequences = send(event_hub, run)
    out = read(event_hub, run, looks(event_hub), first)
    pieces = out.arrived
    ids = of_run(halves(b"".join(piece.ids for piece in pieces)), run.number)
    duplicates = sum(int(piece.duplicates.sum()) for piece in pieces)
    assert duplicates == EVENTS - sequences > 0
    assert sorted(set(ids.sequences.tolist())) == list(range(sequences))
    assert len(ids) == EVENTS
    assert sum(piece.foreign for piece in pieces) == 100
    assert sum(piece.expired + piece.bad + piece.good for piece in pieces) == 0
    assert sum(piece.checked for piece in pieces) > 200
    slowly = documented or event_hub.transport == "amqp_websocket"
    assert any(b"warning" in line for line in out.said) == slowly
    assert not any(b"trouble" in line for line in out.said)


def without_private_parts(monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    """An SDK in which what is read here is called otherwise, while what it documents still works."""
    if missing == "decoders":
        monkeypatch.delattr("azure.eventhub._pyamqp._decode")
        monkeypatch.setitem(sys.modules, "azure.eventhub._pyamqp._decode", None)
        return
    create = EventHubConsumerClient._create_consumer

    def another(self: Any, group: str, partition: str, position: Any, callback: Any, **options: Any) -> Any:
        if callback is attaching._nobody:
            raise TypeError("another signature")
        return create(self, group, partition, position, callback, **options)

    monkeypatch.setattr(EventHubConsumerClient, "_create_consumer", another)


def attached(event_hub: EventHub, group: str = "$Default") -> dict[str, Any]:
    """What a reader says when it is asked whether the hub may be read."""
    out = Kept()
    reader.Reader(HubAddress(event_hub), group, out).obey({"do": "attach"})
    (said,) = out.said
    return json.loads(said)


@pytest.mark.parametrize("missing", [None, "decoders", "consumer"])
def test_that_a_hub_may_be_read_is_shown_by_every_way_of_the_sdk(event_hub, missing, monkeypatch):
    if missing is not None:
        without_private_parts(monkeypatch, missing)
    send(event_hub, Run.new(), 100)
    assert len(attached(event_hub)["look"]) == 4


def test_an_empty_hub_may_be_read_as_the_sdk_documents_it(monkeypatch):
    without_private_parts(monkeypatch, "consumer")
    monkeypatch.setattr(documented_way, "QUIET_SECONDS", 1)
    hub = Hub()
    try:
        assert len(attached(a_hub(hub.connection_string))["look"]) == 4
    finally:
        hub.close()


@pytest.mark.parametrize("missing", [None, "consumer"])
def test_access_is_tried_on_every_partition(event_hub, missing, monkeypatch):
    if event_hub.ca_file:
        pytest.skip("one way is enough")
    if missing is not None:
        without_private_parts(monkeypatch, missing)
    send(event_hub, Run.new(), 100)
    holder = HubAddress(event_hub).consumer("$Default", 0.2)
    there = threading.Event()
    others = threading.Thread(
        target=holder.receive_batch,
        args=(lambda *_: there.set(),),
        kwargs={"partition_id": "3", "starting_position": "-1", "owner_level": 7, "max_wait_time": 0.2},
        daemon=True,
    )
    others.start()
    try:
        assert there.wait(30)
        wait_until(lambda: "somebody else reads with the consumer group $Default" in str(attached(event_hub)))
    finally:
        holder.close()
        others.join()


@pytest.mark.parametrize("missing", ["decoders", "consumer"])
def test_a_hub_is_read_where_the_sdk_lacks_its_private_parts(event_hub, missing, monkeypatch):
    without_private_parts(monkeypatch, missing)
    run, first = Run.new(), looks(event_hub)
    sequences = send(event_hub, run)
    out = read(event_hub, run, looks(event_hub), first)
    ids = of_run(halves(b"".join(piece.ids for piece in out.arrived)), run.number)
    assert sorted(set(ids.sequences.tolist())) == list(range(sequences))
    assert any(b"as azure-eventhub documents it" in line for line in out.said)
    assert not any(b"trouble" in line for line in out.said)


def test_reading_goes_on_where_it_was_after_a_lost_connection(event_hub, ca_file):
    if event_hub.transport != "amqp" or event_hub.ca_file:
        pytest.skip("one way is enough")
    run, first = Run.new(), looks(event_hub)
    out = Kept()
    subject = reader.Reader(HubAddress(event_hub), "$Default", out)
    subject.obey({"do": "read", "run": run.id, "from": first, "contract": False})
    half = send(event_hub, run, 300)
    wait_until(lambda: sum(len(piece.duplicates) for piece in out.arrived) == 300)
    port = event_hub.connection_string.get_secret_value().split(";")[0].rsplit(":", 1)[1].strip("/")
    control = ["-m", "paysim.localhub", "fault", "--port", port, "detach", "1"]
    subprocess.run([sys.executable, *control], check=True, timeout=30)
    wait_until(lambda: any(b"trouble" in line for line in out.said))
    send(event_hub, Run(run.id, run.number), 300)
    wait_until(lambda: sum(len(piece.duplicates) for piece in out.arrived) == 600)
    subject.obey({"do": "stop"})
    assert sum(piece.expired for piece in out.arrived) == 0
    assert half > 0


def test_reading_beside_the_run_finds_what_reading_after_it_does(event_hub):
    if event_hub.ca_file:
        pytest.skip("one way is enough")
    verification = Verification(event_hub, None, None, 10)
    try:
        run = Run.new()
        look = verification.look(attach=True)
        verification.begin(run, look.hub, look.ends, ordered=False, contract=True)
        verification.read_along()
        ledger = send_and_account(event_hub, run)
        found = verification.finish([ledger], verification.look(), lambda *_: None)
        assert (found.arrived, found.lost, found.duplicated, found.error) == (EVENTS, 0, 0, None)
    finally:
        verification.close()


def test_a_partition_takes_no_event_twice_and_notices_those_that_are_gone():
    out = Kept()
    partition = Partition("0", 5, "run", out, None)
    for sequence in (5, 6, 6, 4, 9):
        partition.event(Event(sequence, 1, None, b"", 0), Meaning(False), b"", 0)
    partition.send()
    piece = out.arrived[0]
    assert (piece.foreign, piece.expired, piece.position) == (3, 2, 10)


THE_SDK_FAILS_ON = ("a property of type char", "called by a list8", "a map that is cut off")


def others_send(event_hub: EventHub, *words: str) -> tuple[int, int]:
    """Everything that AMQP knows, and what is none, into each partition; how much of both.

    words: only what is called by one of them.
    """
    legal = [data for name, data in others.LEGAL.items() if not words or any(word in name for word in words)]
    junk = [data for name, data in others.JUNK.items() if not words or any(word in name for word in words)]
    address = present(event_hub.connection_string).get_secret_value()
    port = int(address.split(";")[0].rsplit(":", 1)[1].strip("/"))
    key = address.split("SharedAccessKey=")[1].split(";")[0]
    for partition in "0123":
        others.send(port, key, partition, legal)
        others.send(port, key, partition, junk, batch=True)
    return 4 * len(legal), 4 * len(junk)


@pytest.mark.parametrize("documented", [False, True], ids=["bytes", "documented"])
def test_events_of_others_are_counted_and_told_and_stop_nothing(event_hub, documented, monkeypatch):
    if event_hub.ca_file:
        pytest.skip("others are written over plain AMQP")
    if documented:

        def another(*_: Any) -> None:
            raise Unreadable("for this test")

        monkeypatch.setattr(following, "RawReceiver", another)
    run, first = Run.new(), looks(event_hub)
    which = THE_SDK_FAILS_ON if documented else ()  # each costs a connection then
    others_send(event_hub, *which)  # among the first of the connection, and behind them
    sequences = send(event_hub, run)
    legal, junk = others_send(event_hub, *which)
    out = read(event_hub, run, looks(event_hub), first)
    pieces = out.arrived
    ids = of_run(halves(b"".join(piece.ids for piece in pieces)), run.number)
    assert sorted(set(ids.sequences.tolist())) == list(range(sequences))
    assert len(ids) == EVENTS
    assert sum(piece.foreign for piece in pieces) == 2 * (legal + junk)
    assert sum(piece.expired + piece.bad + piece.good for piece in pieces) == 0
    unreadable = sum(piece.unreadable for piece in pieces)
    assert unreadable >= 2 * 4 if documented else 2 * 4 <= unreadable <= 2 * junk
    assert any(b"warning" in line for line in out.said) == documented
    assert not any(b"trouble" in line for line in out.said)


def test_what_this_cannot_read_and_the_sdk_can_is_the_runs_all_the_same(event_hub, monkeypatch):
    """An encoding that the service may come up with, beyond the events that are compared."""
    if event_hub.ca_file:
        pytest.skip("one way is enough")
    read_event, count = event_bytes.read, iter(range(10**6))

    def every_third(*where: Any) -> Any:
        if next(count) % 3 == 0:
            raise Unreadable("for this test")
        return read_event(*where)

    monkeypatch.setattr(event_bytes, "read", every_third)
    run, first = Run.new(), looks(event_hub)
    sequences = send(event_hub, run)
    pieces = read(event_hub, run, looks(event_hub), first).arrived
    ids = of_run(halves(b"".join(piece.ids for piece in pieces)), run.number)
    assert sorted(set(ids.sequences.tolist())) == list(range(sequences))
    assert (len(ids), sum(piece.unreadable for piece in pieces)) == (EVENTS, 0)
