"""A refund's ids are the bytes of its payment's, in every format and form that has stamps first."""

from typing import Any, Literal

import orjson
import pytest

from paysim.config.sections.mapping import Mapping
from paysim.transactions.events.layout import compile_layout
from paysim.transactions.events.mapping import CompiledMapping
from paysim.transactions.events.refund_stamp import RefundStamp
from paysim.transactions.events.sources import fields_of
from paysim.transactions.schema import avro_schema
from tests.support.avro import parsed, read
from tests.support.transactions import make

TEXTS: dict[str, Any] = {
    "body": {
        "transaction_id": "{transaction_id}",
        "correlation_id": "order-{correlation_id}",
        "original_transaction_id": "{original_transaction_id}",
        "transaction_timestamp": "{transaction_timestamp}",
        "amount": "{amount}",
        "status": "{payment_status}",
    }
}
OTHER_FORM: dict[str, Any] = {"formats": {"timestamp": "epoch_ms"}}
PATTERNS = {"payment_methods": {"credit_card": 1}, "payment_status": {"completed": 0.8, "refunded": 0.2}}


def stamp(mapping: dict[str, Any], output: Literal["json", "avro"]) -> RefundStamp | None:
    fields, compiled = fields_of("credit_card"), CompiledMapping(Mapping.model_validate(mapping), output)
    return RefundStamp.of(compile_layout(fields, compiled), compile_layout(fields, compiled, refund=True))


@pytest.mark.parametrize("output", ["json", "avro"])
def test_ids_are_cut_from_a_payment_where_the_event_has_them_as_they_are(output: Literal["json", "avro"]) -> None:
    assert stamp({}, output) and stamp(TEXTS, output)
    assert stamp(OTHER_FORM, output) is None


@pytest.mark.parametrize("mapping", [{}, TEXTS, OTHER_FORM])
@pytest.mark.parametrize("output", ["json", "avro"])
def test_a_refund_names_its_payment_and_has_its_correlation_id(mapping: dict[str, Any], output: str) -> None:
    generator = make(mapping=mapping, patterns=PATTERNS, output={"format": output})
    schema = parsed(avro_schema(Mapping.model_validate(mapping)))
    payments: dict[str, str] = {}
    refunds = 0
    for _ in range(10):
        for body in generator.batch("credit_card", 100).bodies:
            event = orjson.loads(body) if output == "json" else read(body, schema)
            if (payment := event.get("original_transaction_id")) is None:
                payments[event["transaction_id"]] = event["correlation_id"]
            else:
                refunds += 1
                assert payments[payment] == event["correlation_id"]
                assert event["transaction_id"] not in payments
    assert refunds > 50
