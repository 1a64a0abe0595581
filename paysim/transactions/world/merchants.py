"""The merchants: what they sell, under which code, where. Made once, as `customers` are."""

from dataclasses import dataclass

import numpy as np

from paysim.transactions.randomness import pick, stream

from .devices import TERMINALS
from .locale_data import cities, shops
from .merchant_categories import CODES, REMOTE_ONLY
from .persons import identifiers, place_of


@dataclass(frozen=True, slots=True)
class Shops:
    """The first so many merchants of one category in one country, a column each."""

    category: str
    country: str
    ids: list[str]
    names: list[str]
    codes: list[str]  # ISO 18245
    cities: list[int]
    terminals: list[int]  # position in TERMINALS


def shops_of(seed: int, category: str, country: str, count: int) -> Shops:
    draws = stream(seed, "merchant", category, country).random((count, 3))
    codes = CODES[category]
    names, shares = list(codes), list(codes.values())
    chosen = [names[i] for i in pick(shares, draws[:, 0]).tolist()]
    if chosen and chosen[0] in REMOTE_ONLY:  # whoever stands at a terminal finds somebody in the country
        chosen[0] = next(name for name in names if name not in REMOTE_ONLY)
    offset = list(CODES).index(category) * 1_000_000
    return Shops(
        category,
        country,
        ids=[
            f"mer_{text.tobytes().decode()}"
            for text in identifiers(seed, np.full(count, place_of(country)), np.arange(offset, offset + count))
        ],
        names=shops(seed, category, country, chosen),
        codes=chosen,
        cities=(draws[:, 1] * len(cities(country))).astype(int).tolist(),
        terminals=(draws[:, 2] * len(TERMINALS)).astype(int).tolist(),
    )
