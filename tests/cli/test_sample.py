"""`paysim sample`: real transactions of the configuration, as JSON Lines."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from paysim.cli import main


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PAYSIM_CONFIG", raising=False)
    monkeypatch.delenv("EVENTHUB_CONNECTION_STRING", raising=False)
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "simulator_config.yaml").write_text(
        "simulator: {transaction: {population: {customers: 50, merchants: 20}}}"
    )


@pytest.fixture
def sample(capfdbinary: pytest.CaptureFixture[bytes]):
    def run(*argv: str) -> list[dict[str, Any]]:
        assert main(["sample", *argv]) == 0
        return [json.loads(line) for line in capfdbinary.readouterr().out.splitlines()]

    return run


def test_five_unless_told(sample):
    assert len(sample()) == 5


def test_as_many_of_a_method_as_asked_for(sample):
    found = sample("-n", "3", "--method", "bank_transfer")
    assert [transaction["payment_method"] for transaction in found] == ["bank_transfer"] * 3
    assert len({transaction["transaction_id"] for transaction in found}) == 3


def test_methods_come_by_their_weights(sample, tmp_path: Path):
    path = tmp_path / "two.yaml"
    path.write_text(
        "simulator: {seed: 1, transaction: {population: {customers: 50, merchants: 20}, "
        "patterns: {payment_methods: {credit_card: 3, cryptocurrency: 1}}}}"
    )
    counts = Counter(transaction["payment_method"] for transaction in sample("-n", "200", "--config", str(path)))
    assert set(counts) == {"credit_card", "cryptocurrency"}
    assert counts["credit_card"] > 120


def test_a_seed_repeats_people_and_values(sample):
    def drawn() -> list[tuple[object, ...]]:
        keys = ("payment_method", "customer_id", "merchant_id", "amount", "currency")
        return [tuple(transaction[key] for key in keys) for transaction in sample("-n", "20", "--seed", "7")]

    assert drawn() == drawn()


@pytest.mark.parametrize("argv", [["-n", "0"], ["-n", "x"], ["--seed", "-1"], ["--method", "cheque"]])
def test_bad_usage_ends_with_2_and_says_what_is_allowed(argv: list[str], capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as ended:
        main(["sample", *argv])
    assert ended.value.code == 2
    assert f"argument {argv[0]}: " in capsys.readouterr().err


def test_a_bad_configuration_is_told_before_anything_is_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    path = tmp_path / "bad.yaml"
    path.write_text("simulator: {sed: 1}")
    assert main(["sample", "--config", str(path)]) == 2
    assert capsys.readouterr().err.startswith(f"{path}:1: sed: unknown key; did you mean seed?")
