"""Amounts end as prices do: shares of endings, in the steps of the currency, near what was drawn."""

import numpy as np
import pytest

from paysim.contract.codes import MINOR_UNITS
from paysim.facts import prices as facts
from paysim.transactions.behaviour.amounts import prices

CURRENCIES = ["USD", "EUR", "JPY", "INR", "KRW", "KWD", "SEK"]
COUNT = 20_000


def rounded(code: str, currency: str, around: float, spread: float = 0.8) -> tuple[np.ndarray, np.ndarray]:
    """Amounts before and after, minor units."""
    rng = np.random.default_rng(5)
    logs = np.log(around) + spread * rng.standard_normal(COUNT)
    kinds = np.full(COUNT, prices.kind_of(code))
    which = np.full(COUNT, CURRENCIES.index(currency))
    found = prices.PriceEndings(CURRENCIES).round(logs, kinds, which, rng.random(COUNT))
    return np.exp(logs), found


def ending(minor: np.ndarray, base: int, *values: int) -> float:
    return float(np.isin(minor.astype(np.int64) % base, values).mean())


def test_shop_payments_end_in_nine_or_nothing_as_often_as_the_facts_say():
    _, minor = rounded("5651", "EUR", 60_00)
    assert facts.NINE_OR_ZERO.low < ending(minor, 10, 9, 0) < facts.NINE_OR_ZERO.high
    assert ending(minor, 100, 99) > 0.1
    assert ending(minor, 1000, 900) > 0.05  # 49.00


def test_digital_goods_end_in_99_95_49_or_00():
    _, minor = rounded("5816", "USD", 9_00, 0.4)
    assert ending(minor, 100, 99, 95, 49, 0) > 0.9


def test_fuel_and_tipped_restaurants_are_whole_sometimes():
    fuel, tipped, untipped = (
        ending(rounded(code, currency, 40_00)[1], 100, 0)
        for code, currency in (("5541", "USD"), ("5812", "USD"), ("5812", "EUR"))
    )
    assert facts.FUEL_ROUND.low < fuel < facts.FUEL_ROUND.high
    assert facts.RESTAURANT_ROUND.low < tipped < facts.RESTAURANT_ROUND.high
    assert untipped > 0.1


@pytest.mark.parametrize(("currency", "step"), [("INR", 100), ("KRW", 100), ("SEK", 10), ("KWD", 10), ("JPY", 1)])
def test_prices_move_in_the_steps_of_the_currency(currency: str, step: int):
    for code in ("5411", "5814", "4900", "4111"):
        _, minor = rounded(code, currency, 3_000 * step)
        assert prices.step(currency) == step
        assert not (minor % step).any()
        assert minor.min() >= step


def test_yen_end_in_nought_or_eight():
    _, minor = rounded("5411", "JPY", 3_000)
    assert ending(minor, 10, 0, 8) > 0.5


@pytest.mark.parametrize("code", ["5411", "5815", "5541", "5812", "5814", "4111", "4900", "8220"])
@pytest.mark.parametrize("currency", CURRENCIES)
def test_rounding_moves_an_amount_little_and_the_mean_hardly(code: str, currency: str):
    before, after = rounded(code, currency, 40 * 10 ** MINOR_UNITS[currency] * prices.step(currency) ** 0.5)
    assert (after > 0).all()
    assert np.array_equal(after, np.rint(after))
    assert after.mean() == pytest.approx(before.mean(), rel=0.03)
    large = before > 20 * prices.step(currency)
    assert np.abs(np.log(after[large] / before[large])).max() < 0.75
