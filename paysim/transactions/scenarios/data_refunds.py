"""Bad data: refunds that do not go with any payment, or not with theirs."""

from collections.abc import Iterator

import numpy as np

from paysim.contract.codes import MINOR_UNITS
from paysim.contract.labels import SCENARIOS, Intention
from paysim.transactions.behaviour.amounts import exchange_rates
from paysim.transactions.events.mapping import Document

from .base import WrongRefund

SCENARIOS.add(
    WrongRefund(
        name="orphan_refund",
        about="A refund of a payment that the run never made.",
        why="The payment got lost or is late; or somebody wants money for what was never bought.",
        pipeline="Hold it until its payment is there, and refuse it after a time. Pay nothing out before.",
        needs=("original_transaction_id",),
    )
)


class _RefundOfAPayment(WrongRefund):
    """There must be a payment to refund."""

    def faults(self, share: float, intention: Intention) -> Iterator[str]:
        yield from super().faults(share, intention)
        if not intention.statuses.get("completed"):
            yield "needs completed payments to refund, and payment_status has none"


def _in_another_currency(document: Document, amount: float, rng: np.random.Generator) -> tuple[Document, float, int]:
    others = [c for c in sorted(exchange_rates.PER_DOLLAR) if c != document["currency"]]
    other = others[int(rng.integers(len(others)))]
    unit = 10.0 ** MINOR_UNITS[other]
    amount = max(1.0, np.floor(amount * exchange_rates.rate(document["currency"], other) * unit)) / unit
    return document | {"currency": other}, amount, MINOR_UNITS[other]


SCENARIOS.add(
    _RefundOfAPayment(
        name="currency_mismatch",
        about="A refund in another currency than its payment, of the same worth.",
        why="A refund is made in the shop's currency instead of the customer's. Where rates move, that is worth money.",
        pipeline="Reject it: a refund has the currency of its payment.",
        needs=("currency", "original_transaction_id"),
        change=_in_another_currency,
    )
)


def _more_than_it_was(document: Document, amount: float, rng: np.random.Generator) -> tuple[Document, float, int]:
    decimals = MINOR_UNITS[document["currency"]]
    unit = 10.0**decimals
    return document, (np.floor(document["amount"] * rng.uniform(1.2, 3.0) * unit) + 1) / unit, decimals


SCENARIOS.add(
    _RefundOfAPayment(
        name="over_refund",
        about="A refund of more than its payment was.",
        why="A refund is made twice in one sum, or somebody at the shop pays themselves.",
        pipeline="Hold it: all refunds of a payment together are at most the payment. Somebody has to look.",
        needs=("amount", "original_transaction_id"),
        change=_more_than_it_was,
    )
)
