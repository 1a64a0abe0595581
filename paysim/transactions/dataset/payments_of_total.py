"""How many payments a data set needs, so that they and what follows them within its window are a total.

How long after a payment its follow-ups come is told by the payments of a pilot. From it follows how many there will be
by the end of the window; while slices are made the rest is planned anew, and the last slice comes out exactly.
"""

from collections.abc import Sequence

import numpy as np

from paysim.transactions.configured_draws import ConfiguredDraws


class PaymentsOfTotal:
    """Payments by slice and method.

    total: transactions of all slices. shares: of each method among payments. masses: of each method, the shares of its
    payments by slice. bounds: of the slices, one more than there are, Unix milliseconds.
    """

    def __init__(
        self,
        draws: ConfiguredDraws,
        total: int,
        shares: dict[str, float],
        masses: dict[str, np.ndarray],
        bounds: Sequence[float],
    ) -> None:
        self._total, self._methods = total, list(shares)
        edges = np.array(bounds)
        self._middles, self._end = (edges[:-1] + edges[1:]) / 2, edges[-1]
        self._edges = edges
        self._after = {method: draws.follow_ups_after(method) for method in shares}
        self._pilot = draws.pilot_size
        # (methods, slices): payments of each in a data set of one payment.
        self._plan = np.array([shares[method] * masses[method] for method in shares])
        self._made = np.zeros_like(self._plan)
        self._owed = np.zeros(len(shares))

    def _following(self, method: str, milliseconds: np.ndarray) -> np.ndarray:
        """Follow-ups of one payment within so long."""
        found: np.ndarray = np.searchsorted(self._after[method], milliseconds) / self._pilot
        return found

    def _expected(self, counts: np.ndarray, since: float) -> float:
        """How many follow-ups of these payments, (methods, slices), come after a moment and before the end."""
        whole = 0.0
        for row, method in zip(counts, self._methods, strict=True):
            all_ = self._following(method, self._end - self._middles)
            before = self._following(method, np.maximum(since - self._middles, 0.0))
            whole += float((row * (all_ - before)).sum())
        return whole

    def of_slice(self, at: int, done: int) -> dict[str, int]:
        """How many payments of each method a slice has. done: transactions of the slices before."""
        left = np.where(np.arange(self._plan.shape[1]) >= at, self._plan, 0.0)
        for_one = float(left.sum()) + self._expected(left, self._edges[at])
        still = self._total - done - self._expected(self._made, self._edges[at])
        factor = max(0.0, still / for_one) if for_one else 0.0
        wanted = self._plan[:, at] * factor + self._owed
        counts = np.maximum(0, np.rint(wanted)).astype(int)
        self._owed = wanted - counts
        self._made[:, at] = counts
        return dict(zip(self._methods, counts.tolist(), strict=True))

    def more(self, at: int, room: int) -> dict[str, int]:
        """Payments for what is left of a total in a slice, without what will follow them; at least one."""
        column = self._plan[:, at] if self._plan[:, at].any() else self._plan.sum(axis=1)
        shares = column / column.sum()
        following = [float(self._following(m, self._end - self._middles[at : at + 1])[0]) for m in self._methods]
        wanted = shares * (room / (1.0 + float(shares @ following))) + self._owed
        counts = np.maximum(0, np.floor(wanted)).astype(int)
        counts = np.diff(np.minimum(np.cumsum(counts), room), prepend=0)
        self._owed = wanted - counts
        if not counts.any():
            most = int(self._owed.argmax())
            counts[most] = 1
            self._owed[most] -= 1.0
        return dict(zip(self._methods, counts.tolist(), strict=True))
