"""A run with a body, properties and a key of its own: that is what arrives, and the run is accounted for."""

from collections import defaultdict

import orjson
import pytest

import paysim.transactions  # noqa: F401  (registers the presets)
from paysim.config.mapping.presets import PRESETS
from paysim.transactions.schema import avro_schema
from tests.support.arrived import arrived
from tests.support.avro import parsed, read
from tests.support.identity_provider import IdentityProvider
from tests.support.schema_registry import RegistryStandIn

pytestmark = pytest.mark.usefixtures("unmeasured")

CONFIG = """
simulator:
  output:
    batch_size: 20
    event_hub: {partition_by: correlation_id}
  transaction:
    population: {customers: 200, merchants: 50}
    volume: {total: 600, rate_per_user: 40}
    patterns: {payment_status: {completed: 0.7, failed: 0.2, refunded: 0.1}}
    violations: {duplicate: 0.05, negative_amount: 0.05, malformed_json: 0.02}
    mapping:
      properties:
        country: "{customer_country}"
        order: "{correlation_id}"
        risk: "{metadata.risk_score|percent}"
      body:
        id: "{transaction_id}"
        order: "{correlation_id}"
        sum: {value: "{amount|minor_units}", currency: "{currency|numeric_currency}"}
        parties: [{role: payer, id: "{customer_id}"}, {role: payee, id: "{merchant_id}"}]
        paid: {when: {payment_status: completed}, then: "{transaction_timestamp|epoch_ms}"}
  report: {labels: "labels.jsonl"}
  verify: {timeout: 1}
"""


def test_mapped_events_arrive_with_their_properties_and_verify_and_labels_know_them(start, hub):
    load_test = start("--headless", "--only-summary", "-u", "10", "-r", "10", config=CONFIG)
    assert load_test.wait() == 0, load_test.logs()
    delivery = load_test.summary["delivery"]
    assert delivery["arrived"] >= 600 and not delivery["lost"] and not delivery["duplicated"]
    assert delivery["out_of_order"] == 0
    labels = load_test.summary["transactions"]["violations"]
    assert labels["negative_amount"] and labels["duplicate"] and labels["malformed_json"]
    clean = 0
    partitions: defaultdict[bytes, set[str]] = defaultdict(set)
    for event in arrived(hub, delivery["arrived"]):
        properties = event.properties
        assert {"paysim-run", "country", "order", "risk"} <= properties.keys()
        assert len(properties["country"]) == 2 and 0 <= properties["risk"] <= 100
        partitions[properties["order"]].add(event.partition)
        if event.label:
            continue
        clean += 1
        body = orjson.loads(event.body)
        assert body["order"] == properties["order"].decode()
        assert body["sum"]["value"] > 0 and len(body["sum"]["currency"]) == 3
        assert [party["role"] for party in body["parties"]] == ["payer", "payee"]
    assert clean > 450
    assert all(len(those) == 1 for those in partitions.values())  # a refund lies where its payment does


AVRO = """
simulator:
  output: {batch_size: 20, format: avro, schema_id: abc}
  transaction:
    volume: {total: 400, rate_per_user: 40}
    patterns: {payment_status: {completed: 1, refunded: 0.3}}
    violations: {duplicate: 0.1, truncated_json: 0.1, negative_amount: 0.1}
  verify: {timeout: 1}
"""


def test_avro_events_arrive_and_verify_labels_and_contract_checks_know_them(start, hub):
    load_test = start("--headless", "--only-summary", "-u", "10", "-r", "10", config=AVRO)
    assert load_test.wait() == 0, load_test.logs()
    delivery = load_test.summary["delivery"]
    assert delivery["arrived"] >= 400 and not delivery["lost"] and not delivery["duplicated"]
    assert delivery["contract"]["checked"] > 100
    assert (delivery["contract"]["bad"], delivery["contract"]["good"]) == (0, 0)
    schema = parsed(avro_schema())
    found = arrived(hub, delivery["arrived"])
    assert {event.content_type for event in found} == {"avro/binary+abc"}
    labels: defaultdict[str, list[bytes]] = defaultdict(list)
    for event in found:
        labels[event.label].append(event.body)
    assert labels.keys() == {"", "duplicate", "truncated_json", "negative_amount"}
    assert all(read(body, schema)["amount"] > 0 for body in labels[""])
    assert all(read(body, schema)["amount"] < 0 for body in labels["negative_amount"])


def test_the_id_of_a_schema_registry_is_in_the_content_type_and_without_it_nothing_is_sent(start, hub, tmp_path):
    provider = IdentityProvider("a key", 600)
    registry = RegistryStandIn(tmp_path, provider.tokens)
    registry.schemas["transaction"] = [avro_schema()]
    named = f"{{fully_qualified_namespace: '{registry.namespace}', group: events}}, event_hub: {{ca_file: ca.pem}}"
    config = AVRO.replace("schema_id: abc", f"schema_registry: {named}").replace("total: 400", "total: 100")
    options = ("--headless", "--only-summary", "-u", "5", "-r", "5")
    try:
        load_test = start(*options, config=config, **provider.environment)
        assert load_test.wait() == 0, load_test.logs()
        assert {event.content_type for event in arrived(hub, 100)} == {"avro/binary+id-of-transaction-1"}
        before = hub.stored()
        registry.status = 403
        load_test = start(*options, config=config, **provider.environment)
        assert load_test.wait() == 3, load_test.logs()
    finally:
        registry.close()
        provider.close()
    assert "needs the role Schema Registry Reader" in load_test.log.read_text()
    assert "Traceback" not in load_test.logs()
    assert not any(token in load_test.logs() for token in provider.tokens)
    assert hub.stored() == before


METHODS = {"iso20022": "{bank_transfer: 1}", "iso8583_json": "{credit_card: 1}", "charge_event": "{debit_card: 1}"}


@pytest.mark.long
@pytest.mark.parametrize("lifecycle", ["payments", "full"])
@pytest.mark.parametrize("preset", PRESETS)
def test_verify_works_on_every_preset(start, hub, preset, lifecycle):
    payments = METHODS.get(preset, "{credit_card: 1, bank_transfer: 1, digital_wallet: 1}")
    config = f"""
simulator:
  output: {{batch_size: 20}}
  transaction:
    lifecycle: {lifecycle}
    population: {{customers: 200, merchants: 50}}
    volume: {{total: 600, rate_per_user: 40}}
    patterns: {{payment_methods: {payments}, payment_status: {{completed: 0.7, failed: 0.2, refunded: 0.1}}}}
    violations: {{duplicate: 0.05, malformed_json: 0.02, negative_amount: 0.05}}
    mapping: {{preset: {preset}}}
  verify: {{timeout: 1}}
"""
    load_test = start("--headless", "--only-summary", "-u", "10", "-r", "10", config=config)
    assert load_test.wait() == 0, load_test.logs()
    delivery = load_test.summary["delivery"]
    assert delivery["arrived"] >= 600 and not delivery["lost"] and not delivery["duplicated"]
    assert load_test.summary["transactions"]["violations"].keys() >= {"duplicate", "negative_amount"}
    content_types = {event.content_type for event in arrived(hub, delivery["arrived"])}
    assert content_types == {PRESETS[preset].content_type}
