"""What became of a payment: its status, and the code that goes with it.

The combinations are few, so they are records too: a payment picks one.
"""

from collections.abc import Sequence

import numpy as np

from paysim.contract.codes import PAYMENT_STATUSES
from paysim.transactions.methods.base import Method, Record

# A payment's statuses; `refunded` is a refund's.
PAYMENT_ONLY = tuple(status for status in PAYMENT_STATUSES if status != "refunded")


class Outcomes:
    """The outcomes of payments by one method, for each of its variants.

    records: one an outcome. variants × statuses × codes lie behind one another; `draw` gives positions.
    """

    def __init__(self, method: Method, statuses: dict[str, float], variants: Sequence[str]) -> None:
        shares = {status: statuses.get(status, 0.0) for status in PAYMENT_ONLY}
        if not any(shares.values()):  # refunds only: there is nothing to refund but what was completed
            shares["completed"] = 1.0
        self.records: list[Record] = []
        self.status: list[str] = []
        edges, first = [], []
        for variant in variants:
            first.append(len(self.records))
            weights = []
            for status, share in shares.items():
                codes = method.codes(status, variant)
                whole = sum(codes.values())
                for code, weight in codes.items():
                    self.records.append(self._record(method, status, code))
                    self.status.append(status)
                    weights.append(share * weight / whole)
            edges.append(np.cumsum(weights) / sum(weights))
        width = max(map(len, edges))
        self._edges = np.array([np.pad(edge, (0, width - len(edge)), constant_values=2.0) for edge in edges])
        self._first = np.array(first)
        self.completed = np.array([status == "completed" for status in self.status])
        self.cancelled = np.array([status == "cancelled" for status in self.status])

    @staticmethod
    def _record(method: Method, status: str, code: str | None) -> Record:
        record: Record = {"transaction_type": "payment", "payment_method": method.name, "payment_status": status}
        if code is not None:
            record[f"payment_details.{method.code_field}"] = code
        return record

    def draw(self, uniform: np.ndarray, variants: np.ndarray | None) -> np.ndarray:
        """Positions in `records`, one a uniform number; `variants`: of each payment where there are several."""
        if variants is None:
            return np.searchsorted(self._edges[0], uniform, side="right")
        values: np.ndarray = self._first[variants] + (uniform[:, None] >= self._edges[variants]).sum(axis=1)
        return values

    def variant(self, position: int) -> int:
        """Which variant an outcome is of."""
        return int(np.searchsorted(self._first, position, side="right")) - 1

    def failed(self, variant: int) -> list[int]:
        """Positions of the outcomes that are declines, of one variant."""
        end = self._first[variant + 1] if variant + 1 < len(self._first) else len(self.records)
        return [i for i in range(int(self._first[variant]), int(end)) if self.status[i] == "failed"]
