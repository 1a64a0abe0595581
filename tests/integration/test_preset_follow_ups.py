"""`lifecycle: full` in a live run of each preset: what arrives leads back to its payments, and what never follows is
told by labels, not by `verify`."""

from collections import Counter, defaultdict
from typing import Any
from uuid import UUID

import orjson
import pytest

import paysim.transactions  # noqa: F401  (registers the presets)
from paysim.config.mapping.presets import PRESETS
from paysim.transactions.dataset.lifecycle_rules import Checker
from tests.support.preset_events import read_back
from tests.support.reading import read_all
from tests.support.running import assert_agree

pytestmark = [
    pytest.mark.usefixtures("unmeasured_processes"),
    pytest.mark.busy("a rate is reached, and follow-ups come in time"),
]

METHODS = {"iso20022": "{bank_transfer: 1}", "iso8583_json": "{credit_card: 1}", "charge_event": "{debit_card: 1}"}
CONFIG = """
simulator:
  output: {{batch_size: 20}}
  transaction:
    lifecycle: full
    population: {{customers: 300, merchants: 100}}
    patterns: {{payment_methods: {methods}}}
    volume: {{total: 1600, rate: 400}}
    violations: {{missing_follow_up: 0.3}}
    {mapping}
  verify: {{timeout: 1}}
  report: {{labels: labels.jsonl}}
  thresholds: {{min_rate_share: 0.2}}
"""
BEGINNINGS = ("authorization", "payment")
NEVER = {"never_settled": {"settlement"}, "never_captured": {"capture"}, "never_resolved": {"resolution"}}
"""Role → what does not follow."""
QUICK = "charge_event"


@pytest.mark.parametrize(
    "preset", [pytest.param(name, marks=() if name == QUICK else pytest.mark.long) for name in (None, *PRESETS)]
)
def test_what_arrives_leads_back_and_what_never_follows_is_labelled(start, hub, preset: str | None):
    methods = METHODS.get(preset or "", "{credit_card: 2, bank_transfer: 1, digital_wallet: 1}")
    mapping = "" if preset is None else f"mapping: {{preset: {preset}}}"
    config = CONFIG.format(methods=methods, mapping=mapping)
    load_test = start("--headless", "--only-summary", "-u", "10", "-r", "10", config=config)
    assert load_test.wait(120) == 0, load_test.logs()
    summary = load_test.summary
    arrived = sorted(read_all(hub.connection_string), key=lambda each: each.identity.sequence)
    assert_agree(summary, arrived)
    delivery = summary["delivery"]
    assert delivery["lost"] == delivery["duplicated"] == delivery["unexpected"] == 0
    bodies = [orjson.loads(each.body) for each in arrived]
    events = bodies if preset is None else read_back(preset, bodies)
    assert [each["transaction_id"] for each in events] == [str(UUID(bytes=each.message_id)) for each in arrived]

    checker, follows = Checker(), defaultdict[str, set[str]](set)
    for event in sorted(events, key=lambda each: each["transaction_timestamp"]):
        checker.check(event)
        if (original := event.get("original_transaction_id")) is not None:
            follows[original].add(event["transaction_type"])
    assert not checker.found.broken, checker.found.examples
    types = Counter(event["transaction_type"] for event in events)
    followed = {type_: number for type_, number in types.items() if type_ not in BEGINNINGS}
    assert summary["follow_ups"]["by_type"] == dict(sorted(followed.items()))
    assert types["settlement"] > 100

    labels: dict[str, dict[str, Any]] = {}
    for line in (load_test.folder / "labels.jsonl").read_bytes().splitlines():
        label = orjson.loads(line)
        if "violation" in label:
            labels[label["transaction_id"]] = label
    assert summary["transactions"]["violations"] == {"missing_follow_up": len(labels)}
    assert len(labels) > 50
    assert labels.keys() == {str(UUID(bytes=e.message_id)) for e in arrived if e.properties.get("paysim-violation")}
    for id_, label in labels.items():
        assert not follows[id_] & NEVER[label["role"]], (label, follows[id_])
