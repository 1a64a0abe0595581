"""Properties of a mapping's own: the SDK reads back what was put in, beside those of the run."""

from typing import Any

import orjson
import pytest
from azure.eventhub._pyamqp._decode import decode_payload
from azure.eventhub._pyamqp._encode import encode_payload

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
        {1: "duplicate"},
        properties=list(map(orjson.dumps, OWN)),
    )
    [encoded] = encoder.encode([(batch, None)], 1 << 20).batches
    whole: Any = decode_payload(memoryview(encode_payload(bytearray(), encoded.events._message)))
    found: list[Any] = [decode_payload(memoryview(data)) for data in whole.data]
    assert [message.data[0] for message in found] == [b"{}"] * len(OWN)
    for at, message in enumerate(found):
        expected = {"paysim-run": "a-run"} | ({"paysim-violation": "duplicate"} if at == 1 else {}) | OWN[at]
        assert {_text(key): _text(value) for key, value in message.application_properties.items()} == expected


def test_properties_count_for_the_size_of_a_batch() -> None:
    encoder = Encoder("a-run")
    own = orjson.dumps({"long": "x" * 900})
    batch = Batch("credit_card", [b"{}"] * 10, [bytes(16)] * 10, properties=[own] * 10)
    encoded = encoder.encode([(batch, None)], 5_000)
    assert [len(each.events) for each in encoded.batches] == [4, 4, 2]
    assert all(each.events.size_in_bytes <= 5_000 for each in encoded.batches)


def _text(value: Any) -> Any:
    return value.decode() if isinstance(value, bytes) else value
