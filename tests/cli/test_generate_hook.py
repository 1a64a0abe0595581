"""`paysim generate --hook`: a Python file changes the data set."""

from pathlib import Path

import orjson
import pytest

from paysim.cli import main

HOOK = """
import paysim

@paysim.on_transaction
def change(document):
    if document["payment_status"] == "failed":
        return None
    return document | {"year": document["transaction_timestamp"][:4]}
"""


def generated(tmp_path: Path, text: str) -> int:
    path = tmp_path / "changes.py"
    path.write_text(text)
    options = ["--hook", str(path), "--total", "600", "--seed", "7", "--output", str(tmp_path / "set.jsonl")]
    return main(["generate", *options])


def test_a_data_set_is_changed_and_says_how_many_were_dropped(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert generated(tmp_path, HOOK) == 0
    rows = [orjson.loads(line) for line in (tmp_path / "set.jsonl").read_bytes().splitlines()]
    assert 400 < len(rows) < 600 and all(row["year"] == "2026" for row in rows)
    assert "failed" not in {row["payment_status"] for row in rows}
    assert [row["transaction_timestamp"] for row in rows] == sorted(row["transaction_timestamp"] for row in rows)
    assert f"set.jsonl: {len(rows)} transactions ({600 - len(rows)} dropped)" in capsys.readouterr().err


def test_all_of_a_data_set_may_be_dropped(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert generated(tmp_path, HOOK.replace('if document["payment_status"] == "failed":', "if True:")) == 0
    assert (tmp_path / "set.jsonl").read_bytes() == b""
    assert "0 transactions (600 dropped)" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (HOOK.replace("return document |", "return 1 /"), "change (changes.py:4) raised TypeError: "),
        ("print(1", "changes.py:1: "),
        ("x = 1", "registers no function; put @paysim.on_transaction above one"),
    ],
    ids=["raises", "syntax", "nothing"],
)
def test_a_file_that_fails_is_one_line_and_no_data_set(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, said: str
) -> None:
    assert generated(tmp_path, text) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert said in line
    assert not (tmp_path / "set.jsonl").exists() and not (tmp_path / "set.jsonl.part").exists()


def test_the_example_of_a_locustfile_is_a_hook_too(tmp_path: Path) -> None:
    example = (Path(__file__).parents[2] / "docs/examples/on_transaction.py").read_text(encoding="utf-8")
    assert (
        generated(
            tmp_path, example.replace("from paysim import PaymentUser, ", "PaymentUser = None\nfrom paysim import ")
        )
        == 0
    )
    rows = [orjson.loads(line) for line in (tmp_path / "set.jsonl").read_bytes().splitlines()]
    assert {row["tier"] for row in rows} == {"small", "large"}
    assert "digital_wallet" not in {row["payment_method"] for row in rows}
