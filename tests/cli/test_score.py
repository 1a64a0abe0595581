"""`paysim score` as its users meet it: files, pipes, exit codes, table and JSON."""

import json
import os
import subprocess
import sys
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from paysim.cli import main
from tests.support.pipeline import HAS_POSTGRES, postgres
from tests.support.scoring import id_of, labels

DATA_SET = """simulator:
  seed: 7
  transaction:
    population: {customers: 600, merchants: 200}
    violations: {zero_amount: 0.02, structuring: 0.1, rapid_fire: 0.2}
"""
Scored = tuple[int, str, str]


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """Ten zero_amount and two invalid_email; nine and one of them are rejected, and so is one good transaction."""
    entries: list[tuple[str, str, str | None]] = [(id_of(at), "zero_amount", None) for at in range(10)]
    entries += [(id_of(at), "invalid_email", None) for at in (10, 11)]
    no = [*range(9), 10, 50]
    decided = "".join(f"{id_of(at)},{'rejected' if at in no else 'accepted'}\n" for at in range(100))
    (tmp_path / "decisions.csv").write_text(decided)
    return labels(tmp_path / "labels.jsonl", entries), tmp_path / "decisions.csv"


def run(capsys: pytest.CaptureFixture[str], files: tuple[Path, Path], *options: str) -> Scored:
    code = main(["score", "--labels", str(files[0]), "--decisions", str(files[1]), *options])
    said = capsys.readouterr()
    return code, said.out, said.err


def test_without_limits_nothing_is_judged(files: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, files)
    assert (code, err) == (0, "")
    rows = {line.split()[0]: line.split() for line in out.splitlines() if line.strip()}
    assert rows["zero_amount"][1:8] == ["10", "9", "0", "1", "0", "90.0", "%"]
    assert rows["invalid_email"][1:8] == ["2", "1", "0", "1", "0", "50.0", "%"]
    assert rows["all"][1:3] == ["12", "10"]
    assert "precision: 90.9 %" in out
    assert "without a label: 87 accepted, 1 rejected, 0 flagged: 1.1 % false alarms" in out


