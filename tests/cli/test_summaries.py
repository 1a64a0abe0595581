"""A summary that was cut off or edited ends `paysim verify` and `paysim compare` with 2 and one line."""

import copy
import json
import subprocess
import sys

import pytest

from paysim.cli import main
from paysim.config.schema import Config
from paysim.loadtest.judge import verdict
from paysim.loadtest.report import summary
from tests.support.accounts import account, facts

pytestmark = pytest.mark.usefixtures("unmeasured_processes")


@pytest.fixture(scope="module")
def whole():
    made = summary.make(facts(), [account(0, 1000, failed=5, unknown=7)])
    made.hub.positions = {"0": (0, 1000)}
    verdict.judge(made, Config().thresholds, verdict.EndFacts())
    return json.loads(json.dumps(made.model_dump()))


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "ids.txt").write_text("")
    return tmp_path


def verify(folder, text, capsys):
    path = folder / "summary.json"
    path.write_text(text)
    code = main(["verify", "--summary", str(path), "--ids", str(folder / "ids.txt")])
    return code, capsys.readouterr().err


def test_a_whole_summary_is_read(folder, whole, capsys):
    assert verify(folder, json.dumps(whole), capsys) == (1, "")  # none of its ids is in the empty list


@pytest.mark.parametrize(("violations", "code"), [({}, 1), ({"negative_amount": 5}, 2)], ids=["good", "bad"])
def test_labels_are_needed_where_the_run_sent_bad_data_and_nowhere_else(folder, whole, capsys, violations, code):
    """A summary that was copied without them, as CI did before each run had some, still is judged."""
    made = copy.deepcopy(whole)
    made["config"]["report"]["labels"] = "output/{run_id}/labels.jsonl"
    made["transactions"]["violations"] = violations
    found, said = verify(folder, json.dumps(made), capsys)
    assert found == code
    named = f"output/{made['run_id']}/labels.jsonl"
    words = f"the run wrote its labels to {named}, which is neither there nor beside the summary\n"
    assert said == (words if violations else "")


def changed(whole, keys, to):
    made = copy.deepcopy(whole)
    place = made
    for key in keys[:-1]:
        place = place[key]
    if to is ...:
        del place[keys[-1]]
    else:
        place[keys[-1]] = to
    return json.dumps(made)


@pytest.mark.parametrize(
    ("keys", "to"),
    [
        (["producers"], ...),
        (["producers"], None),
        (["producers"], []),
        (["producers", 0, "next_sequence"], ...),
        (["producers", 0, "next_sequence"], "5"),
        (["producers", 0, "next_sequence"], -5),
        (["producers", 0, "next_sequence"], 10**9),
        (["producers", 0, "next_sequence"], 10**12),
        (["producers", 0, "next_sequence"], 500),
        (["producers", 0, "next_sequence"], float("nan")),
        (["producers", 0, "failed"], [[10, 5]]),
        (["producers", 0, "failed"], ["x"]),
        (["producers", 0, "failed"], [[1000, 1004], [1005, 1011]]),
        (["producers", 0, "failed"], [[0, 10**30]]),
        (["producers", 0, "resent"], ...),
        (["producers", 0, "duplicates"], {}),
        (["producers", 0, "producer"], 4096),
        (["producers", 0, "silent"], "no"),
        (["run_id"], "x"),
        (["run_id"], "abc"),
        (["run_id"], ...),
        (["run_id"], 5),
        (["target"], ...),
        (["config"], ...),
        (["config", "output"], ...),
        (["config", "transaction", "mapping"], ...),
        (["config", "report", "labels"], 5),
        (["hub"], None),
        (["hub", "positions"], {"0": ["a", 1]}),
        (["transactions"], ...),
        (["transactions", "acked"], 3),
        (["transactions", "violations"], {"x": "many"}),
        (["schema_version"], 1),
    ],
)
def test_an_edited_summary_ends_with_2_and_one_line(folder, whole, capsys, keys, to):
    code, said = verify(folder, changed(whole, keys, to), capsys)
    assert code == 2
    assert said.startswith(f"{folder / 'summary.json'}: is not a ") and said.count("\n") == 1


