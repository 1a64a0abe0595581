"""How amounts end: 9.99, 49.00, 19.95, whole yen, a tip that makes the sum round.

A table that is made once tells, for each currency, kind of purchase, size and one random number, the multiple that an
amount is rounded to. Payments are looked up and rounded as columns, never one by one.
"""

from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np

from paysim.contract.codes import MINOR_UNITS
from paysim.facts import prices
from paysim.facts.figure import Range, Shares

Rule = tuple[int, int]
"""Step and offset in minor units: amounts are offset + n · step."""

_CENTS: dict[str, Rule] = {
    "99": (100, 99), "95": (100, 95), "50": (100, 50), "49": (100, 49), "00": (100, 0), "whole": (100, 0),
    "9": (10, 9), "5": (10, 5), "0": (10, 0), "other": (1, 0),
}  # fmt: skip
# Where the least that prices move by is one unit, and lucky or odd prices end in 8 (Japan).
_YEN: dict[str, Rule] = {
    "99": (100, 98), "95": (100, 80), "50": (100, 50), "49": (100, 80), "00": (100, 0), "whole": (100, 0),
    "9": (10, 8), "5": (10, 0), "0": (10, 0), "other": (1, 0),
}  # fmt: skip


def _times(rules: Mapping[str, Rule], factor: int) -> dict[str, Rule]:
    return {name: (step * factor, offset * factor) for name, (step, offset) in rules.items()}


# How prices go in a currency: in cents; in tenths of a unit or whole ones, where one is worth little.
_GRIDS: dict[str, dict[str, Rule]] = {
    "cents": _CENTS,
    "tipped": _CENTS,
    "tenths": _times(_CENTS, 10),
    "units": _times(_CENTS, 100),
    "yen": _YEN,
}
_GRID_OF = {
    **dict.fromkeys(("USD", "CAD"), "tipped"),
    **dict.fromkeys(("SEK", "NOK", "DKK", "HKD", "CNY", "ZAR", "MXN", "AED", "CZK", "KWD", "BHD"), "tenths"),
    **dict.fromkeys(("INR", "KRW"), "units"),
    "JPY": "yen",
}  # the others go in cents
_NAMES = list(_GRIDS)

# Some of these are the whole of a price in nines: 49.00, and from a hundred units on nines go further: 149.99.
_IN_TENS = 100_00
_STEPS_OF_ROUND = ((50_00, 500), (200_00, 1_000), (2_000_00, 5_000))
_WHOLE_NINES = 0.4
_WHOLE_NINES_FROM = 15_00


def _part(fact: Range, name: str) -> Shares:
    """The middle of a range as a share with this ending; the others end as it comes."""
    return Shares({name: fact.middle, "other": 1 - fact.middle}, fact.unit, year=fact.year, source=fact.source)


_TIPPED = _part(prices.RESTAURANT_ROUND, "whole")
"""Restaurants where tips are usual: a tip makes some sums round, the others are a price with tax and a share."""
KINDS: dict[str, Shares] = {
    "shop": prices.SHOP_ENDINGS,
    "digital": prices.DIGITAL_ENDINGS,
    "fuel": _part(prices.FUEL_ROUND, "00"),
    "restaurant": prices.RESTAURANT_ENDINGS,
    "counter": prices.COUNTER_ENDINGS,
    "fare": prices.FARE_ENDINGS,
    "bill": prices.BILL_ENDINGS,
    "round": prices.ROUND_ENDINGS,
}
"""Kinds of purchase whose amounts end alike."""
_KIND_OF = {
    **dict.fromkeys(("5411", "5311", "5651", "5732", "5661", "5712", "5942", "5200", "5945", "5912", "8043"), "shop"),
    **dict.fromkeys(("5815", "5816"), "digital"),
    "5541": "fuel",
    **dict.fromkeys(("5812", "5813"), "restaurant"),
    **dict.fromkeys(("5814", "5462"), "counter"),
    **dict.fromkeys(("4111", "4112", "7832"), "fare"),
    **dict.fromkeys(("7230", "7922", "7996", "7997", "8398", "8211", "8220", "8241", "8244", "8299"), "round"),
}  # the others are bills
_KIND_NAMES = list(KINDS)

_CHANCES = 128  # the resolution of shares
_PER_LOG = 4  # classes of size: so many an e-fold
_CLASSES = 22 * _PER_LOG  # up to e²² minor units


