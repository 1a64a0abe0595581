"""The published schema of a summary, and that what is written keeps to it."""

import json
from pathlib import Path

import jsonschema
import pytest

from paysim.config.schema import Thresholds
from paysim.delivery.reconcile import Findings
from paysim.delivery.verification import delivery
from paysim.loadtest.judge import verdict
from paysim.loadtest.report import files, summary
from paysim.loadtest.sending.latency import Latencies
from paysim.summary.delivery import ContractCheck
from paysim.summary.model import SCHEMA_VERSION, Summary
from paysim.summary.reading import read
from paysim.summary.schema import json_schema, schema_text
from tests.support.accounts import account, facts

SCHEMA_FILE = Path(__file__).parents[2] / "docs/summary.schema.json"


@pytest.fixture
def validator() -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(json_schema())


def made() -> Summary:
    found = summary.make(facts(workers=2), [account(0, 1000, failed=5, unknown=7), account(1, 10, silent=True)])
    found.delivery = delivery(Findings(acked=1010, arrived=1000, lost=10), 0, ContractCheck(), None, 1.5)
    verdict.judge(found, Thresholds(p99_ms=5, lost=0), verdict.EndFacts())
    return found


def test_the_published_schema_is_up_to_date():
    assert SCHEMA_FILE.read_text(encoding="utf-8") == schema_text(), "run python -m paysim.summary.schema"


def test_the_published_schema_is_a_schema():
    jsonschema.Draft202012Validator.check_schema(json_schema())


def test_what_is_written_keeps_to_the_schema_and_is_read_back_as_it_was(tmp_path, validator):
    from paysim.config.schema import Report

    whole = made()
    path, troubles = files.write(whole, Report(summary=f"{tmp_path}/summary.json"), str)
    assert troubles == [] and path is not None
    plain = json.loads(path.read_text())
    validator.validate(plain)
    assert plain["schema_version"] == SCHEMA_VERSION == 2
    assert read(path) == whole


@pytest.mark.parametrize("key", sorted(Summary.model_fields))
def test_every_key_is_always_written_and_the_schema_asks_for_it(validator, key):
    plain = json.loads(json.dumps(made().model_dump()))
    del plain[key]
    assert not validator.is_valid(plain)


def test_every_figure_says_in_the_schema_what_it_is_or_is_named_by_its_unit():
    sections = json_schema()["$defs"]
    for name in ("Rate", "HubRecord", "EventLoopLag", "ProducerRecord", "DeliveryRecord", "Transactions"):
        assert sections[name]["description"], name
    assert "milliseconds" in sections["Percentiles"]["description"].lower()


def test_a_run_has_failed_until_it_is_judged():
    found = summary.make(facts(), [account(0, 10)])
    assert (found.verdict.outcome, found.exit_code) == ("failed", 1)


def test_the_summary_has_each_latency_that_is_measured():
    latencies = Latencies()
    for kind in ("response", "service", "from_schedule", "connection_wait"):
        latencies.record(kind, 0.01, 1)
    one = account(0, 1).model_copy(update={"latencies": latencies.encode()})
    assert [kind for kind, _ in summary.make(facts(), [one]).latency_ms.measured()] == [
        "response",
        "service",
        "from_schedule",
        "connection_wait",
    ]
