"""`paysim check` shows what a mapping sends and what it leaves out."""

import json
import re
from pathlib import Path

import pytest

from paysim.cli import main

CONFIG = """
simulator:
  output: {event_hub: {partition_by: merchant_id}}
  transaction:
    patterns: {payment_methods: {credit_card: 1}}
    mapping:
      properties: {country: "{customer_country}"}
      body: {id: "{transaction_id}", sum: ["{amount}"], where: "{location.city}", note: "{payment_details.token}"}
"""


def said(capsys: pytest.CaptureFixture[str], *args: object) -> str:
    assert main([str(each) for each in args]) == 0
    return capsys.readouterr().out


def test_one_event_is_shown_as_it_will_be_sent(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "c.yaml"
    path.write_text(CONFIG)
    text = said(capsys, "check", path)
    event = json.loads("\n".join(re.findall(r"^  event     (.*)$", text, re.M)))
    assert list(event) == ["id", "sum", "where", "note"] and event["note"].startswith("tok_")
    assert re.search(r'^  property  \{"country":"[A-Z]{2}"\}$', text, re.M)
    assert re.search(r"^  key       mer_[A-Z2-7]{8}$", text, re.M)


def test_what_of_the_contract_is_left_out_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "c.yaml"
    path.write_text(CONFIG)
    [dropped] = re.findall(r"^  dropped   (.*)$", said(capsys, "check", path), re.M)
    assert {"currency", "location.latitude", "payment_details.iban", "metadata"} <= set(dropped.split(", "))
    assert not {"amount", "location.city", "location", "payment_details.token"} & set(dropped.split(", "))


def test_without_a_mapping_nothing_of_it_is_said(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text("simulator: {}")
    assert not re.search("event  |dropped|property", said(capsys, "check", path))


def test_an_avro_event_is_shown_decoded_and_its_schema_by_itself(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "c.yaml"
    path.write_text(CONFIG.replace("output: {", "output: {format: avro, schema_id: abc, "))
    text = said(capsys, "check", path)
    assert re.search(r"^  format    avro/binary\+abc, this event in [0-9]+ bytes", text, re.M)
    event = json.loads("\n".join(re.findall(r"^  event     (.*)$", text, re.M)))
    assert list(event) == ["id", "sum", "where", "note"]
    schema = json.loads(said(capsys, "check", path, "--schema"))
    assert [field["name"] for field in schema["fields"]] == ["id", "sum", "where", "note"]
    named = "{fully_qualified_namespace: contoso.servicebus.windows.net, group: events}"
    path.write_text(CONFIG.replace("output: {", f"output: {{format: avro, schema_registry: {named}, "))
    assert main(["check", str(path)]) == 2  # it is not allowed
    shown = capsys.readouterr()
    assert "it must not be run" in shown.out
    assert re.search(r"^  format    avro/binary\+ID, this event in", shown.out, re.M)
    assert "  registry  contoso/events is asked for the ID of transaction, which must have it\n" in shown.out
    assert "target contoso/events is not in output.event_hub.allowed_targets" in shown.err
    path.write_text(CONFIG)
    assert main(["check", str(path), "--schema"]) == 2
    assert "--schema is of Avro events, and output.format is json" in capsys.readouterr().err
