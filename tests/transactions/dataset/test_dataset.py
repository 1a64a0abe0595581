"""`paysim generate` and `paysim profile`: data sets that repeat, in three formats, and their charts."""

import csv
import html
import json
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest
from pyarrow import parquet

from paysim.cli import main
from paysim.contract.model import Transaction
from paysim.facts import methods
from paysim.transactions.dataset import files, profile
from paysim.transactions.dataset import generate as dataset
from paysim.transactions.dataset.truth import reading as truth
from tests.support.scenarios import OF_PAYMENTS
from tests.support.transactions import config

SMALL = """
simulator:
  transaction:
    population: {customers: 300, merchants: 100}
    patterns:
      countries: {US: 2, JP: 1, DE: 1}
      payment_methods: {credit_card: 3, bank_transfer: 2, cryptocurrency: 1}
    violations: {rapid_fire: 0.05, duplicate: 0.02, negative_amount: 0.02, malformed_json: 0.01}
"""
TURNED = """
simulator:
  transaction:
    violations: {malformed_json: 0.01, negative_amount: 0.02, duplicate: 0.02, rapid_fire: 0.05}
    patterns:
      payment_methods: {cryptocurrency: 1, bank_transfer: 2, credit_card: 3}
      countries: {DE: 1, JP: 1, US: 2}
    population: {merchants: 100, customers: 300}
"""
TABLE = SMALL.replace(", malformed_json: 0.01", "")


def generate(folder: Path, yaml: str, name: str, *arguments: str, expected: int = 0) -> Path:
    """The data set of a configuration in a file of its own."""
    source = folder / f"{name}.yaml"
    source.write_text(yaml, encoding="utf-8")
    output = folder / name
    assert main(["generate", "--config", str(source), "--output", str(output), *arguments]) == expected
    return output


def read(path: Path) -> list[bytes]:
    return path.read_bytes().splitlines()


def test_a_seed_repeats_byte_for_byte_whatever_the_order_of_keys(tmp_path: Path) -> None:
    arguments = ("--total", "3000", "--seed", "11")
    made = [generate(tmp_path, yaml, f"{n}.jsonl", *arguments) for n, yaml in enumerate((SMALL, SMALL, TURNED))]
    assert len({path.read_bytes() for path in made}) == 1
    assert len({path.with_name(f"{path.name}.labels.jsonl").read_bytes() for path in made}) == 1
    assert generate(tmp_path, SMALL, "x.jsonl", "--total", "3000", "--seed", "12").read_bytes() != made[0].read_bytes()


def test_a_data_set_is_sorted_over_its_slices_and_has_its_total(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dataset, "_SLICE", 700)
    patterns = {"payment_methods": {"credit_card": 0.5, "debit_card": 0.4, "bank_transfer": 0.1}}
    violations = {"duplicate": 0.05, "structuring": 0.05}
    plan = dataset.plan(config(violations=violations, patterns=patterns), total=5000, seed=3)
    parts = list(dataset.slices(plan))
    assert len(parts) == 8
    rows = [row for part in parts for row in part]
    assert len(rows) == 5000
    times = [orjson.loads(row.body)["transaction_timestamp"] for row in rows]
    assert times == sorted(times)
    assert times[0] > "2026-01-01T00:00:00.000Z" and times[-1] < "2026-01-08T00:00:00.000Z"
    counts = Counter(row.label for row in rows)
    assert counts["structuring"] % 6 == 0  # no run is cut off by a slice
    assert 150 <= counts["structuring"] <= 300
    by_method = Counter(orjson.loads(row.body)["payment_method"] for row in rows)
    assert by_method["credit_card"] == 2500


def test_ids_carry_the_transactions_own_time(tmp_path: Path) -> None:
    for row in dataset.slices(dataset.plan(config(), total=500, seed=1)).__next__():
        stamp = datetime.fromisoformat(orjson.loads(row.body)["transaction_timestamp"])
        assert int.from_bytes(row.id[:6], "big") == row.time == round(stamp.timestamp() * 1000)


