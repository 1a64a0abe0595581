"""What a run says beforehand of its amounts and channels."""

from pathlib import Path
from typing import Any

import pytest

from paysim.cli import main
from paysim.transactions.behaviour.margins import margin_warnings
from tests.support.transactions import config


def said(**patterns: Any) -> list[str]:
    return margin_warnings(config(patterns=patterns))


def test_the_defaults_need_no_word() -> None:
    assert said() == []


@pytest.mark.parametrize(
    "amounts",
    [
        {"mean": 85, "max": 200},
        {"distribution": "normal", "mean": 20, "std_dev": 30},
        {"distribution": "exponential", "max": 150},
    ],
)
def test_a_cut_that_moves_the_mean_by_more_than_five_percent_is_said(amounts: dict[str, Any]) -> None:
    [line] = said(amounts=amounts)
    assert line.startswith("transaction.patterns.amounts.mean: the cut to 1..")


def test_it_is_said_of_one_method_too() -> None:
    [line] = said(amounts={"by_method": {"debit_card": {"mean": 85, "max": 100}}})
    assert line.startswith("transaction.patterns.amounts.by_method.debit_card.mean: ")


def test_amounts_that_follow_the_facts_have_no_mean_to_move() -> None:
    assert said(amounts={"max": 200}) == []


def test_channels_that_the_methods_cannot_have_are_said() -> None:
    lines = said(payment_methods={"bank_transfer": 1})
    assert [line.split(":")[0] for line in lines] == [
        f"transaction.patterns.channels.{channel}" for channel in ("web", "mobile", "pos", "api")
    ]
    assert "0.0% instead of 20.0%" in lines[2]
    assert said(payment_methods={"credit_card": 1}) == []


def test_check_says_what_passes_unmapped_and_what_a_cut_moves(tmp_path: Path, capsys: Any) -> None:
    source = tmp_path / "c.yaml"
    source.write_text(
        "simulator:\n  transaction:\n    patterns: {amounts: {mean: 85, max: 200}}\n"
        "    mapping: {values: {channel: {web: W, mobile: M}}}\n",
        encoding="utf-8",
    )
    assert main(["check", str(source)]) == 0
    out, err = capsys.readouterr()
    assert "  unmapped  channel: pos, api pass as they are\n" in out
    assert "warning: transaction.patterns.amounts.mean: the cut to 1..200 moves the mean" in err
