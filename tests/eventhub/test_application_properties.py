"""Properties of a mapping's own: the SDK reads back what was put in, beside those of the run."""

from typing import Any, cast

import orjson
import pytest
from azure.eventhub._pyamqp._decode import decode_payload
from azure.eventhub._pyamqp._encode import encode_payload

from paysim.contract.labels import EpisodePart
from paysim.eventhub.batch_encoding import Encoder
from paysim.transactions.batch import Batch

OWN: list[dict[str, Any]] = [
    {},
    {"a": "text", "n": 5, "share": 0.25, "yes": True, "no": False, "nothing": None},
    {"ü": "Zoë 金", "long": "x" * 300},
]


@pytest.mark.parametrize("filled", [True, False], ids=["filled", "by the SDK"])
def test_the_sdk_reads_back_what_was_put_in(filled: bool) -> None:
    encoder = Encoder("a-run")
    assert encoder.filled
    encoder.filled, encoder._direct = filled, False
    batch = Batch(
        "credit_card",
        [b"{}"] * len(OWN),
        [bytes([at] * 16) for at in range(len(OWN))],
        {1: "structuring"},
        properties=list(map(orjson.dumps, OWN)),
        episodes={1: EpisodePart(bytes(range(16)), "payer")},
    )
    [encoded] = encoder.encode([(batch, None)], 1 << 20).batches
    whole = decode_payload(memoryview(encode_payload(bytearray(), encoded.events._message)))
    found = [decode_payload(memoryview(data)) for data in cast(list[bytes], whole.data)]
    assert [b"".join(cast(list[bytes], message.data)) for message in found] == [b"{}"] * len(OWN)
    for at, message in enumerate(found):
        story = {"paysim-episode": "00010203-0405-0607-0809-0a0b0c0d0e0f", "paysim-role": "payer"}
        labelled = {"paysim-violation": "structuring"} | story
        expected = {"paysim-run": "a-run"} | (labelled if at == 1 else {}) | OWN[at]
        assert {_text(key): _text(value) for key, value in (message.application_properties or {}).items()} == expected


def test_properties_count_for_the_size_of_a_batch() -> None:
    encoder = Encoder("a-run")
    own = orjson.dumps({"long": "x" * 900})
    batch = Batch("credit_card", [b"{}"] * 10, [bytes(16)] * 10, properties=[own] * 10)
    encoded = encoder.encode([(batch, None)], 5_000)
    assert [len(each.events) for each in encoded.batches] == [4, 4, 2]
    assert all(each.events.size_in_bytes <= 5_000 for each in encoded.batches)


def _text(value: Any) -> Any:
    return value.decode() if isinstance(value, bytes) else value
