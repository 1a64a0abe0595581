"""What a run says beforehand of its amounts and channels."""

from typing import Any

import pytest

from paysim.transactions.advice import advice

from .conftest import config


def said(**patterns: Any) -> list[str]:
    return advice(config(patterns=patterns))


def test_the_defaults_need_no_word() -> None:
    assert said() == []


@pytest.mark.parametrize(
    "amounts",
    [{"max": 200}, {"distribution": "normal", "mean": 20, "std_dev": 30}, {"distribution": "exponential", "max": 150}],
)
def test_a_cut_that_moves_the_mean_by_more_than_five_percent_is_said(amounts: dict[str, Any]) -> None:
    [line] = said(amounts=amounts)
    assert line.startswith("transaction.patterns.amounts.mean: the cut to 1..")


def test_it_is_said_of_one_method_too() -> None:
    [line] = said(amounts={"by_method": {"debit_card": {"max": 100}}})
    assert line.startswith("transaction.patterns.amounts.by_method.debit_card.mean: ")


def test_channels_that_the_methods_cannot_have_are_said() -> None:
    lines = said(payment_methods={"bank_transfer": 1})
    assert [line.split(":")[0] for line in lines] == [
        f"transaction.patterns.channels.{channel}" for channel in ("web", "mobile", "pos", "api")
    ]
    assert "0.0% instead of 20.0%" in lines[2]
    assert said(payment_methods={"credit_card": 1}) == []
