"""Refunds: which payments can be refunded, how much of each is left, and what a refund says.

A payment is remembered for a while after it was handed out; the refunds of one never sum to more than it.
"""

from collections import deque
from dataclasses import dataclass

import numpy as np
import orjson

from . import cards, columns
from .mapping import Document

REMEMBERED = 256  # payments of one method, the oldest forgotten first
_WHOLE = 0.7  # share of refunds that give back all that is left


@dataclass(slots=True)
class Payment:
    """A completed payment that went out. document: as it was, flat, without stamp; remaining: minor units."""

    transaction_id: str
    correlation_id: str
    milliseconds: int
    document: Document
    decimals: int
    remaining: int
    key: str | None


class Refundable:
    """The payments of one method that can still be refunded."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._payments: deque[Payment] = deque(maxlen=REMEMBERED)

    def __len__(self) -> int:
        return len(self._payments)

    def remember(self, payment: Payment) -> None:
        self._payments.append(payment)

    def refund(self, hour: bytes) -> tuple[Payment, Document] | None:
        """A payment and the refund of some of it, or None where there is none to refund. The refund's document
        has no transaction_id and no timestamp yet."""
        if not self._payments:
            return None
        at = int(self._rng.integers(len(self._payments)))
        payment = self._payments[at]
        minor = payment.remaining
        if minor > 1 and self._rng.random() >= _WHOLE:
            minor = int(self._rng.integers(1, minor))
        payment.remaining -= minor
        if payment.remaining == 0:
            del self._payments[at]
        return payment, self._document(payment, minor, hour)

    def _document(self, payment: Payment, minor: int, hour: bytes) -> Document:
        document = payment.document | {
            "transaction_type": "refund",
            "payment_status": "refunded",
            "amount": minor / 10**payment.decimals,
        }
        # A refund is a message of its own: what the network numbers is new, and nobody authenticates again.
        document.pop("payment_details.three_ds", None)
        for path, column in (
            ("payment_details.authorization_code", columns.authorization_codes(self._rng, 1)),
            ("payment_details.retrieval_reference", columns.retrieval_references(self._rng, 1, hour)),
            ("payment_details.reference", columns.references(self._rng, 1)),
        ):
            if path in document:
                document[path] = orjson.loads(column[0])
        if "payment_details.transaction_hash" in document:
            network = document["payment_details.network"]
            document["payment_details.transaction_hash"] = orjson.loads(
                columns.transaction_hashes(self._rng, 1, [network])[0]
            )
        if "payment_details.response_code" in document:
            document["payment_details.response_code"] = cards.APPROVED
        return document