def test_without_a_window_it_is_the_last_seven_days() -> None:
    now = datetime(2026, 5, 8, tzinfo=UTC)
    plan = dataset.plan(config(seed=None), now=now)
    times = plan.config.transaction.timestamps
    assert (times.start, times.end, plan.total) == (datetime(2026, 5, 1, tzinfo=UTC), now, 10_000)
    assert dataset.plan(config(seed=None), now=now).run != plan.run


def test_a_configured_window_is_kept() -> None:
    window = {"mode": "replay", "start": "2025-02-01T00:00:00Z", "end": "2025-02-02T00:00:00Z"}
    plan = dataset.plan(config(timestamps=window, volume={"total": 400}))
    times = [orjson.loads(row.body)["transaction_timestamp"] for part in dataset.slices(plan) for row in part]
    assert len(times) == 400
    assert min(times) > "2025-02-01T00:00:00.000Z" and max(times) < "2025-02-02T00:00:00.000Z"


def test_standard_output_holds_data_and_nothing_else(tmp_path: Path, capfdbinary: Any) -> None:
    source = tmp_path / "c.yaml"
    source.write_text(TABLE.split("    violations")[0], encoding="utf-8")
    assert main(["generate", "--config", str(source), "--total", "50"]) == 0
    out, err = capfdbinary.readouterr()
    assert len([Transaction.model_validate_json(line) for line in out.splitlines()]) == 50
    assert err == b""


def test_labels_name_the_line_the_id_and_the_violation(tmp_path: Path) -> None:
    path = generate(tmp_path, SMALL, "d.jsonl", "--total", "3000", "--seed", "4")
    lines = read(path)
    labels = [json.loads(line) for line in read(path.with_name("d.jsonl.labels.jsonl"))]
    assert len(lines) == 3000
    bad = [label for label in labels if "violation" in label]
    assert {label["violation"] for label in bad} == {"rapid_fire", "duplicate", "negative_amount", "malformed_json"}
    broken = {label["line"] for label in bad}
    assert all(label["fraud"] is True for label in labels if label not in bad)
    for label in bad:
        body = lines[label["line"] - 1]
        assert label["transaction_id"].encode() in body
        if label["violation"] == "negative_amount":
            assert json.loads(body)["amount"] < 0
    for number, body in enumerate(lines, 1):
        if number not in broken:
            Transaction.model_validate_json(body)


def test_every_scenario_fits_into_a_data_set() -> None:
    plan = dataset.plan(config(violations=dict.fromkeys(OF_PAYMENTS, 0.01)), total=12_000, seed=2)
    labels = Counter(row.label for part in dataset.slices(plan) for row in part)
    assert set(OF_PAYMENTS) == set(labels) - {None}


def test_csv_has_a_column_for_each_field(tmp_path: Path) -> None:
    lines = read(generate(tmp_path, TABLE, "d.jsonl", "--total", "800", "--seed", "4"))
    with generate(tmp_path, TABLE, "d.csv", "--total", "800", "--seed", "4").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(lines) == 800
    for row, line in zip(rows, lines, strict=True):
        event = json.loads(line)
        assert row["transaction_id"] == event["transaction_id"]
        assert row["customer_name"] == event["customer_name"]
        assert row["payment_details.last4"] == event["payment_details"].get("last4", "")
        assert float(row["amount"]) == event["amount"]
        assert row["metadata.fraud_indicators"] == "|".join(event["metadata"]["fraud_indicators"])