@pytest.mark.parametrize("text", ["", "null", "[]", "{}", "[" * 100_000, "5", '"text"', "\0"])
def test_what_is_no_summary_ends_with_2_and_one_line(folder, capsys, text):
    code, said = verify(folder, text, capsys)
    assert code == 2 and said.count("\n") == 1


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_summary_that_was_cut_off_ends_with_2_and_one_line(folder, whole, capsys, share):
    text = json.dumps(whole)
    code, said = verify(folder, text[: int(len(text) * share)], capsys)
    assert (code, said) == (2, f"{folder / 'summary.json'}: is not JSON\n")


@pytest.mark.parametrize(
    ("keys", "to"),
    [
        (["rate"], ...),
        (["rate", "achieved_per_s"], "fast"),
        (["rate", "achieved_per_s"], float("inf")),
        (["latency_ms"], None),
        (["latency_ms", "response"], {"p50": 1}),
        (["transactions", "failed"], None),
        (["delivery"], {"lost": "some"}),
    ],
)
def test_compare_reads_whole_summaries_only(folder, whole, capsys, keys, to):
    for name, text in (("a", json.dumps(whole)), ("b", changed(whole, keys, to))):
        (folder / f"{name}.json").write_text(text)
    assert main(["compare", str(folder / "a.json"), str(folder / "b.json")]) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"{folder / 'b.json'}: is not a whole summary: ") and said.count("\n") == 1


@pytest.mark.parametrize(
    ("command", "encoding"),
    [*((command, "latin-1") for command in ("verify", "compare", "check", "sample", "--help")), ("verify", "utf-8")],
)
def test_no_subcommand_loses_a_word_or_its_exit_code_to_an_encoding(folder, whole, command, encoding):
    path = folder / "summary.json"
    path.write_text(json.dumps({**whole, "target": "a hub → beyond"}))
    (folder / "config.yaml").write_text(
        "simulator: {thresholds: {min_rate: 5}, report: {summary: 'o→ü.json'}}", "utf-8"
    )
    arguments = {
        "verify": ["--summary", str(path), "--ids", str(folder / "ids.txt")],
        "compare": [str(path), str(path)],
        "check": [str(folder / "config.yaml")],
        "sample": ["--config", str(folder / "config.yaml")],
        "--help": [],
    }
    done = subprocess.run(
        [sys.executable, "-m", "paysim", command, *arguments[command]],
        capture_output=True,
        env={"PYTHONIOENCODING": encoding, "PATH": "/usr/bin:/bin", "HOME": str(folder)},
        timeout=60,
        cwd=folder,
    )
    assert done.returncode == (1 if command == "verify" else 0), done.stderr
    assert b"Traceback" not in done.stderr
    if command == "verify":
        arrow = "→" if encoding == "utf-8" else "->"
        assert f"{arrow} a hub {arrow} beyond" in done.stdout.decode(encoding)


def test_a_closed_standard_output_is_no_traceback(folder):
    command = ["sh", "-c", 'exec "$@" >&-', "sh", sys.executable, "-m", "paysim", "compare", "a", "b"]
    done = subprocess.run(command, capture_output=True, cwd=folder, timeout=60)
    assert done.returncode == 2 and b"Traceback" not in done.stderr


def test_a_standard_output_that_is_full_is_one_line_and_never_the_1_of_a_verdict(folder, whole):
    (folder / "summary.json").write_text(json.dumps(whole))
    command = ["sh", "-c", 'exec "$@" >/dev/full', "sh", sys.executable, "-m", "paysim", "compare", ".", "."]
    done = subprocess.run(command, capture_output=True, cwd=folder, timeout=60, text=True)
    *notes, last = done.stderr.splitlines()
    assert (done.returncode, last) == (2, "standard output cannot be written: no space left on device")
    assert all(note.startswith("note: ") for note in notes)
