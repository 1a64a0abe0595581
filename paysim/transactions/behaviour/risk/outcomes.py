"""What became of a payment: its status, and the code that goes with it.

The combinations are few, so they are records too: a payment picks one. How likely each is declined is decided by its
risk; what is not declined is completed, pending or cancelled by the shares that are configured.
"""

from collections.abc import Sequence

import numpy as np

from paysim.contract.codes import PAYMENT_STATUSES
from paysim.facts.declines import NEVER_AGAIN
from paysim.transactions.methods.base import Method, Record

# A payment's statuses, declines last; `refunded` is a refund's.
PAYMENT_ONLY = (*(status for status in PAYMENT_STATUSES if status not in ("failed", "refunded")), "failed")


class Outcomes:
    """The outcomes of payments by one method, for each of its variants.

    records: one an outcome. variants × statuses × codes lie behind one another; `draw` gives positions.
    declined: the share of payments that are. is_final: of each record, whether the networks forbid to try again.
    """

    def __init__(self, method: Method, statuses: dict[str, float], variants: Sequence[str]) -> None:
        shares = {status: statuses.get(status, 0.0) for status in PAYMENT_ONLY}
        if not any(shares.values()):  # refunds only: there is nothing to refund but what was completed
            shares["completed"] = 1.0
        self.declined = shares["failed"] / sum(shares.values())
        self.records: list[Record] = []
        self.status: list[str] = []
        first, others, declines = [], [], []
        for variant in variants:
            first.append(len(self.records))
            weights: dict[bool, list[float]] = {False: [], True: []}
            for status, share in shares.items():
                codes = method.codes(status, variant)
                whole = sum(codes.values())
                for code, weight in codes.items():
                    self.records.append(self._record(method, status, code))
                    self.status.append(status)
                    weights[status == "failed"].append(weight / whole * (1.0 if status == "failed" else share))
            others.append(weights[False])
            declines.append(weights[True])
        self._instead: dict[tuple[int, bool, str | None], int] = {}
        self._first = np.array(first)
        self._others, self._declines = _edges(others), _edges(declines)
        self._first_decline = self._first + [len(of) for of in others]
        # Of the payments that are not declined, how many are anything but the first outcome of their variant.
        self._unusual = 1.0 - float(self._others[:, 0].min(initial=1.0)) if self._others.shape[1] else 0.0
        self.completed = np.array([status == "completed" for status in self.status])
        self.cancelled = np.array([status == "cancelled" for status in self.status])
        code = f"payment_details.{method.code_field}"
        final = [method.is_card and record.get(code) in NEVER_AGAIN for record in self.records]
        self.is_final = np.array(final, bool)
        # Whoever tries again was declined for the commonest of the other reasons.
        self._tried_again = np.arange(len(self.records))
        for start, of in zip(self._first_decline.tolist(), declines, strict=True):
            mine = start + np.arange(len(of))
            if not self.is_final[mine].all():
                commonest = int(np.where(self.is_final[mine], 0.0, of).argmax())
                self._tried_again[mine[self.is_final[mine]]] = mine[commonest]

    @staticmethod
    def _record(method: Method, status: str, code: str | None) -> Record:
        record: Record = {"transaction_type": "payment", "payment_method": method.name, "payment_status": status}
        if code is not None:
            record[f"payment_details.{method.code_field}"] = code
        return record

    def draw(
        self, uniform: np.ndarray, chance: np.ndarray, variants: np.ndarray | None, again: np.ndarray | None = None
    ) -> np.ndarray:
        """Positions in `records`, one a payment. uniform: numbers in [0, 1), of which those below `chance` are
        declined, the lowest for the first of the reasons. variants: of each payment, where there are several. again:
        positions of those that are tried again, so that their reasons must allow it."""
        found: np.ndarray = np.zeros(len(uniform), np.intp) if variants is None else self._first.take(variants)
        few = np.flatnonzero(uniform >= 1.0 - (1.0 - chance) * self._unusual) if self._unusual else np.empty(0, np.intp)
        few = few[uniform[few] >= chance[few]]
        if len(few):
            part = (uniform[few] - chance[few]) / (1.0 - chance[few])
            found[few] += (part[:, None] >= self._others[0 if variants is None else variants[few]]).sum(axis=1)
        few = np.flatnonzero(uniform < chance)
        if len(few):
            part, which = uniform[few] / chance[few], 0 if variants is None else variants[few]
            found[few] = self._first_decline[which] + (part[:, None] >= self._declines[which]).sum(axis=1)
        if again is not None:
            found[again] = self._tried_again[found[again]]
        return found

    def variant(self, position: int) -> int:
        """Which variant an outcome is of."""
        return int(np.searchsorted(self._first, position, side="right")) - 1

    def instead(self, position: int, goes_through: bool, code: str | None = None) -> int:
        """An outcome of the same variant that is completed, or else a decline: with this code if there is one, the same
        where it is a decline already."""
        if (found := self._instead.get((position, goes_through, code))) is None:
            found = self._instead[position, goes_through, code] = self._other(position, goes_through, code)
        return found

    def _other(self, position: int, goes_through: bool, code: str | None) -> int:
        variant = self.variant(position)
        if goes_through:
            return position if self.status[position] == "completed" else self._positions(variant, "completed")[0]
        declines = self.failed(variant)
        wanted = [at for at in declines if code is not None and code in self.records[at].values()]
        return wanted[0] if wanted else position if position in declines else declines[0]

    def failed(self, variant: int) -> list[int]:
        """Positions of the outcomes that are declines, of one variant."""
        return self._positions(variant, "failed")

    def _positions(self, variant: int, status: str) -> list[int]:
        end = self._first[variant + 1] if variant + 1 < len(self._first) else len(self.records)
        return [i for i in range(int(self._first[variant]), int(end)) if self.status[i] == status]


def _edges(weights: list[list[float]]) -> np.ndarray:
    """(variants, most outcomes − 1): where the shares of all outcomes but the last end; 2 where there are fewer."""
    width = max(map(len, weights)) - 1
    found = np.full((len(weights), width), 2.0)
    for row, each in zip(found, weights, strict=True):
        whole = sum(each)
        edges = np.cumsum(each)[:-1] / whole if whole else np.ones(len(each) - 1)
        row[: len(edges)] = edges
    return found
