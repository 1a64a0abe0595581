"""`paysim truth` as its users meet it: a file, a configuration, exit codes, table, JSON, page."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import orjson
import pytest

from paysim.cli import main
from tests.support.true_world_fixtures import judged, world  # noqa: F401  (fixtures)

World = tuple[list[dict[str, Any]], dict[str, bool]]


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    for name in ("EVENTHUB_CONNECTION_STRING", "PAYSIM_CONFIG"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def true_file(world: World, tmp_path_factory: pytest.TempPathFactory) -> Path:  # noqa: F811
    """A data set of a true world, with the labels of its fraud."""
    documents, fraud = world
    path = tmp_path_factory.mktemp("truth") / "true.jsonl"
    path.write_bytes(b"".join(orjson.dumps(each) + b"\n" for each in documents))
    labels = b"".join(orjson.dumps({"transaction_id": id_, "fraud": True}) + b"\n" for id_ in fraud)
    path.with_name("true.jsonl.labels.jsonl").write_bytes(labels)
    return path


def config(folder: Path, text: str = "") -> Path:
    path = folder / "config.yaml"
    path.write_text(f"simulator:\n  seed: 7\n{text}")
    return path


def test_a_true_data_set_ends_with_0(true_file: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["truth", str(true_file), "--json", "found/truth.json", "--html", "found/truth.html"]) == 0
    shown = capsys.readouterr().out
    assert "Pix in Brazil" in shown
    assert "Banco Central do Brasil 2024" in shown
    assert "122 properties: 121 ok, 1 not measured" in shown
    found = json.loads(Path("found/truth.json").read_bytes())
    assert found["exit_code"] == 0
    assert found["counts"]["outside"] == 0
    row = next(each for each in found["properties"] if each["name"] == "pix")
    assert row["verdict"] == "ok"
    assert row["interval"][0] < row["value"] < row["interval"][1]
    assert (row["fact"]["year"], row["fact"]["publisher"]) == (2024, "Banco Central do Brasil")
    assert row["allowed"] == pytest.approx([0.376, 0.564])
    page = Path("found/truth.html").read_text(encoding="utf-8")
    assert "Pix in Brazil" in page
    assert "http" not in page.replace('href="http', "")  # nothing is fetched


def test_a_false_data_set_ends_with_1(world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]):  # noqa: F811
    path = tmp_path / "false.jsonl"
    documents = [
        {**each, "location": {**each["location"], "latitude": 1.0 * (at % 60)}} for at, each in enumerate(world[0])
    ]
    path.write_bytes(b"".join(orjson.dumps(each) + b"\n" for each in documents))
    assert main(["truth", str(path), "--json", "truth.json"]) == 1
    found = json.loads(Path("truth.json").read_bytes())
    outside = [each["name"] for each in found["properties"] if each["verdict"] == "outside"]
    assert {"near_home", "too_fast"} <= set(outside)
    assert found["exit_code"] == 1
    assert f"{len(outside)} outside" in capsys.readouterr().out


def test_a_configuration_is_generated_and_what_it_sets_does_not_count(tmp_path: Path):
    path = config(tmp_path, "  transaction:\n    patterns: {channels: {web: 0.5, pos: 0.5}}\n")
    assert main(["truth", str(path), "--total", "3000", "--json", "truth.json"]) in (0, 1)
    found = json.loads(Path("truth.json").read_bytes())
    verdicts = {each["name"]: each["verdict"] for each in found["properties"]}
    assert found["transactions"] == 3_000
    assert verdicts["in_person_us"] == "configured"
    assert verdicts["debit_card_de"] != "configured"


def test_a_mapping_is_not_judged(tmp_path: Path):
    path = config(tmp_path, "  transaction:\n    mapping: {rename: {amount: value.amount}, drop: [location]}\n")
    assert main(["truth", str(path), "--total", "500", "--json", "truth.json"]) in (0, 1)
    assert json.loads(Path("truth.json").read_bytes())["transactions"] == 500


def test_labelled_bad_transactions_are_left_out(tmp_path: Path):
    path = config(tmp_path, "  transaction:\n    violations: {negative_amount: 0.05, malformed_json: 0.05}\n")
    assert main(["truth", str(path), "--total", "2000", "--json", "made.json"]) in (0, 1)
    made = json.loads(Path("made.json").read_bytes())
    assert main(["generate", "--config", str(path), "--total", "2000", "--output", "set.jsonl"]) == 0
    assert main(["truth", "set.jsonl", "--json", "read.json"]) in (0, 1)
    read = json.loads(Path("read.json").read_bytes())
    assert 150 < made["left_out"] == read["left_out"] < 250
    assert made["properties"] == read["properties"]


def test_what_a_file_was_made_with_is_configured(true_file: Path, tmp_path: Path):
    path = config(tmp_path, "  transaction:\n    patterns: {payment_methods: {credit_card: 1}}\n")
    assert main(["truth", str(true_file), "--config", str(path), "--json", "truth.json"]) == 0
    found = json.loads(Path("truth.json").read_bytes())
    assert {each["verdict"] for each in found["properties"] if each["theme"] == "methods"} == {"configured"}


def paysim(*args: object) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "paysim", *map(str, args)],
        capture_output=True,
        text=True,
        env={"PATH": os.environ["PATH"]},
        timeout=120,
    )


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('{"a": 1}\n', "set.jsonl:1: has no payment_details; a mapping renames fields"),
        ("no json\n", "set.jsonl:1: is not JSON"),
        ("", "set.jsonl: holds no transaction"),
        (None, "set.jsonl: No such file or directory"),
    ],
)
def test_what_cannot_be_judged_is_one_line_and_2(tmp_path: Path, content: str | None, said: str):
    path = tmp_path / "set.jsonl"
    if content is not None:
        path.write_text(content)
    ended = paysim("truth", path)
    assert ended.returncode == 2
    assert said in ended.stderr
    assert len(ended.stderr.splitlines()) == 1
    assert ended.stdout == ""


def test_a_page_that_cannot_be_written_is_one_line_and_2(tmp_path: Path):
    (tmp_path / "file").write_text("")
    ended = paysim("truth", config(tmp_path), "--total", "300", "--html", tmp_path / "file" / "truth.html")
    assert ended.returncode == 2
    assert len(ended.stderr.splitlines()) == 1


@pytest.mark.parametrize("args", [[], ["a", "b"], ["a", "--total", "0"], ["a", "--seed", "-1"]])
def test_bad_usage_ends_with_2(args: list[str]):
    with pytest.raises(SystemExit) as ended:
        main(["truth", *args])
    assert ended.value.code == 2


def test_a_configuration_takes_no_other(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    path = config(tmp_path)
    assert main(["truth", str(path), "--config", str(path)]) == 2
    assert "--config is for a FILE" in capsys.readouterr().err
