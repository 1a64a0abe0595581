"""Avro events: fastavro reads them by the schema of the effective contract, and they say what the JSON ones say."""

from collections import Counter
from pathlib import Path
from typing import Any

import fastavro
import numpy as np
import orjson
import pytest

from paysim.config.errors import ConfigError
from paysim.config.loader import load
from paysim.config.mapping.presets import PRESETS
from paysim.config.sections.mapping import Mapping
from paysim.contract.labels import SCENARIOS
from paysim.contract.methods import PAYMENT_METHODS
from paysim.transactions.events.avro import binary
from paysim.transactions.schema import avro_schema
from tests.support.avro import parsed, read, there
from tests.support.transactions import make, ticking

ROOT = Path(__file__).parents[3]
AVRO: dict[str, Any] = {"output": {"format": "avro"}}
STATUSES = {"completed": 0.6, "failed": 0.15, "pending": 0.06, "cancelled": 0.06, "refunded": 0.13}
REPLAY: dict[str, Any] = {
    "timestamps": {"mode": "replay", "start": "2026-01-01T00:00:00Z", "end": "2026-01-08T00:00:00Z"},
    "volume": {"total": 1000},
}
TEXTS = {
    "two": "{customer_name} <{customer_email}>",
    "many": "ü {customer_id}/{transaction_id|hex}/{transaction_timestamp|date}/{amount|string} {currency}",
    "perhaps": "{payment_details.authorization_code}-{merchant_id}-{payment_details.brand}",
    "stamps": "{transaction_id}{transaction_timestamp}",
    "times": ["{transaction_timestamp|epoch_s}", "{transaction_timestamp|epoch_ms}", "{transaction_timestamp|date}"],
    "cut": "{transaction_id|cut:-4|upper}",
    "minor": "{amount|minor_units}",
    "padded": "{amount|minor_units|pad:12}",
    "digits": "{payment_details.last4|number}",
    "mixed": {"of": "channel", "values": {"web": 1, "pos": None, "*": "other"}},
    "either": {"when": {"channel": "web"}, "then": {"a": "{amount}"}, "else": ["{metadata.fraud_indicators}", 5]},
    "list": [{"id": "{customer_id}"}, {"id": "{payment_details.token}"}, "{payment_details.brand}", {}, None],
    "fixed": {"a": [], "b": [1, "x", 2.5, True]},
}
MAPPINGS: dict[str, dict[str, Any]] = {
    "none": {},
    "texts": {"body": TEXTS},
    "renames": {"rename": {"amount": "money.value"}, "formats": {"amount": "string", "timestamp": "epoch_ms"}},
    "values": {"values": {"payment_status": {"completed": 1, "*": 0}, "channel": {"web": True}}, "drop": ["metadata"]},
    "properties": {"properties": {"country": "{customer_country}"}, "add": {"version": {"major": 3, "tags": ["x"]}}},
    "gateway": {"preset": "gateway"},
    "cloudevents_binary": {"preset": "cloudevents_binary"},
}


FEW = {"customers": 40, "merchants": 40}


@pytest.mark.parametrize(("name", "more"), [*((name, {}) for name in MAPPINGS), ("none", REPLAY), ("texts", REPLAY)])
def test_avro_events_say_what_the_json_ones_say(name: str, more: dict[str, Any]) -> None:
    mapping = MAPPINGS[name]
    more = {**more, "mapping": mapping, "patterns": {"payment_status": STATUSES}, "population": FEW}
    schema = parsed(avro_schema(Mapping.model_validate(mapping)))
    in_json, in_avro = make(**more), make(**more, **AVRO)
    for method in PAYMENT_METHODS:
        for size in (60, 1, 1, 1, 60):
            one, other = in_json.batch(method, size), in_avro.batch(method, size)
            assert (one.ids, one.properties) == (other.ids, other.properties)
            for document, body in zip(one.bodies, other.bodies, strict=True):
                assert there(read(body, schema)) == there(orjson.loads(document))


def test_a_field_that_everybody_has_needs_no_form_for_what_is_absent() -> None:
    mapping = {"body": {"name": "{customer_name|upper}", "city": "{location.city}"}}
    for people in (FEW, {"customers": 50_000, "merchants": 40}):
        batch = make(mapping=mapping, population=people, **AVRO).batch("credit_card", 50)
        schema = parsed(avro_schema(Mapping.model_validate(mapping)))
        names = [read(body, schema)["name"] for body in batch.bodies]
        assert all(name and name == name.upper() for name in names)


@pytest.mark.parametrize(("preset", "method"), [("charge_event", "debit_card"), ("iso20022", "bank_transfer")])
def test_presets_of_one_method_go_out_as_avro_too(preset: str, method: str) -> None:
    patterns = {"payment_methods": {method: 1}, "payment_status": STATUSES}
    more: dict[str, Any] = {"mapping": {"preset": preset}, "patterns": patterns, "population": FEW}
    schema = parsed(avro_schema(Mapping(preset=preset)))
    for document, body in zip(
        make(**more).batch(method, 300).bodies, make(**more, **AVRO).batch(method, 300).bodies, strict=True
    ):
        assert there(read(body, schema)) == there(orjson.loads(document))


def test_the_published_schema_is_up_to_date_and_is_one() -> None:
    text = (ROOT / "docs/transaction.avsc").read_text(encoding="utf-8")
    assert text == avro_schema(), "run python -m paysim.transactions.schema"
    assert parsed(text)["name"] == "transaction"


