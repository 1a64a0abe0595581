"""What became of a payment: its status, and the code that goes with it.

The combinations are few, so they are records too: a payment picks one.
"""

from collections.abc import Sequence

import numpy as np

from paysim.contract.codes import CHANNELS, PAYMENT_STATUSES
from paysim.transactions.methods import bank_transfer, cards, cryptocurrency, digital_wallet

Record = dict[str, object]
RULES = tuple(cards.ENTRY)
# A payment's statuses; `refunded` is a refund's.
PAYMENT_ONLY = tuple(status for status in PAYMENT_STATUSES if status != "refunded")


def _codes(method: str, status: str, reasons: dict[str, float]) -> dict[str | None, float]:
    """The codes that go with a status, None for none, with their shares."""
    if method in ("credit_card", "debit_card"):
        return {"completed": {cards.APPROVED: 1.0}, "failed": reasons, "cancelled": {cards.CANCELLED: 1.0}}.get(
            status, {None: 1.0}
        )  # type: ignore[return-value]
    return reasons if status == "failed" else {None: 1.0}  # type: ignore[return-value]


def reasons_of(method: str, scheme: str) -> dict[str, float]:
    """Why payments by this method fail; the scheme matters to bank transfers only."""
    if method == "bank_transfer":
        return bank_transfer.REASONS[scheme]
    return {"digital_wallet": digital_wallet.REASONS, "cryptocurrency": cryptocurrency.REASONS}.get(
        method, cards.DECLINES
    )


class Outcomes:
    """The outcomes of payments by one method, for each variant (a bank transfer scheme, else just one).

    records: one an outcome. variants × statuses × codes lie behind one another; `draw` gives positions.
    """

    def __init__(self, method: str, statuses: dict[str, float], variants: Sequence[str]) -> None:
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
                codes = _codes(method, status, reasons_of(method, variant))
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
    def _record(method: str, status: str, code: str | None) -> Record:
        record: Record = {"transaction_type": "payment", "payment_method": method, "payment_status": status}
        if code is not None:
            card = method in ("credit_card", "debit_card")
            record["payment_details.response_code" if card else "payment_details.reason_code"] = code
        return record

    def draw(self, uniform: np.ndarray, variants: np.ndarray | None) -> np.ndarray:
        """Positions in `records`, one a uniform number; `variants`: of each payment where there are several."""
        if variants is None:
            return np.searchsorted(self._edges[0], uniform, side="right")
        return self._first[variants] + (uniform[:, None] >= self._edges[variants]).sum(axis=1)

    def failed(self, variant: int) -> list[int]:
        """Positions of the outcomes that are declines, of one variant."""
        end = self._first[variant + 1] if variant + 1 < len(self._first) else len(self.records)
        return [i for i in range(int(self._first[variant]), int(end)) if self.status[i] == "failed"]


class Entries:
    """How a card is presented, for each of the rules of authentication and each channel."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        edges, first = [], []
        for ways in (cards.ENTRY[rules][channel] for rules in RULES for channel in CHANNELS):
            first.append(len(self.records))
            for mode, three_ds in ways:
                record: Record = {"payment_details.entry_mode": mode}
                if three_ds is not None:
                    record["payment_details.three_ds"] = three_ds
                self.records.append(record)
            edges.append(np.cumsum(list(ways.values())) / sum(ways.values()))
        width = max(map(len, edges))
        self._edges = np.array([np.pad(edge, (0, width - len(edge)), constant_values=2.0) for edge in edges])
        self._first = np.array(first)

    def draw(self, uniform: np.ndarray, rules: np.ndarray, channels: np.ndarray) -> np.ndarray:
        """Positions in `records`; rules: positions in RULES, channels: in CHANNELS."""
        kinds = rules * len(CHANNELS) + channels
        return self._first[kinds] + (uniform[:, None] >= self._edges[kinds]).sum(axis=1)


RISK_LEVELS = 2_048


def risks(rng: np.random.Generator) -> list[Record]:
    """What a fraud engine might say: scores from a beta distribution (most are low), indicators where they are high.

    RISK_LEVELS records of payments at a distance, then as many of those at a terminal, which knows no proxy, no device
    and no address to compare.
    """
    remote = ("new_device", "velocity", "proxy_detected", "address_mismatch", "unusual_pattern", "disposable_email")
    made: list[Record] = []
    for indicators in (remote, ("velocity", "unusual_pattern")):
        scores = rng.beta(1.3, 9.0, RISK_LEVELS).round(3).tolist()
        for score, draws in zip(scores, rng.random((RISK_LEVELS, len(indicators))).tolist(), strict=True):
            found = [name for name, draw in zip(indicators, draws, strict=True) if draw < score * score]
            made.append({"metadata.risk_score": score, "metadata.fraud_indicators": found})
    return made
