"""Who pays how often with what: probabilities whose margins are exactly what is configured.

Weights of methods, countries and channels and the Zipf activity of customers must all hold at once, although
not everybody has every instrument and not every method is used on every channel. Iterative proportional fitting
(Deming and Stephan 1940) finds the table nearest to independence with the given margins and the given zeros.
"""

from heapq import heapify, heappop, heappush

import numpy as np

from paysim.transactions.methods.base import METHODS


def fit(allowed: np.ndarray, rows: np.ndarray, columns: np.ndarray, rounds: int = 500) -> np.ndarray:
    """A table that is zero where it is not allowed and sums to `rows` and `columns`.

    Where no such table exists the columns' sums hold and the rows' are as near as they get.
    """
    table: np.ndarray = allowed * rows[:, None] * columns[None, :]
    for _ in range(rounds):
        sums = table.sum(axis=1)
        table *= np.divide(rows, sums, out=np.zeros_like(sums), where=sums > 0)[:, None]
        sums = table.sum(axis=0)
        table *= np.divide(columns, sums, out=np.zeros_like(sums), where=sums > 0)[None, :]
        if np.abs(table.sum(axis=1) - rows).max() < 1e-12:
            break
    return table


def zipf(count: int, exponent: float) -> np.ndarray:
    """Shares of the activity of `count` customers, the most active first: rank to the power of −exponent."""
    shares: np.ndarray = np.arange(1, count + 1, dtype=float) ** -exponent
    shares /= shares.sum()
    return shares


def activity_by_country(count: int, exponent: float, countries: dict[str, float]) -> dict[str, np.ndarray]:
    """Where the customers of each rank live: country → activity of its customers, most active first.

    All ranks together are Zipf, and each country's activity is its weight. Going down the ranks, each goes to the
    country that lacks most; what is then left over (about the activity of the last rank) is scaled away.
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


def methods_held(preference: np.ndarray, held: np.ndarray, used: np.ndarray) -> np.ndarray:
    """(people, methods of METHODS) → whether they pay so: the best liked one to three of those used in their country.

    preference: (people, methods), positions in METHODS, best liked first. held: how many each has. used: of METHODS.
    """
    order = used[preference]
    chosen = order & (np.cumsum(order, axis=1) <= held[:, None])
    result: np.ndarray = np.zeros_like(chosen)
    np.put_along_axis(result, preference, chosen, axis=1)
    for column in np.flatnonzero(used & ~result.any(axis=0)):
        result[:, column] = True  # a method that nobody would use is everybody's
    return result


def payers(activity: np.ndarray, held: np.ndarray, countries: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """(customers, methods of METHODS): the probability that a payment is this customer's, by this method.

    Sums over the customers of a country to what is `wanted` there, (METHODS, COUNTRIES), and over methods to each
    customer's `activity`. Customers of a country with the same instruments are one row of its fit: within it activity
    decides.
    """
    found = np.zeros((len(activity), len(METHODS)))
    bits = held @ (1 << np.arange(len(METHODS)))
    for country in np.unique(countries):
        mine = np.flatnonzero(countries == country)
        _, first, row_of = np.unique(bits[mine], return_index=True, return_inverse=True)
        rows = np.bincount(row_of, weights=activity[mine])
        table = fit(held[mine[first]].astype(float), rows, wanted[:, country])
        found[mine] = table[row_of] * (activity[mine] / rows[row_of])[:, None]
    return found