def kind_of(code: str) -> int:
    """The position in KINDS of a merchant category code (ISO 18245)."""
    return _KIND_NAMES.index(_KIND_OF.get(code, "bill"))


def _rule(ending: str, grid: str, size: float, late: bool) -> Rule:
    """The multiple that an amount of about `size` minor units is rounded to. late: in the second part of its share."""
    factor = _GRIDS[grid]["other"][0]
    in_cents = size / factor
    step, offset = _GRIDS[grid][ending]
    if ending == "00":
        for least, larger in _STEPS_OF_ROUND:
            if in_cents >= least:
                step = larger * factor
    if ending == "99" and late and in_cents >= _WHOLE_NINES_FROM:
        step, offset = 1_000 * factor, 900 * factor
    elif ending == "99" and in_cents >= _IN_TENS:
        step, offset = 1_000 * factor, (900 * factor) + offset
    while step > factor and size < 0.7 * step:  # too coarse for so little
        step, offset = step // 10, offset // 10
        offset -= offset % factor
    return max(step, factor), offset


@cache
def _table() -> tuple[np.ndarray, list[Rule]]:
    """(grid, kind, size, chance), flat: positions in the list of rules that comes with it."""
    known: dict[Rule, int] = {}
    table = np.empty((len(_NAMES), len(KINDS), _CLASSES, _CHANCES), np.uint8)
    sizes = np.exp((np.arange(_CLASSES) + 0.5) / _PER_LOG).tolist()
    for g, grid in enumerate(_NAMES):
        for k, (kind, shares) in enumerate(KINDS.items()):
            chances = _spread(_TIPPED if grid == "tipped" and kind == "restaurant" else shares, shop=kind == "shop")
            different = list(dict.fromkeys(chances))
            which = np.array([different.index(each) for each in chances])
            for c, size in enumerate(sizes):
                rules = (_rule(ending, grid, size, late) for ending, late in different)
                table[g, k, c] = np.array([known.setdefault(rule, len(known)) for rule in rules])[which]
    return table.ravel(), list(known)


class PriceEndings:
    """Rounds amounts in these currencies (ISO 4217), by position."""

    def __init__(self, currencies: Sequence[str]) -> None:
        self._table, rules = _table()
        self._steps, self._offsets = np.array(rules, dtype=float).T
        self._least = np.where(self._offsets > 0, self._offsets, self._steps)
        block = len(KINDS) * _CLASSES * _CHANCES
        self._first = np.array([_NAMES.index(_grid_of(one)) * block for one in currencies])

    def round(self, logs: np.ndarray, kinds: np.ndarray, currencies: np.ndarray, uniform: np.ndarray) -> np.ndarray:
        """Amounts in minor units. logs: their natural logarithms before rounding; kinds: positions in KINDS;
        currencies: positions; uniform: a number in [0, 1) each."""
        sizes = np.minimum(np.maximum(logs * _PER_LOG, 0.0), _CLASSES - 1.0).astype(np.intp)
        at = (kinds * _CLASSES + sizes) * _CHANCES + (uniform * _CHANCES).astype(np.intp)
        at += self._first[currencies]
        rule = self._table[at]
        step, offset = self._steps[rule], self._offsets[rule]
        amounts = np.exp(logs)
        amounts -= offset
        amounts /= step
        np.rint(amounts, out=amounts)
        amounts *= step
        amounts += offset
        found: np.ndarray = np.maximum(amounts, self._least[rule], out=amounts)
        return found


def _spread(shares: Shares, *, shop: bool) -> list[tuple[str, bool]]:
    """An ending for each of the chances; those of the last part of a shop's nines are marked."""
    found: list[tuple[str, bool]] = []
    total = 0.0
    for name, share in shares.of.items():
        total += share
        count = round(total * _CHANCES) - len(found)
        late = round(count * (1 - _WHOLE_NINES)) if shop and name == "99" else count
        found += [(name, at >= late) for at in range(count)]
    return found


def _grid_of(currency: str) -> str:
    return _GRID_OF.get(currency, "cents")


def step(currency: str) -> int:
    """Minor units that prices in a currency move by."""
    return _GRIDS[_grid_of(currency)]["other"][0]


def minor_units(currency: str) -> float:
    """Minor units of one unit of a currency."""
    return 10.0 ** MINOR_UNITS[currency]
