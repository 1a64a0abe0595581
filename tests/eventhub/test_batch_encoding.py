import uuid

import pytest
from azure.eventhub import EventData, EventDataBatch
from azure.eventhub._pyamqp._encode import encode_payload
from hypothesis import given, settings
from hypothesis import strategies as st

from paysim.contract.labels import EpisodePart
from paysim.eventhub.batch_encoding import Encoded, Encoder
from paysim.publishers.base import Acknowledgement, SendError
from paysim.transactions.batch import Batch
from tests.support.publishing import make_batch

RUN = "20260101T000000Z-00002a"
LIMIT = 1_048_576


def nobody(batch: Batch, outcome: Acknowledgement | SendError) -> None: ...


def documented(batch: Batch, limit: int = LIMIT) -> EventDataBatch:
    """What a user of the SDK would write."""
    filled = EventDataBatch(max_size_in_bytes=limit)
    for at, (body, id) in enumerate(zip(batch.bodies, batch.ids, strict=True)):
        event = EventData(body)
        event.message_id = uuid.UUID(bytes=id)  # type: ignore[assignment]
        event.content_type = "application/json"
        event.properties = {"paysim-run": RUN}
        if at in batch.labels:
            event.properties["paysim-violation"] = batch.labels[at]
        if at in batch.episodes:
            event.properties["paysim-episode"] = str(uuid.UUID(bytes=batch.episodes[at].episode))
            event.properties["paysim-role"] = batch.episodes[at].role
        filled.add(event)
    return filled


def wire(filled: EventDataBatch) -> bytes:
    return bytes(encode_payload(bytearray(), filled._message))


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    made = Encoder(RUN)
    assert made.filled
    return made


@given(
    sizes=st.lists(st.one_of(st.integers(0, 300), st.integers(0, 70_000)), min_size=1, max_size=12),
    labelled=st.dictionaries(st.integers(0, 11), st.sampled_from(["zero_amount", "oversized", "duplicate"])),
    episodes=st.dictionaries(st.integers(0, 11), st.binary(min_size=16, max_size=16)),
    text=st.text(max_size=20),
)
@settings(max_examples=150, deadline=None)
def test_a_filled_batch_has_the_bytes_of_add(
    sizes: list[int], labelled: dict[int, str], episodes: dict[int, bytes], text: str
) -> None:
    bodies = [text.encode() + b"x" * size for size in sizes]
    ids = [bytes([at + 1] * 16) for at in range(len(bodies))]
    batch = Batch("credit_card", bodies, ids, {at: v for at, v in labelled.items() if at < len(bodies)})
    batch.episodes = {
        at: EpisodePart(episodes[at], ("payer", "redelivered")[at % 2]) for at in batch.labels if at in episodes
    }
    (filled,) = ENCODER.encode([(batch, nobody)], LIMIT).batches
    expected = documented(batch)
    assert wire(filled.events) == wire(expected)
    assert filled.events.size_in_bytes == expected.size_in_bytes == len(wire(expected))
    assert len(filled.events) == len(expected)


ENCODER = Encoder(RUN)


@pytest.mark.parametrize("length", range(90, 260))
def test_every_length_around_the_short_encodings(encoder: Encoder, length: int) -> None:
    batch = Batch("credit_card", [b"x" * length], [bytes(16)])
    (filled,) = encoder.encode([(batch, nobody)], LIMIT).batches
    assert wire(filled.events) == wire(documented(batch))


def test_parts_of_several_callers_share_a_batch(encoder: Encoder) -> None:
    batches = [make_batch(2), make_batch(3, first=2, labels={1: "zero_amount"}), make_batch(1, first=5)]
    (filled,) = encoder.encode([(batch, nobody) for batch in batches], LIMIT).batches
    together = Batch(
        "any", [b for x in batches for b in x.bodies], [i for x in batches for i in x.ids], {3: "zero_amount"}
    )
    assert wire(filled.events) == wire(documented(together))
    assert [batch for batch, _ in filled.parts] == batches


@pytest.mark.parametrize("filled", [True, False])
def test_the_limit_is_kept_exactly_as_add_keeps_it(filled: bool) -> None:
    batch = make_batch(50, size=300, labels={7: "oversized"})
    limit = documented(batch).size_in_bytes
    encoder = Encoder(RUN)
    encoder.filled = filled
    assert len(encoder.encode([(batch, nobody)], limit).batches) == 1
    cut = encoder.encode([(batch, nobody)], limit - 1)
    assert [len(filled.events) for filled in cut.batches] == [49, 1]
    with pytest.raises(ValueError, match="size limit"):
        documented(batch, limit - 1)


