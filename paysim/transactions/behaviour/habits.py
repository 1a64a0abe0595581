"""Who pays how often with what: probabilities whose margins are exactly what is configured.

Weights of methods, countries and channels and the Zipf activity of customers must all hold at once, although
not everybody has every instrument and not every method is used on every channel. Iterative proportional fitting
(Deming and Stephan 1940) finds the table nearest to independence with the given margins and the given zeros.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush

import numpy as np

from paysim.transactions.methods.base import METHODS


def fit(allowed: np.ndarray, rows: np.ndarray, columns: np.ndarray, rounds: int = 2_000) -> np.ndarray:
    """A table that is zero where it is not allowed and sums to `rows` and `columns`.

    Where no such table exists, the columns' sums hold and the rows' sums are as near as possible.
    """
    table: np.ndarray = allowed * rows[:, None] * columns[None, :]
    across = table.sum(axis=1)
    for _ in range(rounds):
        table *= np.divide(rows, across, out=np.zeros_like(across), where=across > 0)[:, None]
        down = table.sum(axis=0)
        table *= np.divide(columns, down, out=np.zeros_like(down), where=down > 0)[None, :]
        across = table.sum(axis=1)
        if np.abs(across - rows).max() < 1e-12:
            break
    return table


def zipf(count: int, exponent: float) -> np.ndarray:
    """Shares of the activity of `count` customers, the most active first: rank to the power of −exponent."""
    shares: np.ndarray = np.arange(1, count + 1, dtype=float) ** -exponent
    shares /= shares.sum()
    return shares


def activity_by_country(count: int, exponent: float, countries: dict[str, float]) -> dict[str, np.ndarray]:
    """Country → the activity of its customers, most active first.

    All customers together are Zipf, and each country's sum is its weight. From the most active on, each customer is
    given to the country that lacks most; the rest (about the activity of the last customer) is removed by scaling.
    """
    shares = zipf(count, exponent)
    lacking = [(-weight, name) for name, weight in sorted(countries.items())]
    heapify(lacking)
    found: dict[str, list[float]] = {}
    for rank, share in enumerate(shares.tolist()):
        if count - rank == len(countries) - len(found):  # the last ones: nobody is left without a customer
            lacking = [entry for entry in lacking if entry[1] not in found]
            heapify(lacking)
        lack, name = heappop(lacking)
        found.setdefault(name, []).append(share)
        heappush(lacking, (lack + share, name))
    present = sum(countries[name] for name in found)
    return {name: np.array(of) * (countries[name] / present / sum(of)) for name, of in found.items()}


def methods_liked(preference: np.ndarray, count: np.ndarray, configured: np.ndarray) -> np.ndarray:
    """(people, methods of METHODS) → whether they pay so: the best liked one to three of those configured.

    preference: (people, methods), positions in METHODS, best liked first. count: how many each has. configured:
    (people, methods), which each could have.
    """
    order = np.take_along_axis(configured, preference, axis=1)
    chosen = order & (np.cumsum(order, axis=1) <= count[:, None])
    result: np.ndarray = np.zeros_like(chosen)
    np.put_along_axis(result, preference, chosen, axis=1)
    return result


_MISSED = 1e-6
Part = tuple[str, float, frozenset[int] | None]
"""A method, a share of all payments that is made by it, and the groups whose customers make it (None: all)."""


@dataclass(frozen=True, slots=True)
class Payers:
    """Who pays by which method. Customers of a group (a country) with the same instruments are one row: within it
    activity decides.

    row: of each customer, its row. table: (rows, methods of METHODS), the share of all payments that each row makes by
    each method. activity: of each customer, their share of all payments.
    """

    row: np.ndarray
    table: np.ndarray
    activity: np.ndarray

    @property
    def given(self) -> np.ndarray:
        """(rows, methods): how often somebody of a row pays by each method."""
        sums = self.table.sum(axis=1, keepdims=True)
        found: np.ndarray = np.divide(self.table, sums, out=np.zeros_like(self.table), where=sums > 0)
        return found

    def of(self, method: str) -> np.ndarray:
        """For each customer the probability that a payment is theirs, by this method."""
        found: np.ndarray = self.given[:, METHODS.names.index(method)][self.row] * self.activity
        return found


def payers(
    activity: np.ndarray, held: np.ndarray, groups: np.ndarray, parts: Sequence[Part], *, activity_holds: bool = True
) -> Payers:
    """Sums over customers to the shares of `parts` and over methods to each customer's `activity`.

    held: (customers, methods of METHODS), whether they have it. groups: of each customer. Where both cannot be, since a
    few people make most of a group's payments and have not what the group pays by, either activity holds, and methods
    over all groups do, or the shares of `parts` hold.
    """
    # One number a group and set of methods: the methods are its low bits, however many there are.
    kinds = (groups.astype(np.int64) << len(METHODS)) + held @ (1 << np.arange(len(METHODS)))
    sums = np.bincount(kinds, weights=activity)
    present = np.flatnonzero(np.bincount(kinds))
    place = np.zeros(len(sums), np.int32)
    place[present] = np.arange(len(present))
    places = [METHODS.names.index(method) for method, _, _ in parts]
    allowed = (present[:, None] >> np.arange(len(METHODS)) & 1)[:, places].astype(float)
    for at, (_, _, some) in enumerate(parts):
        if some is not None:
            allowed[~np.isin(present >> len(METHODS), list(some)), at] = 0.0
    rows, shares = sums[present], np.array([share for _, share, _ in parts])
    table = np.zeros((len(present), len(METHODS)))
    np.add.at(table.T, places, fit(allowed, rows, shares).T)
    if not activity_holds:
        activity = activity * (table.sum(axis=1) / rows)[place[kinds]]
    elif np.abs(table.sum(axis=1) - rows).max() > _MISSED:
        usual, wanted = np.zeros_like(table), np.zeros(len(METHODS))
        np.add.at(usual.T, places, (allowed * shares).T)
        np.add.at(wanted, places, shares)
        table = fit(usual, rows, wanted)
    return Payers(place[kinds], table, activity)
