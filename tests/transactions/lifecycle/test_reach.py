"""Shares that cannot be reached are told, by `check`, `generate` and the summary."""

import itertools
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pytest

import paysim.publishers.destinations  # noqa: F401  (the output that configurations name)
from paysim.cli import main
from paysim.transactions.dataset import generate
from paysim.transactions.dataset.lifecycle_rules import Checker
from paysim.transactions.reach import Reach, reach_warnings, said
from tests.support.transactions import config

FULL = {
    "lifecycle": "full",
    "volume": {"total": 4_000},
    "timestamps": {"mode": "replay", "start": "2026-01-01T00:00:00Z", "end": "2026-01-15T00:00:00Z"},
}
KEY = "violations.missing_follow_up"


def test_what_methods_can_do_is_added_up_by_their_shares():
    reach = Reach({"credit_card": 0.75, "bank_transfer": 0.25})
    reach.note("one", "credit_card", 0.4, 0.2)
    reach.note("one", "bank_transfer", 0.4, 0.9)
    reach.note("other", "credit_card", 0.1, 0.1)
    [(key, found)] = reach.shortfalls.items()
    assert key == "one"
    assert [found.asked, found.possible] == pytest.approx([0.4, 0.25])
    [line] = said(reach.shortfalls)
    assert line.startswith("transaction.one: is 0.4, and there can be only 0.25")


@pytest.mark.parametrize(("share", "is_reached"), [(0.1, True), (0.9, False)])
def test_check_warns_of_what_no_payments_are_left_for(share, is_reached):
    lines = reach_warnings(config(**FULL, violations={"missing_follow_up": share}))
    assert [line.split(": ")[0] for line in lines] == ([] if is_reached else [f"transaction.{KEY}"])


def test_as_much_is_labelled_as_is_said_to_be_possible():
    plan = generate.plan(config(**FULL, violations={"missing_follow_up": 0.9}), seed=4)
    told = []
    rows = [row for rows in generate.slices(plan, lambda made: told.append(made.shortfalls)) for row in rows]
    begun = sum(orjson.loads(row.body)["transaction_type"] in ("payment", "authorization") for row in rows)
    labelled = sum(row.label is not None for row in rows)
    assert labelled / begun == pytest.approx(told[0][KEY].possible, rel=0.1)


def test_scenarios_beside_it_keep_their_share():
    """What few payments can have takes what is left, and no more."""
    wanted = {"missing_follow_up": 0.55, "zero_amount": 0.4}
    plan = generate.plan(config(**FULL, violations=wanted), seed=4)
    rows = [row for rows in generate.slices(plan) for row in rows]
    begun = sum(orjson.loads(row.body)["transaction_type"] in ("payment", "authorization") for row in rows)
    assert sum(row.label == "zero_amount" for row in rows) / begun == pytest.approx(0.4, rel=0.1)


@pytest.mark.parametrize(("total", "days"), [(400, 60), (6_000, 365)])
def test_no_payment_of_a_data_set_is_overdue(total, days):
    """It has as many transactions as are asked for, and what is cut off is due in its last days."""
    start = datetime(2026, 1, 1, tzinfo=UTC)
    window = {"mode": "replay", "start": start, "end": start + timedelta(days=days)}
    plan = generate.plan(config(lifecycle="full", volume={"total": total}, timestamps=window), seed=2)
    checker = Checker()
    for row in itertools.chain.from_iterable(generate.slices(plan)):
        checker.check(orjson.loads(row.body))
    checker.end()
    assert checker.found.counts.total() == total
    assert not checker.found.overdue and not checker.found.broken


@pytest.mark.parametrize(("share", "is_told"), [(0.1, False), (0.9, True)])
def test_the_commands_say_it(tmp_path: Path, capsys, share, is_told):
    path = tmp_path / "short.yaml"
    path.write_bytes(orjson.dumps({"simulator": {"transaction": {**FULL, "violations": {"missing_follow_up": share}}}}))
    assert main(["check", str(path)]) == 0
    assert (f"warning: transaction.{KEY}: is 0.9" in capsys.readouterr().err) is is_told
    output = ["--output", str(tmp_path / "out.jsonl")]
    assert main(["generate", "--config", str(path), "--total", "500", "--seed", "1", *output]) == 0
    assert (f"paysim generate: transaction.{KEY}: is 0.9" in capsys.readouterr().err) is is_told


def test_scenarios_that_a_mapping_hides_are_told():
    cards = {"payment_methods": {"credit_card": 1}}
    violations = {"wrong_minor_units": 0.01, "zero_amount": 0.01, "truncated_json": 0.01, "duplicate": 0.01}
    assert reach_warnings(config(patterns=cards, violations=violations)) == []
    mapped = config(patterns=cards, violations=violations, mapping={"preset": "charge_event"})
    assert reach_warnings(mapped) == ["transaction.violations.wrong_minor_units: changes nothing that goes out"]
