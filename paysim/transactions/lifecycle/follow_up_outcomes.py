"""What follow-ups say of themselves: type, status and code, as records behind those of a method's payments."""

from collections.abc import Sequence

import numpy as np

from paysim.contract.fields import DETAILS
from paysim.facts import lifecycle
from paysim.transactions.behaviour.risk.outcomes import Outcomes
from paysim.transactions.methods.base import Method, Record

from . import life_story
from .life_story import REASONS, STEPS, LifeStory

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

    def __init__(self, method: Method, outcomes: Outcomes, first: int, presented: Sequence[Record]) -> None:
        """presented: the records of how payments are presented, none where there are none."""
        self._method, self._first = method, first
        self.records: list[Record] = []
        self.completed: list[bool] = []
        self._of_step = np.array([self._add(*self._said(type_)) for type_ in TYPE_OF_STEP])  # `_disputes` apart
        brands = [record.get(f"{DETAILS}.brand") for record in presented] or [None]
        known = sorted({brand for brand in brands if brand in lifecycle.REASON_CODES})
        self._network = np.array([known.index(brand) if brand in known else len(known) for brand in brands])
        # (dispute, won, lost) × reasons × networks
        self._disputes = np.array(
            [
                [
                    [self._add(type_, status, said=self._reason(reason, each)) for each in (*known, "")]
                    for reason in REASONS
                ]
                for type_, status in (("dispute", "disputed"), ("dispute_end", "won"), ("dispute_end", "lost"))
            ]
            if method.disputes
            else []
        )
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

    @staticmethod
    def _reason(reason: str, network: str) -> Record:
        """What a dispute says of why."""
        codes = lifecycle.REASON_CODES.get(network, {})
        own = {f"{DETAILS}.network_reason_code": codes[reason]} if reason in codes else {}
        return {f"{DETAILS}.dispute_reason": reason, **own}

    def _add(self, type_: str, status: str, code: str | None = None, said: Record | None = None) -> int:
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
        record |= said or {}
        if record in self.records:
            return self._first + self.records.index(record)
        self.records.append(record)
        self.completed.append(good)
        return self._first + len(self.records) - 1

    def _declined(self, type_: str, records: Sequence[Record], at: int, declined: Sequence[int]) -> int:
        if at not in declined:
            return -1
        return self._add(type_, "failed", records[at][f"{DETAILS}.{self._method.code_field}"])

    def of(self, kind: np.ndarray, before: np.ndarray, story: LifeStory, presented: np.ndarray | None) -> np.ndarray:
        """Positions of records. kind: positions in STEPS. before, presented: of each payment, the positions of its
        outcome and of how it was presented, None where it was not."""
        found: np.ndarray = self._of_step[kind]
        where = np.flatnonzero((kind == life_story.DISPUTE) | (kind == life_story.DISPUTE_END))
        if len(where):
            what = np.where(kind[where] == life_story.DISPUTE, 0, np.where(story.won[where], 1, 2))
            network = self._network[0 if presented is None else presented[where]]
            found[where] = self._disputes[what, story.reason[where], network]
        for step, failed in ((life_story.RETRY, self._retry_failed), (life_story.RESOLUTION, self._resolution_failed)):
            where = np.flatnonzero((kind == step) & ~story.approved)
            found[where] = failed[before[where]]
        return found