@pytest.mark.parametrize("filled", [True, False])
def test_what_exceeds_the_limit_is_split_in_order(filled: bool) -> None:
    batches = [make_batch(40, size=400, labels={3: "duplicate"}), make_batch(40, size=400, first=40)]
    encoder = Encoder(RUN)
    encoder.filled = filled
    encoded = encoder.encode([(batch, nobody) for batch in batches], 10_000)
    assert all(filled.events.size_in_bytes <= 10_000 for filled in encoded.batches)
    assert ids_of(encoded) == batches[0].ids + batches[1].ids
    assert bodies_of(encoded) == batches[0].bodies + batches[1].bodies
    labels = [v for filled in encoded.batches for batch, _ in filled.parts for v in batch.labels.values()]
    assert labels == ["duplicate"]
    for each in encoded.batches:
        assert len(each.events) == sum(len(batch) for batch, _ in each.parts)
        assert len(wire(each.events)) == each.events.size_in_bytes


@pytest.mark.parametrize("filled", [True, False])
def test_a_transaction_above_the_limit_is_told_with_its_size(filled: bool) -> None:
    batch = make_batch(3)
    batch.bodies[1] = b"x" * 5000
    encoder = Encoder(RUN)
    encoder.filled = filled
    encoded = encoder.encode([(batch, nobody)], 4000)
    assert ids_of(encoded) == [batch.ids[0], batch.ids[2]]
    ((large, on_outcome, size),) = encoded.too_large
    assert large.ids == [batch.ids[1]] and on_outcome is nobody
    assert size == documented(large, LIMIT).size_in_bytes


def test_both_ways_cut_alike() -> None:
    batch = make_batch(60, size=500)
    slow = Encoder(RUN)
    slow.filled = False
    mine, theirs = ENCODER.encode([(batch, nobody)], 9000), slow.encode([(batch, nobody)], 9000)
    assert [wire(b.events) for b in mine.batches] == [wire(b.events) for b in theirs.batches]


def test_the_tables_of_lengths_stay_small(encoder: Encoder) -> None:
    for length in range(9000):
        encoder._shape(None).heads[length]
    assert len(encoder._shape(None).heads) <= 8192


def test_an_sdk_that_encodes_otherwise_is_noticed_and_used_with_add(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    # Another version of the SDK cannot be had here: one that asks the buffer for its length is put in its place.
    from azure.eventhub._pyamqp import _encode
    from azure.eventhub._pyamqp.types import AMQPTypes

    def by_buffer(output: bytearray, value: bytes, **_: object) -> None:
        data = bytes(memoryview(value))
        output.extend(b"\xb0" + len(data).to_bytes(4, "big") + data)

    monkeypatch.setitem(_encode._ENCODE_MAP, AMQPTypes.binary, by_buffer)
    encoder = Encoder(RUN)
    assert not encoder.filled
    assert "using its add" in caplog.text
    assert len(encoder.encode([(make_batch(3), nobody)], LIMIT).batches[0].events) == 3


def test_an_sdk_without_the_private_list_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Encoder, "_fill", lambda self, parts, limit: parts[0].missing)
    assert not Encoder(RUN).filled


def test_an_sdk_whose_events_end_in_another_way_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    from paysim.eventhub import event_shape

    monkeypatch.setattr(event_shape, "_NO_BODY", b"another ending")
    encoder = Encoder(RUN)
    batch = make_batch(2, labels={0: "zero_amount"})
    assert not encoder.filled
    assert encoder.upper_size(batch) >= documented(batch).size_in_bytes - 8
    assert len(encoder.encode([(batch, nobody)], LIMIT).batches[0].events) == 2


def test_the_upper_size_is_never_below_the_real_one(encoder: Encoder) -> None:
    for batch in (make_batch(1, size=20), make_batch(30, size=300, labels={2: "missing_card_details"})):
        (filled,) = encoder.encode([(batch, nobody)], LIMIT).batches
        assert encoder.upper_size(batch) >= filled.events.size_in_bytes - encoder._empty_size


def ids_of(encoded: Encoded) -> list[bytes]:
    return [id for filled in encoded.batches for batch, _ in filled.parts for id in batch.ids]


def bodies_of(encoded: Encoded) -> list[bytes]:
    return [body for filled in encoded.batches for batch, _ in filled.parts for body in batch.bodies]