def test_parquet_has_the_same_in_types(tmp_path: Path) -> None:
    rules = "rename: {amount: sum}, formats: {amount: minor_units}, values: {channel: {web: 1}}"
    mapped = f"{TABLE}    mapping: {{{rules}, add: {{source: {{name: test, v: 1, w: 0.5}}}}}}\n"
    lines = read(generate(tmp_path, mapped, "d.jsonl", "--total", "800", "--seed", "4"))
    rows = parquet.read_table(generate(tmp_path, mapped, "d.parquet", "--total", "800", "--seed", "4")).to_pylist()
    for row, line in zip(rows, lines, strict=True):
        event = json.loads(line)
        assert row["sum"] == event["sum"]
        assert (row["source.name"], row["source.v"], row["source.w"]) == ("test", 1, 0.5)
        assert row["location.latitude"] == event["location"]["latitude"]
        assert row["metadata.fraud_indicators"] == event["metadata"]["fraud_indicators"]
        assert row["channel"] == str(event["channel"])


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_bodies_that_are_no_json_are_refused_in_tables(tmp_path: Path, ending: str, capsys: Any) -> None:
    generate(tmp_path, SMALL, f"d.{ending}", expected=2)
    assert "violations.malformed_json is no row of a table" in capsys.readouterr().err
    assert not (tmp_path / f"d.{ending}").exists()


def test_parquet_needs_a_file(tmp_path: Path, capsys: Any) -> None:
    assert main(["generate", "--format", "parquet"]) == 2
    assert "Parquet needs --output FILE" in capsys.readouterr().err


