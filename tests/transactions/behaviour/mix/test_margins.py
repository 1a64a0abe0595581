"""What a run says beforehand of its amounts and channels."""

from pathlib import Path
from typing import Any

import pytest

from paysim.cli import main
from paysim.transactions.behaviour.mix.margins import margin_warnings, mix_lines
from tests.support.margins import CONFIGURED
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


def test_what_is_auto_comes_to_shares_that_are_said_in_full_by_country() -> None:
    lines = list(mix_lines(config(), full=True))
    assert [line.split(":")[0] for line in lines][:4] == [
        "payment_methods",
        "payment_status",
        "channels",
        "merchant_categories",
    ]
    assert [line for line in lines if line.startswith("payment_methods of BR: bank_transfer 47 %")]
    short = list(mix_lines(config()))
    assert len(short) == 5
    assert "IN bank_transfer 83 %" in short[-1]


def test_nothing_is_said_of_shares_that_are_set() -> None:
    assert list(mix_lines(config(patterns=CONFIGURED))) == []


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
