"""What follow-ups say of themselves: type, status and code, as records behind those of a method's payments."""

from collections.abc import Sequence

import numpy as np

from paysim.contract.fields import DETAILS
from paysim.transactions.behaviour.risk.outcomes import Outcomes
from paysim.transactions.methods.base import Method, Record

from . import stories
from .stories import STEPS, LifeStory

_TYPES = {"rest": "capture", "more": "refund"}
TYPE_OF_STEP = [_TYPES.get(step, step) for step in STEPS]
_STATUS = {
    "capture": "captured",
    "void": "voided",
    "expiry": "expired",
    "settlement": "settled",
    "refund": "refunded",
    "dispute": "disputed",
}


def first_records(method: Method, outcomes: Outcomes) -> list[Record]:
    """The records of payments where something follows them: some are authorisations then."""
    if not method.authorizes:
        return outcomes.records
    found = []
    for record, status in zip(outcomes.records, outcomes.status, strict=True):
        said = approved(method) if status == "completed" else status
        found.append(record | {"transaction_type": "authorization", "payment_status": said})
    return found


def approved(method: Method) -> str:
    """The status of a payment that is approved."""
    return "authorized" if method.authorizes else "completed"


class FollowUpOutcomes:
    """The records of one method's follow-ups. first: the position of the first, behind those of payments.

    completed: of each, whether it is of a payment that was approved.
    """

    def __init__(self, method: Method, outcomes: Outcomes, first: int) -> None:
        self._method, self._first = method, first
        self.records: list[Record] = []
        self.completed: list[bool] = []
        self._of_step = np.array([self._add(*self._said(type_)) for type_ in TYPE_OF_STEP])
        self._lost = self._add("dispute_end", "lost")
        # What was declined goes on with its code; what was pending gets one of its variant's.
        declined = [at for at, status in enumerate(outcomes.status) if status == "failed"]
        self._retry_failed, self._resolution_failed = (
            np.array([self._declined(type_, outcomes.records, at, declined) for at in range(len(outcomes.records))])
            for type_ in ("retry", "resolution")
        )
        variants = [outcomes.variant(at) for at in range(len(outcomes.records))]
        failed = {variant: outcomes.failed(variant) for variant in sorted(set(variants))}
        some = np.array([failed[variant][0] if failed[variant] else 0 for variant in variants])
        self._resolution_failed = self._resolution_failed[some]

    def _said(self, type_: str) -> tuple[str, str]:
        if type_ == "dispute_end":
            return type_, "won"
        return type_, _STATUS.get(type_, approved(self._method))

    def _add(self, type_: str, status: str, code: str | None = None) -> int:
        good = code is None
        if good:
            code = next(iter(self._method.codes("completed", "")))
        record: Record = {
            "transaction_type": type_,
            "payment_method": self._method.name,
            "payment_status": status,
        }
        if code is not None:
            record[f"{DETAILS}.{self._method.code_field}"] = code
        if record in self.records:
            return self._first + self.records.index(record)
        self.records.append(record)
        self.completed.append(good)
        return self._first + len(self.records) - 1

    def _declined(self, type_: str, records: Sequence[Record], at: int, declined: Sequence[int]) -> int:
        if at not in declined:
            return -1
        return self._add(type_, "failed", records[at][f"{DETAILS}.{self._method.code_field}"])

    def of(self, kind: np.ndarray, before: np.ndarray, story: LifeStory) -> np.ndarray:
        """Positions of records. kind: positions in STEPS. before: of each payment, the position of its own."""
        found: np.ndarray = self._of_step[kind]
        found[(kind == stories.DISPUTE_END) & ~story.won] = self._lost
        for step, failed in ((stories.RETRY, self._retry_failed), (stories.RESOLUTION, self._resolution_failed)):
            where = np.flatnonzero((kind == step) & ~story.approved)
            found[where] = failed[before[where]]
        return found
