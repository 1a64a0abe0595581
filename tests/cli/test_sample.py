"""`paysim sample`: real transactions of the configuration, as JSON Lines."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from paysim.cli import main
from paysim.contract.labels import SCENARIOS

FEW = ("negative_amount", "mule_chain", "friendly_fraud", "missing_follow_up", "late_arrival", "over_refund")
"""One of each way in which an episode is shown."""


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


class TestScenario:
    """`--scenario NAME`: a whole episode, with what it refers to."""

    @pytest.fixture
    def told(self, capfdbinary: pytest.CaptureFixture[bytes]):
        def run(*argv: str, code: int = 0) -> tuple[list[bytes], str]:
            assert main(["sample", "--scenario", *argv]) == code
            out, err = capfdbinary.readouterr()
            return out.splitlines(), err.decode()

        return run

    def test_all_payments_of_one_story(self, told):
        lines, said = told("structuring")
        events = [json.loads(line) for line in lines]
        assert len(events) == 6 and len({event["customer_id"] for event in events}) == 1
        times = [event["transaction_timestamp"] for event in events]
        assert times == sorted(times) and len(set(times)) == 6
        assert said.splitlines() == [f"structuring: {SCENARIOS['structuring'].about}", "episode 1: 6"]

    def test_as_many_stories_as_asked_for(self, told):
        lines, said = told("structuring", "-n", "7")
        assert len(lines) == 42 and said.splitlines()[-1] == "episode 7: 6"

    def test_what_it_refers_to_comes_first(self, told):
        payment, refund = (json.loads(line) for line in told("currency_mismatch")[0])
        assert refund["original_transaction_id"] == payment["transaction_id"]
        assert refund["currency"] != payment["currency"]
        for name in ("duplicate", "redelivery"):
            *_, original, copy = told(name)[0]  # before a refund stands its payment
            assert original == copy
        first, second = (json.loads(line) for line in told("reused_id")[0])
        assert first | {"amount": second["amount"]} == second and second["amount"] < first["amount"]
        first, second = (json.loads(line) for line in told("new_id")[0])
        assert first | {"transaction_id": second["transaction_id"]} == second != first
        first, second = (json.loads(line) for line in told("out_of_order")[0])
        assert first["customer_id"] == second["customer_id"]
        assert first["transaction_timestamp"] > second["transaction_timestamp"]

    @pytest.mark.timeout(900)  # a data set a scenario
    @pytest.mark.parametrize("names", [FEW, pytest.param(tuple(SCENARIOS), marks=pytest.mark.long)], ids=["few", "all"])
    def test_every_scenario_can_be_shown_and_a_seed_repeats_it(self, told, tmp_path: Path, names: tuple[str, ...]):
        path = tmp_path / "few.yaml"  # a command a scenario: few people and two methods are made at once
        path.write_text(
            "simulator: {transaction: {population: {customers: 2000, merchants: 200}, "
            "patterns: {payment_methods: {credit_card: 0.9, bank_transfer: 0.1}}}}"
        )
        options = ("--seed", "5", "--config", str(path))
        for name in names:
            scenario = SCENARIOS[name]
            lines, _ = told(name, *options)
            if name == "clock_skew":  # as many as there are at a terminal
                continue
            if scenario.in_lifecycle:  # with all that follows the payment
                assert scenario.length <= len(lines) <= scenario.length + 6, name
                continue
            assert len(lines) in ((1, 2) if scenario.length == 1 else (scenario.length,)), name
        assert told(name, *options)[0] == lines

    def test_one_that_the_configuration_cannot_have_is_refused(self, told, tmp_path: Path):
        path = tmp_path / "transfers.yaml"
        path.write_text("simulator: {transaction: {patterns: {payment_methods: {bank_transfer: 1}}}}")
        lines, said = told("invalid_card_brand", "--config", str(path), code=2)
        assert not lines
        assert said == (
            "paysim sample: invalid_card_brand needs credit_card or debit_card payments, and payment_methods has none\n"
        )

    @pytest.mark.parametrize(
        ("argv", "expected"),
        [(["nonsense"], "must be one of negative_amount, "), (["duplicate", "--method", "credit_card"], "not allowed")],
    )
    def test_a_wrong_option_is_named(self, argv: list[str], expected: str, capsys: pytest.CaptureFixture[str]):
        with pytest.raises(SystemExit) as error:
            main(["sample", "--scenario", *argv])
        assert error.value.code == 2 and expected in capsys.readouterr().err