def test_a_union_has_each_type_once_and_each_record_its_name() -> None:
    schema = orjson.loads(avro_schema(Mapping(body=TEXTS)))
    types = {field["name"]: field["type"] for field in schema["fields"]}
    assert (types["two"], types["perhaps"], types["minor"]) == ("string", ["null", "string"], "long")
    assert types["digits"] == ["null", "long", "string"]
    assert types["mixed"] == ["null", "long", "string"]
    record, array = types["either"]
    assert record["name"] == "transaction_either" and array["items"][1] == "long"
    fastavro.parse_schema(schema)


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_scenario_goes_out_as_avro_or_is_refused(name: str, tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    method = next(each for each, of in PAYMENT_METHODS.items() if SCENARIOS[name].suits(of))
    lifecycle = "full" if SCENARIOS[name].in_lifecycle else "payments"
    path.write_text(
        f"simulator:\n  output: {{format: avro}}\n  transaction:\n    violations:\n      {name}: 0.2\n"
        f"    volume: {{rate: 1000}}\n    patterns: {{payment_methods: {{{method}: 1}}}}\n    lifecycle: {lifecycle}\n"
    )
    if not SCENARIOS[name].in_avro:
        with pytest.raises(ConfigError, match=rf":5: transaction.violations.{name}: cannot be said in Avro"):
            load(path, environ={})
        return
    load(path, environ={})
    people = {**FEW, "customers": 3_000} if SCENARIOS[name].length > 1 else FEW  # stories are of many
    volume = {"total": 1000, "rate": 1000}
    more: dict[str, Any] = {"violations": {name: 0.2}, "volume": volume, "population": people, "clock": ticking(1.0)}
    patterns = {"payment_status": STATUSES, "payment_methods": {method: 1}}
    generator = make(patterns=patterns, lifecycle=lifecycle, **more, **AVRO)
    labels: Counter[str] = Counter()
    for _ in range(5):
        labels.update(generator.batch(method, 200).labels.values())
    assert labels.keys() == {name} and labels[name] > 50, labels


def test_numbers_are_written_as_avro_has_them() -> None:
    numbers = [1, -1, 63, 64, -64, -65, 8191, 8192, 2**62, -(2**63), 2**63 - 1, 5]
    assert binary.longs(np.array(numbers)) == list(map(binary.long, numbers))
    assert binary.longs(np.array([0, 3])) == [b"\x00", b"\x06"]
    for number in [0, *numbers]:
        assert read(binary.long(number), "long") == number


def test_texts_with_escapes_and_of_many_lengths_are_written_as_avro_has_them() -> None:
    assert binary.texts([b'"a\\"b"'], b"", b"") is None
    made = binary.texts([b'"a"', b'"bcd"', b'""'], b"<", b">")
    assert made == [b"<\x02a>", b"<\x06bcd>", b"<\x00>"]
    assert binary.texts([b'"a\\"b"', b'"c"'], b"", b"") is None
    for texts in ([b'""', b'""', b'"a"', b'""'], [b'""'], [b'""', b'""'], [b'"ab"', b'"cd"']):
        columns = binary.headed(texts, b"<")
        assert columns is not None
        assert list(map(b"".join, zip(*columns, strict=False))) == binary.texts(texts, b"<", b"")
    assert binary.texts([b'"ab"', b'"cd"'], b"<", b"\x00") == [b"<\x04ab\x00", b"<\x04cd\x00"]
    assert read(binary.text("é" * 4000), "string") == "é" * 4000


WRONG = [
    (
        "output: {format: avro, destination: stdout}",
        2,
        "output.format: avro goes to an event hub; stdout has JSON",
    ),
    ("output: {schema_id: '1'}", 2, "output.schema_id: is of an Avro schema; set output.format: avro"),
    ("output: {format: avr}", 2, 'must be one of json, avro, not "avr"; did you mean avro?'),
    (
        "transaction: {mapping: {body: {a: {'b-c': 1}}}}",
        3,
        'body.a.b-c: "b-c" cannot go out as Avro: a name in Avro',
    ),
    ("transaction: {mapping: {body: {a: [{'1': 1}]}}}", 3, 'body.a[0].1: "1" cannot go out as Avro'),
    ("transaction: {mapping: {rename: {amount: 'my.the amount'}}}", 3, 'rename.amount: "the amount" cannot go out'),
    ("transaction: {mapping: {add: {'a:b': 1}}}", 3, '"a:b" cannot go out as Avro'),
    (
        "transaction: {mapping: {preset: cloudevents}}",
        3,
        "preset: cloudevents is a form of JSON; set output.format",
    ),
    (
        "transaction: {mapping: {preset: iso8583_json}, patterns: {payment_methods: {credit_card: 1}}}",
        3,
        "preset: iso8583_json has the name 3; a name in Avro has letters, digits and _",
    ),
    (
        "transaction: {violations: {malformed_json: 0.1}}",
        3,
        "violations.malformed_json: cannot be said in Avro; leave",
    ),
]


@pytest.mark.parametrize(("text", "line", "said"), WRONG, ids=[text for text, _, _ in WRONG])
def test_what_avro_cannot_have_is_one_error_with_its_line(tmp_path: Path, text: str, line: int, said: str) -> None:
    path = tmp_path / "config.yaml"
    first = "" if text.startswith("output") else "  output: {format: avro}\n"
    path.write_text(f"simulator:\n{first}  {text}\n")
    with pytest.raises(ConfigError) as caught:
        load(path, environ={})
    [only] = str(caught.value).splitlines()
    assert only.startswith(f"{path}:{line}: ") and said in only


def test_every_preset_is_an_avro_record_or_refused() -> None:
    names = {name for name, preset in PRESETS.items() if preset.content_type == "application/json"}
    assert names == {"charge_event", "cloudevents_binary", "gateway", "iso20022", "iso8583_json"}
    for name in names - {"iso8583_json"}:
        parsed(avro_schema(Mapping(preset=name)))
