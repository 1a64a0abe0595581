"""Which payment is dear and which is cheap, without touching how many are: habits shift ranks.

Each payment gets a score: chance (standard normal) plus shifts for its method, its merchant's category and its
customer's spending level. Over all payments the score has a known distribution, a mixture of normals; the share
of it below a payment's score is the payment's rank, and over all payments ranks are uniform. So the amounts
follow the configured distribution exactly, whatever the habits are.
"""

import numpy as np

from paysim.transactions.behaviour.amounts.amount_distributions import normal_share

_REACH = 9.0  # a score outside ±9 is one in 1e18 payments
_STEPS = 4_096


class AmountRanks:
    """The distribution function of the score.

    shifts, weights: what is added to chance over all payments, and how often; equal lengths.
    """

    def __init__(self, shifts: np.ndarray, weights: np.ndarray) -> None:
        self._scores = np.linspace(shifts.min() - _REACH, shifts.max() + _REACH, _STEPS)
        step = self._scores[1] - self._scores[0]
        self._origin, self._per_score = self._scores[0], 1.0 / step
        table = np.zeros(_STEPS)
        # Φ once on a fine grid; between its points it is linear to 1e-9.
        fine = np.linspace(-40, 40, 160_001)
        share = _shares(fine)
        for shift, weight in zip(shifts.tolist(), (weights / weights.sum()).tolist(), strict=True):
            table += weight * np.interp(self._scores - shift, fine, share)
        self._table = table
        self._slopes = np.append(np.diff(table), 0.0)

    def of(self, scores: np.ndarray) -> np.ndarray:
        """Ranks in [0, 1]: equal steps, so that a look-up costs a multiplication and no search."""
        at = (scores - self._origin) * self._per_score
        np.minimum(np.maximum(at, 0, out=at), _STEPS - 1, out=at)
        whole = at.astype(np.int64)
        values: np.ndarray = self._table[whole] + (at - whole) * self._slopes[whole]
        return values


_SHARES: dict[int, np.ndarray] = {}


def _shares(grid: np.ndarray) -> np.ndarray:
    if len(grid) not in _SHARES:
        _SHARES[len(grid)] = np.array([normal_share(z) for z in grid.tolist()])
    return _SHARES[len(grid)]