@pytest.mark.parametrize(
    ("options", "missed"),
    [
        (["--min-recall", "0.83"], None),
        (["--min-recall", "0.84"], "recall is 83.3 %, and has to be at least 84.0 %"),
        (["--min-recall", "zero_amount=0.9"], None),
        (["--min-recall", "zero_amount=0.91"], "recall of zero_amount is 90.0 %, and has to be at least 91.0 %"),
        (["--min-recall", "0.8", "--min-recall", "invalid_email=0.6"], "recall of invalid_email is 50.0 %"),
        (["--min-recall", "0.8", "--min-recall", "invalid_email=0.5"], None),
        (["--min-precision", "0.9"], None),
        (["--min-precision", "0.91"], "precision is 90.9 %, and has to be at least 91.0 %"),
    ],
)
def test_a_limit_decides_the_exit_code(
    options: list[str], missed: str | None, files: tuple[Path, Path], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    code, out, _ = run(capsys, files, *options, "--json", str(tmp_path / "found" / "score.json"))
    assert code == (0 if missed is None else 1)
    assert ("MISSED" in out) == (missed is not None) and (missed or "") in out
    written = json.loads((tmp_path / "found" / "score.json").read_bytes())
    assert (written["exit_code"], bool(written["missed"])) == (code, missed is not None)
    assert written["scenarios"]["zero_amount"]["recall"] == 0.9
    assert written["total"]["labelled"] == 12


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--min-recall", "zero_amuont=0.9"], "no label is of scenario zero_amuont; there are invalid_email, zero_amo"),
        (["--min-recall", "1.1"], "must be a share from 0 to 1, not 1.1"),
        (["--min-recall", "most"], "must be a share from 0 to 1, not most"),
        (["--min-precision", "90%"], "must be a share from 0 to 1, not 90%"),
        (["--json", "/dev/null/score.json"], "/dev/null/score.json: cannot be written: "),
    ],
)
def test_a_wrong_option_is_named(
    options: list[str], expected: str, files: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        code: Any = main(["score", "--labels", str(files[0]), "--decisions", str(files[1]), *options])
    except SystemExit as error:  # of argparse
        code = error.code
    assert code == 2
    assert expected in capsys.readouterr().err


def test_a_wrong_file_is_named_with_its_line(files: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    own, decided = files
    for text, expected in (
        (f"{id_of(1)},ok\n", f"{decided}:1: 'ok' is no decision"),
        (f"{id_of(1, run=0x2A000B)},accepted\n", f"{decided}: none of the 1 decisions is on a transaction of run"),
    ):
        decided.write_text(text)
        code, out, err = run(capsys, files, "--min-recall", "0.1")
        assert (code, out) == (2, "") and expected in err
    code, _, err = run(capsys, (own, own.with_name("none.csv")))
    assert (code, err) == (2, f"paysim score: {own.with_name('none.csv')}: cannot be read: no such file or directory\n")
    code, _, err = run(capsys, (own.with_name("none.jsonl"), decided))
    assert (code, err) == (
        2,
        f"paysim score: {own.with_name('none.jsonl')}: cannot be read: no such file or directory\n",
    )
    code, _, err = run(capsys, (decided, decided))
    assert (code, err) == (2, f"paysim score: {decided}:1: is no label: transaction_id and violation\n")


def test_no_decision_at_all_is_noted_and_misses_any_limit(
    files: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    files[1].write_text("")
    code, _, err = run(capsys, files, "--min-recall", "0.01", "--min-precision", "0.01")
    assert (code, err) == (1, f"note: {files[1]} holds no decision\n")


def test_a_data_set_is_scored_by_its_labels(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A detector that sees a payment of nothing, and the fourth of a customer's payments just below 10,000 dollars."""
    (tmp_path / "c.yaml").write_text(DATA_SET)
    path = tmp_path / "d.jsonl"
    assert main(["generate", "--config", str(tmp_path / "c.yaml"), "--total", "4000", "--output", str(path)]) == 0
    capsys.readouterr()
    stories: dict[str, int] = {}
    labelled = {}
    for line in path.with_name("d.jsonl.labels.jsonl").read_text().splitlines():
        label = json.loads(line)
        if "violation" in label:
            labelled[label["transaction_id"]] = label
    with (tmp_path / "decided.jsonl").open("w") as decided:
        for line in path.read_text().splitlines():
            event = json.loads(line)
            label = labelled.get(event["transaction_id"], {"violation": None, "episode": ""})
            number = stories[label["episode"]] = stories.get(label["episode"], 0) + 1
            no = event["amount"] == 0 or (label["violation"] == "structuring" and number == 4)
            entry = {"id": event["transaction_id"], "decision": "flagged" if no else "accepted"}
            decided.write(json.dumps(entry | {"time": event["transaction_timestamp"]}) + "\n")
    files = path.with_name("d.jsonl.labels.jsonl"), tmp_path / "decided.jsonl"
    code, _, _ = run(capsys, files, "--min-recall", "zero_amount=1", "--json", str(tmp_path / "score.json"))
    found = json.loads((tmp_path / "score.json").read_bytes())
    assert code == 0
    zero, structuring, rapid = (found["scenarios"][name] for name in ("zero_amount", "structuring", "rapid_fire"))
    assert zero["recall"] == 1 and zero["episodes"] == zero["labelled"]
    assert structuring["episodes_found"] == structuring["episodes"] == structuring["labelled"] / 6
    assert structuring["recall"] == pytest.approx(1 / 6)
    # The fourth comes after three gaps of 1 to 14 hours.
    assert 3 * 3_600 <= structuring["detection"]["median"] <= structuring["detection"]["most"] <= 42 * 3_600
    assert (rapid["episodes"], rapid["episodes_found"]) == (rapid["labelled"] / 100, 0)
    assert run(capsys, files, "--min-recall", "structuring=0.2")[0] == 1


def test_memory_grows_by_some_bytes_a_decision(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def peak(count: int) -> int:
        own = labels(tmp_path / "labels.jsonl", ((id_of(at), "zero_amount", None) for at in range(count // 4)))
        with (tmp_path / "decisions.csv").open("w") as decided:
            decided.writelines(f"{id_of(at)},rejected,1767225601\n" for at in range(count))
        tracemalloc.start()
        try:
            assert run(capsys, (own, tmp_path / "decisions.csv"))[0] == 0
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    few, many = 20_000, 120_000
    assert peak(many) - peak(few) < 120 * (many - few)  # lines alone, as text, are 137 bytes each


@pytest.mark.skipif(not HAS_POSTGRES, reason="PostgreSQL's server is not installed (Debian: postgresql)")
def test_a_table_of_postgresql_is_scored_as_the_guide_says(files: tuple[Path, Path], tmp_path: Path) -> None:
    own, decided = files
    lines = decided.read_text().splitlines()
    rows = ", ".join(f"('{line.split(',')[0]}', '{line.split(',')[1]}')" for line in lines)
    with postgres() as server:
        environ = {**os.environ, "PGPASSWORD": server.password, "PGUSER": "paysim", "PGHOST": "127.0.0.1"}
        environ |= {"PGPORT": str(server.port), "PGDATABASE": "postgres", "PGTZ": "Asia/Kolkata", "COLUMNS": "160"}

        def shell(command: str) -> subprocess.CompletedProcess[str]:
            return subprocess.run(
                ["bash", "-o", "pipefail", "-c", command],
                env={**environ, "PATH": f"{Path(sys.executable).parent}:{environ['PATH']}"},
                capture_output=True,
                encoding="utf-8",
                timeout=120,
            )

        table = (
            "CREATE TABLE decisions (transaction_id uuid PRIMARY KEY, status text, "
            "decided_at timestamptz DEFAULT '2026-01-01 00:00:02.5+00')"
        )
        made = shell(f'psql -v ON_ERROR_STOP=1 -c "{table}" -c "INSERT INTO decisions VALUES {rows}"')
        assert made.returncode == 0, made.stderr
        query = r"\copy (SELECT transaction_id, status, decided_at FROM decisions) TO STDOUT CSV"
        score = f"paysim score --labels {own} --decisions - --json {tmp_path}/score.json"
        passed = shell(f'psql -c "{query}" | {score} --min-recall 0.8')
        assert (passed.returncode, passed.stderr) == (0, "")
        found = json.loads((tmp_path / "score.json").read_bytes())
        assert (found["total"]["recall"], found["decisions"]) == (pytest.approx(10 / 12), 100)
        assert found["total"]["detection"] == {"median": 2.5, "p95": 2.5, "most": 2.5}
        named = query.replace("CSV", "CSV HEADER").replace("status", "status AS decision")
        assert shell(f'psql -c "{named}" | {score} --min-recall 0.8').returncode == 0
        assert shell(f'psql -c "{query}" | {score} --min-recall 0.9').returncode == 1