def test_parquet_without_its_extra_is_one_line(tmp_path: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    generate(tmp_path, TABLE, "d.parquet", "--total", "300", expected=2)
    assert "pip install 'paysim[parquet]'" in capsys.readouterr().err


def test_a_file_that_cannot_be_written_is_one_line(tmp_path: Path, capsys: Any) -> None:
    (tmp_path / "d.jsonl").mkdir()
    generate(tmp_path, TABLE, "d.jsonl", expected=2)
    assert "paysim generate: " in capsys.readouterr().err


def test_a_total_too_small_for_a_scenario_is_one_line(tmp_path: Path, capsys: Any) -> None:
    generate(tmp_path, TABLE, "d.jsonl", "--total", "150", expected=2)
    [line] = capsys.readouterr().err.splitlines()
    assert line == (
        "paysim generate: violations.rapid_fire is a run of 100 payments; "
        "150 transactions have 75 of one payment method"
    )


def test_dash_is_standard_output(tmp_path: Path, capfdbinary: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["generate", "--total", "5", "--output", "-", "--format", "csv"]) == 0
    assert len(capfdbinary.readouterr().out.splitlines()) == 6
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("form", ["jsonl", "csv", "parquet"])
def test_a_full_disk_is_one_line_and_leaves_no_file(tmp_path: Path, form: str, capsys: Any) -> None:
    full = tmp_path / "full"
    full.symlink_to("/dev/full")
    generate(tmp_path, TABLE, "full", "--total", "3000", "--format", form, expected=2)
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith("paysim generate: /dev/full: ") or "No space left" in line
    assert {path.name for path in tmp_path.iterdir()} == {"full", "full.yaml"}


def test_a_file_has_its_name_when_it_is_whole(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    config = tmp_path / "few.yaml"  # many rows, and few people to make before the first
    config.write_text("simulator: {transaction: {population: {customers: 2000, merchants: 200}}}")
    command = [sys.executable, "-m", "paysim", "generate", "--total", "10000000", "--config", str(config)]
    with subprocess.Popen([*command, "--output", str(folder / "d.jsonl")]) as process:
        part = folder / "d.jsonl.part"
        while not (part.exists() and part.stat().st_size) and process.poll() is None:
            time.sleep(0.05)
        process.terminate()
        assert process.wait(60) == -signal.SIGTERM
    assert sorted(path.name for path in folder.iterdir()) == ["d.jsonl.labels.jsonl.part", "d.jsonl.part"]


def test_what_was_given_up_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), files.whole(tmp_path / "d.jsonl") as file:
        file.write(b"{}")
        raise KeyboardInterrupt
    assert not list(tmp_path.iterdir())


def test_labels_of_an_earlier_data_set_do_not_stay(tmp_path: Path, capsys: Any) -> None:
    path = generate(tmp_path, TABLE, "d.jsonl", "--total", "2000")
    labels = path.with_name("d.jsonl.labels.jsonl")
    assert f"2,000 transactions, {len(read(labels)):,} of them labelled in {labels.name}" in capsys.readouterr().err
    generate(tmp_path, TABLE.split("    violations")[0], "d.jsonl", "--total", "50")
    assert not any("violation" in json.loads(label) for label in read(labels))


def test_labels_say_what_is_fraud_and_bodies_do_not(tmp_path: Path) -> None:
    plain = TABLE.split("    violations")[0]
    path = generate(tmp_path, plain, "d.jsonl", "--total", "20000", "--seed", "4")
    lines = read(path)
    labels = [json.loads(label) for label in read(path.with_name("d.jsonl.labels.jsonl"))]
    assert 8 <= len(labels) <= 50  # 0.12 % of the payments
    for label in labels:
        event = json.loads(lines[label["line"] - 1])
        assert label == {"transaction_id": event["transaction_id"], "fraud": True, "line": label["line"]}
        assert event["transaction_type"] == "payment"
    assert not [line for line in lines if b'"fraud"' in line]
    fraud = truth.file(path).data.fraud
    assert fraud is not None and fraud.sum() == len(labels)


# profile


@pytest.mark.parametrize("ending", ["jsonl", "csv", "parquet"])
def test_a_profile_counts_what_is_in_the_file(tmp_path: Path, ending: str) -> None:
    path = generate(tmp_path, TABLE, f"d.{ending}", "--total", "2000", "--seed", "6")
    found = profile.of_file(path, config())
    assert found.total == 2000
    assert found.mixes["payment_method"]["credit_card"] == 1000
    assert found.hours.sum() == 2000
    assert set(found.violations) == {"rapid_fire", "duplicate", "negative_amount"}
    assert sum(map(len, found.dollars.values())) == 2000 - found.mixes["payment_status"]["refunded"]


def test_a_profile_reads_the_names_and_forms_of_a_mapping(tmp_path: Path) -> None:
    rules = {
        "rename": {"payment_status": "state", "amount": "money.sum", "transaction_timestamp": "at"},
        "values": {"payment_status": {"completed": "ok", "refunded": "ok"}},
        "formats": {"amount": "minor_units", "timestamp": "epoch_ms"},
        "drop": ["merchant_name"],
    }
    plain, mapped = (config(mapping=mapping) for mapping in ({}, rules))
    found = [
        profile.of_rows((r for part in dataset.slices(dataset.plan(c, total=1500)) for r in part), c)
        for c in (plain, mapped)
    ]
    assert found[1].mixes["payment_status"]["ok"] == sum(
        found[0].mixes["payment_status"][s] for s in ("completed", "refunded")
    )
    expected = found[0].expected["payment_status"]
    assert found[1].expected["payment_status"]["ok"] == pytest.approx(expected["completed"] + expected["refunded"])
    for method, amounts in found[0].dollars.items():
        assert np.allclose(found[1].dollars[method], amounts)
    assert np.array_equal(found[0].hours, found[1].hours)
    assert not found[1].merchants


def test_a_profile_counts_people_places_methods_hours_and_declines(tmp_path: Path) -> None:
    path = tmp_path / "d.jsonl"
    payment = {
        "transaction_type": "payment",
        "payment_method": "debit_card",
        "payment_status": "completed",
        "customer_id": "a",
        "customer_country": "DE",
        "merchant_category": "travel",
        "transaction_timestamp": "2026-01-01T11:30:00Z",
        "location": {"latitude": 52.52, "longitude": 13.40},
        "metadata": {"risk_score": 0.31},
    }
    failed = payment | {"payment_status": "failed", "customer_id": "b", "metadata": {"risk_score": 1.0}}
    refund = payment | {"transaction_type": "refund", "payment_status": "refunded"}
    path.write_bytes(b"\n".join(map(orjson.dumps, (payment, payment, failed, refund))))
    found = profile.of_file(path, config())
    assert found.people == {"a": 2, "b": 1}
    assert found.places == {(52.5, 13.0, "DE"): 3}
    assert found.methods == {"DE": {"debit_card": 3}}
    assert found.category_hours["travel"].tolist() == [0] * 12 + [4] + [0] * 11
    assert found.risk[3].tolist() == [2, 0]
    assert found.risk[9].tolist() == [1, 1]
    assert found.facts["DE"]["debit_card"] == methods.METHODS["DE"]["debit_card"]


def test_names_in_a_data_set_are_text_on_the_page(tmp_path: Path) -> None:
    path, page = tmp_path / "d.jsonl", tmp_path / "p.html"
    path.write_text('{"channel": "<b>web", "merchant_name": "A & \\"B\\"", "merchant_category": "x\\"y"}\n')
    assert main(["profile", str(path), "--output", str(page)]) == 0
    text = page.read_text(encoding="utf-8")
    assert "<b>web" not in text
    assert "&lt;b&gt;web" in text
    assert "A &amp; &quot;B&quot;" in text


def test_what_cannot_be_read_is_counted(tmp_path: Path) -> None:
    rows = [
        row
        for part in dataset.slices(dataset.plan(config(violations={"malformed_json": 0.5}), total=400))
        for row in part
    ]
    found = profile.of_rows(rows, config())
    assert found.unreadable == found.violations["malformed_json"] > 100
    assert found.total + found.unreadable == 400
    path = tmp_path / "odd.jsonl"
    path.write_bytes(b'{"amount": "much", "currency": "USD"}\n[]\n{"transaction_timestamp": "no-time"}\n{}\n')
    odd = profile.of_file(path, config())
    assert (odd.total, odd.unreadable) == (3, 3)


def test_the_page_is_whole_and_needs_no_network(tmp_path: Path, capsys: Any) -> None:
    path = generate(tmp_path, SMALL, "d.jsonl", "--total", "3000", "--seed", "6")
    page = tmp_path / "out" / "p.html"
    assert main(["profile", str(path), "--config", f"{path}.yaml", "--output", str(page)]) == 0
    text = page.read_text(encoding="utf-8")
    titles = [html.unescape(title) for title in re.findall('aria-label="([^"]+)"', text)]
    assert titles == [
        "Amounts of payments in US dollars, by payment method",
        "Where payments are made",
        "Payment methods by country",
        "Payment methods",
        "Statuses (refunded: refunds)",
        "Channels",
        "Merchant categories",
        "Customers' countries",
        "Payments per person",
        "Declines by risk score",
        "Merchants with the most transactions",
        "Hours by merchant category",
        "Hours by weekday",
        "Violations",
    ]
    assert "rapid_fire" in text and "configured" in text
    assert not re.search(r"https?://|<script|<link|@import|url\(", text)
    assert "charts of" in capsys.readouterr().out


def test_a_configuration_is_profiled_too(tmp_path: Path) -> None:
    source, page = tmp_path / "c.yaml", tmp_path / "p.html"
    source.write_text(TABLE, encoding="utf-8")
    assert main(["profile", str(source), "--total", "1000", "--output", str(page)]) == 0
    assert "1,000 transactions" in page.read_text(encoding="utf-8")


def test_a_file_of_something_else_has_the_charts_that_can_be_drawn(tmp_path: Path) -> None:
    path, page = tmp_path / "other.jsonl", tmp_path / "p.html"
    path.write_text('{"channel": "web"}\n' * 3, encoding="utf-8")
    assert main(["profile", str(path), "--output", str(page)]) == 0
    assert re.findall('aria-label="([^"]+)"', page.read_text(encoding="utf-8")) == ["Channels"]


@pytest.mark.parametrize(("name", "content"), [("no.jsonl", None), ("empty.jsonl", b""), ("odd.parquet", b"nothing")])
def test_what_is_no_data_set_is_one_line(tmp_path: Path, name: str, content: bytes | None, capsys: Any) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    assert main(["profile", str(path), "--output", str(tmp_path / "p.html")]) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith(f"paysim profile: {path}: ")
