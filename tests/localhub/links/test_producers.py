"""Idempotent producers: numbered, stored once, and sent away by a higher epoch."""

import struct
from pathlib import Path
from typing import Any

import pytest

from paysim.localhub.amqp import encoding, frames
from paysim.localhub.amqp.messages import BATCH_FORMAT, read_send
from paysim.localhub.links.producers import CAPABILITY, EPOCH, PRODUCER_ID, SEQUENCE, Producers, PublisherRefused
from paysim.localhub.storage.partition_log import PartitionLog
from tests.support.amqp_client import NULL, AmqpClient, batch, data_section, described, uint
from tests.support.hub_process import HubProcess, stored

STOLEN, OUT_OF_ORDER = "com.microsoft:producer-epoch-stolen", "com.microsoft:out-of-order-sequence"
OUT_OF_RANGE, ARGUMENT = "com.microsoft:argument-out-of-range", "com.microsoft:argument-error"
ACCEPTED = 0x24


def _annotations(number: int, id: int, epoch: int) -> bytes:
    pairs = [
        *(encoding.symbol(EPOCH), b"\x61" + struct.pack(">h", epoch)),
        *(encoding.symbol(PRODUCER_ID), encoding.long(id)),
        *(encoding.symbol(SEQUENCE), encoding.integer(number)),
    ]
    return b"\0\x53\x72" + encoding.mapping(pairs)


class Producer(AmqpClient):
    """A bare client with an idempotent link into partition 0."""

    def __init__(self, hub: HubProcess, name: str, **given: bytes) -> None:
        super().__init__(hub.port)
        self.open()
        assert self.authorize(name, hub.key) == 202
        pairs = [part for key, value in given.items() for part in (encoding.symbol(_NAMES[key]), value)]
        self.handle = 2
        self.performative(
            frames.ATTACH,
            *(encoding.string("idempotent"), uint(self.handle), encoding.boolean(False), NULL, NULL),
            *(described(0x28), described(0x29, encoding.string(f"{name}/Partitions/0"))),
            *(NULL, NULL, uint(0), NULL, NULL, encoding.symbol(CAPABILITY), encoding.mapping(pairs)),
        )
        answer = self.expect(frames.ATTACH)
        self.refused = None
        if answer[6] is None:
            self.refused = str(self.expect(frames.DETACH)[2].value[0])
        else:
            properties: dict[str, Any] = answer[13]
            self.id, self.epoch, self.last = (properties[each] for each in (PRODUCER_ID, EPOCH, SEQUENCE))
            self.expect(frames.FLOW)

    def publish(self, number: int, *bodies: bytes) -> str:
        """Send events from that number on; returns `accepted` or the condition of the refusal."""
        self.transfer(self.handle, _annotations(number, self.id, self.epoch) + batch(list(bodies)), BATCH_FORMAT)
        outcome = self.expect(frames.DISPOSITION)[4]
        return "accepted" if outcome.descriptor == ACCEPTED else str(outcome.value[0].value[0])


_NAMES = {"epoch": EPOCH, "id": PRODUCER_ID, "last": SEQUENCE}


def test_a_new_producer_gets_an_id_and_begins_at_0(hub: HubProcess, name: str) -> None:
    first, second = Producer(hub, name), Producer(hub, name)
    assert (first.epoch, first.last) == (0, 0)
    assert first.id != second.id
    first.close()
    second.close()


def test_a_send_that_comes_again_is_accepted_and_stored_once(hub: HubProcess, name: str) -> None:
    producer = Producer(hub, name)
    assert [producer.publish(number, b"%d" % number) for number in (1, 2, 1, 2, 3)] == ["accepted"] * 5
    producer.close()
    again = Producer(hub, name, id=encoding.long(producer.id))
    assert again.last == 3
    assert again.publish(3, b"3") == "accepted"
    again.close()
    assert stored(hub, name) == [b"1", b"2", b"3"]


def test_a_number_out_of_turn_is_refused_and_nothing_is_stored(hub: HubProcess, name: str) -> None:
    producer = Producer(hub, name)
    assert producer.publish(1, b"1", b"2", b"3") == "accepted"
    for number in (2, 3, 5):
        assert producer.publish(number, b"x") == OUT_OF_ORDER
    assert producer.publish(4, b"4") == "accepted"
    producer.close()
    assert stored(hub, name) == [b"1", b"2", b"3", b"4"]


def test_a_higher_epoch_takes_the_producer_over(hub: HubProcess, name: str) -> None:
    old = Producer(hub, name)
    assert old.publish(1, b"1") == "accepted"
    short, last = b"\x61\x00\x01", encoding.integer(1)
    new = Producer(hub, name, id=encoding.long(old.id), epoch=short, last=last)
    assert (new.epoch, new.last) == (1, 1)
    assert new.publish(2, b"2") == "accepted"
    assert old.publish(2, b"x") == STOLEN
    assert Producer(hub, name, id=encoding.long(old.id), epoch=b"\x61\x00\x00").refused == STOLEN
    old.close()
    new.close()
    assert stored(hub, name) == [b"1", b"2"]


def test_a_number_that_a_producer_names_with_its_old_epoch_is_only_echoed(hub: HubProcess, name: str) -> None:
    first = Producer(hub, name)
    assert first.publish(1, b"1", b"2", b"3") == "accepted"
    second = Producer(hub, name, id=encoding.long(first.id), last=encoding.integer(1))
    assert second.last == 1
    assert second.publish(2, b"x") == OUT_OF_ORDER
    first.close()
    second.close()


def test_an_epoch_below_0_is_out_of_range(hub: HubProcess, name: str) -> None:
    assert Producer(hub, name, epoch=b"\x61\xff\xff").refused == OUT_OF_RANGE


def test_a_lost_acknowledgement_leaves_no_duplicate(hub: HubProcess, name: str, tmp_path: Path) -> None:
    from paysim.localhub import control

    producer = Producer(hub, name)
    control.ask(hub.port, {"fault": "drop-after", "value": 1})
    with pytest.raises(ConnectionError):
        producer.publish(1, b"1")
    again = Producer(hub, name, id=encoding.long(producer.id), last=encoding.integer(0))
    again.epoch = producer.epoch
    assert again.publish(1, b"1") == "accepted"
    again.close()
    assert stored(hub, name) == [b"1"]


@pytest.fixture
def log(tmp_path: Path):
    log = PartitionLog(tmp_path / "0", 1 << 20)
    yield log
    log.close()


def test_numbers_may_stand_in_the_first_event_of_a_batch(log: PartitionLog) -> None:
    publisher = Producers().attach(log, {PRODUCER_ID: 7})
    inner = _annotations(1, 7, 0) + data_section(b"x")
    send = read_send(BATCH_FORMAT, data_section(inner) + data_section(inner))
    assert publisher.is_new(send)
    publisher.stored(send)
    assert publisher.producer.last == 2


def test_a_send_without_numbers_is_refused(log: PartitionLog) -> None:
    publisher = Producers().attach(log, {})
    for payload in (batch([b"x"]), _annotations(1, 5, 0) + batch([b"x"])):
        with pytest.raises(PublisherRefused) as refused:
            publisher.is_new(read_send(BATCH_FORMAT, payload))
        assert refused.value.refusal[0] == ARGUMENT


def test_numbers_begin_anew_after_the_last_of_31_bits(log: PartitionLog) -> None:
    publisher = Producers().attach(log, {PRODUCER_ID: 1, SEQUENCE: (1 << 31) - 1})
    assert publisher.is_new(read_send(BATCH_FORMAT, _annotations(0, 1, 0) + batch([b"x"])))


def test_the_producer_that_was_silent_longest_is_forgotten(log: PartitionLog) -> None:
    producers = Producers()
    for id in range(1, 1002):
        producers.attach(log, {PRODUCER_ID: id, SEQUENCE: 5})
    assert producers.attach(log, {PRODUCER_ID: 3}).producer.last == 5
    assert producers.attach(log, {PRODUCER_ID: 1}).producer.last == 0
